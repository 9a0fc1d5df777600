"""What would install and not run: releases that do not fit each other, the Python or the stack."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.dependencies.breakages import BREAKAGES, NEEDS_PKG_RESOURCES, Breakage
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.resolution import Resolution
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.distributions import releases
from diag.distributions.import_names import brings
from diag.distributions.releases import Release

PREINSTALLED_SETUPTOOLS = "70.3.0"  # by the buildpack, with pip, up to Python 3.12
LAST_WITH_SETUPTOOLS = (3, 12)
WITHOUT_PKG_RESOURCES = "82"
_WORDS = {
    "numpy-abi": "was built for NumPy 1, and numpy {installed} would be installed with it",
    "protobuf": "has code generated for protobuf 3, and protobuf {installed} would be installed",
    "flask-family": "imports {name} from {sister}, which {sister} {installed} no longer has",
    "flask-addon": "imports {name} from Flask, which Flask {installed} no longer has",
    "sqlalchemy": "does not run with SQLAlchemy {installed}, which would be installed",
}


def check_running(
    requirements: Requirements, python: DeployedPython, resolution: Resolution
) -> Iterator[Evidence]:
    """Releases whose import fails with what is installed beside them."""
    told: set[tuple[str, str]] = set()
    for breakage in BREAKAGES:
        package = resolution.chosen.get(breakage.package)
        sister = resolution.chosen.get(breakage.sister)
        if package is None or sister is None or (breakage.fault, breakage.package) in told:
            continue
        if not releases.within(package.version, breakage.versions):
            continue
        # What is compiled in the build is compiled for what is there.
        if breakage.fault == "numpy-abi" and not package.has_wheel(python.minor):
            continue
        if releases.within(sister.version, breakage.sisters):
            told.add((breakage.fault, breakage.package))
            yield _of_breakage(breakage, package, sister, requirements, resolution)
    yield from _pkg_resources(requirements, python, resolution)


def _of_breakage(
    breakage: Breakage,
    package: Release,
    sister: Release,
    requirements: Requirements,
    resolution: Resolution,
) -> Evidence:
    values = {
        "package": breakage.package,
        "version": package.version,
        "sister": breakage.sister,
        "installed": sister.version,
        "name": breakage.name,
    }
    source = whence(breakage.package, requirements, resolution)
    pinned = requirements.get(breakage.sister)
    return finding(
        breakage.fault,
        Level.FAIL,
        Confidence.LIKELY,
        f"{breakage.package} {package.version} {_WORDS[breakage.fault].format(**values)}",
        source.where if source else "",
        **values,
        package_version=package.version,
        below=_below(breakage.sisters),
        sister_pinned=pinned.as_written if pinned is not None and pinned.version else None,
    )


def _below(sisters: str) -> str:
    """The upper bound that would help: ``<2`` for ``>=2``."""
    return sisters.replace(">=", "<")


def whence(name: str, requirements: Requirements, resolution: Resolution) -> Requirement | None:
    """The requirement of the project that brings a distribution in, itself or by way of others."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop(0)
        requirement = requirements.get(each)
        if requirement is not None:
            return requirement
        if each not in seen:
            seen.add(each)
            waiting.extend(resolution.wanted_by.get(each, ()))
    return None


def _pkg_resources(
    requirements: Requirements, python: DeployedPython, resolution: Resolution
) -> Iterator[Evidence]:
    """Releases that import pkg_resources, where no setuptools brings it."""
    setuptools = installed_setuptools(requirements, python, resolution)
    if setuptools is None or (setuptools and not releases.within(setuptools, f">={WITHOUT_PKG_RESOURCES}")):
        return
    for package, versions in NEEDS_PKG_RESOURCES.items():
        release = resolution.chosen.get(package)
        if release is None or not releases.within(release.version, versions):
            continue
        source = whence(package, requirements, resolution)
        beside = f"setuptools {setuptools} no longer has" if setuptools else "no setuptools would bring"
        yield finding(
            "pkg-resources",
            Level.FAIL,
            Confidence.LIKELY,
            f"{package} {release.version} imports pkg_resources, which {beside} on Python {python.minor}",
            source.where if source else "",
            package=package,
            package_version=release.version,
        )


def installed_setuptools(
    requirements: Requirements, python: DeployedPython, resolution: Resolution
) -> str | None:
    """The version of setuptools that will be there; empty for none, None where it can't be told."""
    chosen = resolution.chosen.get("setuptools")
    asked = requirements.get("setuptools")
    if asked is not None and asked.version:
        return asked.version
    # What is installed already and fits is kept.
    is_there = requirements.manager in {"pip", ""} and python.numbers <= LAST_WITH_SETUPTOOLS
    if is_there and (asked is None or releases.within(PREINSTALLED_SETUPTOOLS, str(asked.specifier))):
        return PREINSTALLED_SETUPTOOLS
    if chosen is not None:
        return chosen.version
    if requirements.is_locked:
        return ""
    if any("setuptools" in brings(r.name, r.extras) for r in requirements if r.name):
        newest = releases.newest("setuptools", python.minor)
        return newest.version if newest else None
    return ""
