"""One line that names what is being done, on a terminal only."""

from __future__ import annotations

import sys


class Progress:
    """The line on standard error, written over each time and gone at the end."""

    def __init__(self) -> None:
        self._shown = sys.stderr is not None and sys.stderr.isatty()

    def started(self, name: str) -> None:
        """What begins now."""
        if self._shown:
            sys.stderr.write(f"\r\x1b[Kasking {name} …")
            sys.stderr.flush()

    def done(self) -> None:
        """Nothing more comes."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
