"""A project whose Procfile starts one command, for the tests of what is said of that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from packaging.specifiers import SpecifierSet

from checks.evidence import Evidence
from diag.collect.project.procfile.reading import read_procfile
from diag.collect.project.procfile.starting import read_web
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.collect.project.tree import Tree
from tests.projects import project

Files = Mapping[str, str | bytes]


def tree_of(folder: Path, command: str, files: Files | None = None) -> Tree:
    return project(folder, {**(files or {}), "Procfile": f"web: {command}\n"})


def started(folder: Path, command: str, files: Files | None = None) -> tuple[WebProcess, list[Evidence]]:
    procfile, _ = read_procfile(tree_of(folder, command, files))
    web, found = read_web(project(folder, {}), procfile)
    assert web is not None
    return web, found


def web_of(folder: Path, command: str, files: Files | None = None) -> WebProcess:
    return started(folder, command, files)[0]


def faults(evidence: list[Evidence]) -> list[str]:
    return [str(each.values["fault"]) for each in evidence]


def requiring(
    text: str, *, is_whole: bool = True, is_locked: bool = False, manager: str = "pip"
) -> Requirements:
    """``flask gunicorn==20.1 uvicorn[standard]`` as requirements."""
    found = {}
    for number, word in enumerate(text.split(), 1):
        bare, _, version = word.partition("==")
        name, _, extras = bare.partition("[")
        found[name] = Requirement(
            name,
            f"requirements.txt:{number}",
            SpecifierSet(f"=={version}" if version else ""),
            version,
            tuple(extras.rstrip("]").split(",")) if extras else (),
        )
    return Requirements(manager, "requirements.txt", found, is_whole, is_locked)
