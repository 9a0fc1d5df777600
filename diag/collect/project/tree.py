"""A project's folder as a push would deploy it: which files, how large, and their text.

Nothing is followed out of the folder, nothing but regular files is opened, and each reading is bounded, so a
hostile file costs no more than a healthy one. What is not read is told (`Tree.skipped`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from diag.collect.project.git import Git, Unusable, ask
from diag.collect.project.left_out import Patterns

MOST_FILES = 100_000
DEEPEST = 40  # folders below the root
TEXT_BYTES = 4 << 20  # of a manifest or lock file
# Where installed packages lie: their files are no part of the project. venv and .venv end a build.
_NEVER = frozenset(
    (".git", ".heroku", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox")
)


class Unreadable(Exception):  # noqa: N818  the user's input, not our error
    """The folder can't be read; the text says which and why."""


@dataclass(slots=True)
class Tree:
    """The files of a project, by their path relative to its root, with slashes.

    `files` are those that a push deploys or, not being ignored, could once they are committed; sizes in
    bytes. `git` is None where the folder is in no repository. `skipped` is what was not read, and why.
    """

    root: Path
    files: Mapping[str, int]
    git: Git | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    slugignore: Patterns = field(default_factory=Patterns)
    venvs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    _folders: frozenset[str] = frozenset()
    _texts: dict[str, str | None] = field(default_factory=dict)

    def __contains__(self, path: str) -> bool:
        return path in self.files

    def is_folder(self, path: str) -> bool:
        """Whether files lie below that path."""
        return path.rstrip("/") in self._folders

    def below(self, folder: str, suffix: str = "") -> Iterator[str]:
        """The files in a folder and below, by the end of their names; an empty folder is the root."""
        start = f"{folder}/" if folder else ""
        return (path for path in self.files if path.startswith(start) and path.endswith(suffix))

    def at_root(self) -> Iterator[str]:
        """The files in the root itself."""
        return (path for path in self.files if "/" not in path)

    def exists_here(self, path: str) -> bool:
        """Whether the folder has the file, deployed or not."""
        return self._regular(path) is not None

    def is_deployed(self, path: str) -> bool:
        """Whether the running app will have the file: pushed, and not in .slugignore."""
        return path in self.files and not self.slugignore.match(path)

    def data(self, path: str, most: int = TEXT_BYTES) -> bytes | None:
        """The file's first bytes, or None when it can't be read; then it is in `skipped`."""
        file = self._regular(path)
        if file is None:
            return None
        try:
            with file.open("rb") as stream:
                return stream.read(most)
        except OSError as error:
            self.skipped[path] = error.strerror or type(error).__name__
            return None

    def text(self, path: str) -> str | None:
        """The file as UTF-8, without a byte order mark; None when it can't be read or is too large."""
        if path not in self._texts:
            self._texts[path] = self._text(path)
        return self._texts[path]

    def lines(self, path: str) -> list[str]:
        """The file's lines; none when it can't be read."""
        return (self.text(path) or "").splitlines()

    def _text(self, path: str) -> str | None:
        data = self.data(path, TEXT_BYTES + 1)
        if data is None:
            return None
        if len(data) > TEXT_BYTES:
            self.skipped[path] = f"larger than {TEXT_BYTES >> 20} MB"
            return None
        return data.decode("utf-8-sig", "replace")

    def _regular(self, path: str) -> Path | None:
        """The file behind the path, when it is a regular one within the folder."""
        file = self.root / path
        try:
            mode = file.lstat().st_mode
            if stat.S_ISLNK(mode):
                target = file.resolve(strict=True)
                if not target.is_relative_to(self.root.resolve()):
                    self.skipped[path] = "a link out of the folder"
                    return None
                mode = target.stat().st_mode
        except (OSError, ValueError, RuntimeError) as error:
            if path in self.files:
                self.skipped[path] = getattr(error, "strerror", None) or "can't be followed"
            return None
        if not stat.S_ISREG(mode):
            self.skipped[path] = "no regular file"
            return None
        return file


def read(root: Path, *, is_slug: bool = False) -> Tree:
    """The project in that folder; all that is in it when it is a dyno's slug. Raises Unreadable."""
    try:
        with os.scandir(root):
            pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Unreadable(f"{root} can't be read: {reason}") from None
    root = root.resolve()
    skipped: dict[str, str] = {}
    git, notes = None, []
    try:
        git = ask(root)
    except Unusable as error:
        notes.append(f"git can't be asked ({error}), so all files count as pushed.")
    if git is not None:
        paths: Iterable[str] = sorted({*git.tracked.difference(git.deleted), *git.untracked})
        venvs = tuple(sorted(os.path.dirname(p) for p in git.tracked if p.endswith("pyvenv.cfg")))
    else:
        found, venvs = _walked(root, skipped)
        ignored = Patterns.of("" if is_slug else _first_text(root / ".gitignore"), negation=True)
        paths = [path for path in found if not ignored.match(path)]
        venvs = tuple(venv for venv in venvs if not ignored.match(f"{venv}/pyvenv.cfg"))
    files = {path: size for path in paths if (size := _size(root / path)) is not None}
    if len(files) > MOST_FILES:
        notes.append(f"Of {len(files):,} files the first {MOST_FILES:,} were looked at.")
        files = dict(list(files.items())[:MOST_FILES])
    return Tree(
        root=root,
        files=files,
        git=git,
        skipped=skipped,
        slugignore=Patterns.of("" if is_slug else _first_text(root / ".slugignore"), negation=False),
        venvs=venvs,
        notes=tuple(notes),
        _folders=frozenset(str(parent) for path in files for parent in PurePosixPath(path).parents),
    )


def _walked(root: Path, skipped: dict[str, str]) -> tuple[list[str], tuple[str, ...]]:
    """All files below the root, and the folders that are virtual environments."""
    found: list[str] = []
    venvs: list[str] = []
    waiting = [("", 0)]
    while waiting and len(found) <= MOST_FILES:
        folder, depth = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                here = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            skipped[folder] = error.strerror or type(error).__name__
            continue
        if folder and any(entry.name == "pyvenv.cfg" for entry in here):
            venvs.append(folder)
            continue
        for entry in here:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                found.append(path)
            elif entry.name in _NEVER:
                continue
            elif depth >= DEEPEST:
                skipped[path] = f"more than {DEEPEST} folders deep"
            else:
                waiting.append((path, depth + 1))
    return sorted(found), tuple(sorted(venvs))


def _size(path: Path) -> int | None:
    """The size of what is no folder; None for what is gone or one (a link to a folder is one file)."""
    try:
        return path.lstat().st_size
    except (OSError, ValueError):
        return None


def _first_text(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as stream:
            return stream.read(1 << 20).decode("utf-8-sig", "replace")
    except OSError:
        return ""
