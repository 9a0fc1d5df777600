"""Where fixers work: the project, and the drafts of the files they change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from checks.evidence import Evidence
from diag.collect.project.tree import Tree
from diag.fixes.draft import Draft, opened
from diag.fixes.edit import Fixes

_AT = re.compile(r"(?P<path>.+?)(?::(?P<line>[0-9]{1,9}))?", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LOCKS = ("Pipfile.lock", "poetry.lock", "uv.lock")
REQUIREMENTS = "requirements.txt"


def name(written: str) -> str:
    """A distribution's normalised name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", written).lower()


class NotSure(Exception):  # noqa: N818  it is no error to leave something as it is
    """Raised by a fixer that can't be sure of what it would change: then it changes nothing."""


@dataclass(slots=True)
class Desk:
    """The files on the desk, by path; None for one that can't be changed."""

    tree: Tree
    told: list[str] = field(default_factory=list)
    _drafts: dict[str, Draft | None] = field(default_factory=dict)

    def open(self, path: str) -> Draft | None:
        """The draft of a file of the project, or None when it is not there or can't be changed."""
        if path not in self._drafts:
            self._drafts[path] = opened(self.tree, path)
        return self._drafts[path]

    def open_or_new(self, path: str) -> Draft | None:
        """The same; an empty one where there is no such file, ignored or not."""
        draft = self.open(path)
        if (
            draft is None
            and not (self.tree.root / path).is_symlink()
            and not (self.tree.root / path).exists()
        ):
            draft = self._drafts[path] = Draft(path, None)
        return draft

    def at(self, evidence: Evidence) -> tuple[Draft | None, int]:
        """The draft of the file that the evidence is about, and the line; 0 when it names none."""
        match = _AT.fullmatch(evidence.where)
        if match is None:
            return None, 0
        return self.open(match["path"]), int(match["line"] or 0)

    def requirements(self) -> dict[str, str]:
        """The lines of requirements.txt by normalised name; empty where something else is installed from."""
        if any(lock in self.tree for lock in _LOCKS):
            return {}
        lines = self.tree.lines(REQUIREMENTS)
        return {name(match[0]): line for line in lines if (match := _NAME.match(line.strip()))}

    def tell(self, text: str) -> None:
        """Something that the reader has to do, or to know."""
        if text not in self.told:
            self.told.append(text)

    def finish(self) -> Fixes:
        """All edits, by path."""
        edits = []
        for path in sorted(self._drafts):
            draft = self._drafts[path]
            if draft is None or not (draft.causes or draft.left_out):
                continue
            edits += [edit for edit in draft.edits() if edit.before != edit.after]
            for cause in dict.fromkeys(draft.left_out):
                self.tell(
                    f"{path}: the fix of {cause} is left out, for it does not go with what else is changed."
                )
        return Fixes(tuple(edits), tuple(self.told))
