"""One finding about a project, as evidence."""

from __future__ import annotations

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import Confidence

SURE, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE


def finding(  # noqa: PLR0913, PLR0917  each is a part of the evidence
    fact: Fact, fault: str, level: Level, sure: Confidence, text: str, where: str = "", **values: Value
) -> Evidence:
    """What was found, as bad as `level` and as surely as `sure`; the catalogue knows it by `fault`."""
    told = {name: value for name, value in values.items() if value not in ("", None, ())}
    return Evidence(fact, level, text, where, values={"fault": fault, "sure": sure.value, **told})
