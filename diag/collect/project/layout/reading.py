"""What the build makes of the root: who takes the app, with which package manager, and what is in the way."""

from __future__ import annotations

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.buildpacks import read_buildpacks
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.layout.committed import committed_pythons, uncommitted
from diag.collect.project.layout.detection import undetected, within_a_repository
from diag.collect.project.layout.managers import package_managers
from diag.collect.project.layout.others import apt_packages, other_buildpack
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree


def read_layout(tree: Tree, requirements: Requirements, generation: str = "cedar") -> list[Evidence]:
    """The evidence of the root, in the order in which a build would come upon it.

    `generation` is cedar or fir. Where Docker builds the app, only git is looked at.
    """
    buildpacks = read_buildpacks(tree)
    found: list[Evidence] = []
    if buildpacks.is_container:
        text = "Docker builds the app, so the rules of buildpacks do not apply"
        found.append(finding(Fact.PROJECT_LAYOUT, "container", Level.OK, LIKELY, text, "heroku.yml"))
    else:
        found += undetected(tree, buildpacks)
        if not found:
            found += within_a_repository(tree)
            found += other_buildpack(tree, buildpacks)
            found += committed_pythons(tree, generation)
            found += package_managers(tree, buildpacks, generation)
        found += apt_packages(tree, buildpacks, generation)
    found += uncommitted(tree, requirements)
    if not found and requirements.file:
        text = f"{requirements.file} in the root is what the build goes by"
        found.append(finding(Fact.PROJECT_LAYOUT, "detected", Level.OK, LIKELY, text, requirements.file))
    return found
