"""The lines of a requirements file, as pip reads them: encodings, continuations, comments, options.

Source: pip 26.2.1, which the buildpack installs (`pip/_internal/req/req_file.py`).
"""

from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 20_000  # characters of one line, continuations joined; a longer one is not read
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_CODING = re.compile(rb"coding[:=][ \t]{0,40}([-\w.]{1,40})")
_SLOW = frozenset(("punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"))

_WITH_VALUE = {
    **dict.fromkeys(("-i", "--index-url", "--pypi-url", "--extra-index-url"), "index"),
    **dict.fromkeys(("-f", "--find-links"), "links"),
    **dict.fromkeys(("-r", "--requirement"), "requirement"),
    **dict.fromkeys(("-c", "--constraint"), "constraint"),
    **dict.fromkeys(("-e", "--editable"), "editable"),
    "--hash": "hash",
    **dict.fromkeys(("--no-binary", "--only-binary", "--trusted-host", "--use-feature"), ""),
    **dict.fromkeys(("-C", "--config-settings", "--config-setting", "--all-releases", "--only-final"), ""),
}
_FLAGS = {
    "--no-index": "index",
    "--require-hashes": "hash",
    **dict.fromkeys(("--no-require-hashes", "--prefer-binary", "--pre"), ""),
}


class Undecodable(Exception):  # noqa: N818  the user's input, not our error
    """The file is in no encoding that pip would try; `tried` is the one it tries."""

    def __init__(self, tried: str) -> None:
        super().__init__(tried)
        self.tried = tried


class UnknownOption(Exception):  # noqa: N818  the user's input, not our error
    """The options of a line are not what pip knows; the text says what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a line, by what they are for."""

    given: dict[str, list[str]] = field(default_factory=dict)

    def first(self, kind: str) -> str:
        """The value of the first option of a kind: requirement, constraint, editable, index, links, hash."""
        return next(iter(self.given.get(kind, ())), "")

    def has(self, kind: str) -> bool:
        """Whether an option of that kind is there."""
        return kind in self.given


def decode(data: bytes) -> str:
    """The text, by its byte order mark, a coding comment in the first two lines, or UTF-8.

    Raises Undecodable. On the dyno the encoding of the locale, pip's last try, is UTF-8, too.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    for line in data.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and (match := _CODING.search(line)):
            return _decoded(data, match[1].decode("ascii", "replace"))
    return _decoded(data, "utf-8")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        if codecs.lookup(encoding).name in _SLOW:
            raise Undecodable(encoding)
        return data.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        raise Undecodable(encoding) from None


def without_nulls(data: bytes) -> str:
    """A text for a file that can't be decoded: what it probably says, so that the rest can be judged."""
    if data.count(0) > len(data) // 4:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    return data.decode("latin-1").replace("\0", "")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines that are neither empty nor comments; a line that ends in a backslash goes on."""
    first, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            first = first or number
            parts.append(line.strip("\\"))
            continue
        joined = "".join([*parts, f" {line}" if comment else line])
        if kept := _without_comment(joined).strip():
            yield first or number, kept
        first, parts = 0, []
    if parts and (kept := _without_comment("".join(parts)).strip()):
        yield first, kept


def _without_comment(line: str) -> str:
    """What stands before a # at the beginning or after a blank; a # within a URL is no comment."""
    position = line.find("#")
    while position > 0 and not line[position - 1].isspace():
        position = line.find("#", position + 1)
    return line if position < 0 else line[:position]


def split(line: str) -> tuple[str, Options]:
    """The requirement of a line (maybe empty) and its options. Raises UnknownOption."""
    words = line.split(" ")
    start = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    return " ".join(words[:start]), _options(" ".join(words[start:]))


def _options(text: str) -> Options:
    if not text:
        return Options()
    try:
        words = iter(shlex.split(text))
    except ValueError:
        raise UnknownOption("a quotation mark has no partner") from None
    given: dict[str, list[str]] = {}
    for word in words:
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            continue
        name, value = _name_and_value(word)
        if name in _FLAGS:
            if value is not None:
                raise UnknownOption(f"{name} takes no value")
            given.setdefault(_FLAGS[name], []).append("")
            continue
        if value is None:
            value = next(words, None)
        if value is None:
            raise UnknownOption(f"{name} needs a value")
        given.setdefault(_WITH_VALUE[name], []).append(value)
    return Options(given)


def _name_and_value(word: str) -> tuple[str, str | None]:
    """The full name of an option, and its value when it stands in the same word."""
    if not word.startswith("--"):
        if word[:2] not in _WITH_VALUE:
            raise UnknownOption(f"pip knows no option {word[:2]} here")
        return word[:2], word[2:] or None
    name, equals, value = word.partition("=")
    known = (*_WITH_VALUE, *_FLAGS)
    fitting = [each for each in known if each.startswith(name)] if len(name) > 2 else []
    if name not in known and len(fitting) != 1:
        raise UnknownOption(f"pip knows no option {name[:40]} here")
    return (name if name in known else fitting[0]), value if equals else None
