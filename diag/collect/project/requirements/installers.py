"""Requirements that replace the tools of the build: pip, setuptools, and the long dead distribute.

Tried on Python 3.10, 3.12 and 3.13, 2026-11-21: pip up to 21.3 and setuptools up to 65 can't be imported on
Python 3.12 and later (they use modules that left the standard library); newer ones, and any wheel, do no
harm. No release of distribute builds on Python 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirements

BUILDPACK_PIP = "26.2.1"  # heroku-buildpack-python v351
_SINCE = (3, 12)  # the Python that broke them
_BROKEN_BEFORE = {"pip": "22", "setuptools": "66.1"}


def pinned_installers(requirements: Requirements, python: DeployedPython) -> Iterator[Evidence]:
    """Those that break on the deployed Python."""
    if requirements.manager == "uv":
        return  # neither is used there
    for name, working in _BROKEN_BEFORE.items():
        requirement = requirements.get(name)
        if requirement is None or not requirement.version:
            continue
        breaks = python.numbers >= _SINCE and _is_before(requirement.version, working)
        if not breaks and (name != "pip" or not _is_before(requirement.version, BUILDPACK_PIP)):
            continue
        harm = f"can't be imported on Python {python.minor}" if breaks else "takes the place of the build's"
        yield finding(
            Fact.PROJECT_REQUIREMENT,
            "installer-pinned",
            Level.WARN if breaks else Level.INFO,
            LIKELY,
            f"{name}=={requirement.version} is required, which {harm}",
            requirement.where,
            package=name,
            version=requirement.version,
            before=BUILDPACK_PIP if name == "pip" else "",
            file=requirement.where.partition(":")[0],
        )
    distribute = requirements.get("distribute")
    if distribute is not None and not distribute.source:
        yield finding(
            Fact.PROJECT_REQUIREMENT,
            "distribute",
            Level.FAIL,
            SURE,
            "distribute is required, whose source can't be built on Python 3",
            distribute.where,
            subject="distribute",
            name="distribute",
            meant="setuptools",
            said="it is a dead copy of setuptools for Python 2",
            file=distribute.where.partition(":")[0],
        )


def _is_before(version: str, other: str) -> bool:
    try:
        return Version(version) < Version(other)
    except ValueError:
        return False
