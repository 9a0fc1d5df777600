"""All requests the router tells of: runs of failed ones, what the others did meanwhile, and how it went.

What the numbers decide is said in `verdicts`; here they are collected and told.
"""

from __future__ import annotations

from collections import Counter

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.logs import told, verdicts
from diag.collect.logs.events import Events
from diag.collect.logs.line import Line
from diag.collect.logs.periods import KEPT_ROUTES, OTHER, Period, Periods
from diag.collect.logs.router import ANSWERED, Request, looks_routed, parse, route
from diag.collect.logs.runs import Run, Runs
from diag.collect.logs.stops import Stops
from diag.collect.logs.verdicts import Around, Verdict
from diag.collect.logs.waiting import Since, Waiting

AROUND_SECONDS = 300.0
KEPT_PATHS = 4_000
KEPT_DYNOS = 400
# A run is isolated, so a warning, below these shares of the requests of its time and of the log.
ISOLATED_SHARE = 1 / 1_000
ISOLATED_SHARE_OF_LOG = 1 / 2_000
ISOLATED_COUNT = 4
ERRORS_SHARE = 0.01
ERRORS_COUNT = 3
RESOLVED_ANSWERS = 20
RESOLVED_AT_ONCE = 3  # for what stops at once when it is mended
_AT_ONCE = frozenset({"H10", "H14", "H20", "H34", "H80", "H81", "H82", "H99"})
_NO_FAILURE = frozenset({"H27", "H28", "H80", "H16", "H24", "H26", "H31", "H32", "H33", "H83"})


class Traffic:
    """Requests by the router's lines, and the platform's lines that change what they mean."""

    def __init__(self) -> None:
        self.served: set[str] = set()  # dynos that have answered
        self._periods = Periods()
        self._runs = Runs()
        self._events = Events()
        self._stops = Stops()
        self._routes: dict[tuple[str, str], str] = {}  # by method and path
        self._known: set[str] = set()
        self._waiting = Waiting()
        self._answers = 0
        self._web_answers_of_release = 0
        self._tracebacks = 0
        self._failed_500 = 0
        self._errors: Counter[str] = Counter()
        self._first: Line | None = None  # of the router's lines
        self._last: Line | None = None
        self._first_error: Line | None = None
        self._last_error: Line | None = None
        self._began: float | None = None
        self._ended: float | None = None
        self._log_began: float | None = None

    def read(self, line: Line) -> bool:
        """Router lines; also the platform's, the API's and servers' lines about dynos, for their time."""
        if self._log_began is None:
            self._log_began = line.at
        if line.process != "router" and not looks_routed(line.text):
            if len(line.text) > 1_000:
                return False
            self._stops.read(line)
            releases = self._events.releases
            if "Error handling request" in line.text[:120]:  # gunicorn; a traceback follows
                self._tracebacks += 1
            understood = self._events.read(line)
            if self._events.releases != releases:
                self._runs.released()
                self._web_answers_of_release = 0
            return understood
        answered = ANSWERED.match(line.text)
        if answered is not None:
            method, path, dyno, ms, status = answered.groups()
            self._answered(line, (method, path), dyno, int(ms), int(status))
            return True
        request = parse(line.text)
        if request is None:
            return False
        if request.code:
            self._failed(line, request)
        else:
            self._answered(
                line, (request.method, request.path), request.dyno, request.service, request.status or 0
            )
        return True

    def skipped(self, count: int) -> None:
        """So many ordinary lines, answered with a status below 400, were not passed to `read`.

        From the first call on, even with 0, that a line is not there proves nothing.
        """
        self._waiting.sampled = True
        self._periods.current.requests += count
        self._answers += count

    def raised(self) -> None:
        """A traceback of a request was read: answers of 500 are explained by it."""
        self._tracebacks += 1

    def _period(self, line: Line) -> Period:
        """The period of a router line, which is remembered as the last of all."""
        if self._first is None:
            self._first = line
        self._last = line
        at = line.at
        if at is not None:
            if self._began is None:
                self._began = at
            self._ended = at
        period = self._periods.at(at)
        period.requests += 1
        return period

    def _route(self, asked: tuple[str, str]) -> str:
        found = self._routes.get(asked)
        if found is None:
            method, path = asked[0][:20], route(asked[1])
            if path not in self._known:
                if len(self._known) >= KEPT_ROUTES:
                    path = OTHER
                self._known.add(path)
            if len(self._routes) >= KEPT_PATHS:
                self._routes.clear()
            found = self._routes[asked] = f"{method} {path}"
        return found

    def _answered(self, line: Line, asked: tuple[str, str], dyno: str, ms: int | None, status: int) -> None:
        period = self._period(line)
        where = self._route(asked)
        if status >= 500:
            period.app_errors += 1
            self._errors[where] += 1
            self._failed_500 += status == 500
            self._first_error = self._first_error or line
            self._last_error = line
        if not dyno:
            return
        self._answers += 1
        self._web_answers_of_release += 1
        if dyno not in self.served and len(self.served) < KEPT_DYNOS:
            self.served.add(dyno)
        if self._events.up:
            self._events.answered(dyno)
        if ms is None or status == 101:  # an upgraded connection lasts as long as its user stays
            return
        if status < 500:
            period.answered(where, ms)
        if line.at is not None:
            self._waiting.answered(dyno, line.at, ms)

    def _failed(self, line: Line, request: Request) -> None:
        period = self._period(line)
        period.errors += request.code not in _NO_FAILURE
        if f"LOG_{request.code}" not in Fact.__members__:
            return  # a code that did not exist when this was written
        self._runs.counts[request.code] += 1
        run = self._runs.of(request.code, line)
        where = self._route((request.method, request.path))
        run.add(line, request, where)
        run.good_before, run.changes_before = self._answers, self._events.changes
        if run.count == 1:
            run.answers_of_release = self._web_answers_of_release
        if request.code == "H12" and line.at is not None:
            since = Since(self._log_began or line.at, self._events.up.get(request.dyno))
            self._waiting.timed_out(run, request, line.at, where, since)

    def evidence(self) -> list[Evidence]:
        """Each run, how dynos stopped, and the traffic as a whole."""
        whole = self._periods.all()
        judged = [self._judged(run, whole) for run in self._runs.all]
        shared = told.shared_by_fault(judged)
        found = [told.of_run(each, shared) for each in judged]
        found += self._stops.evidence()
        if self._first is not None and self._last is not None:
            found.append(self._of_all(whole, self._first, self._last))
        return found

    def _judged(self, run: Run, whole: Period) -> told.Judged:
        around = self._around(run, whole)
        verdict = verdicts.judge(run, around)
        level = self._level(run, verdict, around)
        return told.Judged(run, around, verdict, level, self._minutes(run), self._resolved(run))

    def _around(self, run: Run, whole: Period) -> Around:
        codes: Counter[str] = Counter()
        for other in self._runs.all:
            if other is not run and run.overlaps(other, AROUND_SECONDS):
                codes[other.code] += other.count
        close = self._periods.between(run.first_at, run.last_at, AROUND_SECONDS)
        return Around(close, whole, self._events, codes, bool(run.answers_of_release), self._waiting.sampled)

    def _level(self, run: Run, verdict: Verdict, around: Around) -> Level:
        if verdict.level is not None:
            return verdict.level
        if run.code in _AT_ONCE:
            return Level.FAIL
        share = run.count / max(1, around.close.requests)
        of_log = self._runs.counts[run.code] / max(1, around.whole.requests)
        isolated = run.count <= ISOLATED_COUNT and of_log < ISOLATED_SHARE_OF_LOG
        return Level.WARN if isolated or share < ISOLATED_SHARE else Level.FAIL

    def _resolved(self, run: Run) -> bool:
        """Whether it came to an end: by itself for some codes, else by a change, and the app answers."""
        good = self._answers - run.good_before
        if run.superseded:
            return False
        if run.code in _AT_ONCE:
            return good >= RESOLVED_AT_ONCE
        return good >= RESOLVED_ANSWERS and self._events.changes > run.changes_before

    def _minutes(self, run: Run) -> float | None:
        """The minutes that `Around.close` covers, no more than the log does."""
        if run.first_at is None or run.last_at is None or self._began is None or self._ended is None:
            return None
        first = max(run.first_at - AROUND_SECONDS, self._began)
        last = min(run.last_at + AROUND_SECONDS, self._ended)
        return max(1.0, (last - first) / 60)

    def _of_all(self, whole: Period, first: Line, last: Line) -> Evidence:
        share = self._failed_500 / max(1, whole.requests)
        unexplained = self._failed_500 >= ERRORS_COUNT and share >= ERRORS_SHARE and not self._tracebacks
        if unexplained and self._first_error is not None and self._last_error is not None:
            first, last = self._first_error, self._last_error
        busiest = None if self._began is None else self._periods.busiest()
        lines = (first, last)
        return told.of_all(told.Whole(whole, self._errors, self._failed_500, busiest, lines, unexplained))
