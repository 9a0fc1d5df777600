"""Launches: each start of a dyno, from its command to its end, put together from what was said.

Reading only collects; what a launch means is said in `outcome`. What is kept of one launch and how many
launches are kept is bounded: of thousands of the same kind the first and the last ones tell all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from checks.procfile import server_target
from diag.collect.logs.line import Line, where
from diag.collect.logs.platform import Said
from diag.collect.logs.tracebacks import Raised
from diag.report import Moment

KEPT_LAUNCHES = 400
KEPT_MOMENTS = 24
KEPT_EXCEPTIONS = 12
KEPT_WORKERS = 64
KEPT_WORDS = 6
COMMAND_CHARS = 2_000  # of a command that are looked at
ONE_OFF = frozenset({"run", "release", "scheduler"})  # process types of one-off dynos

_SIGNALS = {"9": "SIGKILL", "15": "SIGTERM", "11": "SIGSEGV", "6": "SIGABRT", "4": "SIGILL"}
_NO_NEWS = frozenset({"gunicorn", "worker_class", "worker_exiting", "worker_exception", "shutting_down"}) | {
    "request_error"
}


class Place(NamedTuple):
    """A line that matters: its number, its time, what it says."""

    number: int
    at: float | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """What a server says about where it listens."""

    place: Place
    host: str
    port: str


@dataclass(slots=True)
class Launch:
    """One launch of one dyno. `began` is None when the log begins in the middle of it."""

    dyno: str
    first: Place
    began: Place | None = None
    command: str = ""
    release: str = ""
    server: str = ""
    version: str = ""
    preloading: bool = False
    tensorflow_in_master: Place | None = None  # TensorFlow spoke before gunicorn did: the app is preloaded
    second_server: Place | None = None  # another server says under gunicorn that it listens
    up: Place | None = None
    crashed: Place | None = None
    exited: Place | None = None
    status: str = ""
    asked_to_stop: Place | None = None
    codes: dict[str, Place] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    booted: int = 0
    workers: dict[str, Place] = field(default_factory=dict)
    timeouts: list[tuple[str, Place, float | None]] = field(default_factory=list)
    timeouts_count: int = 0
    worker_codes: dict[str, int] = field(default_factory=dict)
    signals: dict[str, Place] = field(default_factory=dict)
    reason: Place | None = None
    saying: dict[str, tuple[Place, Said]] = field(default_factory=dict)
    raised: list[Raised] = field(default_factory=list)
    words: deque[Place] = field(default_factory=lambda: deque(maxlen=KEPT_WORDS))
    first_words: list[Place] = field(default_factory=list)
    lines: int = 0
    last: Place | None = None
    moments: list[Moment] = field(default_factory=list)

    @property
    def process_type(self) -> str:
        """``web``, ``worker``, ``run``, ``release`` …; empty for bare output."""
        return process_type(self.dyno)

    @property
    def is_web(self) -> bool:
        """A web dyno, or bare output, which is one as far as anybody can tell."""
        return self.process_type in ("web", "")

    @property
    def target(self) -> str:
        """The ``module:attribute`` that its web server is told to import, or empty."""
        return server_target(self.command[:COMMAND_CHARS])

    def moment(self, line: Line, text: str) -> None:
        """Add to the timeline; the middle of a long one is left out."""
        self.moments.append(Moment(line.at, line.where, text))
        if len(self.moments) > KEPT_MOMENTS:
            del self.moments[KEPT_MOMENTS // 2]


def process_type(dyno: str) -> str:
    """The process type of a dyno's name. Cedar: ``web.1``; Fir: ``web-abc-123``."""
    name, dot, _ = dyno.partition(".")
    return name if dot else name.partition("-")[0]


class Launches:
    """All launches of a log, in the order they began."""

    def __init__(self) -> None:
        self.all: list[Launch] = []
        self.dropped = 0
        self.release = ""
        self._current: dict[str, Launch] = {}
        self._before: dict[str, Launch] = {}

    def of(self, line: Line) -> Launch:
        """The launch this line of a dyno belongs to.

        What a dyno says comes another way than what is said about it, so its last words may come when
        the next launch has begun.
        """
        return self._at(line.process, line.at) or self._new(line)

    def _at(self, dyno: str, at: float | None) -> Launch | None:
        launch = self._current.get(dyno)
        if launch is None or at is None or launch.first.at is None or at >= launch.first.at:
            return launch
        return self._before.get(dyno, launch)

    @property
    def count(self) -> int:
        """How many launches there were."""
        return len(self.all) + self.dropped

    def complete(self) -> None:
        """Give a launch whose beginning is not in the log the command of another of its process type."""
        commands = {launch.process_type: launch.command for launch in reversed(self.all) if launch.command}
        for launch in self.all:
            launch.command = launch.command or commands.get(launch.process_type, "")

    def _new(self, line: Line) -> Launch:
        launch = Launch(line.process, Place(line.number, line.at), release=self.release)
        if line.process in self._current:
            self._before[line.process] = self._current[line.process]
        self._current[line.process] = launch
        self.all.append(launch)
        if len(self.all) > KEPT_LAUNCHES:
            gone = self.all.pop(KEPT_LAUNCHES // 2)
            self.dropped += 1
            for running in (self._current, self._before):
                if running.get(gone.dyno) is gone:
                    del running[gone.dyno]
        return launch

    def by_platform(self, line: Line, said: Said) -> None:
        """A line of the platform about a dyno."""
        if said.what == "launch":
            before = self._current.get(line.process)
            launch = self._new(line) if before is None or before.began or before.lines else before
            launch.began = Place(line.number, line.at)
            launch.command = said.values["command"]
            launch.preloading = "--preload" in launch.command
            launch.moment(line, f"starts {launch.command}")
            return
        launch = self._stopping(line.process, said) or self.of(line)
        place = Place(line.number, line.at, line.text)
        match said.what:
            case "state":
                self._state(launch, line, said, place)
            case "exit":
                launch.exited, launch.status = place, said.values.get("status", "")
                launch.moment(line, f"exits with status {launch.status or 'unknown'}")
            case "sigterm" | "cycling" | "restarting" | "idling":
                launch.asked_to_stop = launch.asked_to_stop or place
                launch.moment(line, line.text)
                if "quota" in line.text:  # the Eco hours are used up: what the router calls H82
                    launch.codes.setdefault("H82", place)
            case "kill":
                launch.moment(line, line.text)
            case "code":
                code = said.values["code"]
                if code not in launch.codes:
                    launch.moment(line, line.text)
                launch.codes.setdefault(code, place)

    def _stopping(self, dyno: str, said: Said) -> Launch | None:
        """The launch before, while it still stops: the next one begins meanwhile."""
        if said.what not in ("exit", "kill") and said.values.get("code") != "R12":
            return None
        before = self._before.get(dyno)
        return before if before is not None and before.asked_to_stop and before.exited is None else None

    def _state(self, launch: Launch, line: Line, said: Said, place: Place) -> None:
        before, after = said.values["before"], said.values["after"]
        if after == "starting" and (launch.exited or launch.crashed):
            self._new(line).moment(line, f"{before} → starting")
            return
        launch.moment(line, f"{before} → {after}")
        if after == "up":
            launch.up = place
        elif after == "crashed":
            launch.crashed = place

    def by_server(self, line: Line, said: Said) -> None:
        """A line of a server, a shell or a framework in a dyno."""
        launch = self.of(line)
        if said.what == "starting" and not line.process and launch.server:
            launch = self._new(line)  # bare output of several runs
        place = Place(line.number, line.at, line.text)
        if "pid" in said.values:
            launch.server = "gunicorn"
        match said.what:
            case "starting":
                launch.version = said.values["version"]
                launch.preloading = launch.preloading or launch.tensorflow_in_master is not None
            case "listening":
                self._listens(launch, line, said, place)
            case "booting" | "timeout" | "signalled" | "terminated" | "worker_exited":
                self._worker(launch, line, said, place)
            case "reason":
                launch.reason = place
                launch.moment(line, said.values["why"])
            case "handling":
                if said.values["handled"] in ("term", "int", "quit"):
                    launch.asked_to_stop = launch.asked_to_stop or place
            case what if what not in _NO_NEWS and what not in launch.saying:
                launch.saying[what] = (place, said)
                launch.moment(line, line.text.strip())

    @staticmethod
    def _listens(launch: Launch, line: Line, said: Said, place: Place) -> None:
        if "pid" not in said.values and launch.server == "gunicorn":
            launch.second_server = launch.second_server or place
        if len(launch.listeners) < KEPT_EXCEPTIONS:
            host, port = said.values.get("host", ""), said.values.get("port", "")
            launch.listeners.append(Listener(place, host, port))
            launch.moment(line, f"listens on {host}:{port}")

    def _worker(self, launch: Launch, line: Line, said: Said, place: Place) -> None:
        values = said.values
        match said.what:
            case "booting":
                launch.booted += 1
                launch.workers[values["booted"]] = place
                if len(launch.workers) > KEPT_WORKERS:
                    launch.workers.pop(next(iter(launch.workers)))
            case "timeout":
                self._timeout(launch, line, values["timed_out"], place)
            case "signalled":
                self._signalled(launch, line, values["signalled_pid"], values["signal"], place)
            case "terminated":
                signal = _SIGNALS.get(values["number"], f"signal {values['number']}")
                self._signalled(launch, line, values["terminated_pid"], signal, place)
            case "worker_exited":
                code = values["code"]
                launch.worker_codes[code] = launch.worker_codes.get(code, 0) + 1

    @staticmethod
    def _timeout(launch: Launch, line: Line, pid: str, place: Place) -> None:
        launch.timeouts_count += 1
        booted = launch.workers.get(pid)
        age = None
        if booted is not None and booted.at is not None and line.at is not None:
            age = line.at - booted.at
        if len(launch.timeouts) < KEPT_EXCEPTIONS and pid not in (p for p, _, _ in launch.timeouts):
            launch.timeouts.append((pid, place, age))
            launch.moment(line, f"WORKER TIMEOUT of pid {pid}")

    @staticmethod
    def _signalled(launch: Launch, line: Line, pid: str, signal: str, place: Place) -> None:
        if launch.asked_to_stop or signal == "SIGTERM" or pid in (p for p, _, _ in launch.timeouts):
            return  # a stop that was asked for, or gunicorn's own end of a worker that timed out
        if signal not in launch.signals:
            launch.signals[signal] = place
            launch.moment(line, f"a worker was ended by {signal}")

    def by_app(self, line: Line) -> None:
        """Any other line of a dyno."""
        launch = self.of(line)
        launch.lines += 1
        launch.last = place = Place(line.number, line.at, line.text)
        if not launch.server and ("TensorFlow" in line.text or "oneDNN" in line.text):
            launch.tensorflow_in_master = launch.tensorflow_in_master or place
        if line.text:
            if len(launch.first_words) < KEPT_WORDS:
                launch.first_words.append(place)
            else:
                launch.words.append(place)

    def by_traceback(self, raised: Raised) -> None:
        """A whole traceback of a dyno."""
        launch = self._at(raised.process, raised.at)
        if launch is None:
            launch = self._new(Line(raised.first, raised.at, "app", raised.process, ""))
        same = [r for r in launch.raised if r.chain == raised.chain and r.context == raised.context]
        if len(same) < 2:
            launch.raised.append(raised)
            if len(launch.raised) > KEPT_EXCEPTIONS:
                launch.raised.pop(KEPT_EXCEPTIONS // 2)
            kind, message = raised.chain[-1]
            place = where(raised.first, raised.last)
            launch.moments.append(Moment(raised.at, place, f"{kind}: {message}"[:160].rstrip(": ")))
