"""How the rules about dependencies say what they found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import Confidence
from diag.collect.project.finding import finding as project_finding

MOST = 10  # of one kind


def finding(
    fault: str,
    level: Level,
    sure: Confidence,
    text: str,
    where: str = "",
    **values: Value,
) -> Evidence:
    """Evidence about what is required; `values` fill the texts of its cause."""
    return project_finding(Fact.PROJECT_DEPENDENCY, fault, level, sure, text, where, **values)


def bounded(found: Iterable[Evidence]) -> list[Evidence]:
    """At most `MOST` of each fault; the last of them says how many more there are."""
    by_fault: dict[object, list[Evidence]] = defaultdict(list)
    for evidence in found:
        by_fault[evidence.values["fault"]].append(evidence)
    kept: list[Evidence] = []
    for several in by_fault.values():
        several.sort(key=lambda evidence: -evidence.level)
        kept += several[:MOST]
        if len(several) > MOST:
            kept[-1] = replace(kept[-1], text=f"{kept[-1].text} (and {len(several) - MOST} more like it)")
    return kept
