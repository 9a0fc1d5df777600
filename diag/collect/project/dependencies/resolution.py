"""Which releases a build would install, as pip decides: the newest that all requirements allow.

Only distributions of the table take part; others set no bounds. Without a lock file pip resolves anew in
each build, so this is what a push on the day of the table would have got.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from diag.collect.project.dependencies.search import Search
from diag.collect.project.dependencies.wants import Clash, Want, is_closed, is_open, meet, want_of
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.distributions import releases
from diag.distributions.releases import Release


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is installed, by normalised name. `clash` is set where nothing satisfies all.

    `wanted_by` are the names that brought a distribution in; empty for what the project asks for. `is_whole`
    is False where needs are not known, or where the search was given up: then pins alone are chosen.
    """

    chosen: Mapping[str, Release] = field(default_factory=dict)
    wanted_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clash: Clash | None = None
    is_whole: bool = True


def needs_of(resolution: Resolution, python: str) -> dict[str, tuple[str, ...]]:
    """By name what each chosen release requires, where that is known."""
    found = {name: releases.needs(release, python) for name, release in resolution.chosen.items()}
    return {name: tuple(need.name for need in needs) for name, needs in found.items() if needs is not None}


def resolve(requirements: Requirements, python: str) -> Resolution:
    """The releases a build would take for this Python (``3.13``)."""
    if requirements.is_locked:
        return _locked(requirements, python)
    named = [r for r in requirements if r.direct and r.name and not r.source]
    # What nothing can be installed of is told by itself, and hides nothing about the rest.
    asked = [r for r in named if _is_there(r, python)]
    bounds = [r for r in requirements.constraints.values() if r.name not in requirements]
    clash = _pins_apart(asked, bounds, python)
    if clash is not None:
        return Resolution(clash=clash)
    search = Search(python, asked, bounds)
    chosen = search.result()
    if chosen is None:
        if search.given_up:
            return Resolution(search.pinned(), is_whole=False)
        return Resolution(clash=search.clash)
    direct = {r.name for r in asked}
    names = {name: () if name in direct else _wanters(name, chosen, python) for name in chosen}
    return Resolution(chosen, names, is_whole=search.is_whole and len(asked) == len(named))


def _is_there(requirement: Requirement, python: str) -> bool:
    name = requirement.name
    return not releases.knows(name) or is_open(name, python, want_of(requirement).need.specifier)


def _wanters(name: str, chosen: Mapping[str, Release], python: str) -> tuple[str, ...]:
    return tuple(
        other
        for other, release in chosen.items()
        if any(need.name == name for need in releases.needs(release, python) or ())
    )


def _locked(requirements: Requirements, python: str) -> Resolution:
    """A lock file names everything, and its versions are taken as they are."""
    chosen = {
        r.name: release
        for r in requirements
        if r.version and not r.source and (release := releases.find(r.name, r.version))
    }
    wanted_by: dict[str, list[str]] = {}
    for name, release in chosen.items():
        for need in releases.needs(release, python) or ():
            wanted_by.setdefault(need.name, []).append(name)
    return Resolution(chosen, {name: tuple(by) for name, by in wanted_by.items()})


def _pins_apart(asked: Iterable[Requirement], bounds: Iterable[Requirement], python: str) -> Clash | None:
    """The first two exact pins that contradict each other, or whose needs do: those need no search."""
    wants = {r.name: want_of(r) for r in (*bounds, *asked)}
    pinned = {
        r.name: release
        for r in asked
        if r.version and (release := releases.find(r.name, r.version)) and release.is_installable(python)
    }
    needed: dict[str, list[Want]] = {}
    for name, release in pinned.items():
        for need in releases.needs(release, python) or ():
            want = Want(need, release, name, wants[name].where)
            other = wants.get(need.name)
            if other is not None and not meet(need.name, (want, other), python):
                return Clash(need.name, want, other, is_final=need.name in pinned)
            for sibling in needed.get(need.name, ()):
                if not meet(need.name, (want, sibling), python):
                    return Clash(need.name, sibling, want, is_final=is_closed(need.name, (want, sibling)))
            needed.setdefault(need.name, []).append(want)
    return None
