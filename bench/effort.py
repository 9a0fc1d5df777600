"""How long to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Rounds are counts, what ends in seconds is seconds."""

    load_rounds: int = 15  # many short ones: a neighbour's burst then spoils few of them
    load_seconds: float = 0.5
    slow_load_seconds: float = 1.0  # for servers that answer some tens of requests a second
    slow_load_rounds: int = 7
    start_rounds: int = 21
    slow_start_rounds: int = 5  # for servers that load TensorFlow
    help_rounds: int = 11
    log_rounds: int = 7
    settle_seconds: float = 10.0
    worker_counts: bool = True  # memory of each number of workers, not only of the one that is asked


FULL = Effort()
QUICK = Effort(
    load_rounds=3,
    load_seconds=0.4,
    slow_load_seconds=1.0,
    slow_load_rounds=2,
    start_rounds=5,
    slow_start_rounds=2,
    help_rounds=5,
    log_rounds=3,
    settle_seconds=4.0,
    worker_counts=False,
)
