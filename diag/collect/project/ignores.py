"""What a project silences: the table [tool.diag.ignore] of pyproject.toml, and comments at the line.

    [tool.diag.ignore]
    "port/hardcoded" = "only on laptops"
    "config/debug-on" = {reason = "goes with the old app", until = 2027-03-01, path = "legacy/*"}

    app.run(port=8080)  # diag: ignore[port/hardcoded] only on laptops
    # diag: ignore[port/hardcoded, port/bound-to-localhost] until 2027-03-01 only on laptops
    app.run(port=8080)

A comment speaks of its own line, or of the next one when it stands alone; in Python of the whole statement;
and of what is found of its file as a whole. What is said wrongly silences nothing and is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import SURE, finding
from diag.collect.project.tree import Tree

MOST = 500  # ignores that are read of a project
TOKENIZED = 300_000  # characters of Python whose comments are told from its strings
TEXT_BYTES = 256 << 10  # of a file that is neither Python nor a manifest
REASON = 300  # characters
MANIFEST = "pyproject.toml"
_COMMENTED = (".cfg", ".conf", ".ini", ".sh", ".toml", ".txt", ".yaml", ".yml")
_COMMENTED_NAMES = frozenset(("Aptfile", "Pipfile", "Procfile", ".python-version", ".slugignore"))
_MARK = re.compile(r"(?:^|(?<=\s))#\s*diag:\s*ignore\[(?P<ids>[^\]\n]{0,500})\](?P<rest>[^\n]{0,1000})")
_UNTIL = re.compile(r"\s*until\s+(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<reason>.*)")
_NEXT_COMMENT = re.compile(r"\s#(?:\s|noqa).*")
_KEYS = ("reason", "until", "path")


@dataclass(frozen=True, slots=True)
class Ignore:
    """A wish that findings of one cause be silent.

    `told` is where the project says so. A wish of the table is for the files that fit one of `paths`
    (all when empty); that of a comment is for the lines `first` to `last` of `file`. `until` is the last day.
    """

    cause: str
    told: str
    reason: str = ""
    until: date | None = None
    paths: tuple[str, ...] = ()
    file: str = ""
    first: int = 0
    last: int = 0

    def fits(self, where: str) -> bool:
        """Whether it is for a finding at ``app.py:3``, at ``app.py``, or in no file at all."""
        path, _, line = where.rpartition(":")
        number = int(line) if path and line.isascii() and line.isdigit() else None
        if number is None:
            path = where
        if self.file:
            return path == self.file and (number is None or self.first <= number <= self.last)
        return not self.paths or any(_is_below(path, pattern) for pattern in self.paths)


@dataclass(frozen=True, slots=True)
class Ignores:
    """All wishes of a project, and what is wrong with others."""

    all: tuple[Ignore, ...] = ()
    faults: tuple[Evidence, ...] = ()


class _Wrong(Exception):  # noqa: N818  the user's words, not our error
    """A wish that can't be understood; the text goes on after "because"."""


def read_ignores(tree: Tree) -> Ignores:
    """The wishes of the table and of all comments, in this order. Never raises."""
    found: list[Ignore] = []
    faults: list[Evidence] = []
    for wish in (*_of_table(tree), *_of_comments(tree)):
        if isinstance(wish, Ignore):
            found.append(wish)
        else:
            faults.append(wish)
    return Ignores(tuple(found[:MOST]), tuple(faults[:MOST]))


def fault(kind: str, told: str, text: str, id_: str = "", reason: str = "") -> Evidence:
    """Evidence of a wish that does not do what it says; `reason` goes on after "silences nothing:"."""
    return finding(Fact.PROJECT_IGNORE, kind, Level.WARN, SURE, text, told, id=id_, told=told, reason=reason)


def _of_table(tree: Tree) -> Iterator[Ignore | Evidence]:
    text = tree.text(MANIFEST) if MANIFEST in tree else None
    if text is None or "tool" not in text or "diag" not in text:
        return
    table = _table(text)
    if isinstance(table, str):
        yield _malformed(MANIFEST, "", table)
        return
    lines = text.splitlines()
    for id_, value in table.items():
        line = next((n for n, line in enumerate(lines, 1) if id_ and line.strip(" \t'\"").startswith(id_)), 0)
        told = f"{MANIFEST}:{line}" if line else MANIFEST
        for each in value if isinstance(value, list) else [value]:
            try:
                yield _entry(id_, told, each)
            except _Wrong as wrong:
                yield _malformed(told, id_, str(wrong))


def _table(text: str) -> dict[str, Any] | str:
    """The table, or why there is none where one is meant."""
    import tomllib

    try:
        data: Any = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # What is no TOML at all is told by those who need it; here only if it was to silence something.
        return f"it is no TOML: {error}" if "diag.ignore" in text else {}
    for name in ("tool", "diag", "ignore"):
        data = data.get(name, {})
        if not isinstance(data, dict):
            return f"{name} is no table"
    found: dict[str, Any] = data
    return found


def _entry(id_: str, told: str, value: Any) -> Ignore:
    if isinstance(value, str):
        return Ignore(id_, told, value.strip()[:REASON])
    if not isinstance(value, dict):
        raise _Wrong("it is neither a text (the reason) nor a table")
    unknown = [key for key in value if key not in _KEYS]
    if unknown:
        raise _Wrong(f"it has {unknown[0][:60]!r}, and there are only {', '.join(_KEYS)}")
    reason, paths = value.get("reason", ""), value.get("path", [])
    if not isinstance(reason, str):
        raise _Wrong("its reason is no text")
    paths = [paths] if isinstance(paths, str) else paths
    if not isinstance(paths, list) or not all(isinstance(path, str) and path.strip() for path in paths):
        raise _Wrong("its path is no pattern such as 'legacy/*'")
    if "path" in value and not paths:
        raise _Wrong("its path is empty")
    until = _date(value["until"]) if "until" in value else None
    return Ignore(id_, told, reason.strip()[:REASON], until, tuple(path.strip() for path in paths))


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Wrong("its until is no date such as 2027-03-01") from None


def _of_comments(tree: Tree) -> Iterator[Ignore | Evidence]:
    for path, size in tree.files.items():
        if not _may_have_comments(path, size) or not tree.is_deployed(path):
            continue
        text = tree.text(path)
        if text is None or "diag:" not in text or not _MARK.search(text):
            continue
        marks = _python_marks(text) if path.endswith(".py") else None
        for number, first, last, match in _line_marks(text) if marks is None else marks:
            yield from _wishes(path, number, first, last, match)


def _may_have_comments(path: str, size: int) -> bool:
    if size < len("# diag: ignore["):
        return False
    if path.endswith(".py"):
        return True
    folder, _, name = path.rpartition("/")
    if size > TEXT_BYTES or "/" in folder:
        return False
    return name in _COMMENTED_NAMES or name.endswith(_COMMENTED)


_Mark = tuple[int, int, int, "re.Match[str]"]  # the line it stands on, the first and last it is for, itself


def _line_marks(text: str) -> Iterator[_Mark]:
    """Comments of a file in which a line is a thing of its own."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        match = _MARK.search(line)
        if match is None:
            continue
        at = number if line[: match.start()].strip() else _next_line(lines, number)
        yield number, at, at, match


def _next_line(lines: list[str], number: int) -> int:
    """The next line that is neither blank nor a comment; 0 when none follows."""
    following = enumerate(lines[number:], number + 1)
    return next((n for n, line in following if line.strip() and not line.lstrip().startswith("#")), 0)


def _python_marks(text: str) -> list[_Mark] | None:
    """The same for Python, where a string may look like a comment; None for what can't be tokenized."""
    if len(text) > TOKENIZED:
        return None
    import io
    import tokenize

    waiting: list[tuple[int, re.Match[str]]] = []
    found: list[_Mark] = []
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                match = _MARK.search(token.string)
                if match is not None:
                    waiting.append((token.start[0], match))
            elif token.type == tokenize.NEWLINE:
                found += [(number, first, token.start[0], match) for number, match in waiting]
                waiting, first = [], 0
            elif not first and token.type not in {tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
                first = token.start[0]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    return [*found, *((number, 0, 0, match) for number, match in waiting)]


def _wishes(
    path: str, number: int, first: int, last: int, match: re.Match[str]
) -> Iterator[Ignore | Evidence]:
    told = f"{path}:{number}"
    ids = [id_.strip() for id_ in match["ids"].split(",") if id_.strip()]
    if not ids:
        yield _malformed(told, "", "it names no cause, as in # diag: ignore[port/hardcoded]")
    until, reason = None, match["rest"]
    dated = _UNTIL.fullmatch(reason)
    if dated is not None:
        reason = dated["reason"]
        try:
            until = _date(dated["date"])
        except _Wrong as wrong:
            yield from (_malformed(told, id_, str(wrong)) for id_ in ids)
            return
    reason = _NEXT_COMMENT.sub("", reason).strip(" \t:;,-–—")[:REASON]
    for id_ in ids:
        yield Ignore(id_, told, reason, until, file=path, first=first, last=last)


def _malformed(told: str, id_: str, reason: str) -> Evidence:
    whose = f"The ignore of {id_}" if id_ else "What is to be ignored"
    return fault("ignore-malformed", told, f"{whose} is not understood: {reason}.", id_, reason)


def _is_below(path: str, pattern: str) -> bool:
    """Whether the path fits; * stands for anything, slashes too, and a folder for all that is in it."""
    pattern = pattern.removeprefix("./").rstrip("/")
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}/*")
