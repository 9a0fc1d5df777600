"""A log to its causes: read the files or standard input, and report."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from diag.catalogue import CATALOGUE
from diag.collect.logs.extent import Extent
from diag.collect.logs.masks import Masks
from diag.collect.logs.scan import Scanner
from diag.collect.logs.source import blocks
from diag.collect.logs.story import Story
from diag.incidents import report_on
from diag.masked import masked
from diag.report import Report


class Unreadable(Exception):  # noqa: N818  the user's input, not our error
    """A file that can't be read; the text says which and why."""


def examine(files: Sequence[str], *, mask: bool = True) -> Report:
    """The report on logs: `files` in their order as one log, ``-`` and nothing are standard input.

    Raises `Unreadable`.
    """
    return examine_blocks(all_blocks(files), subject_of(files), mask=mask)


def examine_blocks(pieces: Iterable[bytes], subject: str = "log", *, mask: bool = True) -> Report:
    """The report on a log that is at hand as blocks of whole lines."""
    story = Story()
    scanner = Scanner(story)
    for block in pieces:
        scanner.feed(block)
    story.end()
    return report(story, subject, Masks() if mask else None)


def report(story: Story, subject: str, masks: Masks | None) -> Report:
    """What the story comes to so far; without `masks` its lines are quoted as they are."""
    found = report_on(story.episodes(), CATALOGUE, subject, notes_on(story.extent))
    return found if masks is None else masked(found, masks)


def subject_of(files: Sequence[str]) -> str:
    """How the report names its input."""
    names = [Path(name).name for name in files if name != "-"]
    return ", ".join(names) if names else "standard input"


def all_blocks(files: Sequence[str]) -> Iterator[bytes]:
    """The blocks of all files, one after the other. Raises `Unreadable`."""
    for name in files or ("-",):
        with _opened(name) as stream:
            yield from _readable(name, stream)


def _readable(name: str, stream: IO[bytes]) -> Iterator[bytes]:
    """The blocks of a stream. Raises `Unreadable`."""
    try:
        yield from blocks(stream)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{name} can't be read to its end: {error}") from None


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    """The file or standard input as bytes. Raises `Unreadable`."""
    if name == "-":
        # Not sys.stdin's own buffer: a thread that waits in it can't be left at the end of --follow.
        with open(0, "rb", buffering=0, closefd=False) as standard_input:
            yield standard_input
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115  closed below
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Unreadable(f"{name} can't be read: {reason}") from None
    with stream:
        yield stream


def notes_on(extent: Extent) -> tuple[str, ...]:
    """What was read: how many lines, from when to when."""
    if not extent.lines:
        return ("The log is empty. heroku logs -n 1500 | python -m diag logs",)
    lines = f"{extent.lines:,} line{'s' if extent.lines != 1 else ''} read"
    if extent.enveloped and extent.bare:
        lines += f", {extent.bare:,} not understood"
    if extent.first_at is None or extent.last_at is None:
        return (f"{lines}.",)
    return (f"{lines}, {_clock(extent.first_at)} to {_clock(extent.last_at)} UTC.",)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
