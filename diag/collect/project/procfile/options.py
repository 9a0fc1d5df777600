"""The options of a web server's command line, each under one name, as argparse and click read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_TARGET = re.compile(r"[A-Za-z_][\w./-]*(?::[\w.()'\"=, ]+)?")


class Grammar(NamedTuple):
    """The options that have a value, by every way to write them, and those that have none."""

    valued: Mapping[str, str]
    flags: Mapping[str, str]


class Options(NamedTuple):
    """What was given: values in their order, flags, and the words that are no options."""

    values: Mapping[str, tuple[str, ...]]
    flags: frozenset[str]
    rest: tuple[str, ...]

    def last(self, name: str) -> str | None:
        """The value that counts, of one that may stand once."""
        given = self.values.get(name)
        return given[-1] if given else None


def grammar(valued: str, flags: str = "") -> Grammar:
    """From a table: ``bind=-b,--bind workers=-w,--workers``; a name alone is its own long option."""
    return Grammar(_spelled(valued), _spelled(flags))


def _spelled(table: str) -> dict[str, str]:
    found = {}
    for entry in table.split():
        name, _, spellings = entry.partition("=")
        for spelling in (spellings or f"--{name}").split(","):
            found[spelling] = name.replace("-", "_")
    return found


def options(words: tuple[str, ...], known: Grammar) -> Options:
    """The options of these words."""
    values: dict[str, list[str]] = {}
    flags: set[str] = set()
    rest: list[str] = []
    index = 0
    while index < len(words):
        word, following = words[index], words[index + 1 : index + 2]
        index += 1
        if word == "--":
            rest += words[index:]
            break
        if word == "-" or not word.startswith("-"):
            rest.append(word)
            continue
        spelling, value = _split(word, known)
        if spelling in known.valued:
            if value is None and following:
                value, index = following[0], index + 1
            if value is not None:
                values.setdefault(known.valued[spelling], []).append(value)
        elif spelling in known.flags:
            flags.add(known.flags[spelling])
        elif value is None and _has_value(words[index:]):
            index += 1
    return Options({name: tuple(given) for name, given in values.items()}, frozenset(flags), tuple(rest))


def _split(word: str, known: Grammar) -> tuple[str, str | None]:
    """The option as the table has it, and the value in the same word."""
    if not word.startswith("--"):
        return word[:2], word[2:].removeprefix("=") or None
    spelling, equals, value = word.partition("=")
    if spelling not in known.valued and spelling not in known.flags:
        longer = [each for each in (*known.valued, *known.flags) if each.startswith(spelling)]
        spelling = longer[0] if len(longer) == 1 else spelling
    return spelling, value if equals else None


def _has_value(following: tuple[str, ...]) -> bool:
    """Whether an unknown option may take the next word: one that is no app, or is followed by another."""
    if not following or following[0].startswith("-"):
        return False
    later = [word for word in following[1:] if not word.startswith("-")]
    return not _TARGET.fullmatch(following[0]) or any(":" in word for word in later)
