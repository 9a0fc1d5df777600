"""What the tests of a project's evidence compare: level, confidence and fault in one line, and the causes."""

from __future__ import annotations

from collections.abc import Iterable

from checks.evidence import Evidence, Result
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from diag.report import Diagnosis


def told(evidence: Iterable[Evidence]) -> list[str]:
    """``fail certain lockfile`` for each piece of evidence that is no good news."""
    found = (each for each in evidence if each.level.word != "ok")
    return [f"{each.level.word} {each.values['sure']} {each.values['fault']}" for each in found]


def diagnosed(evidence: Iterable[Evidence]) -> tuple[Diagnosis, ...]:
    """What the catalogue makes of it, with every text filled."""
    report = diagnose([Result("project", tuple(evidence), 0.0)], CATALOGUE, "preflight", "shop")
    assert not report.unexplained
    for each in report.diagnoses:
        assert "…" not in each.title, each.title
        assert all("{" not in step for step in each.fix if "${" not in step and '{"url"' not in step), (
            each.fix
        )
    return report.diagnoses
