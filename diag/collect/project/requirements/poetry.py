"""poetry.lock, and whether it still fits pyproject.toml.

Source: Poetry 2.4.1, which the buildpack installs (`poetry/packages/locker.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from checks.evidence import Evidence
from diag.collect.project.finding import LIKELY, SURE
from diag.collect.project.requirements.collected import Collected, locked
from diag.collect.project.requirements.documents import Document, table, tables, text_of, texts, toml_of
from diag.collect.project.requirements.environment import applies
from diag.collect.project.requirements.freshness import stale, unparsable
from diag.collect.project.requirements.local import declared_in, requirement_of
from diag.collect.project.requirements.requirement import Requirement
from diag.collect.project.tree import Tree

LOCK, MANIFEST, RELOCK = "poetry.lock", "pyproject.toml", "poetry lock"
# The files of a package and their hashes: most of the lock file, and of no use here.
_FILES = re.compile(r'^[ \t]+\{ ?file = "[^"\n]*", hash = "[^"\n]*"\},?\n', re.MULTILINE)
_WRITTEN_BY = re.compile(r"^#[^\n]{0,100}Poetry (?P<version>\d[\w.]*)")
_LEGACY = ("dependencies", "source", "extras", "dev-dependencies")


def read_poetry(tree: Tree, values: Mapping[str, str]) -> Collected:
    """The requirements of poetry.lock's main group; `values` are those of markers."""
    collected = Collected(manager="poetry", file=LOCK, is_locked=True)
    text = tree.text(LOCK)
    document = toml_of(tree, LOCK, _FILES.sub("\n", text)) if text is not None else None
    if document is None or document.problem:
        collected.is_whole = False
        if document is not None:
            collected.evidence.append(unparsable(document, LOCK, RELOCK))
        return collected
    manifest = toml_of(tree, MANIFEST) if tree.is_deployed(MANIFEST) else None
    wanted = _wanted(tree, values)
    packages = tables(document.data.get("package"))
    chosen = _of_groups(packages, values)
    for each in _reached(packages, wanted, values) if chosen is None else chosen:
        collected.add(_requirement(each, wanted))
    if any(table(each, "source").get("type") == "legacy" for each in packages):
        collected.other_index = LOCK
    collected.evidence.extend(_compared(tree, manifest, document.data, (text or "").partition("\n")[0]))
    return collected


def _wanted(tree: Tree, values: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The extras of each package that pyproject.toml requires itself."""
    declared = declared_in(tree, "")
    found = (requirement_of(line, MANIFEST, values) for line in declared.lines)
    return {each.name: each.extras for each in found if each is not None}


def _requirement(package: Mapping[str, Any], wanted: Mapping[str, object]) -> Requirement:
    name = text_of(package.get("name"))
    source = table(package, "source")
    kept = text_of(source.get("url")) if source.get("type") in ("git", "url", "directory", "file") else ""
    version = text_of(package.get("version"))
    return locked(name, version, LOCK, direct=not wanted or canonicalize_name(name) in wanted, source=kept)


def _of_groups(
    packages: list[Mapping[str, Any]], values: Mapping[str, str]
) -> list[Mapping[str, Any]] | None:
    """The packages of the main group, where the lock file has groups (since Poetry 2.0); else None."""
    if not any("groups" in each for each in packages):
        return None
    found = []
    for each in packages:
        markers = each.get("markers")
        marker = text_of(markers if isinstance(markers, str) else table(markers).get("main"))
        if (
            "main" in texts(each.get("groups"))
            and applies(marker, values)
            and each.get("optional") is not True
        ):
            found.append(each)
    return found


def _reached(
    packages: list[Mapping[str, Any]], wanted: Mapping[str, tuple[str, ...]], values: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The packages that the main requirements lead to: older lock files do not name the groups."""
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for each in packages:
        by_name.setdefault(canonicalize_name(text_of(each.get("name"))), []).append(each)
    if not wanted:
        return [
            each for each in packages if each.get("category") != "dev" and each.get("optional") is not True
        ]
    waiting, seen = list(wanted.items()), set[str]()
    found = []
    while waiting:
        name, extras = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for package in by_name.get(name, [])[:1]:
            found.append(package)
            waiting += _dependencies(package, values, with_optional=bool(extras))
    return found


def _dependencies(
    package: Mapping[str, Any], values: Mapping[str, str], *, with_optional: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, given in table(package, "dependencies").items():
        variants = given if isinstance(given, list) else [given]
        for each in variants:
            optional = table(each).get("optional") is True
            if applies(text_of(table(each).get("markers")), values) and (with_optional or not optional):
                yield canonicalize_name(name), tuple(texts(table(each).get("extras")))


def _compared(
    tree: Tree, manifest: Document | None, lock: Mapping[str, Any], head: str
) -> Iterator[Evidence]:
    if not tree.is_deployed(MANIFEST):
        said = "poetry.lock is here and the pyproject.toml it was made from is not pushed"
        yield stale(said, LOCK, RELOCK, SURE, reason="manifest-missing", manifest=MANIFEST)
        return
    if manifest is None:
        return
    if manifest.problem:
        yield unparsable(manifest, MANIFEST, RELOCK)
        return
    metadata = table(lock, "metadata")
    kept = text_of(metadata.get("content-hash"))
    major = text_of(metadata.get("lock-version")).partition(".")[0]
    if metadata and major not in ("1", "2"):
        said = (
            f"poetry.lock has version {metadata.get('lock-version')} of its format, which Poetry 2 can't read"
        )
        yield stale(said[:200], LOCK, RELOCK, LIKELY, reason="format", manifest=MANIFEST)
        return
    try:
        fits = kept == _hash(manifest.data) or (
            _is_before_groups(head) and kept == _hash(manifest.data, with_groups=False)
        )
    except (TypeError, ValueError, RecursionError):
        return
    if not fits:
        said = "pyproject.toml was changed after poetry.lock was written"
        yield stale(said, LOCK, RELOCK, LIKELY, reason="hash-of-manifest", manifest=MANIFEST)


def _is_before_groups(head: str) -> bool:
    """Whether the lock file was written before Poetry 2.3, whose hash left [dependency-groups] out."""
    match = _WRITTEN_BY.search(head)
    try:
        return match is not None and Version(match["version"]) < Version("2.3.0")
    except ValueError:
        return False


def _hash(data: Mapping[str, Any], *, with_groups: bool = True) -> str:
    """The hash of what pyproject.toml requires, as Poetry computes it."""
    project = {
        key: value
        for key in ("requires-python", "dependencies", "optional-dependencies")
        if (value := table(data, "project").get(key)) is not None
    }
    groups = table(data, "dependency-groups") if with_groups else {}
    poetry = table(data, "tool", "poetry")
    standard = bool(project or groups)
    own = {
        key: poetry.get(key)
        for key in (*_LEGACY, "group")
        if poetry.get(key) is not None or (key in _LEGACY and not standard)
    }
    content: dict[str, Any] = own
    if standard:
        content = {"tool": {"poetry": own}}
        if project:
            content["project"] = project
        if groups:
            content["dependency-groups"] = groups
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
