"""Traffic by periods: nothing is lost when they are merged, and their number is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from diag.collect.logs.periods import KEPT_PERIODS, KEPT_ROUTES_A_PERIOD, OTHER, Periods


@given(st.lists(st.floats(0, 4e9), max_size=600))
def test_every_request_is_in_one_of_few_periods(times: list[float]) -> None:
    periods = Periods()
    for at in times:
        period = periods.at(at)
        period.requests += 1
        period.answered("GET /", 12)

    assert periods.all().requests == periods.all().times().count == len(times)
    assert len(periods._periods) <= KEPT_PERIODS


def test_a_span_of_time_has_the_requests_of_its_periods() -> None:
    periods = Periods()
    for minute in range(10):
        periods.at(minute * 60 + 5).requests += minute

    assert periods.between(125, 190).requests == 2 + 3
    assert periods.between(125, 190, margin=60).requests == 1 + 2 + 3 + 4
    assert periods.between(None, None).requests == sum(range(10))
    assert periods.busiest() == (540, 9)


def test_too_many_routes_are_told_together() -> None:
    period = Periods().at(0)
    for number in range(1_000):
        period.answered(f"GET /{number}", 5)

    assert len(period.routes) == KEPT_ROUTES_A_PERIOD + 1
    assert period.times([OTHER]).count == 1_000 - KEPT_ROUTES_A_PERIOD
    assert period.times(but=[OTHER]).count == KEPT_ROUTES_A_PERIOD
