"""Runs of requests the router could not serve: one code, without a long quiet and within one release."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from diag.collect.logs.histogram import Histogram
from diag.collect.logs.line import Line
from diag.collect.logs.router import Request

QUIET_SECONDS = 600.0
KEPT_RUNS = 50
KEPT_KEYS = 40
KEPT_MOMENTS = 60
OTHERS = "…"
# The router sends these again over a new connection when an idle one turns out to be closed.
SENT_AGAIN = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})


@dataclass(slots=True)
class Run:
    """What the requests of one run have in common. `moments` are (Unix time, dyno) of some of them."""

    code: str
    first: int
    first_at: float | None
    last: int = 0
    last_at: float | None = None
    count: int = 0
    desc: str = ""
    dynos: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    connect: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    moments: list[tuple[float, str]] = field(default_factory=list)
    by_client: int = 0  # sock=client
    modern: int = 0  # by Router 2.0 or Fir, which keep connections to the dyno open
    overtaken: Counter[str] = field(default_factory=Counter)  # the dyno answered one that came later
    opened: Counter[str] = field(default_factory=Counter)  # the dyno was quick before, then silent
    in_line: int = 0  # before it the dyno's answers came late and in the order of their requests
    held_up: int = 0  # before it the dyno answered several at once that had waited
    alone: int = 0  # no other request was in the dyno meanwhile
    fresh: int = 0  # came right after the dyno was up, and before it had answered anything
    good_before: int = 0  # answers of the app until the last of this run
    answers_of_release: int = 0  # answers of this release before the first of this run
    changes_before: int = 0  # releases, scalings and restarts until then
    superseded: bool = False  # a later run has the same code

    def add(self, line: Line, request: Request, route: str) -> None:
        """One more request."""
        self.count += 1
        self.last, self.last_at = line.number, line.at if line.at is not None else self.last_at
        self.desc = self.desc or request.desc[:80]
        _count(self.dynos, request.dyno)
        _count(self.methods, request.method)
        _count(self.routes, route)
        _count(self.statuses, "" if request.status is None else str(request.status))
        if request.connect is not None:
            self.connect.add(request.connect)
        if request.service is not None:
            self.service.add(request.service)
        self.by_client += request.sock == "client"
        self.modern += request.modern
        if line.at is not None:
            self.moments.append((line.at, request.dyno))
            if len(self.moments) > KEPT_MOMENTS:
                del self.moments[KEPT_MOMENTS // 2]

    @property
    def seconds(self) -> float | None:
        """From the first to the last request, None without times."""
        if self.first_at is None or self.last_at is None:
            return None
        return max(0.0, self.last_at - self.first_at)

    @property
    def unsafe(self) -> int:
        """Requests the router does not send again: POST and PATCH."""
        return self.count - sum(n for method, n in self.methods.items() if method in SENT_AGAIN)

    def overlaps(self, other: Run, margin: float) -> bool:
        """Whether the other run was within so many seconds of this one; runs without times always are."""
        if self.first_at is None or self.last_at is None or other.first_at is None or other.last_at is None:
            return True
        return self.first_at - margin <= other.last_at and other.first_at <= self.last_at + margin

    def share(self, count: int) -> float:
        """`count` as a share of this run's requests."""
        return count / self.count if self.count else 0.0


def _count(counter: Counter[str], key: str) -> None:
    counter[key if key in counter or len(counter) < KEPT_KEYS else OTHERS] += 1


class Runs:
    """All runs of a log, in the order they began. Of very many the first and the last are kept."""

    def __init__(self) -> None:
        self.all: list[Run] = []
        self.counts: Counter[str] = Counter()  # of the whole log, by code
        self._open: dict[str, Run] = {}

    def of(self, code: str, line: Line) -> Run:
        """The run a request of this code belongs to."""
        run = self._open.get(code)
        if run is not None and (
            line.at is None or run.last_at is None or line.at - run.last_at <= QUIET_SECONDS
        ):
            return run
        if run is not None:
            run.superseded = True
        for before in self.all:
            before.superseded = before.superseded or before.code == code
        run = self._open[code] = Run(code, line.number, line.at)
        self.all.append(run)
        if len(self.all) > KEPT_RUNS:
            gone = self.all.pop(KEPT_RUNS // 2)
            if self._open.get(gone.code) is gone:
                del self._open[gone.code]
        return run

    def released(self) -> None:
        """A new release: what comes now is another run."""
        self._open.clear()
