"""Percentiles from buckets against those of all values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from diag.collect.logs.histogram import Histogram

TIMES = st.lists(st.integers(0, 3_600_000), min_size=1, max_size=200)


def histogram(times: list[int]) -> Histogram:
    made = Histogram()
    for ms in times:
        made.add(ms)
    return made


@given(TIMES, st.integers(1, 100))
def test_a_percentile_is_right_within_an_eighth(times: list[int], percent: int) -> None:
    exact = sorted(times)[max(0, -(-len(times) * percent // 100) - 1)]

    found = histogram(times).percentile(percent)

    assert found is not None
    assert abs(found - exact) <= exact / 8


@given(TIMES, TIMES)
def test_two_merged_are_one_of_all(some: list[int], others: list[int]) -> None:
    merged = histogram(some)
    merged.merge(histogram(others))
    whole = histogram(some + others)

    assert (merged.count, merged.total, merged.lowest, merged.highest) == (
        whole.count,
        whole.total,
        whole.lowest,
        whole.highest,
    )
    assert merged.percentile(95) == whole.percentile(95)


def test_nothing_has_no_percentile() -> None:
    assert Histogram().percentile(50) is None
