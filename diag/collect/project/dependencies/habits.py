"""Requirements that install and run, and cost something: builds for a GPU, and versions that nothing pins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.resolution import Resolution
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.distributions import releases
from diag.distributions.import_names import brings, kilobytes

MB = 1_000_000
_NAMED = 3  # in a title
# Builds with CUDA, and the same without it.
_FOR_CPU = {
    "onnxruntime-gpu": "onnxruntime",
    "faiss-gpu": "faiss-cpu",
    "faiss-gpu-cu12": "faiss-cpu",
    "paddlepaddle-gpu": "paddlepaddle",
}
_CUDA = ("nvidia-", "cuda-", "triton")
# Tools of the build itself: a version of theirs decides nothing at run time.
_TOOLS = frozenset(("pip", "setuptools", "wheel"))


def check_gpu(
    requirements: Requirements, python: DeployedPython, resolution: Resolution
) -> Iterator[Evidence]:
    """CUDA that nothing on a dyno can use, with the megabytes it adds to the slug."""
    tensorflow = requirements.get("tensorflow")
    if tensorflow is not None and not tensorflow.source and "tensorflow-cpu" not in requirements:
        yield from _tensorflow(tensorflow, python, resolution)
    for name, instead in _FOR_CPU.items():
        requirement = requirements.get(name)
        if requirement is not None:
            yield _gpu(requirement, instead, _megabytes(name) - _megabytes(instead))
    torch = requirements.get("torch")
    # With another index it is most likely the one with the builds for CPUs.
    if torch is not None and not torch.source and "+" not in torch.version and not requirements.other_index:
        yield _gpu(torch, "", _cuda_of(torch, python, resolution))


def _tensorflow(
    requirement: Requirement, python: DeployedPython, resolution: Resolution
) -> Iterator[Evidence]:
    chosen = resolution.chosen.get("tensorflow") or releases.newest(
        "tensorflow", python.minor, str(requirement.specifier)
    )
    if chosen is None or not releases.has_wheel("tensorflow-cpu", chosen.version, python.minor):
        return
    full = releases.wheel_bytes("tensorflow", chosen.version) or 0
    lean = releases.wheel_bytes("tensorflow-cpu", chosen.version) or 0
    if full > lean:
        yield _gpu(requirement, f"tensorflow-cpu=={chosen.version}", (full - lean) // MB)


def _cuda_of(torch: Requirement, python: DeployedPython, resolution: Resolution) -> int:
    """Megabytes of CUDA that this torch requires."""
    chosen = resolution.chosen.get("torch") or releases.newest("torch", python.minor, str(torch.specifier))
    wanted = (releases.needs(chosen, python.minor) or ()) if chosen else ()
    names = {name for need in wanted if need.name.startswith(_CUDA) for name in brings(need.name)}
    return sum(_megabytes(name) for name in names if name.startswith(_CUDA))


def _gpu(requirement: Requirement, instead: str, megabytes: int) -> Evidence:
    saved = f", {megabytes} MB more than the build without" if megabytes > 0 else ""
    return finding(
        "gpu-build",
        Level.WARN,
        Confidence.LIKELY,
        f"{requirement.name} brings code for a GPU{saved}, and no dyno has one",
        requirement.where,
        package=requirement.name,
        instead=instead or None,
        megabytes=megabytes if megabytes > 0 else None,
        torch=requirement.name if requirement.name == "torch" else None,
    )


def _megabytes(name: str) -> int:
    return (kilobytes(name) or 0) // 1000


def check_unpinned(requirements: Requirements) -> Iterator[Evidence]:
    """Requirements that each build may resolve anew to something newer."""
    if requirements.is_locked:
        return
    loose = [r for r in requirements if r.direct and _is_loose(r)]
    if not loose:
        return
    named = [r.name for r in loose[:_NAMED]]
    rest = len(loose) - len(named)
    yield finding(
        "unpinned",
        Level.WARN,
        Confidence.CERTAIN,
        f"{len(loose)} of {sum(r.direct for r in requirements)} requirements have no exact version: "
        f"{_listed(named, rest)}",
        loose[0].where,
        package=_listed(named, rest),
        count=len(loose),
    )


def _listed(names: Sequence[str], rest: int) -> str:
    if rest:
        return f"{', '.join(names)} and {rest} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _is_loose(requirement: Requirement) -> bool:
    """Without an upper bound, so that the next major release is taken on the day it is out."""
    if requirement.version or requirement.source or not requirement.name or requirement.name in _TOOLS:
        return False
    return not any(each.operator in {"<", "<=", "~=", "==", "==="} for each in requirement.specifier)
