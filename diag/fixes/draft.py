"""A file while it is being mended: its text, the changes wanted, and what they come to together."""

from __future__ import annotations

import ast
import codecs
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diag.collect.project.tree import TEXT_BYTES, Tree
from diag.fixes.edit import Edit

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Change:
    """The characters from `start` to before `end` become `new`."""

    start: int
    end: int
    new: str

    def meets(self, other: Change) -> bool:
        """Whether both want the same characters, or one stands within the other."""
        return self.start < other.end and other.start < self.end


@dataclass(slots=True)
class Draft:
    """A file on its way. `text` is what it says, with its own line ends; nothing is changed before `edits`.

    `plain` asks for UTF-8 without a byte order mark, `unix` for line feeds, `name` for another path; `gone`
    asks for its end.
    """

    path: str
    before: bytes | None
    text: str = ""
    codec: str = "utf-8"
    bom: bytes = b""
    plain: bool = False
    unix: bool = False
    name: str = ""
    gone: bool = False
    causes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    listening: set[int] = field(default_factory=set)  # where the calls begin that are mended
    _changes: list[Change] = field(default_factory=list)

    @property
    def line_end(self) -> str:
        """The line end that the file has."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def span(self, line: int) -> tuple[int, int]:
        """Where the line begins and ends, without its line end; the end of the text if there is none."""
        starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        if not 1 <= line <= len(starts):
            return len(self.text), len(self.text)
        match = _LINE_END.search(self.text, starts[line - 1])
        return starts[line - 1], match.start() if match else len(self.text)

    def want(self, cause: str, changes: Sequence[Change]) -> None:
        """All of these changes, or none where others want the same place."""
        new = [change for change in changes if change not in self._changes]
        if any(one.meets(other) for one in new for other in self._changes):
            self.left_out.append(cause)
            return
        self._changes += new
        if changes:
            self.note(cause)

    def replace(self, cause: str, start: int, end: int, new: str) -> None:
        """One span becomes something else."""
        if self.text[start:end] != new:
            self.want(cause, (Change(start, end, new),))

    def insert(self, cause: str, at: int, new: str) -> None:
        """Something more in one place."""
        self.want(cause, (Change(at, at, new),))

    def note(self, cause: str) -> None:
        """One more cause for which this file is mended."""
        if cause not in self.causes:
            self.causes.append(cause)

    def append_line(self, cause: str, line: str) -> None:
        """One more line at the end."""
        end = len(self.text)
        broken = bool(self.text) and not self.text.endswith(("\n", "\r"))
        self.want(cause, (Change(end, end, f"{self.line_end if broken else ''}{line}{self.line_end}"),))

    def edits(self) -> Iterator[Edit]:
        """What it comes to: nothing, one edit, or two where the name changes."""
        causes = tuple(self.causes)
        if not causes:
            return
        if self.gone:
            yield Edit(self.path, self.before, None, causes)
            return
        after = self._after()
        if self.name and self.name != self.path:
            yield Edit(self.path, self.before, None, causes)
            yield Edit(self.name, None, after, causes)
        elif after != self.before:
            yield Edit(self.path, self.before, after, causes)

    def _after(self) -> bytes:
        changed = self.changed()
        if self.path.endswith(".py") and self._changes and parsed(changed) is None:
            self.left_out += self.causes
            changed = self.text
        if self.unix:
            changed = _LINE_END.sub("\n", changed)
        codec, bom = ("utf-8", b"") if self.plain else (self.codec, self.bom)
        return bom + changed.encode(codec)

    def changed(self) -> str:
        """The text with all changes made."""
        parts, at = [], 0
        for change in sorted(self._changes, key=lambda c: (c.start, c.end)):
            parts += [self.text[at : change.start], change.new]
            at = change.end
        return "".join((*parts, self.text[at:]))


def opened(tree: Tree, path: str) -> Draft | None:
    """The draft of a file that is there; None for what can't be changed: behind a link, large, or binary."""
    try:
        if not is_inside(tree.root, path):
            return None
    except (OSError, ValueError):
        return None
    data = tree.data(path, TEXT_BYTES + 1)
    if data is None or len(data) > TEXT_BYTES:
        return None
    bom, codec = next(((bom, codec) for bom, codec in _BOMS if data.startswith(bom)), (b"", _unmarked(data)))
    try:
        text = data.removeprefix(bom).decode(codec)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else Draft(path, data, text, codec, bom)


def is_inside(root: Path, path: str) -> bool:
    """Whether the path is below the folder, with no link on the way. Raises OSError and ValueError."""
    whole = root / path
    return os.path.realpath(whole) == str(whole) and whole != root and whole.is_relative_to(root)


def _unmarked(data: bytes) -> str:
    """The codec of what has no byte order mark: in UTF-16 every other byte of plain words is zero."""
    most = len(data) // 3
    if data[1::2].count(0) > most:
        return "utf-16-le"
    return "utf-16-be" if data[0::2].count(0) > most else "utf-8"


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of Python; None for what is none, or not of this version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a backslash in a string: not ours to tell
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
