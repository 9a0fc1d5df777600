"""A project's folder to the report on what a push of it would run into."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from diag.catalogue import CATALOGUE
from diag.collect.project.ignores import read_ignores
from diag.collect.project.ignoring import apply
from diag.collect.project.project import collect
from diag.collect.project.tree import Tree, read
from diag.diagnose import diagnose
from diag.report import Report

CEDAR, FIR = "cedar", "fir"


def examine(
    tree: Tree,
    generation: str = CEDAR,
    *,
    online: bool = False,
    started: Callable[[str], None] = lambda name: None,
) -> Report:
    """The report on a project, less what it silences. Only `online` asks the package index."""
    collecting = gc.isenabled()
    gc.disable()  # thousands of syntax trees, and no circle among them
    try:
        results = collect(tree, generation, online=online, started=started)
    finally:
        if collecting:
            gc.enable()
    subject = tree.root.name or str(tree.root)
    return finish(diagnose(results, CATALOGUE, "preflight", subject), tree, is_whole=online)


def finish(report: Report, tree: Tree, *, is_whole: bool = False) -> Report:
    """The report less what the project silences, with notes on what was read of it.

    `is_whole` says that nothing more could have been found, so that what an ignore did not meet is told.
    """
    told = apply(report, read_ignores(tree), datetime.now(UTC).date(), is_whole=is_whole)
    return replace(told, notes=(*told.notes, *notes_on(tree)))


def is_project(tree: Tree) -> bool:
    """Whether the folder looks like a Python project to be deployed."""
    return "Procfile" in tree or any(
        path.endswith(".py") or path in ("requirements.txt", "pyproject.toml", "Pipfile")
        for path in tree.at_root()
    )


def tree_of(folder: Path) -> Tree:
    """The project in a folder. Raises `diag.collect.project.tree.Unreadable`."""
    return read(folder)


def notes_on(tree: Tree) -> tuple[str, ...]:
    """What was looked at, and what could not be."""
    count = len(tree.files)
    told = [f"{count:,} file{'s' if count != 1 else ''} looked at."]
    if tree.skipped:
        shown = [f"{path} ({why})" for path, why in list(tree.skipped.items())[:5]]
        more = len(tree.skipped) - len(shown)
        told.append(f"Not read: {', '.join(shown)}{f' and {more} more' if more > 0 else ''}.")
    return (*told, *tree.notes)
