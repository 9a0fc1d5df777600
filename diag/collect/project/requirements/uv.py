"""uv.lock: what the root project leads to, without development groups and extras.

Source: uv 0.12.5, which the buildpack installs and runs as `uv sync --locked --no-default-groups`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from diag.collect.project.requirements.collected import Collected, locked
from diag.collect.project.requirements.documents import table, tables, text_of, texts, toml_of
from diag.collect.project.requirements.environment import applies
from diag.collect.project.requirements.freshness import unparsable
from diag.collect.project.requirements.requirement import Requirement
from diag.collect.project.requirements.uv_freshness import compared
from diag.collect.project.tree import Tree

LOCK, RELOCK = "uv.lock", "uv lock"
# Wheels of other systems, and sdists: most of the lock file.
_FOREIGN = re.compile(
    r'^    \{ url = "(?![^"\n]*(?:linux[^"\n]*x86_64|-any\.whl))[^"\n]*"[^\n]*\},?\n|^sdist = \{[^\n]*\}\n',
    re.MULTILINE,
)
_WHEEL = re.compile(r"-(?P<python>[\w.]+)-(?P<abi>[\w.]+)-(?P<platform>[\w.]+)\.whl$")


def read_uv(tree: Tree, values: Mapping[str, str]) -> Collected:
    """The requirements of uv.lock; `values` are those of markers."""
    collected = Collected(manager="uv", file=LOCK, is_locked=True)
    text = tree.text(LOCK)
    document = toml_of(tree, LOCK, _FOREIGN.sub("\n", text)) if text is not None else None
    if document is None or document.problem:
        collected.is_whole = False
        if document is not None:
            collected.evidence.append(unparsable(document, LOCK, RELOCK))
        return collected
    packages = tables(document.data.get("package"))
    roots = [each for each in packages if _is_root(each)]
    if not roots:  # a workspace without a project of its own, or a lock file by another hand
        collected.is_whole = False
        roots = [each for each in packages if "registry" not in table(each, "source")] or packages
    direct = {_name(dependency) for root in roots for dependency in tables(root.get("dependencies"))}
    for package in _reached(packages, roots, values):
        collected.add(_requirement(package, direct, values["python_version"]))
    if any("pypi.org" not in text_of(table(each, "source").get("registry", "pypi.org")) for each in packages):
        collected.other_index = LOCK
    collected.evidence.extend(compared(tree, document.data, roots))
    return collected


def _is_root(package: Mapping[str, Any]) -> bool:
    source = table(package, "source")
    return "." in (source.get("virtual"), source.get("editable"), source.get("directory"))


def _name(given: Mapping[str, Any]) -> str:
    return canonicalize_name(text_of(given.get("name")))


def _reached(
    packages: list[Mapping[str, Any]], roots: list[Mapping[str, Any]], values: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    """The packages that the roots lead to, themselves left out."""
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for each in packages:
        by_name.setdefault(_name(each), []).append(each)
    waiting: list[tuple[Mapping[str, Any], str]] = [(root, "") for root in roots]
    seen: set[tuple[int, str]] = {(id(root), "") for root in roots}
    told = {id(root) for root in roots}
    while waiting:
        package, extra = waiting.pop()
        if id(package) not in told:
            told.add(id(package))
            yield package
        given = table(package, "optional-dependencies").get(extra) if extra else package.get("dependencies")
        for dependency in tables(given):
            found = _chosen(by_name.get(_name(dependency), []), dependency, values)
            if found is None or not applies(text_of(dependency.get("marker")), values):
                continue
            for of_extra in ("", *texts(dependency.get("extra"))):
                if (id(found), of_extra) not in seen:
                    seen.add((id(found), of_extra))
                    waiting.append((found, of_extra))


def _chosen(
    candidates: list[Mapping[str, Any]], dependency: Mapping[str, Any], values: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """The release that a dependency means: of several the one whose version or markers fit."""
    version = dependency.get("version")
    fitting = [each for each in candidates if version is None or each.get("version") == version]
    for each in fitting:
        markers = texts(each.get("resolution-markers"))
        if not markers or any(applies(marker, values) for marker in markers):
            return each
    return fitting[0] if fitting else None


def _requirement(package: Mapping[str, Any], direct: set[str], minor: str) -> Requirement:
    source = table(package, "source")
    kept = "" if "registry" in source else next((text_of(each) for each in source.values()), "")
    return locked(
        text_of(package.get("name")),
        text_of(package.get("version")),
        LOCK,
        direct=_name(package) in direct,
        source=kept,
        wheel_bytes=_wheel_bytes(tables(package.get("wheels")), minor),
    )


def _wheel_bytes(wheels: list[Mapping[str, Any]], minor: str) -> int | None:
    """The size of the wheel the dyno would get, where the lock file tells it."""
    ranked = []
    for wheel in wheels:
        match = _WHEEL.search(text_of(wheel.get("url")).partition("#")[0])
        size = wheel.get("size")
        if match is None or not isinstance(size, int):
            continue
        platform = match["platform"]
        if platform != "any" and not (
            "linux" in platform and "x86_64" in platform and "musl" not in platform
        ):
            continue
        rank = _rank(match["python"].split("."), match["abi"], minor)
        if rank:
            ranked.append((rank, size))
    return max(ranked)[1] if ranked else None


def _rank(pythons: list[str], abi: str, minor: str) -> int:
    """How well a wheel's tags fit: 3 made for this version, 2 stable interface, 1 any; 0 not at all."""
    tag = f"cp{minor.replace('.', '')}"
    if tag in pythons and abi in (tag, "none", "abi3"):
        return 3
    if abi == "abi3":
        oldest = re.fullmatch(r"cp3(\d{1,2})", pythons[0])
        return 2 if oldest and int(oldest[1]) <= int(minor.partition(".")[2] or 0) else 0
    return 1 if "py3" in pythons or f"py{minor.replace('.', '')}" in pythons else 0
