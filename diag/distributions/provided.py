"""Which modules can be imported once a project's requirements are installed.

What the table of names does not know may bring anything: then nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from diag.distributions.import_names import closure, distribution_for, modules

if TYPE_CHECKING:
    from diag.collect.project.requirements.requirement import Requirement, Requirements

_BESIDE = re.compile(
    r"^(?:python|py|django|flask|pytest|google|apache)-|-(?:python|py|client|sdk|api|binary|lib)$"
)
_SHORT = 3  # so few letters begin many names
# Modules that a distribution no longer brings: below that version it does.
_ONCE = {"setuptools": ((82, "pkg_resources"),)}


@dataclass(frozen=True, slots=False)
class Provided:
    """What can be imported. `known` are the modules, with dots below packages that are shared.

    `unknown` are required distributions whose modules, or what they bring, nobody can tell.
    """

    known: frozenset[str]
    unknown: frozenset[str] = frozenset()
    is_whole: bool = True

    @cached_property
    def _tops(self) -> frozenset[str]:
        """What may be imported without going below what is known: ``google`` and ``google.cloud``."""
        return frozenset(
            ".".join(parts[:depth])
            for module in self.known
            for parts in (module.split("."),)
            for depth in range(1, len(parts) + 1)
        )

    def has(self, module: str) -> bool | None:
        """Whether ``yaml`` or ``google.cloud.storage`` is there; None where it can't be told."""
        parts = module.split(".")
        if module in self._tops or any(".".join(parts[:n]) in self.known for n in range(1, len(parts))):
            return True
        if any(_may_be(name, parts[0]) for name in self.unknown):
            return True
        return None if self.unknown or not self.is_whole else False

    def is_namespace(self, module: str) -> bool:
        """Whether it is only a common roof of what several distributions bring: ``google.cloud``."""
        parts = module.split(".")
        above = (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return module in self._tops and self.known.isdisjoint(above)

    def distribution_for(self, module: str) -> str:
        """The distribution to require for a module; empty where none is known."""
        return distribution_for(module)


def provides(
    requirements: Requirements, exact: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Provided:
    """The modules of all that a project requires. `exact` has the needs of releases that will be taken."""
    known: set[str] = set()
    unknown: set[str] = set()
    asked = [(r.name, r.extras) for r in requirements if r.name]
    names, untold = closure(*asked, exact=exact)
    if requirements.is_locked:
        # All stands there: what something unknown brings is in the lock file, too.
        names, untold = frozenset(name for name, _ in asked), frozenset()
    for name in names:
        here = modules(name)
        if here is None:
            unknown.add(name)
        else:
            known.update(here)
            known.update(_once(name, requirements.get(name)))
    return Provided(frozenset(known), frozenset(unknown | untold), requirements.is_whole)


def _once(name: str, requirement: Requirement | None) -> Iterable[str]:
    """Modules that the required release still has."""
    for major, module in _ONCE.get(name, ()):
        if requirement is None:
            continue
        first = re.match(r"\d+", requirement.version)
        bounds = [re.match(r"(<=?)(\d+)", str(each)) for each in requirement.specifier]
        if (first and int(first[0]) < major) or any(b and int(b[2]) <= major for b in bounds):
            yield module


def _may_be(distribution: str, top: str) -> bool:
    """Whether a distribution that is not known may well bring that module, by their names."""
    wanted = top.lower().replace("_", "")
    whole = distribution.replace("-", "")
    bare = _BESIDE.sub("", distribution).replace("-", "")
    return wanted in {whole, bare, distribution.partition("-")[0]} or (
        whole.startswith(wanted) and len(wanted) > _SHORT
    )
