"""The app's traffic over time: how many requests, how they ended, how long each route took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from diag.collect.logs.histogram import Histogram

KEPT_PERIODS = 240
KEPT_ROUTES = 200
KEPT_ROUTES_A_PERIOD = 40
OTHER = "other paths"


@dataclass(slots=True)
class Period:
    """One stretch of time. `routes` are answered requests by ``GET /path``; `errors` the router's."""

    requests: int = 0
    errors: int = 0
    app_errors: int = 0
    routes: dict[str, Histogram] = field(default_factory=dict)

    def answered(self, route: str, ms: int) -> None:
        """An answer of the app, and its time."""
        found = self.routes.get(route)
        if found is None:
            if len(self.routes) >= KEPT_ROUTES_A_PERIOD:
                route = OTHER
            found = self.routes.setdefault(route, Histogram())
        found.add(ms)

    def merge(self, other: Period) -> None:
        """All of another's requests too."""
        self.requests += other.requests
        self.errors += other.errors
        self.app_errors += other.app_errors
        for route, times in other.routes.items():
            here = route if route in self.routes or len(self.routes) < KEPT_ROUTES else OTHER
            self.routes.setdefault(here, Histogram()).merge(times)

    def times(self, routes: Iterable[str] | None = None, *, but: Iterable[str] = ()) -> Histogram:
        """The durations of these routes, or of all, together."""
        left = set(but)
        found = Histogram()
        for route in self.routes if routes is None else routes:
            if route in self.routes and route not in left:
                found.merge(self.routes[route])
        return found


class Periods:
    """Periods of a minute; of two and more when the log is long, so that their number is bounded."""

    def __init__(self) -> None:
        self.width = 60
        self._periods: dict[int, Period] = {}
        self._index: int | None = None
        self._current = Period()

    def at(self, at: float | None) -> Period:
        """The period of this moment. Lines without a time are all in one."""
        index = 0 if at is None else int(at) // self.width
        if index == self._index:
            return self._current
        found = self._periods.get(index)
        if found is None:
            if len(self._periods) >= KEPT_PERIODS:
                self._halve()
                return self.at(at)
            found = self._periods[index] = Period()
        self._index, self._current = index, found
        return found

    @property
    def current(self) -> Period:
        """The period last asked for."""
        return self.at(None) if self._index is None else self._current

    def _halve(self) -> None:
        """Two periods become one; where time has gaps, as often as it needs."""
        while len(self._periods) > KEPT_PERIODS // 2:
            self.width *= 2
            before, self._periods = self._periods, {}
            for index, period in before.items():
                self._periods.setdefault(index // 2, Period()).merge(period)
        self._index = None

    def between(self, first: float | None, last: float | None, margin: float = 0) -> Period:
        """All periods this span of time touches, as one."""
        if first is None or last is None:
            return self.all()
        low, high = int(first - margin) // self.width, int(last + margin) // self.width
        found = Period()
        for index, period in self._periods.items():
            if low <= index <= high:
                found.merge(period)
        return found

    def all(self) -> Period:
        """The whole log as one."""
        found = Period()
        for period in self._periods.values():
            found.merge(period)
        return found

    def busiest(self) -> tuple[float, int] | None:
        """When the busiest period began (Unix time), and its requests a minute."""
        if not self._periods:
            return None
        index, period = max(self._periods.items(), key=lambda pair: pair[1].requests)
        return index * self.width, round(period.requests * 60 / self.width)
