"""Edits made: each file is replaced as a whole, or nothing is touched."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from diag.fixes.draft import is_inside
from diag.fixes.edit import Edit


class Changed(Exception):  # noqa: N818  the user's folder, not our error
    """The folder is not as it was read, or can't be written; the text says what is in the way."""


def apply(edits: Sequence[Edit], root: Path) -> None:
    """Write all edits below that folder, keeping each file's mode.

    Raises Changed, before anything is written, for a file that is not as it was read and for one behind a
    link, which may lie elsewhere; and when the disk refuses.
    """
    root = root.resolve()
    going = {edit.path: root / edit.path for edit in edits if edit.after is None}
    for edit in edits:
        _check(root, edit, going)
    waiting: dict[Path, str] = {}
    try:
        for edit in edits:
            if edit.after is not None:
                waiting[root / edit.path] = _written(root / edit.path, edit.after)
        for path, temporary in list(waiting.items()):
            # Where capitals count for nothing, a new name may be that of the file that goes.
            for other in [each for each, old in going.items() if path.exists() and path.samefile(old)]:
                going.pop(other).unlink()
            os.replace(temporary, path)
            del waiting[path]
        for old in going.values():
            old.unlink()
    except OSError as error:
        raise Changed(f"{error.filename or root} can't be written: {error.strerror}.") from None
    finally:
        for temporary in waiting.values():
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _check(root: Path, edit: Edit, going: Mapping[str, Path]) -> None:
    path = root / edit.path
    try:
        if not is_inside(root, edit.path):
            raise Changed(f"{edit.path} lies behind a link, or elsewhere.")
        now = path.read_bytes() if path.exists() and stat.S_ISREG(path.lstat().st_mode) else None
        if now is None and path.exists():
            raise Changed(f"{edit.path} is no regular file.")
        if edit.before is None and now is not None:
            if not any(path.samefile(old) for old in going.values()):
                raise Changed(f"{edit.path} is there already.")
        elif now != edit.before:
            raise Changed(f"{edit.path} has changed meanwhile.")
    except (OSError, ValueError) as error:
        raise Changed(f"{edit.path} can't be read: {getattr(error, 'strerror', None) or error}") from None


def _written(path: Path, content: bytes) -> str:
    """A new file beside the one it will replace, with its mode; or as any new file has it."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".diag-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
    except OSError:
        os.unlink(temporary)
        raise
    return temporary


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)  # it can only be read by setting it
        os.umask(mask)
        return 0o666 & ~mask
