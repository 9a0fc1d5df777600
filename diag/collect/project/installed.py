"""Which version of a distribution a push would install, as far as the project and the table tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from diag.collect.project.dependencies.resolution import Resolution
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirements
from diag.distributions.releases import newest, parsed


@dataclass(frozen=True, slots=True)
class Version:
    """A version as numbers, such as (2, 3, 3). `is_pinned` says that the project itself names it."""

    numbers: tuple[int, ...]
    text: str
    is_pinned: bool

    def at_least(self, *numbers: int) -> bool:
        """Whether it is that version or a later one."""
        return self.numbers >= numbers


class Installed(Protocol):
    """What will be installed."""

    def version(self, name: str) -> Version | None:
        """The version of a distribution (normalised name); None when not installed, or not to be told."""


class WillBeInstalled:
    """What pip, Pipenv, Poetry or uv would install: pins and locks, else what they would resolve to.

    A distribution that nobody names counts when something that is named needs it. What the table of releases
    does not know stays unknown.
    """

    def __init__(self, requirements: Requirements, resolution: Resolution, python: DeployedPython) -> None:
        self._requirements = requirements
        self._resolution = resolution
        self._python = python.minor

    def version(self, name: str) -> Version | None:
        """The version of a distribution; None when it is not installed, or can't be told."""
        named = self._requirements.get(name)
        if named is not None and named.version:
            return _read(named.version, is_pinned=True)
        if named is not None and named.source:
            return None
        release = self._resolution.chosen.get(name)
        if release is None and named is not None:  # nothing fits all, or the search was given up
            release = newest(name, self._python, str(named.specifier))
        return None if release is None else _read(release.version, is_pinned=False)


def _read(text: str, *, is_pinned: bool) -> Version:
    return Version(parsed(text).release, text, is_pinned)
