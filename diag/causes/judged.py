"""Patterns over evidence whose reader says what it decides and how surely."""

from typing import Any

from checks.facts import Fact
from diag.cause import Confidence, Matcher, Seen


def judged(fault: str, *facts: Fact, **values: Matcher) -> tuple[Seen, ...]:
    """Evidence of these facts that was judged as `fault`, as sure as it was judged."""
    more: dict[str, Any] = values  # of which none is named as an option of Seen
    return tuple(Seen(*facts, fault=fault, sure=sure.value, confidence=sure, **more) for sure in Confidence)
