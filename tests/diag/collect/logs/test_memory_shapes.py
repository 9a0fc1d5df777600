"""Verdicts on simulated dynos, whose parameters nobody chose."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from checks.evidence import Level, Result
from diag.catalogue import CATALOGUE
from diag.cause import Confidence
from diag.collect.logs.memory import Memory
from diag.diagnose import diagnose
from diag.report import Diagnosis
from tests.diag.collect.logs import memory_simulation as dyno

SEEDS = range(20)
FULL = pytest.mark.parametrize("metrics", [True, False], ids=["metrics", "codes"])
Shape = Callable[[random.Random], list[float]]


def told(
    shape: Shape, seed: int, *, metrics: bool, launched: bool = True, workers: int = 1
) -> list[Diagnosis]:
    draw = random.Random(f"{shape.__name__}-{seed}")
    memory = Memory()
    if launched:
        memory.started("web.1", dyno.BEGAN, 1, "v1", f"gunicorn app:app --workers {workers}")
    quota = draw.choice([512.0, 512.0, 1024.0, 2560.0])
    for line in dyno.lines(shape(draw), quota, metrics=metrics):
        memory.read(line)
    return list(diagnose([Result("logs", tuple(memory.evidence()), 0.0)], CATALOGUE, "logs", "").diagnoses)


CASES = [
    (dyno.leak, "memory/leak"),
    (dyno.too_big, "memory/over-quota"),
    (dyno.fills_up, "memory/over-quota"),
    (dyno.jumps, "memory/spike"),
]


@FULL
@pytest.mark.parametrize(
    ("shape", "cause"), CASES, ids=[cause + "-" + shape.__name__ for shape, cause in CASES]
)
def test_the_verdict_is_right_nearly_always_and_never_wrong_with_certainty(
    shape: Shape, cause: str, metrics: bool
) -> None:
    found = [told(shape, seed, metrics=metrics) for seed in SEEDS]

    assert all(len(diagnoses) == 1 for diagnoses in found), "one diagnosis for one series"
    first = Counter(diagnoses[0].cause for diagnoses in found)
    assert first[cause] >= 0.95 * len(SEEDS), first
    wrong = [d for (d,) in found if d.cause != cause]
    assert all(d.confidence is Confidence.POSSIBLE for d in wrong)


@FULL
def test_of_three_workers_one_would_fit(metrics: bool) -> None:
    found = [told(dyno.too_big, seed, metrics=metrics, workers=3) for seed in SEEDS]

    assert {d.cause for (d,) in found} == {"memory/too-many-workers"}


@FULL
@pytest.mark.parametrize("launched", [True, False], ids=["launched", "middle"])
def test_a_healthy_dyno_has_no_diagnosis(metrics: bool, launched: bool) -> None:
    assert [told(dyno.healthy, seed, metrics=metrics, launched=launched) for seed in SEEDS] == [[]] * len(
        SEEDS
    )


def sawtooth(draw: random.Random) -> list[float]:
    """A leak that --max-requests cuts short, and not short enough."""
    low, high, every = draw.uniform(0.4, 0.7), draw.uniform(1.1, 1.6), draw.randint(60, 150)
    return [low + (high - low) * (i % every) / every + draw.gauss(0, 0.003) for i in range(900)]


def test_a_leak_that_begins_anew_with_each_worker_is_one() -> None:
    for seed in SEEDS:
        (diagnosis,) = told(sawtooth, seed, metrics=True)
        assert diagnosis.cause == "memory/leak"


def slow_leak(draw: random.Random) -> list[float]:
    """Not there yet, but soon."""
    base, end = draw.uniform(0.4, 0.6), draw.uniform(0.85, 0.95)
    return [base + (end - base) * i / 1200 + draw.gauss(0, 0.004) for i in range(1200)]


def test_a_leak_is_warned_of_before_it_reaches_the_quota() -> None:
    for seed in SEEDS:
        (diagnosis,) = told(slow_leak, seed, metrics=True)
        assert (diagnosis.cause, diagnosis.level) == ("memory/leak", Level.WARN)
        assert "the quota is reached in about" in diagnosis.title


def test_a_leak_too_slow_for_a_day_is_none() -> None:
    slow = [0.5 + 0.25 * i / 3600 for i in range(3600)]  # 20 h
    assert told(lambda draw: slow, 1, metrics=True) == []


@FULL
def test_a_log_that_begins_in_the_middle_is_not_judged_wrongly(metrics: bool) -> None:
    for shape, cause in CASES:
        for seed in SEEDS:
            for diagnosis in told(shape, seed, metrics=metrics, launched=False):
                assert diagnosis.cause == cause or diagnosis.confidence is Confidence.POSSIBLE
                assert diagnosis.level is Level.FAIL
