"""Blocks of bytes to lines, quickly.

A short log is read line by line. In a long one what is ordinary (a request that went well, a line of an
access log, a load average) is let go in one step of the regular expression engine, whole runs of lines at
once, and only a sample of it is read: what lies at the beginning of a block. What went wrong is always read.
"""

from __future__ import annotations

import re

from diag.collect.logs.envelope import LONGEST, seconds
from diag.collect.logs.line import Line
from diag.collect.logs.story import Story

WHOLE = 20_000  # lines that are read one by one, whatever they are
SAMPLE = 1 << 14  # characters at the beginning of a block in which every line is read

_STAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d(?:\.\d{1,9})?)(?:\+00:00|Z)"
# The plainest form of `heroku logs`; whatever else a line may be is left to `envelope`.
_PLAIN = re.compile(rf"{_STAMP} (heroku|app)\[([\w.-]{{1,80}})\]: ([^\n\x00-\x08\x0b-\x1f\x7f]{{0,600}}+)\r?\n")
_ORDINARY = re.compile(
    r"(?:[\d:.+TZ-]{20,40}+ (?:heroku\[(?:router\]: at=info |[\w.-]{1,80}+\]: source=\S{1,80}+ dyno=\S{1,120}+ "
    r"sample#load)[^\n]*+|app\[[\w.-]{1,80}+\]: (?:[\d.]{7,15}+|-) - [^\n\"]{0,80}+\"[A-Z]{3,7} [^\n]*+)\n)*+"
)
_SUCCESS = "heroku[router]: at=info "
_OWN_ERROR = " status=5"


class Scanner:
    """Feeds a story with blocks of whole lines."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._number = 0  # of the last line
        self._minute = ""
        self._minute_at = 0.0
        self._at: float | None = None  # of the last line

    def feed(self, block: bytes) -> None:
        """A block that ends with a newline."""
        text = block.decode("utf-8", "replace")
        sample = len(text) if self._number < WHOLE else text.find("\n", SAMPLE) + 1 or len(text)
        self._each(text, 0, sample)
        if sample < len(text):
            self._rest(text, sample)
        if self._at is not None:
            self._story.extent.reached(self._number, self._at)

    def _each(self, text: str, start: int, end: int) -> None:
        while start < end:
            stop = text.find("\n", start) + 1
            self._number += 1
            self._one(text, start, stop, self._number)
            start = stop

    def _rest(self, text: str, start: int) -> None:
        """What is not ordinary from `start` on."""
        self._story.traffic.skipped(text.count(_SUCCESS, start) - text.count(_OWN_ERROR, start))
        pos, end, number = start, len(text), self._number
        while pos < end:
            after = _ORDINARY.match(text, pos).end()  # type: ignore[union-attr]  an empty run matches too
            if after > pos:
                number += text.count("\n", pos, after)
                pos = after
                continue
            stop = text.find("\n", pos) + 1
            number += 1
            self._one(text, pos, stop, number)
            pos = stop
        self._own_errors(text, start)
        self._number = number

    def _own_errors(self, text: str, start: int) -> None:
        """Answers of 5xx that the app gave itself, which the router calls at=info."""
        number, counted = self._number, start
        pos = text.find(_OWN_ERROR, start)
        while pos >= 0:
            begin, stop = text.rfind("\n", 0, pos) + 1, text.find("\n", pos) + 1
            if text.find(_SUCCESS, begin, pos) >= 0:
                number += text.count("\n", counted, begin)
                counted = begin
                self._one(text, begin, stop, number + 1)
            pos = text.find(_OWN_ERROR, stop)

    def _one(self, text: str, start: int, stop: int, number: int) -> None:
        match = _PLAIN.match(text, start, stop)
        if match is None or stop - start > self._story.width or self._story.holds:
            self._story.read(number, text[start : min(stop - 1, start + 2 * LONGEST)])
            return
        minute, second, source, process, said = match.groups()
        if minute != self._minute:
            at = seconds(f"{minute}:00Z")
            if at is None:
                self._story.read(number, text[start : stop - 1])
                return
            self._minute, self._minute_at = minute, at
        self._at = self._minute_at + float(second)
        line = Line(number, self._at, source, process, said.rstrip())
        self._story.before = line
        self._story.line(line)
