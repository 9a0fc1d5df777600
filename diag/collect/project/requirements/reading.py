"""What a project requires, from the file of the package manager that the build would use."""

from __future__ import annotations

from dataclasses import replace

from checks.evidence import Evidence, Level
from diag.collect.project.buildpacks import read_buildpacks
from diag.collect.project.finding import POSSIBLE
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.collected import Collected
from diag.collect.project.requirements.corpora import nltk_data
from diag.collect.project.requirements.environment import environment
from diag.collect.project.requirements.installers import pinned_installers
from diag.collect.project.requirements.local import declared_in, requirement_of
from diag.collect.project.requirements.managers import manager_of
from diag.collect.project.requirements.nowhere import of_no_distribution
from diag.collect.project.requirements.pip import read_pip
from diag.collect.project.requirements.pipenv import read_pipenv, read_pipfile
from diag.collect.project.requirements.poetry import read_poetry
from diag.collect.project.requirements.poetry_root import root_project
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.requirements.systems import of_other_systems
from diag.collect.project.requirements.uv import read_uv
from diag.collect.project.tree import Tree

_READERS = {"pip": read_pip, "pipenv": read_pipenv, "poetry": read_poetry, "uv": read_uv}


def read_requirements(
    tree: Tree, python: DeployedPython, generation: str = "cedar"
) -> tuple[Requirements, list[Evidence]]:
    """All that a push would install, and what is wrong with it, what stops the build first at the front.

    `generation` is cedar or fir. Without the file of a package manager, which ends the build, what a
    Pipfile, pyproject.toml, setup.cfg or setup.py declares is read, as far as that goes.
    """
    values = environment(python)
    manager, _ = manager_of(tree, generation)
    reader = _READERS.get(manager)
    collected = reader(tree, values) if reader is not None else _declared(tree, values)
    requirements = collected.done()
    found = [
        *collected.evidence,
        *of_other_systems(requirements),
        *of_no_distribution(requirements),
        *pinned_installers(requirements, python),
    ]
    if manager == "poetry":
        found += root_project(tree)
    if read_buildpacks(tree).is_container:
        found = [_by_docker(each) for each in found]
    found += nltk_data(tree, requirements)
    return requirements, found


def _by_docker(evidence: Evidence) -> Evidence:
    """The same where a Dockerfile decides what is installed, and from which file."""
    values = {**evidence.values, "sure": POSSIBLE.value}
    return replace(evidence, level=min(evidence.level, Level.WARN), values=values)


def _declared(tree: Tree, values: dict[str, str]) -> Collected:
    if tree.is_deployed("Pipfile"):
        return read_pipfile(tree, values)
    declared = declared_in(tree, "")
    collected = Collected(is_whole=False)
    if declared.lines:
        collected.file = declared.where
    for line in declared.lines:
        requirement = requirement_of(line, declared.where, values)
        if requirement is not None:
            collected.add(requirement)
    return collected
