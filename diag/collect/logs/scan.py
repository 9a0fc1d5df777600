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

WHOLE = 10_000  # lines that are read one by one, whatever they are
SAMPLE = 1 << 11  # bytes at the beginning of a block in which every line is read
ATTENTIVE = 500  # lines of the app after a launch, every word of which counts
COUNTED = 4  # of so many blocks the successes of one are counted, and stand for the others
METRICS = 3  # of so many samples of memory one is read; R14 and R15 are lines of their own

_STAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d(?:\.\d{1,9})?)(?:\+00:00|Z)"
# The plainest form of `heroku logs`; whatever else a line may be is left to `envelope`.
_PLAIN = re.compile(rf"{_STAMP} (heroku|app)\[([\w.-]{{1,80}})\]: ([^\n\x00-\x08\x0b-\x1f\x7f]*+)\r?\n?\Z")
# Ordinary lines, as many as there are, and the one after them.
_RUN = re.compile(
    rb"(?:[^\n]{32} (?:heroku\[(?:router\]: at=info |[\w.-]{1,80}+\]: source=[^ \n]{1,80}+ "
    rb"dyno=[^ \n]{1,120}+ sample#load)[^\n]*+|app\[[\w.-]{1,80}+\]: [\d.]{7,15}+ - [^\n]*+)\n)*+([^\n]*+\n)?"
)
_SUCCESS = b"heroku[router]: at=info "
_OWN_ERROR = b" status=5"
SHAPES = 4_000  # lines of the app, digits aside, whose words are remembered
_STAMPED = 33  # characters of the stamp and the blank after it


def _says_something(raw: bytes) -> bool:
    """Whether a line of the app has a word that some reader looks for; most have none.

    `in` over and over is several times as quick as one search for all of these words.
    """
    return (
        (b"rror" in raw and raw.count(b"rror") > raw.count(b'"error": null') + raw.count(b'"error":null'))
        or b"xcept" in raw
        or b"] [" in raw
        or b"Traceback" in raw
        or b'File "' in raw
        or b"event=" in raw
        or b"diagnosis" in raw
        or b"ailed" in raw
        or b"nvalid" in raw
        or b"unning on" in raw
        or b"erving" in raw
        or b"istening" in raw
        or b" server " in raw
        or b"URL:" in raw
        or b"ot found" in raw
        or b"No such file" in raw
        or b"denied" in raw
        or b"can't open" in raw
        or b"must be callable" in raw
        or b" in use" in raw
        or b"requires" in raw
        or b"Could not" in raw
        or b"Killed" in raw
        or b"ensorFlow" in raw
        or b"dumped" in raw
        or b"buildpack" in raw
        or b"assword" in raw
        or b"ecret" in raw
        or b"redentials" in raw
        or b"onnecting to" in raw
        or b"oken" in raw
        or b"AKIA" in raw
        or b"_live_" in raw
        or b"ghp_" in raw
        or b"github_pat_" in raw
        or b"telegram.org/bot" in raw
        or b"PRIVATE" in raw
        or (b"://" in raw and b"@" in raw)
    )


def _may_go_on(said: str) -> bool:
    """Whether a line may have been broken behind a blank, or holds entries whose newlines were lost."""
    return said[-1:] == " " or "+00:00 " in said


class Scanner:
    """Feeds a story with blocks of whole lines."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._number = 0  # of the last line
        self._minute = ""
        self._minute_at = 0.0
        self._at: float | None = None  # of the last line
        self._blocks = 0
        self._shapes: dict[bytes, bool] = {}
        self._launches = 0
        self._attentive = 0
        self._metrics = 0

    def feed(self, block: bytes) -> None:
        """A block that ends with a newline."""
        sample = len(block) if self._number < WHOLE else block.find(b"\n", SAMPLE) + 1 or len(block)
        self._each(block, 0, sample)
        if sample < len(block):
            self._story.flush()
            self._rest(block, sample)
            last = block[block.rfind(b"\n", 0, -1) + 1 :][:_STAMPED].decode("ascii", "replace")
            self._at = seconds(last.strip()) or self._at
        self._story.extent.reached(self._number, self._at)

    def _each(self, block: bytes, start: int, end: int) -> None:
        while start < end:
            stop = block.find(b"\n", start) + 1
            self._number += 1
            self._one(block[start : min(stop, start + 2 * LONGEST)], self._number)
            start = stop

    def _rest(self, block: bytes, start: int) -> None:
        """What is not ordinary from `start` on."""
        story, number = self._story, self._number
        if self._blocks % COUNTED == 0:
            story.traffic.skipped(COUNTED * (block.count(_SUCCESS, start) - block.count(_OWN_ERROR, start)))
        self._blocks += 1
        counted = start  # the lines before this place are in `number`
        for run in _RUN.finditer(block, start):
            raw = run[1]
            if raw is not None and self._passes(raw):
                at = run.start(1)
                number += block.count(b"\n", counted, at) + 1
                counted = run.end()
                self._one(raw[: 2 * LONGEST], number)
        number += block.count(b"\n", counted)
        self._own_errors(block, start)
        self._number = number

    def _passes(self, raw: bytes) -> bool:
        """Whether a line is read: all but memory between its samples, and words that nobody looks for."""
        if raw.startswith(b"app[", _STAMPED):
            launches = self._story.launches.count
            if launches != self._launches:
                self._launches, self._attentive = launches, ATTENTIVE
            self._attentive -= 1
            return self._attentive > 0 or self._story.tracebacks.are_open or self._says_something(raw)
        if raw.startswith(b"heroku[", _STAMPED) and b" sample#memory_total=" in raw:
            self._metrics += 1
            return self._metrics % METRICS == 0
        return True

    def _says_something(self, raw: bytes) -> bool:
        """The answer is the same for all lines that differ in digits only: no word has one."""
        shape = raw.translate(None, b"0123456789")
        says = self._shapes.get(shape)
        if says is None:
            if len(self._shapes) >= SHAPES:
                self._shapes.clear()
            says = self._shapes[shape] = _says_something(shape)
        return says

    def _own_errors(self, block: bytes, start: int) -> None:
        """Answers of 5xx that the app gave itself, which the router calls at=info."""
        number, counted = self._number, start
        pos = block.find(_OWN_ERROR, start)
        while pos >= 0:
            begin, stop = block.rfind(b"\n", 0, pos) + 1, block.find(b"\n", pos) + 1
            if block.find(_SUCCESS, begin, pos) >= 0:
                number += block.count(b"\n", counted, begin)
                counted = begin
                self._one(block[begin:stop], number + 1)
            pos = block.find(_OWN_ERROR, stop)

    def _one(self, raw: bytes, number: int) -> None:
        text = raw.decode("utf-8", "replace")
        story = self._story
        match = _PLAIN.match(text)
        if match is None or len(raw) > story.width or story.holds or _may_go_on(match[5]):
            story.read(number, text.removesuffix("\n"))
            return
        minute, second, source, process, said = match.groups()
        if minute != self._minute:
            at = seconds(f"{minute}:00Z")
            if at is None:
                story.read(number, text.removesuffix("\n"))
                return
            self._minute, self._minute_at = minute, at
        at = self._minute_at + float(second)
        if self._at is None:
            story.extent.at(at)
        self._at = at
        line = Line(number, at, source, process, said.rstrip())
        story.before = line
        story.line(line)
