"""Whether Poetry can install the project itself, as it does after its requirements.

Poetry takes every project for a library with a package of its name, and ends with status 1 where none is
found. Source: Poetry 2.4.1 (`console/commands/install.py`), poetry-core (`masonry/utils/module.py`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.requirements.documents import table, tables, text_of, toml_of
from diag.collect.project.tree import Tree

MANIFEST = "pyproject.toml"


def root_project(tree: Tree) -> Iterator[Evidence]:
    """At most one piece of evidence: what Poetry will not find."""
    document = toml_of(tree, MANIFEST) if tree.is_deployed(MANIFEST) else None
    if document is None or document.problem:
        return
    poetry = table(document.data, "tool", "poetry")
    if poetry.get("package-mode") is False or "build" in poetry:
        return
    missing = _missing(tree, document.data, poetry)
    if missing:
        said = f"no {missing}"
        yield finding(
            Fact.PROJECT_REQUIREMENT,
            "root-project",
            Level.FAIL,
            LIKELY,
            f"Poetry will install the project itself, and finds {said}",
            MANIFEST,
            said=said,
            file=MANIFEST,
        )


def _missing(tree: Tree, data: Mapping[str, Any], poetry: Mapping[str, Any]) -> str:
    given = poetry.get("packages")
    if given:
        for each in tables(given):
            include = text_of(each.get("include"))
            path = posixpath.normpath(posixpath.join(text_of(each.get("from")), include))
            if include and "*" not in path and "?" not in path and not _exists(tree, path):
                return f"{path}, which [tool.poetry] packages names"
        return ""
    name = text_of(table(data, "project").get("name")) or text_of(poetry.get("name"))
    if not name:
        return ""
    module = canonicalize_name(name).replace("-", "_")
    places = (module, f"{module}.py", f"src/{module}", f"src/{module}.py")
    return "" if any(_exists(tree, place) for place in places) else f"package {module} for the project {name}"


def _exists(tree: Tree, path: str) -> bool:
    return tree.is_deployed(path) or any(tree.is_deployed(each) for each in tree.below(path))
