"""Requirements for which a build finds no file, or only source: held against the table of releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.logs.build.packages import is_tensorflow, meant, other_system
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.source_builds import is_known_to_build, why_it_fails
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.python.supported import MINORS
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.distributions import releases
from diag.distributions.releases import Release

# What an extra brings in the very version of what it belongs to.
_BY_EXTRA = {("psycopg", "binary"): "psycopg-binary", ("psycopg", "c"): "psycopg-c"}


def check_installable(requirements: Requirements, python: DeployedPython) -> Iterator[Evidence]:
    """What pip will not find for this Python on Linux, and what it would have to compile."""
    for requirement in (*requirements, *_of_extras(requirements)):
        name = requirement.name
        if not name or requirement.source or other_system(name) or not releases.knows(name):
            continue
        if not requirement.direct and not requirement.version:
            continue  # a constraint alone installs nothing
        found = _of_pin if requirement.version else _of_range
        for evidence in found(requirement, python):
            yield _milder(evidence) if requirements.other_index else evidence


def _of_extras(requirements: Requirements) -> Iterator[Requirement]:
    for requirement in requirements:
        for extra in requirement.extras:
            name = _BY_EXTRA.get((requirement.name, extra))
            if name is not None and name not in requirements:
                yield replace(requirement, name=name, extras=())


def _milder(evidence: Evidence) -> Evidence:
    """Another index may have what this one lacks."""
    values = {**evidence.values, "sure": Confidence.POSSIBLE.value}
    return Evidence(
        evidence.fact, min(evidence.level, Level.WARN), evidence.text, evidence.where, values=values
    )


def _of_pin(requirement: Requirement, python: DeployedPython) -> Iterator[Evidence]:
    release = releases.find(requirement.name, requirement.version)
    if release is None:
        yield from _never_released(requirement, python)
    elif not release.is_installable(python.minor):
        # Files may still be added to the newest release; what is older has all it will ever have.
        is_newest = release.version == releases.releases(requirement.name)[-1].version
        sure = Confidence.LIKELY if is_newest else Confidence.CERTAIN
        yield _no_file(requirement, release, python, sure)
    elif not release.has_wheel(python.minor):
        yield from _from_source(requirement, release, python)


def _of_range(requirement: Requirement, python: DeployedPython) -> Iterator[Evidence]:
    text = str(requirement.specifier)
    release = releases.newest(requirement.name, python.minor, text)
    if release is None:
        bounded = bool(text) and not releases.within("99999", text)
        known = next(
            (r for r in reversed(releases.releases(requirement.name)) if releases.within(r.version, text)),
            None,
        )
        if known is not None:
            yield _no_file(requirement, known, python, Confidence.CERTAIN if bounded else Confidence.LIKELY)
    elif not release.is_final:
        yield _pre_release(requirement, release, python)
    elif not release.has_wheel(python.minor):
        yield from _from_source(requirement, release, python)


def _never_released(requirement: Requirement, python: DeployedPython) -> Iterator[Evidence]:
    """A version the index does not have; what may have come out since the table was made is left alone."""
    wanted = releases.parsed(requirement.version)
    known = releases.releases(requirement.name)
    if wanted.local or wanted.is_prerelease or not known or wanted > releases.parsed(known[-1].version):
        return
    series = [r for r in known if releases.parsed(r.version).release[:2] == wanted.release[:2]]
    is_later = not series or wanted > releases.parsed(series[-1].version)
    if is_later and series and series[-1] is known[-1]:
        return
    nearest = releases.newest(requirement.name, python.minor)
    yield finding(
        "no-matching-distribution",
        Level.FAIL,
        Confidence.LIKELY if is_later else Confidence.CERTAIN,
        f"{_written(requirement)} is required, and there never was a {requirement.name} "
        f"{requirement.version} ({series[-1].version if series else known[-1].version} is there)",
        requirement.where,
        **_names(requirement, python),
        reason="no-such-version",
        available=series[-1].version if series else nearest.version if nearest else None,
    )


def _no_file(
    requirement: Requirement, release: Release, python: DeployedPython, sure: Confidence
) -> Evidence:
    name = requirement.name
    excluded = _excludes(release, python.minor)
    newest = releases.newest(name, python.minor)
    fitting = [p for p in MINORS if _newest_within(requirement, release, p)]
    fault = "tensorflow-no-wheel" if is_tensorflow(name) else "no-matching-distribution"
    because = (
        f"{release.version} asks for Python {release.requires_python}"
        if excluded
        else f"{release.version} has no file for it"
    )
    known = meant(name)
    usable = newest.version if newest and newest.is_final else None
    return finding(
        fault,
        Level.FAIL,
        sure,
        f"{_written(requirement)} is required, the Python will be {python.minor}, and {because}",
        requirement.where,
        **_names(requirement, python),
        needs=release.requires_python if excluded and not fitting else None,
        fits=fitting[-1] if fitting else None,
        **{"newest" if is_tensorflow(name) else "fitting": usable},
        first=_oldest(name, python.minor) if not fitting else None,
        meant=known if known and not fitting else None,
        where_python=python.where or None,
    )


def _pre_release(requirement: Requirement, release: Release, python: DeployedPython) -> Evidence:
    """pip takes a pre-release where there is nothing else."""
    name = requirement.name
    fitting = [p for p in MINORS if (r := _newest_within(requirement, release, p)) and r.is_final]
    return finding(
        "tensorflow-pre-release" if is_tensorflow(name) else "pre-release",
        Level.WARN,
        Confidence.LIKELY,
        f"{_written(requirement)} is required, and for Python {python.minor} there is only the pre-release "
        f"{release.version}",
        requirement.where,
        **_names(requirement, python),
        fits=fitting[-1] if fitting else None,
        pre_release=release.version,
    )


def _from_source(requirement: Requirement, release: Release, python: DeployedPython) -> Iterator[Evidence]:
    """A release without a wheel for this Python; pure Python is built in a moment."""
    name = requirement.name
    if not releases.is_compiled(name) or is_known_to_build(name, release.version, python.minor):
        return
    said = why_it_fails(name, release.version, python.minor)
    newest = next((r for r in releases.candidates(name, python.minor) if r.has_wheel(python.minor)), None)
    fitting = [p for p in MINORS if release.has_wheel(p)]
    yield finding(
        "source-build",
        Level.FAIL if said else Level.WARN,
        Confidence.LIKELY if said else Confidence.POSSIBLE,
        f"{_written(requirement)} is required, and {release.version} has no wheel for Python {python.minor}, "
        f"so it is compiled in the build{f': {said}' if said else ''}",
        requirement.where,
        **_names(requirement, python),
        subject=f"{name} {release.version}",
        compiled=name,
        said=said or f"it has no wheel for Python {python.minor}",
        fits=fitting[-1] if fitting else None,
        newest=newest.version if newest else None,
    )


def _names(requirement: Requirement, python: DeployedPython) -> dict[str, str]:
    return {
        "package": requirement.name,
        "version": requirement.version,
        "wanted": _written(requirement),
        "for_python": f"Python {python.minor}",
        "minor": python.minor,
    }


def _written(requirement: Requirement) -> str:
    """``numpy==1.19.5``."""
    text = str(requirement.specifier) or (f"=={requirement.version}" if requirement.version else "")
    return f"{requirement.name}{text}"


def _newest_within(requirement: Requirement, release: Release, python: str) -> Release | None:
    if requirement.version:
        return release if release.is_installable(python) else None
    return releases.newest(requirement.name, python, str(requirement.specifier))


def _excludes(release: Release, minor: str) -> bool:
    """Whether the release itself says that it is not for this Python."""
    wanted = release.requires_python
    return bool(wanted) and not any(releases.within(f"{minor}.{patch}", wanted) for patch in (0, 7, 99))


def _oldest(name: str, python: str) -> str | None:
    """The oldest stable release that has a wheel for this Python."""
    return next((r.version for r in releases.releases(name) if r.has_wheel(python) and r.is_final), None)
