"""A log as a whole: each line goes to the reader of its subject, and comes out as episodes.

An episode is what belongs together: one launch of a dyno, the builds, the requests, the memory of the
dynos. What each of them means, and which explains which, is decided in `diag.incidents`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.logs import fatal, outcome, servers
from diag.collect.logs import platform as of_platform
from diag.collect.logs.build import Build
from diag.collect.logs.envelope import LONGEST, entries
from diag.collect.logs.exposed import Secrets
from diag.collect.logs.extent import Extent
from diag.collect.logs.launches import Launches
from diag.collect.logs.line import Line
from diag.collect.logs.memory import Memory
from diag.collect.logs.own import Own
from diag.collect.logs.raised.alone import exception_of_excerpt
from diag.collect.logs.requests import RequestExceptions
from diag.collect.logs.tracebacks import Raised, Tracebacks
from diag.collect.logs.traffic import Traffic
from diag.collect.logs.wrapped import NARROWEST, WIDEST, Held, is_enveloped, is_rest_of
from diag.report import Moment

EXCERPT = 12  # lines
PENDING = 200  # dynos
AT_ONCE = 2.0  # seconds
_DYNO = re.compile(r" dyno=([\w.-]{1,80})")
_NO_DYNO = frozenset({"api", "router", "logplex", "log-shuttle"})


def is_dyno(process: str) -> bool:
    """Whether a process is a dyno: Cedar's ``web.1``, Fir's ``web-abc-123``; add-ons are not."""
    return "." in process or ("-" in process and not process.startswith("heroku-"))


@dataclass(frozen=True, slots=True)
class Episode:
    """Evidence that belongs together, in causal order.

    `kind` is ``launch``, ``build``, ``requests``, ``memory``, ``own`` or ``log``. `healthy_since`: a later
    launch of the same process type came up; `release_since`: in a later release.
    """

    kind: str
    dyno: str
    release: str
    began: float | None
    ended: float | None
    number: int
    last: int
    evidence: tuple[Evidence, ...]
    timeline: tuple[Moment, ...] = ()
    healthy_since: bool = False
    release_since: bool = False


@dataclass(slots=True)
class Story:
    """All readers, fed line by line. `episodes` may be asked at any time."""

    launches: Launches = field(default_factory=Launches)
    tracebacks: Tracebacks = field(default_factory=Tracebacks)
    memory: Memory = field(default_factory=Memory)
    traffic: Traffic = field(default_factory=Traffic)
    build: Build = field(default_factory=Build)
    own: Own = field(default_factory=Own)
    secrets: Secrets = field(default_factory=Secrets)
    requests: RequestExceptions = field(default_factory=RequestExceptions)
    extent: Extent = field(default_factory=Extent)
    decided: int = 0  # lines so far that may have changed the diagnosis
    width: int = NARROWEST  # characters of the longest line so far, at least
    _held: Held | None = None
    _just_raised: dict[str, Raised] = field(default_factory=dict)
    before: Line | None = None  # the last line that had an envelope

    def read(self, number: int, raw: str) -> None:
        """One raw line.

        A paste from a terminal is broken at the terminal's width, one from an editor behind a blank: such
        a line waits for the next ones, which are its end if they have no envelope.
        """
        held, self._held = self._held, None
        if held is not None:
            rest = raw.removeprefix(held.indent)
            if is_rest_of(held.last, rest):
                self._held = Held(held.number, held.text + rest, held.indent, rest)
                if not self._breaks(rest):
                    self.flush()
                return
            self._entries(held.number, held.text)
        indent = raw[: len(raw) - len(raw.lstrip())]
        text = raw.removeprefix(indent)
        if self._breaks(text) and is_enveloped(text):
            self.width = len(text) if len(text) <= WIDEST else LONGEST  # no terminal is as wide
            self._held = Held(number, raw, indent, text)
        else:
            self._entries(number, raw)

    def _breaks(self, text: str) -> bool:
        return len(text) >= self.width or (len(text) > NARROWEST and text.endswith(" "))

    @property
    def holds(self) -> bool:
        """Whether a line waits for its end."""
        return self._held is not None

    def flush(self) -> None:
        """No line comes for a while: what waited for its end has none."""
        held, self._held = self._held, None
        if held is not None:
            self._entries(held.number, held.text)

    def settle(self) -> None:
        """The log is quiet: exceptions whose message might have gone on are whole."""
        self.flush()
        for raised in self.tracebacks.settle():
            self._raised(raised)

    def _entries(self, number: int, raw: str) -> None:
        for line in entries(number, raw):
            if not line.source and self.before is not None and self.before.source in ("heroku", "app"):
                self._continue(line, self.before)
                continue
            self.before = line
            self.extent.read(line)
            self.line(line)

    def _continue(self, line: Line, before: Line) -> None:
        """A line without envelope among others that have one: a paste that was wrapped or trimmed."""
        if not line.text:
            return
        if (before.source == "app" and before.process not in _NO_DYNO) or line.text[:1].isspace():
            self.line(line._replace(source="app", process=before.process, at=before.at))
        elif before.process == "router":
            self.line(line._replace(source="heroku", process="router", at=before.at))
        else:
            self.line(line)

    def line(self, line: Line) -> None:
        """One entry, out of its envelope."""
        if line.process == "router":
            if self.traffic.read(line) and "code=" in line.text:
                self.decided += 1
            elif " status=5" in line.text and (served_by := _DYNO.search(line.text)):
                self._answered_500(served_by[1], line.at)
        elif line.source == "build":
            self.build.read(line)
            self.decided += line.text.startswith(" !")
        elif line.source == "heroku" or line.process in _NO_DYNO:
            self._platform(line)
        elif not line.process:
            self._bare(line)
        elif is_dyno(line.process):
            self._dyno(line)

    def _platform(self, line: Line) -> bool:
        """A line of Heroku's own, or one with its words: drains name its sender in several ways."""
        if self.memory.read(line):
            if line.text.startswith("Error R15") and (killed := of_platform.said(line)):
                self._told(line, killed)
            return True
        said = of_platform.said(line)
        if said is None:
            return False
        if line.process in _NO_DYNO or said.what in _OF_API:
            self._api(line, said)
        else:
            self._told(line, said)
        return True

    def _told(self, line: Line, said: of_platform.Said) -> None:
        self.launches.by_platform(line, said)
        self.traffic.read(line)
        if said.values.get("after") == "crashed":  # comes after the last words of the dyno
            for raised in self.tracebacks.settle(line.process):
                self._raised(raised)
        if said.what == "launch":
            release, command = self.launches.release, said.values["command"]
            self.memory.started(line.process, line.at, line.number, release, command)
        self.decided += said.what in ("exit", "code") or said.values.get("after") == "crashed"

    def _api(self, line: Line, said: of_platform.Said) -> None:
        self.traffic.read(line)
        self.memory.read(line)
        self.extent.event(line, said)
        if said.what in ("release", "rollback"):
            self.launches.release = said.values.get("release") or said.values.get("to") or ""
            self.requests.released()
        self.decided += said.what in ("build_failed", "release_failed")

    def _dyno(self, line: Line) -> None:
        """A line of a dyno's own output."""
        text = line.text
        if not line.source and text[:2] in _PLATFORM_STARTS and self._platform(line):
            return
        self.secrets.read(line)
        if "HaltServer" in text and (halted := servers.halted(text)):
            self.launches.by_server(line, halted)
        if self.tracebacks.read(line):
            self._drain()
            return
        self._drain()
        if text.startswith(("at=", "{")) and self.own.read(line):
            self.memory.read(line)
            self.decided += 1
            return
        if '" 500 ' in text:  # an access log's line, or the framework's own
            self._answered_500(line.process, line.at)
        said = servers.said(line)
        if said is not None:
            self.launches.by_server(line, said)
            self.memory.read(line)
            self.traffic.read(line)
            self.decided += said.what not in ("gunicorn", "booting", "worker_exiting")
        elif text[:6] == "Python":
            self.memory.read(line)
        self.launches.by_app(line)

    def _bare(self, line: Line) -> None:
        """Without an envelope anything may come: build output, a dyno's output, router lines."""
        if line.text.startswith(("at=error", "at=info", "sock=", "at=warning")) and self.traffic.read(line):
            return
        if self.build.read(line):
            self.extent.understood()
            return
        self._dyno(line)

    def _drain(self) -> None:
        for raised in self.tracebacks.finished():
            self._raised(raised)

    def _raised(self, raised: Raised) -> None:
        self.decided += 1
        self.launches.by_traceback(raised)
        self.requests.read(raised)
        if raised.context == "request":
            self.traffic.raised()
        elif not raised.context and raised.frames and len(self._just_raised) < PENDING:
            self._just_raised[raised.process] = raised

    def _answered_500(self, dyno: str, at: float | None) -> None:
        """What was raised just before was raised by this request, though its traceback does not say so."""
        raised = self._just_raised.pop(dyno, None)
        if raised is not None and (at is None or raised.at is None or abs(at - raised.at) < AT_ONCE):
            self.requests.answered_500(raised)
            self.traffic.raised()

    def end(self) -> None:
        """No more lines come."""
        self.flush()
        for raised in self.tracebacks.flush():
            self._raised(raised)
        self._excerpt()

    def _excerpt(self) -> None:
        """A few lines without an envelope are chosen: an exception's line among them is the fault."""
        launches = self.launches.all
        if self.extent.enveloped or self.extent.lines > EXCERPT or len(launches) != 1 or launches[0].raised:
            return
        for place in (*launches[0].first_words, *launches[0].words):
            raised = exception_of_excerpt(Line(place.number, place.at, "", "", place.text))
            if raised is not None:
                self._raised(raised)

    def episodes(self) -> list[Episode]:
        """What has been read so far."""
        return [*self._launched(), *self._rest()]

    def _launched(self) -> Iterable[Episode]:
        served = self.traffic.served
        launches = self.launches.all
        self.launches.complete()
        for index, launch in enumerate(launches):
            evidence = outcome.evidence(launch, launch.dyno in served)
            if not evidence:
                continue
            later = [each for each in launches[index + 1 :] if each.process_type == launch.process_type]
            healthy = later[-1] if later and outcome.came_up(later[-1]) else None
            ended = launch.exited or launch.crashed or launch.last
            yield Episode(
                "launch",
                launch.dyno,
                launch.release,
                (launch.began or launch.first).at,
                None if ended is None else ended.at,
                launch.first.number,
                ended.number if ended else launch.first.number,
                tuple(evidence),
                tuple(launch.moments),
                healthy_since=healthy is not None,
                release_since=healthy is not None and healthy.release not in ("", launch.release),
            )

    def _unfinished(self) -> Iterable[Evidence]:
        """The log ends while a web dyno starts."""
        last = next((each for each in reversed(self.launches.all) if each.process_type == "web"), None)
        if last is None or last.began is None or last.dyno in self.traffic.served:
            return
        if (
            last.up
            or last.exited
            or last.crashed
            or last.asked_to_stop
            or last.raised
            or last.codes
            or last.saying
        ):
            return
        values: dict[str, Value] = {
            "dyno": last.dyno,
            "number": last.began.number,
            "fault": "too-short",
            "lacks": f"how the launch of {last.dyno} ended",
            "fetch": "heroku logs --tail | python -m diag logs --follow",
        }
        text = f"The log ends while {last.dyno} starts"
        yield Evidence(Fact.LOG_EXTENT, Level.INFO, text, f"line {last.began.number}", last.began.at, values)

    def _fatal(self) -> frozenset[tuple[tuple[str, str], ...]]:
        """What ended launches, so that it is not told again as an exception of a request."""
        return frozenset(
            raised.chain
            for launch in self.launches.all
            for raised in launch.raised
            if fatal.is_fatal(launch, raised, fatal.ended_badly(launch))
        )

    def _rest(self) -> Iterable[Episode]:
        memory: dict[object, list[Evidence]] = {}
        for each in self.memory.evidence():
            memory.setdefault(each.values.get("process_type"), []).append(each)
        yield from (_episode("memory", evidence) for evidence in memory.values())
        traffic = self.traffic.evidence()
        for kind, evidence in (
            ("own", self.own.evidence()),
            ("build", _asked_for_web(self.build.evidence(), traffic)),
            ("requests", [*self.requests.evidence(self._fatal()), *traffic]),
            ("log", [*self.extent.evidence(), *self._unfinished(), *self.secrets.evidence()]),
        ):
            yield from (_episode(kind, [each]) for each in evidence)


def _asked_for_web(built: list[Evidence], traffic: list[Evidence]) -> list[Evidence]:
    """A Procfile without web is right for an app of workers, until somebody asks it for a page (H14)."""
    if not any(e.fact is Fact.LOG_H14 for e in traffic):
        return built
    return [replace(e, level=Level.FAIL) if e.values.get("fault") == "procfile-no-web" else e for e in built]


def _episode(kind: str, evidence: list[Evidence]) -> Episode:
    """What has no launch to itself."""
    first = evidence[0]
    numbers = [n for e in evidence if isinstance(n := e.values.get("number"), int)]
    lasts = [n for e in evidence if isinstance(n := e.values.get("last"), int)]
    return Episode(
        kind,
        str(first.values.get("dyno") or first.values.get("process_type") or ""),
        str(first.values.get("release") or ""),
        first.at,
        None,
        min(numbers, default=0),
        max(lasts, default=0),
        tuple(evidence),
    )


_OF_API = frozenset(
    {"release", "deploy", "rollback", "scaled", "set", "removed", "release_failed", "release_runs"}
    | {"build", "build_failed", "build_succeeded"}
)
_PLATFORM_STARTS = frozenset({"St", "Pr", "Er", "Cy", "Re", "Id", "Un", "so"})
