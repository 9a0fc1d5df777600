"""`--online`: what the package index says today of the requirements, by way of uv or pip.

Nothing is installed and no code of a package runs; requirements by URL, path or version control are left
out, and told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from checks.secrets import mask
from diag.cause import Confidence
from diag.collect.logs.build import Build
from diag.collect.logs.build.packages import is_tensorflow
from diag.collect.logs.line import Line
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.habits import check_unpinned
from diag.collect.project.dependencies.installers import SECONDS, Tried, resolved, versions
from diag.collect.project.dependencies.rules import check_dependencies
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.collect.project.words import words_of
from diag.distributions import releases
from diag.distributions.import_names import normal

_TRIES = 6  # each without one more requirement that has no wheel
_FAULTS = {
    "unmatched": "no-matching-distribution",
    "tensorflow": "tensorflow-no-wheel",
    "conflict": "conflict",
    "platform-only": "platform-only",
}
# What the table of releases has no say in once the index has told what is taken.
_SETTLED = words_of(
    "no-matching-distribution tensorflow-no-wheel pre-release tensorflow-pre-release conflict"
)
# What only a build has.
_OF_BUILD = frozenset(("fault", "sure", "number", "last", "dyno", "step", "stack", "languages", "python"))
# How uv and pip name what they can't take because it would have to be built.
_NO_WHEEL = re.compile(
    r"Because (?P<uv>[A-Za-z0-9][\w.-]*)(?:[=<>!~]=?\S+)? has no usable wheels"
    r"|(?:all versions of |versions of )(?P<all>[A-Za-z0-9][\w.-]*) (?:have|has) no usable wheels"
    r"|Wheels are required for `(?P<hint>[A-Za-z0-9][\w.-]*)`"
    r"|No matching distribution found for (?P<pip>[A-Za-z0-9][\w.-]*)"
)
# How uv says that there is nothing to take of what is required itself.
_UNMATCHED = re.compile(
    r"(?P<none>[A-Za-z0-9][\w.-]*) was not found in the package registry"
    r"|there (?:is no version|are no versions) of (?P<version>[A-Za-z0-9][\w.-]*[A-Za-z0-9])"
    r"|(?P<file>[A-Za-z0-9][\w.-]*)(?:[=<>!~]=?\S+)? has no wheels with a matching [^,(]{1,60}"
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and the requirements in exact versions where the search succeeded."""

    evidence: tuple[Evidence, ...]
    exact: Requirements | None = None


def check_online(
    requirements: Requirements,
    python: DeployedPython,
    generation: str = "cedar",
    *,
    imported: Collection[str] | None = None,
    apt: Collection[str] | None = None,
) -> Looked:
    """All the rules, on the very versions that a build would take today where the index tells them.

    What the index says goes before what the table of releases says about the same.
    """
    looked = look(requirements, python)
    if looked.exact is None:
        found = check_dependencies(requirements, python, generation, imported=imported, apt=apt)
        told = {_about(each) for each in looked.evidence}
        more = [each for each in found if _about(each) not in told]
        return Looked((*looked.evidence, *more))
    found = check_dependencies(looked.exact, python, generation, imported=imported, apt=apt)
    more = [each for each in found if each.values["fault"] not in _SETTLED]
    return Looked((*looked.evidence, *more, *check_unpinned(requirements)), looked.exact)


def _about(evidence: Evidence) -> tuple[object, str]:
    """What two findings about the same share; of a conflict either side may be the place."""
    fault = evidence.values["fault"]
    return fault, "" if fault == "conflict" else evidence.where


def look(
    requirements: Requirements,
    python: DeployedPython,
    *,
    seconds: float = SECONDS,
) -> Looked:
    """Ask the index, unless the requirements name one of their own: what PyPI lacks may be there."""
    wanted = [r for r in requirements if r.name and not r.source and (r.direct or requirements.is_locked)]
    left_out = [r for r in (*requirements, *requirements.unnamed) if r.source or not r.name]
    told = list(_left_out(left_out))
    if not wanted:
        return Looked(tuple(told))
    if requirements.other_index:
        return Looked((*told, _other_index(requirements)))
    for _ in range(_TRIES):
        lines = [line for r in wanted if (line := _line(r))]
        tried = resolved(lines, python.minor, with_needs=not requirements.is_locked, seconds=seconds)
        if tried.ended != "failed":
            break
        unbuilt = _without_wheel(tried, wanted, python)
        if unbuilt is None:
            break
        told.append(_not_looked_into(unbuilt))
        left_out.append(unbuilt)
        wanted = [r for r in wanted if r.name != unbuilt.name]
    if tried.ended == "done":
        exact = _exact(requirements, tried, left_out)
        told.append(_found(requirements, tried))
        return Looked(tuple(told), exact)
    if tried.ended == "late":
        return Looked((*told, _unanswered(requirements, tried)))
    return Looked((*told, *_of_output(requirements, tried, python)))


def _line(requirement: Requirement) -> str:
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    spec = str(requirement.specifier) or (f"=={requirement.version}" if requirement.version else "")
    line = f"{requirement.name}{extras}{spec}"
    return line if re.fullmatch(r"[A-Za-z0-9][\w.-]*(?:\[[\w.,-]*\])?[\w.<>=!~,*+ ]*", line) else ""


def _without_wheel(tried: Tried, wanted: Sequence[Requirement], python: DeployedPython) -> Requirement | None:
    """A requirement that has source only: a build compiles it, here it is left out."""
    by_name = {r.name: r for r in wanted}
    for match in _NO_WHEEL.finditer(tried.output):
        name = normal(next(group for group in match.groups() if group))
        requirement = by_name.get(name)
        if requirement is not None and _has_source(requirement, python):
            return requirement
    return None


def _has_source(requirement: Requirement, python: DeployedPython) -> bool:
    known = releases.newest(requirement.name, python.minor, str(requirement.specifier))
    if known is not None:
        return not known.has_wheel(python.minor)
    if releases.knows(requirement.name):
        return False
    specifier = requirement.specifier or SpecifierSet(
        f"=={requirement.version}" if requirement.version else ""
    )
    return any(specifier.contains(v) for v in versions(requirement.name, python.minor))


def _exact(requirements: Requirements, tried: Tried, left_out: Sequence[Requirement]) -> Requirements:
    """What would be installed, as if a lock file named it; what was not asked for stays as it is required."""
    found = {r.name: r for r in left_out if r.name}
    for written, version in tried.versions.items():
        name = normal(written)
        asked = requirements.get(name)
        if asked is None:
            found[name] = Requirement(name, requirements.file, version=version, direct=False)
        else:
            found[name] = replace(asked, version=version)
    return replace(requirements, all=found, is_locked=True)


def _found(requirements: Requirements, tried: Tried) -> Evidence:
    return finding(
        "resolved",
        Level.OK,
        Confidence.CERTAIN,
        f"{tried.program} finds wheels for all {len(tried.versions)} packages",
        requirements.file,
    )


def _left_out(left_out: Sequence[Requirement]) -> Iterator[Evidence]:
    for requirement in left_out[:_TRIES]:
        what = requirement.name or requirement.as_written or requirement.source
        yield finding(
            "left-out",
            Level.INFO,
            Confidence.CERTAIN,
            f"{mask(what, {})} is no requirement of the index, and was not looked for",
            requirement.where,
        )


def _not_looked_into(requirement: Requirement) -> Evidence:
    return finding(
        "left-out",
        Level.INFO,
        Confidence.CERTAIN,
        f"{requirement.name} has no wheel and is built in the build; what it requires was not looked for",
        requirement.where,
    )


def _unanswered(requirements: Requirements, tried: Tried) -> Evidence:
    return finding(
        "unanswered",
        Level.UNKNOWN,
        Confidence.POSSIBLE,
        f"The package index was not asked: {tried.program}: {tried.output[:200]}",
        requirements.file,
    )


def _other_index(requirements: Requirements) -> Evidence:
    return finding(
        "unanswered",
        Level.UNKNOWN,
        Confidence.POSSIBLE,
        "The package index was not asked: the requirements name another one, and only PyPI would be",
        requirements.other_index,
    )


def _of_output(requirements: Requirements, tried: Tried, python: DeployedPython) -> Iterator[Evidence]:
    """The words of pip or uv, read as those of a build."""
    if tried.program == "uv" and (unmatched := _unmatched_by_uv(requirements, tried, python)):
        yield unmatched
        return
    build = Build()
    lines = [
        "-----> Python app detected",
        f"-----> Using Python {python.minor}",
        f"-----> Installing dependencies using '{tried.program} install -r requirements.txt'",
        *(f"       {line.strip()}" for line in tried.output.splitlines()),
        " !     Push rejected, failed to compile Python app.",
    ]
    for number, text in enumerate(lines, 1):
        build.read(Line(number, None, "build", "", text))
    for evidence in build.evidence():
        if evidence.fact is not Fact.BUILD_ERROR:
            continue
        fault = str(evidence.values["fault"])
        if fault == "download":
            yield _unanswered(requirements, replace(tried, output=evidence.text))
            continue
        asked = _asked(requirements, evidence)
        yield finding(
            _FAULTS.get(fault, "not-resolved"),
            Level.FAIL,
            Confidence.CERTAIN if fault in _FAULTS else Confidence.LIKELY,
            _words(evidence),
            asked.where if asked else requirements.file,
            **_values(evidence),
        )


def _words(evidence: Evidence) -> str:
    """The reasons where there are any: the first line counts those of a file that is not the project's."""
    reasons = evidence.values.get("reasons")
    return "; ".join(map(str, reasons)) if isinstance(reasons, tuple) and reasons else evidence.text


def _values(evidence: Evidence) -> dict[str, Value]:
    values = {key: value for key, value in evidence.values.items() if key not in _OF_BUILD}
    if "because" in values:
        values["because"] = _words(evidence)
    return values


def _unmatched_by_uv(requirements: Requirements, tried: Tried, python: DeployedPython) -> Evidence | None:
    """What uv found no file of: it tells that in the words of a conflict."""
    match = _UNMATCHED.search(" ".join(tried.output.split()))
    name = normal(next(group for group in match.groups() if group)) if match else ""
    asked = requirements.get(name)
    if match is None or asked is None:
        return None
    return finding(
        "tensorflow-no-wheel" if is_tensorflow(name) else "no-matching-distribution",
        Level.FAIL,
        Confidence.CERTAIN,
        match.group().strip(),
        asked.where,
        package=name,
        version=asked.version,
        wanted=_line(asked) or name,
        for_python=f"Python {python.minor}",
        minor=python.minor,
        reason="none" if match["none"] else "no-such-version" if match["version"] else None,
    )


def _asked(requirements: Requirements, evidence: Evidence) -> Requirement | None:
    """The requirement that the words are about; of a conflict the first that is named."""
    words = " ".join(str(evidence.values.get(key) or "") for key in ("package", "what", "because"))
    names = (normal(match) for match in re.findall(r"[A-Za-z0-9][\w.-]*", words))
    return next((found for name in names if (found := requirements.get(name)) is not None), None)
