"""What a reader has gathered so far of a project's requirements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from checks.evidence import Evidence
from diag.collect.project.requirements.requirement import Requirement, Requirements

MOST = 10_000  # requirements
MOST_REPEATED = 500  # further lines of names that stand there already
LONGEST = 200  # characters of a version or a range: Python refuses numbers of thousands of digits


@dataclass(slots=True)
class Collected:
    """Requirements by their name, and what was found to be wrong on the way."""

    manager: str = ""
    file: str = ""
    found: dict[str, Requirement] = field(default_factory=dict)
    repeated: list[Requirement] = field(default_factory=list)
    unnamed: list[Requirement] = field(default_factory=list)
    constraints: dict[str, Requirement] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    is_whole: bool = True
    is_locked: bool = False
    other_index: str = ""

    def add(self, requirement: Requirement) -> None:
        """One more; a second one of the same name narrows the first, which keeps its place."""
        if not requirement.name:
            self.unnamed.append(requirement)
            self.is_whole = False
            return
        first = self.found.get(requirement.name)
        if first is None:
            if len(self.found) < MOST:
                self.found[requirement.name] = requirement
            return
        if len(self.repeated) >= MOST_REPEATED:
            return
        self.repeated.append(requirement)
        self.found[requirement.name] = replace(
            first,
            specifier=first.specifier & requirement.specifier,
            version=first.version or requirement.version,
            extras=tuple(sorted({*first.extras, *requirement.extras})),
            direct=first.direct or requirement.direct,
            source=first.source or requirement.source,
        )

    def constrain(self, requirement: Requirement) -> None:
        """A constraint: it installs nothing, and narrows what something else installs."""
        if requirement.name and len(self.constraints) < MOST:
            self.constraints.setdefault(requirement.name, requirement)

    def done(self) -> Requirements:
        """All of it, constraints applied."""
        for name, constraint in self.constraints.items():
            if (first := self.found.get(name)) is not None:
                self.found[name] = replace(
                    first,
                    specifier=first.specifier & constraint.specifier,
                    version=first.version or constraint.version,
                )
        return Requirements(
            manager=self.manager,
            file=self.file,
            all=self.found,
            is_whole=self.is_whole,
            is_locked=self.is_locked,
            unnamed=tuple(self.unnamed),
            repeated=tuple(self.repeated),
            constraints=self.constraints,
            other_index=self.other_index,
        )


def locked(  # noqa: PLR0913  the fields of a lock file's entry
    name: str,
    version: str,
    where: str,
    *,
    direct: bool,
    source: str = "",
    extras: tuple[str, ...] = (),
    wheel_bytes: int | None = None,
) -> Requirement:
    """A requirement from a lock file."""
    return Requirement(
        name=canonicalize_name(name),
        where=where,
        specifier=exactly(version),
        version=version,
        extras=extras,
        direct=direct,
        source=source,
        wheel_bytes=wheel_bytes,
        as_written=f"{name}=={version}" if version else name,
    )


def exactly(version: str) -> SpecifierSet:
    """The specifier of one version; none for what is no version."""
    try:
        return SpecifierSet(f"=={version}") if 0 < len(version) < LONGEST else SpecifierSet()
    except InvalidSpecifier:
        return SpecifierSet()
