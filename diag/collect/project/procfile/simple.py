"""A simple command of bash: its words, and what stands around it.

Variables stay as they are written; a dollar sign that the shell would leave alone is `LITERAL`, so that
``'$PORT'`` can be told from ``"$PORT"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

LITERAL = "\ue000"


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple command.

    `before` and `after` are the operators around it: ``&&``, ``||``, ``|``, ``&``, ``;``. `depth` counts the
    conditions, loops and functions it stands in, `subshell` the brackets.
    """

    words: tuple[str, ...]
    assigned: tuple[tuple[str, str], ...] = ()
    before: str = ""
    after: str = ""
    depth: int = 0
    subshell: int = 0
    line: int = 1


class Parsed(NamedTuple):
    """What bash would run. `error` is why it would not: where its syntax ends."""

    commands: tuple[Simple, ...]
    error: str = ""


def plain(word: str) -> str:
    """A word as it is shown to people."""
    return word.replace(LITERAL, "$")
