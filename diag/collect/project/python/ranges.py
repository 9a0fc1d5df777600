"""The versions of Python that a project itself allows, where its package manager insists on them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from diag.collect.project.python.supported import MINORS, newest_patch
from diag.collect.project.requirements.constraint import allows
from diag.collect.project.requirements.documents import table, text_of, toml_of
from diag.collect.project.tree import Tree

MANIFEST = "pyproject.toml"
# pip looks at requires-python only of a project that it installs.
_INSTALLS_ITSELF = re.compile(
    r"^[ \t]*(?:(?:-e|--editable)[ \t=]+)?\.(?:\[[^\]\n]*\])?[ \t]*(?:#.*)?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Range:
    """What a manifest says, and the newest of Heroku's versions that it allows (empty without any)."""

    text: str
    fits: str = ""


def range_against(tree: Tree, manager: str, minor: str, patch: int | None, generation: str) -> Range | None:
    """The range of pyproject.toml that leaves the version out; None when it is allowed or nothing is said."""
    if manager not in ("poetry", "uv", "pip") or not tree.is_deployed(MANIFEST):
        return None
    if manager == "pip" and not _INSTALLS_ITSELF.search(tree.text("requirements.txt") or ""):
        return None
    document = toml_of(tree, MANIFEST)
    if document is None or document.problem:
        return None
    stated = text_of(table(document.data, "project").get("requires-python"))
    poetry = text_of(table(document.data, "tool", "poetry", "dependencies").get("python"))
    for text, is_poetry in ((stated, False), (poetry, manager == "poetry")):
        if (
            text
            and _allows(text, f"{minor}.{_patch(minor, patch, generation)}", is_poetry=is_poetry) is False
        ):
            fits = next((each for each in reversed(MINORS) if _fits(text, each, generation, is_poetry)), "")
            return Range(text[:80], fits)
    return None


def _patch(minor: str, patch: int | None, generation: str) -> int:
    return newest_patch(minor, generation) if patch is None else patch


def _fits(text: str, minor: str, generation: str, is_poetry: bool) -> bool:
    return _allows(text, f"{minor}.{newest_patch(minor, generation)}", is_poetry=is_poetry) is True


def _allows(text: str, version: str, *, is_poetry: bool) -> bool | None:
    if is_poetry:
        return allows(text, version)
    try:
        return SpecifierSet(text).contains(version, prereleases=True)
    except ValueError:
        return None
