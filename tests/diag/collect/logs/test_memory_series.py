"""Samples in bounded space, and the statistics of their shape."""

from __future__ import annotations

import random

import pytest

from diag.collect.logs.memory_series import (
    POINTS,
    RAW,
    Point,
    Series,
    Stretches,
    growth,
    quantile,
    renewals,
    slope,
)


def points(*mb: float, every: float = 20.0) -> list[Point]:
    return [Point(index * every, each, each) for index, each in enumerate(mb)]


def test_a_short_series_is_kept_as_it_is() -> None:
    series = Series()
    for at, mb in ((40.0, 3.0), (0.0, 1.0), (20.0, 2.0)):
        series.add(at, mb)
    assert series.points() == [(0.0, 1.0, 1.0), (20.0, 2.0, 2.0), (40.0, 3.0, 3.0)]


@pytest.mark.parametrize("count", [1, RAW, POINTS + 1, 10_000, 100_003])
def test_of_a_long_series_neighbours_are_put_together(count: int) -> None:
    series = Series()
    series.extend([(float(i), 100.0) for i in range(count // 2)])
    series.add(count / 2, 999.0)
    series.extend([(float(i), 100.0) for i in range(count // 2 + 1, count)])

    assert series.samples == count
    assert len(series.points()) <= POINTS + RAW
    assert max(p.high for p in series.points()) == 999.0
    assert series.points() == sorted(series.points())


def test_the_slope_is_an_hours() -> None:
    assert slope(points(*[100 + 0.5 * i for i in range(200)])) == pytest.approx(90)
    assert slope(points(1.0)) == 0.0
    assert slope([Point(5.0, 1.0, 1.0), Point(5.0, 9.0, 9.0)]) == 0.0


def test_outliers_do_not_count() -> None:
    draw = random.Random(1)
    noisy = [100 + 0.5 * i + (900 if draw.random() < 0.2 else 0) for i in range(300)]
    assert slope(points(*noisy)) == pytest.approx(90, rel=0.2)


def test_a_quantile_is_one_of_the_values() -> None:
    assert [quantile([3, 1, 2], share) for share in (0.0, 0.4, 1.0)] == [1, 2, 3]


def test_steady_growth_is_growth() -> None:
    grown = growth(points(*[200 + i for i in range(100)]), 512)
    assert grown is not None
    assert grown.steadiness > 0.99
    assert grown.mb_per_hour == pytest.approx(180)


@pytest.mark.parametrize(
    "series",
    [
        [300.0] * 100,
        [300 + (i % 9) for i in range(100)],
        [500 - 300 * 0.95**i for i in range(200)],  # a warm-up
        [300.0] * 60 + [450.0] * 40,  # one jump
        [200 + i for i in range(50)] + [250 - i for i in range(50)],  # there and back
        [500 - i for i in range(100)],
        [300 + 0.1 * i for i in range(100)],  # 2 % of the quota
        [100 + 10 * i for i in range(11)],  # too few to tell
        [],
    ],
    ids=["level", "noise", "warm-up", "jump", "back", "fall", "little", "few", "none"],
)
def test_what_is_no_growth(series: list[float]) -> None:
    assert growth(points(*series), 512) is None


def test_growth_between_falls_is_seen_each_time() -> None:
    assert len(renewals(points(*[200 + 5 * (i % 50) for i in range(250)]), 512)) == 5
    assert renewals(points(*[200 + i for i in range(100)]), 512) != []
    assert renewals(points(*([200.0] * 30 + [500.0] * 3) * 6), 512) == []


def test_a_gap_ends_a_time_over_the_quota() -> None:
    over = Stretches()
    for at in (0, 20, 41, 61, 300, 320):
        over.add(at, 500 + at)
    assert [(s.began, s.ended, s.first, s.peak, s.count) for s in over.all] == [
        (0, 61, 500, 561, 4),
        (300, 320, 800, 820, 2),
    ]


def test_many_times_over_the_quota_are_counted_and_few_are_kept() -> None:
    over = Stretches()
    for index in range(10_000):
        over.add(index * 600, 600)
    assert over.count == 10_000
    assert len(over.all) < 100
