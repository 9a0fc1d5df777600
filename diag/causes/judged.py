"""Patterns over the runs of failed requests, whose reader says what the numbers decide and how surely."""

from checks.facts import Fact
from diag.cause import Confidence, Seen


def judged(fault: str, *facts: Fact) -> tuple[Seen, ...]:
    """Evidence of these facts that was judged as `fault`, as sure as it was judged."""
    return tuple(Seen(*facts, fault=fault, sure=sure.value, confidence=sure) for sure in Confidence)
