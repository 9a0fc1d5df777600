"""Pipfile.lock, and whether it still fits the Pipfile.

Source: pipenv 2026.7.1, which the buildpack installs (`pipenv/project.py`, `routines/install.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from checks.evidence import Evidence
from diag.collect.project.finding import LIKELY, SURE
from diag.collect.project.requirements.collected import Collected, exactly, locked
from diag.collect.project.requirements.documents import json_of, table, tables, text_of, texts, toml_of
from diag.collect.project.requirements.environment import applies
from diag.collect.project.requirements.freshness import stale, unparsable
from diag.collect.project.requirements.requirement import Requirement
from diag.collect.project.tree import Tree

LOCK, MANIFEST, RELOCK = "Pipfile.lock", "Pipfile", "pipenv lock"
_SECTIONS = frozenset(("source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"))
_PYPI = {"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}


def read_pipenv(tree: Tree, values: Mapping[str, str]) -> Collected:
    """The requirements of Pipfile.lock; `values` are those of markers."""
    collected = Collected(manager="pipenv", file=LOCK, is_locked=True)
    document = json_of(tree, LOCK)
    if document is None or document.problem:
        collected.is_whole = False
        if document is not None:
            collected.evidence.append(unparsable(document, LOCK, RELOCK))
        return collected
    pipfile = toml_of(tree, MANIFEST) if tree.is_deployed(MANIFEST) else None
    wanted: set[str] = {
        canonicalize_name(name) for name in table(pipfile.data if pipfile else {}, "packages")
    }
    for name, given in table(document.data, "default").items():
        requirement = _requirement(name, table(given), wanted)
        if applies(text_of(table(given).get("markers")), values):
            collected.add(requirement)
    sources = tables(table(document.data, "_meta").get("sources"))
    if any("pypi.org" not in text_of(each.get("url")) for each in sources):
        collected.other_index = LOCK
    collected.evidence.extend(_compared(tree, document.data))
    return collected


def _requirement(name: str, given: Mapping[str, Any], wanted: set[str]) -> Requirement:
    version = text_of(given.get("version")).removeprefix("==")
    source = next(
        (text_of(given.get(kind)) for kind in ("git", "file", "path", "hg", "svn") if given.get(kind)), ""
    )
    return locked(
        name,
        version if exactly(version) else "",
        LOCK,
        direct=not wanted or canonicalize_name(name) in wanted,
        source=source,
        extras=tuple(texts(given.get("extras"))),
    )


def read_pipfile(tree: Tree, values: Mapping[str, str]) -> Collected:
    """The requirements of a Pipfile that has no lock file."""
    collected = Collected(manager="pipenv", file=MANIFEST)
    document = toml_of(tree, MANIFEST)
    if document is None or document.problem:
        collected.is_whole = False
        return collected
    for name, given in table(document.data, "packages").items():
        version = given if isinstance(given, str) else text_of(table(given).get("version"))
        if applies(text_of(table(given).get("markers")), values):
            exact = version.removeprefix("==") if version.startswith("==") else ""
            collected.add(locked(name, exact, MANIFEST, direct=True))
    return collected


def _compared(tree: Tree, lock: Mapping[str, Any]) -> Iterator[Evidence]:
    if not tree.is_deployed(MANIFEST):
        said = "Pipfile.lock is here and the Pipfile it was made from is not pushed"
        yield stale(said, LOCK, RELOCK, SURE, reason="manifest-missing", manifest=MANIFEST)
        return
    document = toml_of(tree, MANIFEST)
    if document is None:
        return
    if document.problem:
        yield unparsable(document, MANIFEST, RELOCK)
        return
    kept = text_of(table(lock, "_meta", "hash").get("sha256"))
    try:
        now, before = _hash(document.data, canonical=True), _hash(document.data, canonical=False)
    except (TypeError, ValueError, RecursionError):
        return
    if kept == now:
        return
    if kept == before:
        said = (
            "Pipfile.lock was written by a Pipenv before 2026.7.1, which hashed names as they are spelt: "
            f"the build's own expects {now[:6]} for this Pipfile, not {kept[:6]}"
        )
    elif kept:
        said = f"Pipfile was changed after Pipfile.lock was written ({kept[:6]} there, {now[:6]} now)"
    else:
        said = "Pipfile.lock has no hash of the Pipfile it was made from"
    yield stale(said, LOCK, RELOCK, LIKELY, reason="hash-of-manifest", manifest=MANIFEST)


def _hash(pipfile: Mapping[str, Any], *, canonical: bool) -> str:
    """The hash of a Pipfile, as Pipenv computes it: with names as PEP 503 compares them since 2026.7.1."""

    def named(section: object) -> Mapping[str, Any]:
        found = table(section)
        return {canonicalize_name(name): value for name, value in found.items()} if canonical else found

    content: dict[str, Any] = {
        "_meta": {"sources": pipfile.get("source", [_PYPI]), "requires": pipfile.get("requires", {})},
        "default": named(pipfile.get("packages", {})),
        "develop": named(pipfile.get("dev-packages", {})),
    }
    for name, section in pipfile.items():
        if name not in _SECTIONS and name not in ("default", "develop"):
            content[name] = named(section)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
