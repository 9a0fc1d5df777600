"""Requirements as the readers of a project give them, from the lines of a requirements file."""

from __future__ import annotations

from packaging.requirements import Requirement as Line

from checks.evidence import Evidence
from diag.collect.project.dependencies.resolution import Resolution, resolve
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.distributions.import_names import normal


def required(*lines: str, locked: bool = False, other_index: str = "", manager: str = "pip") -> Requirements:
    """``required("flask==3.0.0", "gunicorn")``."""
    found: dict[str, Requirement] = {}
    for number, text in enumerate(lines, 1):
        line = Line(text)
        pins = [each.version for each in line.specifier if each.operator == "==" and "*" not in each.version]
        found[normal(line.name)] = Requirement(
            normal(line.name),
            f"requirements.txt:{number}",
            line.specifier,
            pins[0] if len(pins) == 1 else "",
            tuple(sorted(line.extras)),
            source=line.url or "",
            as_written=text,
        )
    return Requirements(manager, "requirements.txt", found, is_locked=locked, other_index=other_index)


def resolved(python: str, *lines: str) -> Resolution:
    return resolve(required(*lines), python)


def faults(evidence: list[Evidence], fault: str = "") -> list[str]:
    """``fail likely conflict requirements.txt:1`` for each, or for those of one fault."""
    return [
        f"{each.level.word} {each.values['sure']} {each.values['fault']} {each.where}".rstrip()
        for each in evidence
        if not fault or each.values["fault"] == fault
    ]
