"""Fair turns on a noisy machine: all subjects in each round, compared within the round.

A slow second hits neighbours in time alike, so a ratio of neighbours repeats where rates do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over several rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> Spread:
        """Of at least one figure."""
        known = sorted(figures)
        return cls(median(known), known[0], known[-1])

    def text(self, form: str = ",.2f") -> str:
        """The median, and the extremes beside it."""
        return f"{self.median:{form}} ({self.low:{form}} to {self.high:{form}})"


def take_turns(subjects: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Measure A B C, then C B A, and so on; the results of each subject in the order of the rounds."""
    found: dict[str, list[T]] = {name: [] for name in subjects}
    names = list(subjects)
    for _ in range(rounds):
        for name in names:
            found[name].append(subjects[name]())
        names.reverse()
    return found


def ratios(ours: Iterable[float], theirs: Iterable[float]) -> Spread:
    """Ours as a multiple of theirs, round by round."""
    return Spread.of(a / b for a, b in zip(ours, theirs, strict=True))


def differences(ours: Iterable[float], theirs: Iterable[float]) -> Spread:
    """Ours minus theirs, round by round."""
    return Spread.of(a - b for a, b in zip(ours, theirs, strict=True))
