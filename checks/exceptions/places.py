"""Where an exception arose: its chain and root, its frames, and which of their files are the project's."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

CHAIN = 8
FILES_LOOKED_AT = 5000
FOLDERS_DEEP = 3

_INSTALLED = frozenset({"site-packages", "dist-packages", ".heroku", ".venv", "venv"})
_NOT_LOOKED_INTO = frozenset({"venv", "env", "node_modules", "site-packages"})
_OURS = tuple(Path(__file__).resolve().parents[2] / package for package in ("checks", "diag"))


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error, then what caused it, outermost first."""
    current: BaseException | None = error
    for _ in range(CHAIN):
        if current is None:
            return
        yield current
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)


def root_of(error: BaseException) -> BaseException:
    """What the error was raised ``from``, or what an exit was the answer to.

    What merely happened before (``__context__``) was handled: it may have to do with it or not.
    """
    for _ in range(CHAIN):
        below = error.__cause__
        if below is None and not error.__suppress_context__ and _answers(error):
            below = error.__context__
        if below is None:
            break
        error = below
    return error


def _answers(error: BaseException) -> bool:
    """Whether it only passes on what was being handled: an exit, Django on a missing database driver."""
    return isinstance(error, SystemExit) or (
        isinstance(error.__context__, ImportError)
        and type(error).__name__ == "ImproperlyConfigured"
        and str(error).startswith("Error loading")
    )


def place_of(error: BaseException, root: Path) -> tuple[str, int]:
    """The last frame in the project's own code, or where a syntax error is; relative to the root."""
    if isinstance(error, SyntaxError) and error.filename:
        return relative(error.filename, root), error.lineno or 0
    own = [f for f in frames_of(error) if is_own(f.filename, root)]
    if not own:
        return "", 0
    return relative(own[-1].filename, root), own[-1].lineno or 0


def frames_of(error: BaseException) -> list[traceback.FrameSummary]:
    """The frames of source files, outermost first; the import machinery's own are left out."""
    return [
        f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen importlib")
    ]


def local_of(trace: TracebackType | None, file: str, name: str) -> Any:
    """A local variable of the last frame in this file, or None."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(file):
            found = trace.tb_frame.f_locals.get(name)
        trace = trace.tb_next
    return found


def is_own(file: str, root: Path) -> bool:
    """Whether a source file is the project's: it exists below the root, and is not installed there.

    Generated code has names such as ``<frozen os>``, and Cython's ``pandas/_libs/lib.pyx`` is no path.
    """
    return os.path.isfile(file) and is_below(file, root)


def is_below(file: str, root: Path) -> bool:
    """Whether a path, of a file or not, lies in the project and not in what is installed there."""
    try:
        parts = Path(file).resolve().relative_to(root.resolve()).parts
    except (ValueError, OSError):
        return False
    if _INSTALLED.intersection(parts):
        return False
    return not any(Path(file).resolve().is_relative_to(package) for package in _OURS)


def relative(file: str, root: Path) -> str:
    """The path as seen from the project; one that lies elsewhere as it is."""
    try:
        return str(Path(file).resolve().relative_to(root.resolve()))
    except (ValueError, OSError):
        return file


def walk(root: Path) -> Iterator[Path]:
    """Files and folders of the project, those of the root first; not too many and not too deep."""
    left, level = FILES_LOOKED_AT, [root]
    for _ in range(FOLDERS_DEEP):
        below = []
        for folder in level:
            try:
                entries = sorted(folder.iterdir())
            except OSError:
                continue
            for entry in entries[:left]:
                left -= 1
                if entry.name.startswith(".") or entry.name in _NOT_LOOKED_INTO:
                    continue
                yield entry
                if entry.is_dir() and not entry.is_symlink():
                    below.append(entry)
        level = below
