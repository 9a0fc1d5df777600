"""How findings are bounded."""

from __future__ import annotations

from checks.evidence import Level
from diag.cause import Confidence
from diag.collect.project.dependencies.finding import MOST, bounded, finding


def test_what_is_empty_is_left_out() -> None:
    found = finding(
        "conflict", Level.FAIL, Confidence.CERTAIN, "text", "here", package="", count=0, fits=None
    )

    assert dict(found.values) == {"fault": "conflict", "sure": "certain", "count": 0}


def test_few_of_each_fault_the_worst_first() -> None:
    mild = [finding("source-build", Level.WARN, Confidence.POSSIBLE, f"mild {n}") for n in range(MOST + 3)]
    worst = finding("source-build", Level.FAIL, Confidence.LIKELY, "worst")
    other = finding("conflict", Level.FAIL, Confidence.LIKELY, "other")
    found = bounded([*mild, worst, other])

    assert len(found) == MOST + 1
    assert found[0].text == "worst"
    assert found[MOST - 1].text.endswith("(and 4 more like it)")
    assert found[-1].text == "other"
