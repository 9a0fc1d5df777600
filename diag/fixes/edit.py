"""What a fix comes to: a file before and after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """The bytes of one file before and after.

    `path` is relative to the project's root, with slashes. `before` is None where the file is new, `after`
    where it goes. `causes` are the ids of what is mended.
    """

    path: str
    before: bytes | None
    after: bytes | None
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fixes:
    """All edits of a project, one for each file, and what is told to the reader, who has to do the rest."""

    edits: tuple[Edit, ...] = ()
    told: tuple[str, ...] = ()
