"""The log itself: where it begins and ends, what it lacks, what happened to the app meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.logs.line import Line
from diag.collect.logs.platform import Said

_DROPPED = re.compile(r"Error (L1[0-5])\b.{0,60}?(?:(\d+) messages? (?:dropped|lost))?(?: since (\S+?)\.?)?$")
_TAIL = re.compile(r"(\d+) messages (?:dropped|lost)(?: since (\S+?)\.?)?(?:\s|$)")
KEPT = 20


@dataclass(slots=True)
class _Gap:
    line: Line
    code: str
    count: int
    since: str
    times: int = 1
    last: int = 0


class Extent:
    """Counts lines, keeps the first and the last time, gaps and the events of the app."""

    def __init__(self) -> None:
        self.lines = 0
        self.bare = 0
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.enveloped = False
        self.build_failed: Line | None = None
        self._gaps: dict[str, _Gap] = {}

    def read(self, line: Line) -> None:
        """Any line that is looked at one by one."""
        self.lines = max(self.lines, line.number)
        self.at(line.at)
        if line.source:
            self.enveloped = True
        else:
            self.bare += 1

    def at(self, seconds: float | None) -> None:
        """The time of a line."""
        if seconds is not None:
            self.first_at = seconds if self.first_at is None else min(self.first_at, seconds)
            self.last_at = seconds if self.last_at is None else max(self.last_at, seconds)

    def reached(self, number: int, at: float | None) -> None:
        """All lines up to this one were seen; `at` is the time of the last that had an envelope."""
        self.lines = number
        self.at(at)
        self.enveloped = self.enveloped or at is not None

    def understood(self) -> None:
        """A line without envelope that a reader knew."""
        self.bare -= 1

    def event(self, line: Line, said: Said) -> None:
        """An event of the app, or what Logplex says of itself."""
        if said.what == "code":
            self._gap(line)
        elif said.what == "build_failed":
            self.build_failed = line
        elif said.what in ("build_succeeded", "release"):
            self.build_failed = None

    def _gap(self, line: Line) -> None:
        match = _DROPPED.match(line.text[:400])
        code = line.text[6:9]
        numbers = _TAIL.search(line.text[:400])
        count = int(numbers[1][:12]) if numbers else 0
        since = (numbers[2] or "") if numbers else ((match[3] or "") if match else "")
        gap = self._gaps.get(code)
        if gap is not None:
            gap.count += count
            gap.times += 1
            gap.last = line.number
        elif f"LOG_{code}" in Fact.__members__:
            self._gaps[code] = _Gap(line, code, count, since, last=line.number)

    def evidence(self) -> list[Evidence]:
        """Gaps, and a failed build whose output is elsewhere."""
        found = [
            Evidence(
                Fact[f"LOG_{code}"],
                Level.WARN,
                gap.line.text.strip()[:300] + (f" ({gap.times} times)" if gap.times > 1 else ""),
                gap.line.where,
                gap.line.at,
                {
                    "dyno": "",
                    "number": gap.line.number,
                    "last": gap.last,
                    "code": code,
                    "count": gap.count or None,
                    "since": gap.since or None,
                },
            )
            for code, gap in self._gaps.items()
        ]
        if self.build_failed is not None:
            line = self.build_failed
            values: dict[str, Value] = {"dyno": "", "number": line.number, "fault": "elsewhere"}
            values |= {"fetch": "heroku builds:output | python -m diag logs"}
            text = line.text.strip()[:300]
            found.append(Evidence(Fact.BUILD_ERROR, Level.FAIL, text, line.where, line.at, values))
        return found
