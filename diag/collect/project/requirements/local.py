"""The requirements of a project that is installed from its folder (``-e .``): what its own files declare."""

from __future__ import annotations

import ast
import configparser
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from diag.collect.project.requirements.collected import Collected
from diag.collect.project.requirements.constraint import specifiers
from diag.collect.project.requirements.documents import table, text_of, texts, toml_of
from diag.collect.project.requirements.entry import LONGEST, pinned
from diag.collect.project.requirements.environment import applies
from diag.collect.project.requirements.lines import logical_lines
from diag.collect.project.requirements.requirement import Requirement
from diag.collect.project.tree import Tree


@dataclass(frozen=True, slots=True)
class Declared:
    """What a project declares: requirement lines, its own name, and whether that is all."""

    lines: tuple[str, ...] = ()
    where: str = ""
    name: str = ""
    is_whole: bool = True


def read_project(
    tree: Tree, folder: str, named: Requirement, values: Mapping[str, str], collected: Collected
) -> None:
    """Adds the project in that folder, and what it requires, to `collected`."""
    declared = declared_in(tree, folder, named.extras)
    name = named.name or (canonicalize_name(declared.name) if declared.name else "")
    whole = collected.is_whole
    collected.add(replace(named, name=name))
    collected.is_whole = whole and declared.is_whole  # its name may be unknown: its files are here
    for line in declared.lines:
        requirement = requirement_of(line, declared.where, values)
        if requirement is not None:
            collected.add(requirement)


def requirement_of(
    line: str, where: str, values: Mapping[str, str], extras: tuple[str, ...] = ()
) -> Requirement | None:
    """The requirement a manifest declares; None where its marker leaves the dyno out, or it is none."""
    try:
        parsed = Parsed(line[:LONGEST])
    except (InvalidRequirement, RecursionError):
        return None
    if not applies(parsed.marker, values, extras):
        return None
    return Requirement(
        name=canonicalize_name(parsed.name),
        where=where,
        specifier=parsed.specifier,
        version=pinned(parsed.specifier),
        extras=tuple(sorted(parsed.extras)),
        source=parsed.url or "",
        as_written=line,
    )


def declared_in(tree: Tree, folder: str, extras: tuple[str, ...] = ()) -> Declared:
    """What pyproject.toml declares, or setup.cfg, or setup.py as far as it can be read without running it."""
    path = posixpath.join(folder, "pyproject.toml")
    if tree.is_deployed(path) and (document := toml_of(tree, path)) is not None:
        project = table(document.data, "project")
        poetry = table(document.data, "tool", "poetry")
        is_static = bool(project) and "dependencies" not in texts(project.get("dynamic"))
        if "dependencies" in project or (is_static and not table(poetry, "dependencies")):
            lines = texts(project.get("dependencies"))
            optional = table(project, "optional-dependencies")
            for extra in extras:
                lines += texts(optional.get(extra))
            return Declared(tuple(lines), path, text_of(project.get("name")))
        files = table(document.data, "tool", "setuptools", "dynamic", "dependencies").get("file")
        if files:
            named = [files] if isinstance(files, str) else texts(files)
            lines = [line for name in named for line in _lines_of(tree, posixpath.join(folder, name))]
            return Declared(tuple(lines), path, text_of(project.get("name")))
        if poetry:
            name = text_of(project.get("name")) or text_of(poetry.get("name"))
            return Declared(tuple(of_poetry(poetry)), path, name)
    return _of_setuptools(tree, folder, extras)


def of_poetry(poetry: Mapping[str, object]) -> Iterator[str]:
    """The requirement lines of [tool.poetry.dependencies], those of extras left out."""
    for name, given in table(poetry, "dependencies").items():
        each = given[0] if isinstance(given, list) and given else given
        if name.lower() == "python" or (isinstance(each, Mapping) and each.get("optional") is True):
            continue
        constraint = each if isinstance(each, str) else text_of(table(each).get("version"))
        found = specifiers(constraint) if constraint else None
        marker = text_of(table(each).get("markers"))
        specifier = found[0] if found is not None and len(found) == 1 else SpecifierSet()
        wanted = ",".join(texts(table(each).get("extras")))
        yield f"{name}{f'[{wanted}]' if wanted else ''}{specifier}{f' ; {marker}' if marker else ''}"


def _lines_of(tree: Tree, path: str) -> list[str]:
    text = tree.text(posixpath.normpath(path))
    return [line for _, line in logical_lines(text)] if text is not None else []


def _of_setuptools(tree: Tree, folder: str, extras: tuple[str, ...]) -> Declared:
    path = posixpath.join(folder, "setup.cfg")
    text = tree.text(path) if tree.is_deployed(path) else None
    if text is not None and len(text) < 1_000_000:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(text)
            lines = parser.get("options", "install_requires", fallback="")
            more = [parser.get("options.extras_require", extra, fallback="") for extra in extras]
            name = parser.get("metadata", "name", fallback="")
        except configparser.Error:
            lines, more, name = "", [], ""
        if lines and not lines.strip().startswith(("file:", "attr:")):
            found = [line.strip() for part in (lines, *more) for line in part.splitlines()]
            return Declared(tuple(line for line in found if line), path, name)
    return _of_setup_py(tree, posixpath.join(folder, "setup.py"))


def _of_setup_py(tree: Tree, path: str) -> Declared:
    """What setup.py passes to setup() as a list of texts; anything else only running it would tell."""
    data = tree.data(path, 1 << 20) if tree.is_deployed(path) else None
    if data is None:
        return Declared(is_whole=False)
    from diag.collect.project.sources.parsed import parse

    module = parse(path, data, (3, 14)).tree
    lists = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or _name_of(node.func) != "setup":
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        name = given.get("name")
        named = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""
        required = given.get("install_requires")
        if required is None:
            return Declared((), path, named, is_whole=all(keyword.arg for keyword in node.keywords))
        if isinstance(required, ast.Name):
            required = lists.get(required.id)
        found = _texts_of(required)
        return Declared(tuple(found or ()), path, named, is_whole=found is not None)
    return Declared(where=path, is_whole=False)


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _texts_of(node: ast.expr | None) -> list[str] | None:
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    found = [
        each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    return found if len(found) == len(node.elts) else None
