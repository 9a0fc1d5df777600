"""The file that grows while a download runs, with a note beside it of what it is a part of.

The next try goes on with it if the source still is the same file. The note is written before the first
byte, so a part never belongs to another file than its note says.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

from app.sources.opened import Opened

_LOCK_SECONDS = 2.0  # a child whose worker was killed ends within 0.2 s


class Part:
    """The bytes so far of the file that will be `target`. Raises OSError."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._file = _locked(self.path)
        self.size = os.fstat(self._file.fileno()).st_size
        self.validator, self.total, self.digests = self._read_note()
        self.most = self.offset  # bytes that any try has reached

    @property
    def offset(self) -> int:
        """Where the next try goes on: never behind the last byte, of which a server would have none."""
        if not self.validator:
            return 0
        return self.size if self.total is None else max(0, min(self.size, self.total - 1))

    def begin(self, opened: Opened) -> None:
        """Go on with what a source gives."""
        if opened.start != self.size:
            self._file.truncate(opened.start)
            self.size = opened.start
        self._file.seek(opened.start)
        if opened.start == 0:
            self.digests = dict(opened.digests)
        self.validator, self.total = opened.validator, opened.total
        note = {"validator": self.validator, "total": self.total, "digests": self.digests}
        self._note.write_text(json.dumps(note), "utf-8")

    def write(self, block: bytes) -> None:
        """Add bytes at the end."""
        view = memoryview(block)
        while view:
            written = self._file.write(view)
            self.size += written
            view = view[written:]
        self.most = max(self.most, self.size)

    def clear(self) -> None:
        """Forget all of it, since it was not what it should be."""
        self._file.truncate(0)
        self.size = self.most = 0
        self.validator, self.digests = "", {}

    def move_in_place(self) -> None:
        """It is whole: give it its name."""
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)
        self._file.close()

    def leave(self, *, keep: bool) -> None:
        """End without a file; what is kept is there for the next try."""
        if not keep or not self.size:
            self.path.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)
        self._file.close()

    def _read_note(self) -> tuple[str, int | None, dict[str, str]]:
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            note = json.loads(self._note.read_text("utf-8"))
            total = note["total"]
            return str(note["validator"]), None if total is None else int(total), dict(note["digests"])
        return "", None, {}


def _locked(path: Path) -> FileIO:
    """The file, once a child of a worker that was killed has ended, and not the one it has moved away."""
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except FileNotFoundError:
            pass
        except BlockingIOError:
            if time.monotonic() > end:
                file.close()
                raise
            time.sleep(0.05)
        file.close()
