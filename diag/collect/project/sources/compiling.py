"""Which sources Python can't compile, without a tree of each; a large project's by two processes."""

from __future__ import annotations

import os
import symtable
import sys
import threading
import warnings
from collections.abc import Sequence

MANY = 200  # sources from which a second process pays


def uncompilable(texts: Sequence[str]) -> set[int]:
    """The places of those that are no valid source of the Python that runs here.

    The table of symbols finds the errors of syntax at half of what a tree costs.
    """
    if (
        len(texts) < MANY
        or sys.platform != "linux"
        or (os.cpu_count() or 1) < 2
        or threading.active_count() > 1
    ):
        return _checked(texts, range(len(texts)))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            found = _checked(texts, range(1, len(texts), 2))
            os.write(writing, b"".join(b"%d\n" % index for index in found))
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    found = _checked(texts, range(0, len(texts), 2))
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return found | (
        _checked(texts, range(1, len(texts), 2)) if status else {int(line) for line in told.split()}
    )


def _checked(texts: Sequence[str], places: range) -> set[int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {place for place in places if not _compiles(texts[place])}


def _compiles(text: str) -> bool:
    try:
        symtable.symtable(text, "<project>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
