"""One line of a log, out of its envelope."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """A message and where it comes from.

    `number` counts the lines of the input from 1. `at` is Unix time in seconds as the log's own
    stamp says, None without one. `source` is ``heroku`` (the platform), ``app`` (the app, its
    servers, API events, add-ons), ``build`` (git push and build output) or empty for bare output;
    `process` is ``router``, ``api``, a dyno (``web.1``, ``web-abc-1``), ``heroku-postgres`` … or
    empty. `text` has neither envelope nor colours, and no trailing blanks; leading ones stay.
    """

    number: int
    at: float | None
    source: str
    process: str
    text: str

    @property
    def where(self) -> str:
        """The place as reports print it: ``line 41``."""
        return where(self.number, self.number)


def where(first: int, last: int) -> str:
    """Lines as reports print them: ``line 41``, ``lines 41-52``."""
    return f"line {first}" if first == last else f"lines {first}-{last}"
