"""Edits as a diff that ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

import base64
import difflib
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator

from diag.fixes.edit import Edit

_MODE = "100644"
_ODD = re.compile(rb"[^ !#-\[\]-~]")  # in a name that git would write in quotes
_ESCAPES = {0x07: "\\a", 0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0B: "\\v", 0x0C: "\\f", 0x0D: "\\r"}
_ESCAPES |= {0x22: '\\"', 0x5C: "\\\\"}
_NOTHING = "/dev/null"


def as_diff(edits: Iterable[Edit], folder: str = "") -> str:
    """All edits, file by file. What is no UTF-8 is a binary patch in git's own form, which is ASCII.

    `folder` is where the project lies in its repository (``web/``), which git counts paths from.
    """
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    return "".join(part for edit in edits for part in _file(edit, prefix + edit.path))


def _file(edit: Edit, path: str) -> Iterator[str]:
    old, new = _name("a/", path), _name("b/", path)
    yield f"diff --git {old} {new}\n"
    if edit.before is None:
        yield f"new file mode {_MODE}\n"
    elif edit.after is None:
        yield f"deleted file mode {_MODE}\n"
    before, after = _text(edit.before), _text(edit.after)
    if before is None or after is None:
        yield from _binary(edit)
    elif before or after:
        yield f"--- {_NOTHING if edit.before is None else _followed(old)}\n"
        yield f"+++ {_NOTHING if edit.after is None else _followed(new)}\n"
        yield from _hunks(before, after)


def _hunks(before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(_lines(before), _lines(after))
    next(lines, None)  # the names, which are written above
    next(lines, None)
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as diff knows them: a line feed ends one, and nothing else does."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def _text(data: bytes | None) -> str | None:
    if data is None:
        return ""
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _binary(edit: Edit) -> Iterator[str]:
    yield f"index {_object(edit.before)}..{_object(edit.after)}"
    yield "\n" if edit.before is None or edit.after is None else f" {_MODE}\n"
    yield "GIT binary patch\n"
    for data in (edit.after or b"", edit.before or b""):  # forth, and back
        yield f"literal {len(data)}\n"
        packed = zlib.compress(data)
        for start in range(0, len(packed), 52):
            chunk = packed[start : start + 52]
            length = chr(ord("A") + len(chunk) - 1) if len(chunk) <= 26 else chr(ord("a") + len(chunk) - 27)
            yield f"{length}{base64.b85encode(chunk, pad=True).decode()}\n"
        yield "\n"


def _object(data: bytes | None) -> str:
    """git's name for the content."""
    if data is None:
        return "0" * 40
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _name(prefix: str, path: str) -> str:
    data = (prefix + path).encode("utf-8", "surrogateescape")
    if not _ODD.search(data):
        return data.decode()
    quoted = "".join(_ESCAPES.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\{b:03o}") for b in data)
    return f'"{quoted}"'


def _followed(name: str) -> str:
    """A name with a blank is followed by a tab, so that nobody takes the rest for a time."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name
