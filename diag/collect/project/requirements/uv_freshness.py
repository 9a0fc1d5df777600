"""Whether uv.lock still fits pyproject.toml: what it kept of the root project against what stands there now.

uv itself resolves anew and compares; what is told here are those changes that the two files show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from checks.evidence import Evidence
from diag.collect.project.finding import LIKELY, SURE
from diag.collect.project.requirements.documents import table, tables, text_of, texts, toml_of
from diag.collect.project.requirements.freshness import stale, unparsable
from diag.collect.project.tree import Tree

LOCK, MANIFEST, RELOCK = "uv.lock", "pyproject.toml", "uv lock"
LONGEST = 2_000  # characters of a requirement
_TRIED = tuple(f"3.{minor}.{patch}" for minor in range(6, 18) for patch in (0, 1, 4, 9, 20))


def compared(tree: Tree, lock: Mapping[str, Any], roots: list[Mapping[str, Any]]) -> Iterator[Evidence]:
    """At most one piece of evidence: the first difference."""
    if not tree.is_deployed(MANIFEST):
        said = "uv.lock is here and the pyproject.toml it was made from is not pushed"
        yield stale(said, LOCK, RELOCK, SURE, reason="manifest-missing", manifest=MANIFEST)
        return
    document = toml_of(tree, MANIFEST)
    if document is None:
        return
    if document.problem:
        yield unparsable(document, MANIFEST, RELOCK)
        return
    project = table(document.data, "project")
    if len(roots) != 1 or not project:
        return
    groups = _groups(document.data)
    said = _difference(project, groups, lock, roots[0])
    if said:
        yield stale(said, LOCK, RELOCK, LIKELY, reason="changed", manifest=MANIFEST)


def _difference(
    project: Mapping[str, Any],
    groups: Mapping[str, list[str]],
    lock: Mapping[str, Any],
    root: Mapping[str, Any],
) -> str:
    name, kept = text_of(project.get("name")), text_of(root.get("name"))
    if name and canonicalize_name(name) != canonicalize_name(kept):
        return f"pyproject.toml names the project {name}, and uv.lock {kept}"
    version, before = text_of(project.get("version")), text_of(root.get("version"))
    if version and before and not _is_same_version(version, before):
        return f"pyproject.toml has version {version} of the project, and uv.lock {before}"
    needs, needed = text_of(project.get("requires-python")), text_of(lock.get("requires-python"))
    if needs and needed and _is_other_range(needs, needed):
        return f"pyproject.toml allows Python {needs}, and uv.lock {needed}"
    dynamic = texts(project.get("dynamic"))
    metadata = table(root, "metadata")
    if "dependencies" not in dynamic and "optional-dependencies" not in dynamic:
        declared = texts(project.get("dependencies"))
        for each in table(project, "optional-dependencies").values():
            declared += texts(each)
        if said := _of_lists(declared, tables(metadata.get("requires-dist"))):
            return said
    for group, lines in groups.items():
        if said := _of_lists(lines, tables(table(metadata, "requires-dev").get(group))):
            return f"{said} (group {group})"
    return ""


def _of_lists(declared: list[str], locked: list[Mapping[str, Any]]) -> str:
    now: dict[str, set[str]] = {}
    for line in declared:
        try:
            parsed = Parsed(line[:LONGEST])
        except (InvalidRequirement, RecursionError):
            return ""
        now.setdefault(canonicalize_name(parsed.name), set()).add(
            "?" if parsed.url else _plain(parsed.specifier)
        )
    then: dict[str, set[str]] = {}
    for each in locked:
        from_index = not any(
            key in each for key in ("git", "url", "path", "directory", "editable", "virtual")
        )
        try:
            specifier = SpecifierSet(text_of(each.get("specifier"))[:LONGEST])
        except InvalidSpecifier:
            return ""
        found = _plain(specifier) if from_index else "?"
        then.setdefault(canonicalize_name(text_of(each.get("name"))), set()).add(found)
    for name, wanted in now.items():
        kept = then.get(name)
        if kept is None:
            return f"pyproject.toml requires {name}, and uv.lock does not know it"
        if "?" not in wanted | kept and wanted != kept:
            return f"pyproject.toml requires {name} {_shown(wanted)}, and uv.lock {_shown(kept)}"
    gone = next((name for name in then if name not in now), "")
    return f"uv.lock was made with {gone}, which pyproject.toml no longer requires" if gone else ""


def _shown(found: set[str]) -> str:
    return " or ".join(sorted(each or "in any version" for each in found))


def _plain(specifier: SpecifierSet) -> str:
    return ",".join(sorted(str(each).replace(" ", "") for each in specifier))


def _groups(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The dependency groups that hold plain requirements alone: others take in further groups."""
    found = {}
    for name, given in table(data, "dependency-groups").items():
        if isinstance(given, list) and len(texts(given)) == len(given):
            found[name] = texts(given)
    return found


def _is_same_version(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except ValueError:
        return True


def _is_other_range(one: str, other: str) -> bool:
    """Whether the ranges differ for some Python: uv writes them in a form of its own."""
    try:
        first, second = SpecifierSet(one), SpecifierSet(other)
        return any(first.contains(python) != second.contains(python) for python in _TRIED)
    except ValueError:
        return False
