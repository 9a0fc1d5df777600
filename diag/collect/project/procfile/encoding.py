"""In which encoding the Procfile is, and what Windows left in it."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

# A dash that no option begins with, quotes that no shell knows, blanks that part no words.
_TYPESET = re.compile(
    r"^[\u2010-\u2015\u2212]+(?=\w|-)|^-[\u2010-\u2015]|^[\u201c-\u201f\u2018-\u201b]|[\u201c-\u201f\u2018-\u201b]$"
    r"|[\u00a0\u2007\u202f\u200b\u3000\ufeff]"
)


class Decoded(NamedTuple):
    """The text as it was meant. `problem` is empty, or utf-16, byte-order-mark or no-utf-8."""

    text: str
    problem: str = ""


def decoded(data: bytes) -> Decoded:
    """The Procfile's text."""
    utf_16 = _utf_16(data)
    if utf_16:
        return Decoded(data.decode(utf_16, "replace").lstrip("\ufeff"), "utf-16")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Decoded(data.decode("latin-1"), "no-utf-8")
    if text.startswith("\ufeff"):
        return Decoded(text.lstrip("\ufeff"), "byte-order-mark")
    return Decoded(text)


def _utf_16(data: bytes) -> str:
    """The codec of text in UTF-16, which Windows' shells write; empty for any other."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:200]
    if len(head) >= 4 and head.count(0) * 3 >= len(head):
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    return ""


def untypeset(command: str) -> str:
    """The command with the characters that were meant."""
    command = re.sub("[\u201c-\u201f]", '"', re.sub("[\u2018-\u201b]", "'", command))
    command = re.sub("[\u00a0\u2007\u202f\u3000]", " ", re.sub("[\u200b\ufeff]", "", command))
    return re.sub("(?<!\\S)(?:[\u2010-\u2015\u2212]+-?|-[\u2010-\u2015]+)(?=\\w)", "--", command)


def typeset(words: tuple[str, ...]) -> str:
    """The first word with a character that a word processor put there, or empty."""
    return next((word for word in words if _TYPESET.search(word)), "")
