"""Who wants what: the terms in which a search for fitting releases is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from diag.collect.project.requirements.requirement import Requirement
from diag.distributions import releases
from diag.distributions.releases import Need, Release

ASKED = ""  # the project itself, among those that want something


@dataclass(frozen=True, slots=True)
class Want:
    """Who wants what: a requirement of the project, or of a release (`by`)."""

    need: Need
    by: Release | None = None
    by_name: str = ASKED
    where: str = ""

    @property
    def one(self) -> str:
        """``tensorflow 2.15.0``, or the requirement itself where the project asks."""
        return f"{self.by_name} {self.by.version}" if self.by else self.need.text


@dataclass(frozen=True, slots=True)
class Clash:
    """A distribution of which no release satisfies all that is wanted, and two that contradict each other.

    `is_final` says that no later release can mend it: each of the two is asked for in one exact version.
    """

    name: str
    one: Want
    other: Want
    is_final: bool = False


def want_of(requirement: Requirement) -> Want:
    """A requirement of the project as a want."""
    text = str(requirement.specifier)
    if requirement.version and not text:
        text = f"=={requirement.version}"
    return Want(Need(requirement.name, requirement.extras, text), where=requirement.where)


def meet(name: str, wants: Iterable[Want], python: str) -> bool:
    """Whether one release satisfies all of them; True where the table can't tell."""
    both = tuple(wants)
    exact = next((w.need.specifier[2:] for w in both if is_exact(w.need.specifier)), "")
    if exact:
        return all(want.need.allows(exact) for want in both)
    if not releases.knows(name):
        return True
    text = ",".join(filter(None, (want.need.specifier for want in both)))
    return releases.newest(name, python, text) is not None


def is_exact(specifier: str) -> bool:
    """Whether it allows one version: ``==1.2.3``."""
    return specifier.startswith("==") and "," not in specifier and not specifier.endswith("*")


def is_closed(name: str, wants: Iterable[Want]) -> bool:
    """Whether no release to come can be within: something beyond all that there is, is not."""
    return not all(want.need.allows("99999") for want in wants) and releases.knows(name)


def joined(wants: Iterable[Want]) -> str:
    """One specifier for all of them."""
    return ",".join(dict.fromkeys(want.need.specifier for want in wants if want.need.specifier))


@lru_cache(4096)
def is_open(name: str, python: str, specifier: str) -> bool:
    """Whether any release is within."""
    return releases.newest(name, python, specifier) is not None
