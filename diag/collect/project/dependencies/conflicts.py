"""Requirements of which no set of releases satisfies all."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.dependencies.finding import finding
from diag.collect.project.dependencies.resolution import Resolution
from diag.collect.project.dependencies.wants import Clash
from diag.collect.project.requirements.requirement import Requirements
from diag.distributions import releases


def check_conflicts(requirements: Requirements, resolution: Resolution) -> Iterator[Evidence]:
    """Two pins of one distribution, and needs that contradict each other."""
    if requirements.is_locked:
        return  # whoever wrote the lock file has resolved it
    for requirement in requirements:
        pins = sorted(_exact(requirement.specifier), key=releases.parsed)
        if len({releases.parsed(pin) for pin in pins}) > 1:
            what = ", ".join(f"{requirement.name}=={pin}" for pin in pins)
            yield finding(
                "conflict",
                Level.FAIL,
                Confidence.CERTAIN,
                f"{requirement.name} is pinned more than once: {' and '.join(pins)}",
                requirement.where,
                what=what,
                because=f"{requirement.name} is pinned to {' and to '.join(pins)}.",
                package=requirement.name,
            )
    if resolution.clash is not None:
        yield _of_clash(resolution.clash, requirements)


def _exact(specifier: SpecifierSet) -> list[str]:
    return [each.version for each in specifier if each.operator == "==" and not each.version.endswith("*")]


def _of_clash(clash: Clash, requirements: Requirements) -> Evidence:
    one, other = clash.one, clash.other
    if other.by is None:
        because = f"{one.one} requires {one.need.text}, but {other.need.text} is asked for"
    else:
        because = f"{one.one} requires {one.need.text}, but {other.one} requires {other.need.text}"
    sides = [
        side for side in (_asked(one.by_name, requirements), _asked(other.by_name, requirements)) if side
    ]
    if other.by is None:
        sides.append(other.need.text)
    return finding(
        "conflict",
        Level.FAIL,
        Confidence.CERTAIN if clash.is_final else Confidence.LIKELY,
        because,
        one.where or other.where,
        because=f"{because}.",
        what=", ".join(dict.fromkeys(sides)) or None,
        one=one.one,
        package=clash.name,
    )


def _asked(name: str, requirements: Requirements) -> str:
    """The requirement of the project behind one side, as it is written; empty where it is none."""
    requirement = requirements.get(name) if name else None
    if requirement is None:
        return ""
    return requirement.as_written or f"{name}{requirement.specifier or ''}"
