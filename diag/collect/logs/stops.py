"""How dynos stopped when they were asked to, and what the platform itself failed at (R12, R17, R99)."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.logs.launches import ONE_OFF, process_type
from diag.collect.logs.line import Line, where

# After SIGTERM a dyno has 30 s; its exit is logged a moment later.
GRACE_SECONDS = 45.0
DEPLOY_SECONDS = 240.0
KEPT = 200
_REASONS = {
    "Cycling": "daily cycling",
    "Restarting": "a restart",
    "Idling": "sleep of an Eco dyno",
}


@dataclass(slots=True)
class _Seen:
    """Lines of one kind."""

    first: Line
    last: Line
    count: int = 0
    dynos: dict[str, int] = field(default_factory=dict)
    seconds: float | None = None

    def add(self, line: Line) -> None:
        self.count += 1
        self.last = line
        if line.process in self.dynos or len(self.dynos) < KEPT:
            self.dynos[line.process] = self.dynos.get(line.process, 0) + 1

    @property
    def dyno(self) -> str:
        """The one dyno, or empty for several."""
        return next(iter(self.dynos)) if len(self.dynos) == 1 else ""

    @property
    def where(self) -> str:
        return where(self.first.number, self.last.number)


class Stops:
    """Reads the platform's lines about dynos, and events of the app."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[Line, str]] = {}  # dynos that are stopping, and why
        self._why: dict[str, tuple[float | None, str]] = {}
        self._normal: _Seen | None = None
        self._reasons: dict[str, int] = {}
        self._codes: dict[tuple[str, str], _Seen] = {}

    def read(self, line: Line) -> None:
        """Any line of the platform, the API or a server."""
        text = line.text
        start = text[:2]
        if start in ("Cy", "Re", "Id") and text in _REASONS:
            self._note(line.process, line.at, _REASONS[text])
        elif start in ("Re", "De", "Ro") and text.startswith(("Release v", "Deploy", "Rollback to ")):
            self._note("", line.at, "a new release")
        elif start == "Sc" and text.startswith("Scale"):
            self._note("", line.at, "scaling")
        elif text.startswith("Stopping") and text.endswith("with SIGTERM"):
            self._stopping(line)
        elif text.startswith("Process exited"):
            self._exited(line)
        elif start == "Er" and text[6:9] in ("R12", "R17", "R99"):
            self._code(line, text[6:9])
        elif text.endswith("Handling signal: term") and line.process not in self._asked:
            self._stopping(line)
        elif text.endswith("Shutting down: Master"):
            self._exited(line, finished=not line.source)

    def _note(self, dyno: str, at: float | None, reason: str) -> None:
        if len(self._why) < KEPT or dyno in self._why:
            self._why[dyno] = (at, reason)

    def _stopping(self, line: Line) -> None:
        reason = ""
        for dyno in (line.process, ""):
            at, known = self._why.get(dyno, (None, ""))
            close = at is None or line.at is None or 0 <= line.at - at <= DEPLOY_SECONDS
            if known and close:
                reason = known
                break
        if len(self._asked) < KEPT or line.process in self._asked:
            self._asked[line.process] = (line, reason)

    def _exited(self, line: Line, *, finished: bool = True) -> None:
        if not finished or line.process not in self._asked:
            return
        asked, reason = self._asked.pop(line.process)
        late = asked.at is not None and line.at is not None and line.at - asked.at > GRACE_SECONDS
        status = line.text.rpartition(" ")[2]
        if late or status not in ("143", "0", "exited", "Master"):
            return
        if self._normal is None:
            self._normal = _Seen(asked, line)
        self._normal.add(line)
        reason = reason or "asked for"
        self._reasons[reason] = self._reasons.get(reason, 0) + 1

    def _code(self, line: Line, code: str) -> None:
        kind = process_type(line.process)
        key = (code, kind)
        seen = self._codes.get(key)
        if seen is None:
            if len(self._codes) >= KEPT:
                return
            seen = self._codes[key] = _Seen(line, line)
        seen.add(line)
        asked = self._asked.pop(line.process, None)
        if code == "R12" and asked and asked[0].at is not None and line.at is not None:
            seen.seconds = line.at - asked[0].at

    def evidence(self) -> list[Evidence]:
        """R12, R17 and R99 by process type, and the stops that went as they should."""
        found = [self._of_code(code, kind, seen) for (code, kind), seen in self._codes.items()]
        if self._normal is not None:
            found.append(self._of_stops(self._normal))
        return found

    @staticmethod
    def _of_code(code: str, kind: str, seen: _Seen) -> Evidence:
        level = Level.WARN if kind in ONE_OFF else Level.FAIL
        times = f" ({seen.count} times)" if seen.count > 1 else ""
        # The text of R17 holds checksums, which help nobody.
        text = seen.first.text.partition(". Expected:")[0][:200]
        values: dict[str, Value] = {
            "dyno": seen.dyno,
            "dynos": tuple(sorted(seen.dynos)[:8]),
            "process": kind or "web",
            "number": seen.first.number,
            "last": seen.last.number,
            "count": seen.count,
            "code": code,
            "seconds": None if seen.seconds is None else round(seen.seconds, 1),
            "web": "web" if kind in ("web", "") else None,
            "other": kind if kind not in ("web", "") else None,
        }
        return Evidence(Fact[f"LOG_{code}"], level, f"{text}{times}", seen.where, seen.first.at, values)

    def _of_stops(self, seen: _Seen) -> Evidence:
        reasons = tuple(self._reasons)
        who = seen.dyno or f"{len(seen.dynos)} dynos"
        times = f"{seen.count} times" if seen.count > 1 else "once"
        text = f"{who} ended {times} as asked, by SIGTERM ({', '.join(reasons)})"
        values: dict[str, Value] = {
            "dyno": seen.dyno,
            "number": seen.first.number,
            "last": seen.last.number,
            "count": seen.count,
            "fault": "normal",
            "reasons": reasons,
        }
        return Evidence(Fact.DYNO_STOP, Level.INFO, text, seen.where, seen.first.at, values)
