"""A requirements.txt as preflight reads it."""

from __future__ import annotations

from pathlib import Path

from checks.evidence import Evidence
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.requirements.requirement import Requirements
from tests.projects import project

Files = dict[str, str | bytes]


def read(
    folder: Path, requirements: str | bytes, /, **files: str | bytes
) -> tuple[Requirements, list[Evidence]]:
    return read_all(folder, {"requirements.txt": requirements, **files})


def read_all(folder: Path, files: Files, minor: str = "3.13") -> tuple[Requirements, list[Evidence]]:
    return read_requirements(project(folder, files), DeployedPython(minor))
