"""What happened to the dynos meanwhile, as far as it changes what a failed request means."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

from diag.collect.logs.line import Line

KEPT = 400
NEAR_SECONDS = 6.0  # lines of the router and of a dyno come by different ways, so not in exact order
_WEB = re.compile(r"\bweb[@=](\d{1,4})\b")
_STATE = re.compile(r"State changed from [\w-]+ to ([\w-]+)")
_STATUS = re.compile(r"Process exited with status (\d{1,3})")

Moments = deque[tuple[float, str]]


def _moments() -> Moments:
    return deque(maxlen=KEPT)


class Events:
    """Moments (Unix time, dyno) of each kind; `changes` counts releases, scalings and starts."""

    def __init__(self) -> None:
        self.timeouts = _moments()  # gunicorn gave up a worker
        self.kills = _moments()  # a process ended that nobody asked to end
        self.stops = _moments()  # a dyno was asked to stop
        self.starts = _moments()
        self.late = _moments()  # R10
        self.up: dict[str, float] = {}  # since when, until the dyno has answered something
        self.changes = 0
        self.releases = 0
        self.web_dynos: int | None = None  # as last scaled
        self.scaled: Line | None = None
        self._by_start: dict[str, Callable[[str, float, str], bool]] = {
            "St": self._state,
            "Pr": self._exit,
            "Er": self._code,
            **dict.fromkeys(("Re", "De", "Ro", "Cy", "Id"), self._change),
        }

    def read(self, line: Line) -> bool:
        """Whether the line tells an event; one of the platform, the API or a server."""
        text, at, dyno = line.text, line.at or 0.0, line.process
        by_start = self._by_start.get(text[:2])
        if by_start is not None:
            if dyno and dyno != "api" and not dyno.startswith("web"):
                return False  # the router sends no request to other processes
            return by_start(text, at, dyno)
        if text.startswith(("Scaled to ", "Scale to ")):
            self._scaled(line)
            return True
        return self._worker(text[:200], at, dyno)

    def _worker(self, text: str, at: float, dyno: str) -> bool:
        if "WORKER TIMEOUT" in text:
            self.timeouts.append((at, dyno))
        elif "was sent SIGKILL" in text or "terminated due to signal 9" in text:
            self.kills.append((at, dyno))
        else:
            return False
        return True

    def _state(self, text: str, at: float, dyno: str) -> bool:
        if match := _STATE.match(text):
            after = match[1]
            if after == "up":
                self.up[dyno] = at
                self.changes += 1
                if len(self.up) > KEPT:
                    self.up.pop(next(iter(self.up)))
            elif after == "crashed":
                self.kills.append((at, dyno))
            elif after == "starting":
                self.starts.append((at, dyno))
            return True
        if text.startswith("Stopping") and text.endswith("with SIGTERM"):
            self.stops.append((at, dyno))
            return True
        if text.startswith("Starting process"):
            self.starts.append((at, dyno))
            return True
        return text.startswith("Stopping ")

    def _exit(self, text: str, at: float, dyno: str) -> bool:
        match = _STATUS.match(text)
        if match and match[1] not in ("0", "143"):
            self.kills.append((at, dyno))
        return match is not None

    def _code(self, text: str, at: float, dyno: str) -> bool:
        code = text[6:9]
        if code == "R10":
            self.late.append((at, dyno))
        elif code == "R15":
            self.kills.append((at, dyno))
        return code[:1] == "R"

    def _scaled(self, line: Line) -> None:
        self.changes += 1
        if match := _WEB.search(line.text):
            self.web_dynos, self.scaled = int(match[1]), line

    def _change(self, text: str, at: float, dyno: str) -> bool:
        if text.startswith(("Release v", "Rollback to ")):
            self.releases += 1
            self.changes += 1
            return True
        if text in ("Restarting", "Cycling", "Idling"):
            self.stops.append((at, dyno))
            return True
        return text.startswith("Deploy")

    def answered(self, dyno: str) -> None:
        """The dyno has answered a request: it is no longer just up."""
        if dyno in self.up:
            del self.up[dyno]


def near(
    moments: list[tuple[float, str]],
    events: Moments,
    before: float = NEAR_SECONDS,
    after: float = NEAR_SECONDS,
) -> int:
    """How many of these moments have such an event of the same dyno close by, in seconds."""
    found = 0
    for at, dyno in moments:
        found += any(
            at - before <= when <= at + after and (where == dyno or not where or not dyno)
            for when, where in events
        )
    return found
