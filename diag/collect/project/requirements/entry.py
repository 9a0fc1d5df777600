"""One line of a requirements file: a requirement, or what is wrong with it.

Source: pip 26.2.1, `pip/_internal/req/constructors.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from diag.collect.project.requirements.address import (
    ARCHIVES,
    URL,
    VCS,
    Entry,
    Problem,
    looks_like_path,
    no_such_path,
    of_path,
    of_url,
)
from diag.collect.project.requirements.environment import applies
from diag.collect.project.requirements.requirement import Requirement
from diag.collect.project.requirements.spelling import explained
from diag.collect.project.tree import Tree

LONGEST = 2_000  # characters of a requirement without its options
_EXACT = re.compile(r"^={2,3}$")


def entry_of(  # noqa: PLR0911  one answer a kind of line
    text: str, where: str, tree: Tree, values: Mapping[str, str]
) -> Entry | Problem:
    """The requirement of a line that is not editable; `values` are those of markers."""
    if len(text) > LONGEST:
        return Problem("is too long to be a requirement")
    sep = "; " if URL.match(text) else ";"
    name, _, condition = (part.strip() for part in text.partition(sep))
    try:
        marker = Marker(condition) if condition else None
    except (InvalidMarker, RecursionError):
        return Problem(f"has no valid condition after the semicolon: {condition[:80]}")
    holds = applies(marker, values)
    if URL.match(name):
        return of_url(name, where, tree, holds=holds)
    if looks_like_path(name) or name.lower().endswith(ARCHIVES):
        found = of_path(name, where, tree, holds=holds)
        if found is not None:
            return found
    try:
        parsed = Parsed(name)
    except (InvalidRequirement, RecursionError):
        return _invalid(text)
    if parsed.url is not None:
        if parsed.marker is not None:
            holds = holds and applies(parsed.marker, values)
        return of_url(parsed.url, where, tree, holds=holds, parsed=parsed)
    return Entry(
        Requirement(
            name=canonicalize_name(parsed.name),
            where=where,
            specifier=parsed.specifier,
            version=pinned(parsed.specifier),
            extras=tuple(sorted(parsed.extras)),
            as_written=text,
        ),
        holds,
    )


def editable_of(  # noqa: PLR0911  one answer a kind of line
    text: str, where: str, tree: Tree, values: Mapping[str, str]
) -> Entry | Problem:
    """The requirement of a line with -e."""
    try:
        parsed = Parsed(text)
    except (InvalidRequirement, RecursionError):
        parsed = None
    if parsed is not None and parsed.url is not None and URL.match(parsed.url):
        holds = applies(parsed.marker, values)
        return of_url(parsed.url, where, tree, holds=holds, parsed=parsed)
    if URL.match(text) or VCS.match(text):
        found = of_url(text, where, tree, holds=True)
        if not VCS.match(text) and not text.lower().startswith("file:"):
            return Problem("has -e and a URL that is no repository", values={"instead": text})
        if isinstance(found, Entry) and not found.requirement.name and VCS.match(text):
            return Problem("has -e and a repository without a name: add #egg=NAME")
        return found
    at_path = of_path(text, where, tree, holds=True)
    if at_path is not None:
        return at_path
    path = text.partition("[")[0].strip()
    if "/" in path or path.startswith("."):
        return no_such_path(path, tree)
    return Problem("has -e and neither a path nor a repository", values={"instead": text})


def pinned(specifier: SpecifierSet) -> str:
    """The one version that a specifier allows, as ``==1.2`` says it; else empty."""
    for each in specifier:
        if _EXACT.match(each.operator) and not each.version.endswith(".*"):
            return each.version
    return ""


def _invalid(text: str) -> Problem:
    if "\\" in text and re.match(r"^(?:[A-Za-z]:|\.{0,2})\\", text):
        return Problem("is a path of Windows", "local-path", values={"path": text[:120]})
    if (text.startswith((".", "/")) or _is_folder_like(text)) and "@" not in text:
        return Problem("names a path that is not in the project", "local-path", values={"path": text[:120]})
    said, instead = explained(text)
    return Problem(said, values={"instead": instead})


def _is_folder_like(text: str) -> bool:
    return "/" in text and re.fullmatch(r"[\w./-]{1,200}", text) is not None
