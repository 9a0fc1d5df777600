"""A log as it comes: a diagnosis soon after the line that decides it, once per incident."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from checks.evidence import Level
from diag.collect.logs.launches import process_type
from diag.collect.logs.masks import Masks
from diag.collect.logs.scan import Scanner
from diag.collect.logs.story import Story
from diag.logs import Unreadable, all_blocks, report, subject_of
from diag.report import Diagnosis, Report

SETTLE = 0.4  # seconds without a line after which a burst (a traceback, its exit, its codes) is whole
AT_LATEST = 0.8  # seconds after a deciding line, if lines go on coming
STATUS = 0.5  # seconds between two status lines
AHEAD = 8  # blocks that may wait to be read

Tell = Callable[[Diagnosis], None]


class Follower:
    """Reads blocks as they arrive and tells what is new."""

    def __init__(self, subject: str, tell: Tell, *, mask: bool = True) -> None:
        self.story = Story()
        self._scanner = Scanner(self.story)
        self._subject, self._tell = subject, tell
        self._masks = Masks() if mask else None  # the same secret keeps its mask
        self._told: dict[tuple[str, ...], int] = {}
        self._decided = 0
        self._since: float | None = None
        self.problems = 0

    def read(self, block: bytes, now: float) -> None:
        """A block of whole lines."""
        self._scanner.feed(block)
        if self.story.decided != self._decided:
            self._decided = self.story.decided
            self._since = self._since or now
            if now - self._since > AT_LATEST:
                self.look()

    def quiet(self) -> None:
        """No line came for a moment."""
        self.story.settle()
        if self._since is not None or self.story.decided != self._decided:
            self.look()

    def due(self, now: float) -> bool:
        """Whether a diagnosis has waited long enough."""
        return self._since is not None and now - self._since > AT_LATEST

    def look(self) -> None:
        """Tell the incidents that were not told yet."""
        self._since, self._decided = None, self.story.decided
        diagnoses = [d for d in self.report().diagnoses if d.level >= Level.WARN]
        self.problems = len(diagnoses)
        for diagnosis in diagnoses:
            key, count = _incident(diagnosis)
            if key not in self._told:
                self._tell(diagnosis)
            self._told[key] = count

    def report(self) -> Report:
        """The report on all that was read."""
        return report(self.story, self._subject, self._masks)


def _incident(diagnosis: Diagnosis) -> tuple[tuple[str, ...], int]:
    incident = diagnosis.incident
    where = process_type(incident.dyno) if incident else ""
    release = incident.release if incident else ""
    return (diagnosis.cause, diagnosis.level.word, where, release), incident.count if incident else 1


def follow(files: Sequence[str], tell: Tell, *, mask: bool = True) -> Report:
    """Read until the end of the stream or Ctrl-C; `tell` gets each new diagnosis. The report on it all.

    Raises `Unreadable`.
    """
    status = _Status()

    def told(diagnosis: Diagnosis) -> None:
        status.clear()
        tell(diagnosis)

    follower = Follower(subject_of(files), told, mask=mask)
    try:
        for block in _arriving(files):
            now = time.monotonic()
            if block is None:
                follower.quiet()
            else:
                follower.read(block, now)
            if follower.due(now):
                follower.look()
            status.show(follower, now)
    except KeyboardInterrupt:
        pass
    finally:
        status.clear()
    follower.story.end()
    return follower.report()


def _arriving(files: Sequence[str]) -> Iterator[bytes | None]:
    """Blocks as they come; None when none came for `SETTLE` seconds."""
    waiting: queue.Queue[bytes | Exception | None] = queue.Queue(AHEAD)

    def read() -> None:
        try:
            for block in all_blocks(files):
                waiting.put(block)
        except Exception as error:  # told by the thread that asked
            waiting.put(error)
        else:
            waiting.put(None)

    threading.Thread(target=read, name="diag-follow", daemon=True).start()
    while True:
        try:
            got = waiting.get(timeout=SETTLE)
        except queue.Empty:
            yield None
            continue
        if got is None:
            return
        if isinstance(got, Unreadable):
            raise got
        if isinstance(got, Exception):
            raise Unreadable(str(got)) from got
        yield got


class _Status:
    """One quiet line on a terminal's standard error."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0

    def show(self, follower: Follower, now: float) -> None:
        if not self._shown or now - self._last < STATUS:
            return
        self._last = now
        count, problems = follower.story.extent.lines, follower.problems
        told = f"{problems} problem{'s' if problems != 1 else ''}" if problems else "nothing wrong so far"
        sys.stderr.write(f"\r\x1b[K{count:,} lines, {told}; Ctrl-C for the summary")
        sys.stderr.flush()

    def clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
