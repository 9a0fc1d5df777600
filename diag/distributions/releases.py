"""The releases of widely used distributions: which Pythons on Linux (x86-64) have a file, and what they need.

Source: PyPI on the day that its `date` tells. A release that is not in the table is unknown, not absent. What
is loaded is one text for each distribution; it is read when the distribution is first asked for.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

TABLE = Path(__file__).with_name("releases.json")
NOTHING, SOURCE, ANY, COMPILED = "-", "s", "a", "w"
_LOWER = frozenset((">=", ">", "~=", "=="))
_UPPER = frozenset(("<=", "<", "=="))
_ONLY = "@"
_PATCH = "{}"
_UNKNOWN = "?"


class Need(NamedTuple):
    """One requirement of a release: a normalised name, extras and a specifier (``>=1.2,<2``)."""

    name: str
    extras: tuple[str, ...]
    specifier: str

    @property
    def text(self) -> str:
        """The requirement as it is written."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}{self.specifier}"

    def allows(self, version: str) -> bool:
        """Whether the version is within the specifier; pre-releases count."""
        return within(version, self.specifier)


class Release(NamedTuple):
    """One release. `states` has a letter for each Python of `pythons`: what there is to install from.

    ``w`` a wheel for Linux, ``a`` one for all systems, ``s`` source only, ``-`` nothing.
    """

    version: str
    states: str
    requires_python: str
    needs: str
    yanked: bool

    def state(self, python: str) -> str:
        """What this Python (``3.13``) gets; source for one that the table does not have."""
        index = _places().get(python)
        return SOURCE if index is None else self.states[index]

    def is_installable(self, python: str) -> bool:
        """Whether there is any file that pip takes for this Python."""
        return self.state(python) != NOTHING

    def has_wheel(self, python: str) -> bool:
        """Whether nothing has to be built for this Python."""
        return self.state(python) in {ANY, COMPILED}

    @property
    def is_final(self) -> bool:
        """Whether it is no pre-release."""
        return not parsed(self.version).is_prerelease


@lru_cache(1)
def _table() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(TABLE.read_bytes())
    return data


@lru_cache(1)
def _places() -> dict[str, int]:
    return {python: index for index, python in enumerate(pythons())}


def pythons() -> tuple[str, ...]:
    """The versions of Python that the table tells of, oldest first, from ``3.9`` on."""
    return tuple(str(_table()["pythons"]).split())


@lru_cache(4096)
def parsed(version: str) -> Version:
    """The version, to compare; ``0`` for what is none."""
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0")


@lru_cache(4096)
def specifiers(text: str) -> SpecifierSet:
    """The specifier; one that allows everything for what can't be read."""
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return SpecifierSet()


@lru_cache(16384)
def within(version: str, specifier: str) -> bool:
    """Whether the version is within the specifier; pre-releases count."""
    return specifiers(specifier).contains(parsed(version), prereleases=True)


def knows(name: str) -> bool:
    """Whether the distribution, by its normalised name, is in the table."""
    return name in _table()["releases"]


@lru_cache(512)
def releases(name: str) -> tuple[Release, ...]:
    """All stable releases, oldest first, and pre-releases where a Python has no stable one."""
    found: list[Release] = []
    for run in str(_table()["releases"].get(name) or "").split("|"):
        versions, _, rest = run.partition(";")
        if not rest:
            continue
        states, requires_python, needs = rest.split(";")
        for token in versions.split():
            text = token.removeprefix("!")
            yanked = text is not token and len(text) < len(token)
            found.extend(Release(each, states, requires_python, needs, yanked) for each in _expanded(text))
    return tuple(found)


def _expanded(token: str) -> Iterator[str]:
    """``1.2.0..2`` as 1.2.0, 1.2.1 and 1.2.2."""
    first, dots, last = token.partition("..")
    if not dots:
        yield token
        return
    head, _, number = first.rpartition(".")
    for patch in range(int(number), int(last) + 1):
        yield f"{head}.{patch}"


@lru_cache(512)
def _by_version(name: str) -> dict[str, Release]:
    return {release.version: release for release in releases(name)}


def find(name: str, version: str) -> Release | None:
    """The release of that very version (2.0 is 2.0.0); None where the table has none."""
    known = _by_version(name)
    exact = known.get(version)
    if exact is not None or not known:
        return exact
    wanted = parsed(version)
    if wanted.local:
        return None
    text = str(wanted)
    return known.get(text) or next((r for r in known.values() if parsed(r.version) == wanted), None)


def candidates(name: str, python: str, specifier: str = "") -> Iterator[Release]:
    """The releases that pip would try for this Python, its first choice first.

    Pre-releases come only when there is nothing else or the specifier names one, yanked releases only
    when it names that very version.
    """
    wanted = specifiers(specifier)
    early: list[Release] = []
    any_stable = False
    for release in reversed(_near(name, wanted)):
        if not release.is_installable(python) or not within(release.version, specifier):
            continue
        if release.yanked and not _names(wanted, release.version):
            continue
        if release.is_final or wanted.prereleases:
            any_stable = True
            yield release
        else:
            early.append(release)
    if not any_stable:
        yield from early


def _near(name: str, wanted: SpecifierSet) -> tuple[Release, ...]:
    """The releases between the specifier's bounds: most distributions have hundreds."""
    versions = _versions(name)
    first, last = 0, len(versions)
    for each in wanted:
        if each.version.endswith("*") or each.operator not in _LOWER | _UPPER:
            continue
        if each.operator in _LOWER:
            first = max(first, bisect_left(versions, parsed(each.version)))
        if each.operator in _UPPER:
            # One more: 1.0+local is beyond 1.0 and still within ==1.0.
            last = min(last, bisect_right(versions, parsed(each.version)) + 1)
    return releases(name)[first:last]


@lru_cache(512)
def _versions(name: str) -> tuple[Version, ...]:
    return tuple(parsed(release.version) for release in releases(name))


def _names(wanted: SpecifierSet, version: str) -> bool:
    """Whether the specifier asks for that very version."""
    return any(
        each.operator in {"==", "==="}
        and not each.version.endswith("*")
        and parsed(each.version) == parsed(version)
        for each in wanted
    )


def newest(name: str, python: str, specifier: str = "") -> Release | None:
    """What pip would take for this Python; None when nothing fits or the distribution is not known."""
    return next(candidates(name, python, specifier), None)


@lru_cache(4096)
def _needs(text: str, version: str, minor: str) -> tuple[Need, ...]:
    found: list[Need] = []
    for each in text.replace(_PATCH, version.rpartition(".")[2]).split():
        requirement, _, only = each.partition(_ONLY)
        if only and minor not in only.split(","):
            continue
        end = next((i for i, c in enumerate(requirement) if c in "[<>=!~"), len(requirement))
        name, rest = requirement[:end], requirement[end:]
        extras, _, specifier = rest[1:].partition("]") if rest.startswith("[") else ("", "", rest)
        found.append(Need(name, tuple(extras.split(",")) if extras else (), specifier))
    return tuple(found)


def needs(release: Release, python: str) -> tuple[Need, ...] | None:
    """What the release requires on Linux with this Python, without extras; None where it is not known."""
    if release.needs == _UNKNOWN:
        return None
    return _needs(release.needs, release.version, python.partition(".")[2])


def has_wheel(name: str, version: str, python: str) -> bool | None:
    """Whether the release has a wheel for this Python; None when the release is not in the table."""
    release = find(name, version)
    return None if release is None else release.has_wheel(python)


def pythons_with(name: str, version: str) -> tuple[str, ...]:
    """The Pythons for which the release has a wheel, oldest first."""
    release = find(name, version)
    return () if release is None else tuple(p for p in pythons() if release.has_wheel(p))


def is_compiled(name: str) -> bool:
    """Whether releases of the distribution have native code: wheels for one system each."""
    return any(COMPILED in release.states for release in releases(name)[-40:])


def wheel_bytes(name: str, version: str = "") -> int | None:
    """About how large the wheel of the release is, in bytes; of the newest when no version is given."""
    sizes = str(_table()["kilobytes"].get(name) or "").split()
    found = None
    wanted = parsed(version) if version else None
    for each in sizes:
        since, _, kilobytes = each.partition(":")
        if wanted is not None and found is not None and parsed(since) > wanted:
            break
        found = int(kilobytes) * 1000
    return found
