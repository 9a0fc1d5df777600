"""Releases from before the Python that is deployed: they install, and fail when they are imported."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.old_releases import BRINGING, DISTUTILS, OLD, Old
from diag.collect.project.dependencies.resolution import Resolution
from diag.collect.project.dependencies.running import installed_setuptools, whence
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.python.supported import MINORS
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.distributions import releases
from diag.distributions.import_names import brings, modules
from diag.distributions.releases import Release

# What a web process loads though no code of the project imports it: servers, and what they run with.
_LOADED = frozenset(("gunicorn", "uvicorn", "eventlet", "gevent", "daphne", "waitress", "celery"))


def check_old_for_python(
    requirements: Requirements,
    python: DeployedPython,
    resolution: Resolution,
    *,
    imported: Collection[str] | None = None,
) -> Iterator[Evidence]:
    """Releases whose own import fails on this Python.

    `imported` are the modules that the web process imports, None where that is not known: then each release
    counts as imported. A module of the missing one's name in the project itself is not looked for.
    """
    told: set[str] = set()
    for old in OLD:
        release = resolution.chosen.get(old.package)
        if release is None or old.package in told or not _fails(old, release.version, python.numbers):
            continue
        if old.module and _is_brought(old.module, requirements, python, resolution):
            continue
        told.add(old.package)
        source = whence(old.package, requirements, resolution)
        used = _is_used(old.package, source.name if source else "", requirements, imported)
        yield _of(old, release, python, source, used=used)


def _fails(old: Old, version: str, python: tuple[int, int]) -> bool:
    return python >= DeployedPython(old.since).numbers and releases.within(version, old.versions)


def _is_brought(
    module: str, requirements: Requirements, python: DeployedPython, resolution: Resolution
) -> bool:
    """Whether something that is installed has the module, or may have it."""
    if module == DISTUTILS and installed_setuptools(requirements, python, resolution) != "":
        return True
    return not _installed(requirements, python, resolution).isdisjoint(BRINGING[module])


def _installed(requirements: Requirements, python: DeployedPython, resolution: Resolution) -> set[str]:
    """The names of all that is installed: exactly where the releases are known, else all that it may be."""
    names: set[str] = set()
    for requirement in requirements:
        if requirement.name and requirement.name not in resolution.chosen:
            names |= brings(requirement.name, requirement.extras)
    for name, release in resolution.chosen.items():
        needs = releases.needs(release, python.minor)
        names.add(name)
        names.update(brings(name) if needs is None else (need.name for need in needs))
    return names


def _of(
    old: Old, release: Release, python: DeployedPython, source: Requirement | None, *, used: bool
) -> Evidence:
    if old.module:
        what = f"imports {old.module}, which Python {old.since} no longer has"
    else:
        what = f"{old.what}, and can't be imported on Python {old.since} and later"
    by = f" ({source.name} requires it)" if source and source.name != old.package else ""
    return finding(
        "old-for-python",
        Level.FAIL if used else Level.WARN,
        Confidence.LIKELY if used else Confidence.POSSIBLE,
        f"{old.package} {release.version}{by} {what}",
        source.where if source else "",
        package=old.package,
        version=release.version,
        package_version=release.version,
        module=old.module or None,
        removed_in=old.since,
        python=python.minor,
        fits=_newest_python(old.package, release),
        newer=_newer(old.package, release, python),
        required_by=source.name if by and source else None,
    )


def _is_used(package: str, by: str, requirements: Requirements, imported: Collection[str] | None) -> bool:
    """Whether the web process imports it, or what brings it; Django imports by names in its settings."""
    if imported is None or "django" in requirements or {package, by} & _LOADED:
        return True
    wanted = {m.partition(".")[0] for name in (package, by) if name for m in modules(name) or ()}
    asked = {r.name for r in requirements if r.name and package in brings(r.name, r.extras)}
    wanted |= {m.partition(".")[0] for name in asked for m in modules(name) or ()}
    return any(module.partition(".")[0] in wanted for module in imported)


def _newest_python(package: str, release: Release) -> str | None:
    """The newest Python on Heroku on which that release is imported and has a file."""
    return next(
        (
            p
            for p in reversed(MINORS)
            if release.is_installable(p) and not _is_old(package, release.version, p)
        ),
        None,
    )


def _newer(package: str, release: Release, python: DeployedPython) -> str | None:
    """The first stable release after it that this Python imports."""
    after = releases.parsed(release.version)
    return next(
        (
            r.version
            for r in releases.releases(package)
            if r.is_final
            and not r.yanked
            and releases.parsed(r.version) > after
            and r.is_installable(python.minor)
            and not _is_old(package, r.version, python.minor)
        ),
        None,
    )


def _is_old(package: str, version: str, python: str) -> bool:
    numbers = DeployedPython(python).numbers
    return any(old.package == package and _fails(old, version, numbers) for old in OLD)
