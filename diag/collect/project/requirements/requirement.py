"""What is required: one requirement, and all of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet


@dataclass(frozen=True, slots=True)
class Requirement:
    """One distribution that will be installed, under its normalised name (PEP 503: ``flask-login``).

    `version` is the exact one, where a pin or a lock file names it. `where` is ``requirements.txt:3``.
    `direct` is False for what only a lock file or a constraint brings. `source` is a URL, a path or a VCS
    address instead of the package index; `name` is empty where such a line does not tell it.
    """

    name: str
    where: str
    specifier: SpecifierSet = field(default_factory=SpecifierSet)
    version: str = ""
    extras: tuple[str, ...] = ()
    direct: bool = True
    source: str = ""
    wheel_bytes: int | None = None  # where a lock file tells it, for Linux on x86-64
    as_written: str = ""


@dataclass(frozen=True, slots=True)
class Requirements:
    """All that is installed on the dyno's Python, markers evaluated for it (Linux, x86-64, CPython).

    `manager` is pip, pipenv, poetry or uv, or empty where none can be told. `is_whole` says that nothing else
    is installed but what stands here and what that brings: False where a line can't be read, or names a
    package by a URL or a path only. `is_locked` says that all that it brings stands here, too.
    `repeated` are further lines about a name that `all` has (each narrows it), `constraints` what limits
    versions without installing anything. `other_index` is the place (``requirements.txt:1``) that names an
    index or a folder of packages besides PyPI, from which anything may come.
    """

    manager: str = ""
    file: str = ""
    all: Mapping[str, Requirement] = field(default_factory=dict)
    is_whole: bool = True
    is_locked: bool = False
    unnamed: tuple[Requirement, ...] = ()
    repeated: tuple[Requirement, ...] = ()
    constraints: Mapping[str, Requirement] = field(default_factory=dict)
    other_index: str = ""

    def __contains__(self, name: str) -> bool:
        return name in self.all

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.all.values())

    def get(self, name: str) -> Requirement | None:
        """The requirement of a normalised name."""
        return self.all.get(name)
