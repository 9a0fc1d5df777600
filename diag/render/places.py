"""Where evidence stands in a project: the file and the line, for readers who can show both."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from checks.evidence import Evidence

# A check or a log says `line 41` and `pid 12`, too, so only what surely is a file is taken for one.
_IN_A_FILE = re.compile(r"(?P<path>[^\s:]+):(?P<line>[0-9]{1,9})")
# What was found in a project is always in a file, whatever its name: `my app, old:2.py:3`, or no line.
_IN_THE_PROJECT = re.compile(r"(?P<path>.+?)(?::(?P<line>[0-9]{1,9}))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A file, by its path from the repository's root with slashes, and its line, counted from 1.

    `line` is None where the file as a whole is meant.
    """

    path: str
    line: int | None = None


def place_of(evidence: Evidence, folder: str = "") -> Place | None:
    """The place of the evidence, or None when it is in no file of the project.

    `folder` is where the project lies in its repository: empty, or ``web/``.
    """
    pattern = _IN_THE_PROJECT if evidence.fact.value.startswith("project-") else _IN_A_FILE
    match = pattern.fullmatch(evidence.where)
    if match is None or match["path"].startswith("/") or posixpath.normpath(match["path"]) == ".":
        return None
    path = posixpath.normpath(posixpath.join(folder, match["path"]))
    if path.startswith(("../", "/")) or path in {".", ".."}:
        return None
    return Place(path, int(match["line"]) or None if match["line"] else None)
