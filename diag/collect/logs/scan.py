"""Blocks of bytes to lines, quickly.

A short log is read line by line. In a long one what is ordinary (a request that went well, a line of an
access log) is let go in one step of the regular expression engine, whole runs of lines at once, and only
a sample of it is read: the share of a block that lies before `_SAMPLE`. What went wrong is always read.
"""

from __future__ import annotations

import re

from diag.collect.logs.envelope import LONGEST, seconds
from diag.collect.logs.line import Line
from diag.collect.logs.story import Story

WHOLE = 50_000  # lines that are read one by one, whatever they are
_SAMPLE = 1 << 16  # bytes at the beginning of a block in which every line is read

_STAMP = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]{0,10}(?:Z|[+-]\d\d:\d\d)"
# The plainest form of `heroku logs`; whatever else a line may be is left to `envelope`.
_PLAIN = re.compile(
    rb"(" + _STAMP + rb") (heroku|app)\[([\w.-]{1,80})\]: ([^\n\x00-\x08\x0b-\x1f\x7f]{0,600}+)\r?\n"
)
_ORDINARY = re.compile(
    rb"(?:[\d:.+TZ-]{20,40} (?:heroku\[router\]: at=info [^\n]*"
    rb"|app\[[\w.-]{1,80}\]: (?:[\d.]{7,15}|-) - [^\n]* HTTP/1[^\n]*)\n)*+"
)
_SUCCESS = b"heroku[router]: at=info "
_OWN_ERROR = b" status=5"


def scan(story: Story, block: bytes) -> None:
    """Feed a block of whole lines."""
    if story.number < WHOLE:
        story.number = _each(story, block, 0, len(block), story.number)
        return
    sample = block.find(b"\n", _SAMPLE) + 1 or len(block)
    number = _each(story, block, 0, sample, story.number)
    story.number = _rest(story, block, sample, number)


def _rest(story: Story, block: bytes, start: int, number: int) -> int:
    """What is not ordinary of the block from `start` on. The number of its last line."""
    story.traffic.skipped(block.count(_SUCCESS, start) - block.count(_OWN_ERROR, start))
    pos, end, first = start, len(block), number
    passed = 0
    while pos < end:
        after = _ORDINARY.match(block, pos).end()  # type: ignore[union-attr]  an empty run matches too
        if after > pos:
            passed += block.count(b"\n", pos, after)
            pos = after
            continue
        stop = block.find(b"\n", pos) + 1
        number += 1
        _one(story, block, pos, stop, number + passed)
        pos = stop
    story.extent.skipped(passed - _own_errors(story, block, start, first))
    return number + passed


def _own_errors(story: Story, block: bytes, start: int, number: int) -> int:
    """Answers of 5xx that the app gave itself, which the router calls at=info; how many there are."""
    counted, found = start, 0
    pos = block.find(_OWN_ERROR, start)
    while pos >= 0:
        begin = block.rfind(b"\n", 0, pos) + 1
        stop = block.find(b"\n", pos) + 1
        if block.find(_SUCCESS, begin, pos) >= 0:
            number += block.count(b"\n", counted, begin)
            counted = begin
            _one(story, block, begin, stop, number + 1)
            found += 1
        pos = block.find(_OWN_ERROR, stop)
    return found


def _each(story: Story, block: bytes, start: int, end: int, number: int) -> int:
    pos = start
    while pos < end:
        stop = block.find(b"\n", pos) + 1
        number += 1
        _one(story, block, pos, stop, number)
        pos = stop
    return number


def _one(story: Story, block: bytes, pos: int, stop: int, number: int) -> None:
    match = _PLAIN.match(block, pos, stop)
    if match is None:
        story.read(number, block[pos : min(stop - 1, pos + 4 * LONGEST)].decode("utf-8", "replace"))
        return
    at, source, process, text = match.groups()
    line = Line(
        number,
        seconds(at.decode()),
        source.decode(),
        process.decode(),
        text.rstrip().decode("utf-8", "replace"),
    )
    story.before = line
    story.line(line)
