"""Roots of projects, and what the layout's evidence says of them."""

from __future__ import annotations

from pathlib import Path

from checks.evidence import Evidence
from diag.collect.project.git import Git
from diag.collect.project.layout import read_layout
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.tree import Tree
from tests.projects import project

FLASK = {"app.py": "", "requirements.txt": "flask\n", "Procfile": "web: gunicorn app:app\n"}
WEB = {"Procfile": "web: gunicorn app:app\n"}
PACKAGE = '{"name": "shop", "scripts": {"build": "tailwindcss"}}'


def look(tree: Tree, generation: str = "cedar") -> list[Evidence]:
    requirements, _ = read_requirements(tree, DeployedPython("3.13"), generation)
    return read_layout(tree, requirements, generation)


def read(folder: Path, files: dict[str, str], generation: str = "cedar") -> list[Evidence]:
    return look(project(folder, files), generation)


def within_git(  # noqa: PLR0913  what git tells
    tree: Tree,
    *,
    untracked: tuple[str, ...] = (),
    changed: tuple[str, ...] = (),
    deleted: tuple[str, ...] = (),
    has_commit: bool = True,
    prefix: str = "",
) -> Tree:
    """The same folder as git would tell of it."""
    tracked = frozenset({*tree.files, *deleted, *changed}.difference(untracked))
    tree.git = Git(tracked, untracked, changed, deleted, has_commit, prefix)
    return tree
