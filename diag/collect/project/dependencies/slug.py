"""About how large the slug will be: the wheels of all that is installed, and the files that are pushed.

A slug is compressed, and so are wheels, so their sizes stand for what is installed. Source: the table of
releases, or a lock file that tells sizes; Heroku's limit: heroku.com/blog of 2026-03-19.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.cause import Confidence
from diag.collect.project.dependencies.resolution import Resolution, resolve
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree
from diag.distributions import releases
from diag.distributions.import_names import kilobytes, needs

MB = 1_000_000
LIMIT_MB = 1000  # compressed, since March 2026
LARGE_MB = 300  # where builds used to warn that the boot gets slower
PYTHON_MB = 35  # Python itself, pip and the buildpack's files
SURELY = 1.15  # of the limit: estimates are that rough
NEARLY = 0.85
_SHOWN = 5
_CUDA = ("nvidia-", "cuda-", "triton")
_SHRINKS_TO = 0.3  # of text and code
# Files that no compression makes much smaller.
_SUFFIXES = """
    .7z .avi .bin .bz2 .ckpt .gguf .gif .gz .h5 .hdf5 .jar .jpeg .jpg .keras .m4a .mov .mp3 .mp4 .npz .onnx
    .parquet .pb .pdf .pickle .pkl .png .pt .pth .rar .safetensors .tflite .webm .webp .whl .woff .woff2 .xz
    .zip .zst
"""
_COMPRESSED = frozenset(_SUFFIXES.split())


class Share(NamedTuple):
    """A part of the slug: what it is, its bytes, and where it is asked for."""

    what: str
    size: int
    where: str = ""


def estimate_slug(
    tree: Tree,
    requirements: Requirements,
    python: DeployedPython,
    *,
    resolution: Resolution | None = None,
    generation: str = "cedar",
) -> list[Evidence]:
    """The estimate against the limit; nothing where a slug is small. Fir has images and no such limit."""
    resolution = resolution or resolve(requirements, python.minor)
    installed, unknown = _installed(requirements, python, resolution)
    shares = sorted((*installed, *_pushed(tree)), key=lambda share: -share.size)
    total = sum(share.size for share in shares) // MB + PYTHON_MB
    if total < LARGE_MB:
        return []
    largest = ", ".join(f"{share.what} {share.size // MB} MB" for share in shares[:_SHOWN])
    level, sure = _judged(total, generation)
    heaviest = next((share for share in shares if share.where), None)
    size = f"about {total} MB" if total < LIMIT_MB else f"about {total / 1000:.1f} GB"
    values = {
        "fault": "slug-too-large" if level >= Level.WARN else "slug-large",
        "sure": sure.value,
        "size": size,
        "limit": "1 GB",
        "megabytes": total,
        "largest": largest,
        "unknown": unknown or None,
    }
    more = f", without {unknown} packages of unknown size" if unknown else ""
    text = f"The slug will have {size} compressed{more}; the largest parts: {largest}"
    return [
        Evidence(Fact.PROJECT_SLUG, level, text, heaviest.where if heaviest else "", values=values),
    ]


def _judged(total: int, generation: str) -> tuple[Level, Confidence]:
    if generation == "fir" or total < LIMIT_MB * NEARLY:
        return Level.INFO, Confidence.LIKELY
    if total > LIMIT_MB * SURELY:
        return Level.FAIL, Confidence.LIKELY
    return Level.WARN, Confidence.POSSIBLE


def _installed(
    requirements: Requirements, python: DeployedPython, resolution: Resolution
) -> tuple[list[Share], int]:
    """The sizes of wheels, and how many are not known."""
    shares, unknown = [], 0
    for name, where in _closure(requirements, python, resolution).items():
        size = _wheel(name, requirements, resolution)
        if size is None:
            unknown += 1
        else:
            shares.append(Share(name, size, where))
    return shares, unknown


def _closure(requirements: Requirements, python: DeployedPython, resolution: Resolution) -> dict[str, str]:
    """All that is installed, and the requirement that brings it."""
    asked = [r for r in requirements if r.name and (r.direct or requirements.is_locked)]
    found = {r.name: r.where for r in asked}
    if requirements.is_locked:
        return found
    # Another index is most likely the one with torch for CPUs, which requires no CUDA.
    for_cpu = requirements.other_index or any("+cpu" in r.version for r in asked)
    waiting = [(r.name, r.extras, r.where) for r in asked]
    while waiting:
        name, extras, where = waiting.pop()
        chosen = resolution.chosen.get(name)
        exact = None if chosen is None or extras else releases.needs(chosen, python.minor)
        wanted = needs(name, extras) or needs(name) or () if exact is None else [need.name for need in exact]
        for need in wanted:
            if need not in found and not (for_cpu and need.startswith(_CUDA)):
                found[need] = where
                waiting.append((need, (), where))
    return found


def _wheel(name: str, requirements: Requirements, resolution: Resolution) -> int | None:
    requirement = requirements.get(name)
    if requirement is not None and requirement.wheel_bytes is not None:
        return requirement.wheel_bytes
    version = requirement.version if requirement is not None else ""
    chosen = resolution.chosen.get(name)
    if "+cpu" in version or (requirements.other_index and name in _TORCH_CPU):
        return _TORCH_CPU.get(name)
    if releases.knows(name):
        return releases.wheel_bytes(name, version or (chosen.version if chosen else "")) or 0
    size = kilobytes(name)
    return None if size is None else size * 1000


# Wheels of download.pytorch.org/whl/cpu, 2.6 to 2.9: about.
_TORCH_CPU = {"torch": 180 * MB, "torchvision": 2 * MB, "torchaudio": 2 * MB}


def _pushed(tree: Tree) -> Iterator[Share]:
    """The files that a slug gets; of large ones each, of the others the sum."""
    rest = 0
    for path, size in tree.files.items():
        if not tree.is_deployed(path):
            continue
        packed = size if PurePosixPath(path).suffix.lower() in _COMPRESSED else int(size * _SHRINKS_TO)
        if packed >= 10 * MB:
            yield Share(path, packed, path)
        else:
            rest += packed
    yield Share("all other files", rest)
