"""What a module says, statement by statement: imports, names, functions and calls, each with its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from diag.collect.project.sources.parsed import Module
from diag.collect.project.sources.places import Function, Place, statements

MOST_CALLS = 20_000  # of one module that are kept


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, as an absolute name (``shop.models``), with what is taken from it.

    `names` are those of ``from … import``, empty for a plain import; ``*`` is one of them.
    """

    module: str
    names: tuple[str, ...]
    line: int
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A call and what is known of its name: ``tensorflow.keras.models.load_model``, ``app.run``."""

    node: ast.Call
    name: str
    place: Place

    @property
    def line(self) -> int:
        """The line it begins on."""
        return self.node.lineno

    def argument(self, position: int, *keywords: str) -> ast.expr | None:
        """An argument by its keyword or position (-1 for keyword only), or None."""
        for keyword in self.node.keywords:
            if keyword.arg in keywords:
                return keyword.value
        plain = self.node.args
        if 0 <= position < len(plain) and not any(isinstance(a, ast.Starred) for a in plain[: position + 1]):
            return plain[position]
        return None

    @property
    def has_unseen(self) -> bool:
        """Whether arguments come from ``*args`` or ``**kwargs``."""
        return any(k.arg is None for k in self.node.keywords) or any(
            isinstance(a, ast.Starred) for a in self.node.args
        )


@dataclass(slots=True)
class Scan:
    """All that is kept of a module."""

    module: Module
    name: str  # the dotted name it is imported by
    imports: list[Import] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    subscripts: list[tuple[ast.Subscript, Place]] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)  # by their name with those around them
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    assigned: dict[str, list[tuple[ast.expr, Place]]] = field(default_factory=dict)  # by "owner.name" or name
    aliases: dict[str, str] = field(default_factory=dict)  # a local name, and what it stands for
    loops: list[tuple[ast.While, Place]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The file."""
        return self.module.path

    def full(self, node: ast.expr) -> str:
        """The dotted name that an expression spells, with imports resolved; empty for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self.aliases.get(node.id, node.id))
        return ".".join(reversed(parts))


def scan(module: Module, name: str, python: tuple[int, int]) -> Scan:
    """What the module says, for a dyno with that Python."""
    result = Scan(module, name)
    package = name if module.path.endswith("__init__.py") else name.rpartition(".")[0]
    found: list[tuple[ast.AST, Place]] = []
    for statement, place in statements(module.tree, python):
        match statement:
            case ast.Import():
                _add_imports(result, statement, place)
            case ast.ImportFrom():
                _add_from(result, statement, place, package)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                owner = f"{place.owner}.{statement.name}" if place.owner else statement.name
                result.functions.setdefault(owner, statement)
            case ast.ClassDef():
                owner = f"{place.owner}.{statement.name}" if place.owner else statement.name
                result.classes.setdefault(owner, statement)
            case ast.While():
                result.loops.append((statement, place))
            case _:
                _add_assigned(result, statement, place)
        found.extend(_telling(statement, place))
    for node, place in found[:MOST_CALLS]:
        if isinstance(node, ast.Call):
            result.calls.append(Call(node, result.full(node.func) or _last_name(node.func), place))
        elif isinstance(node, ast.Subscript):
            result.subscripts.append((node, place))
    return result


def _add_imports(result: Scan, statement: ast.Import, place: Place) -> None:
    for alias in statement.names:
        result.imports.append(Import(alias.name, (), statement.lineno, place))
        top = alias.name.partition(".")[0]
        result.aliases.setdefault(alias.asname or top, alias.name if alias.asname else top)


def _add_from(result: Scan, statement: ast.ImportFrom, place: Place, package: str) -> None:
    module = absolute(statement.module or "", statement.level, package)
    if module is None:
        return
    names = tuple(alias.name for alias in statement.names)
    result.imports.append(Import(module, names, statement.lineno, place))
    for alias in statement.names:
        if alias.name != "*":
            result.aliases.setdefault(alias.asname or alias.name, f"{module}.{alias.name}".lstrip("."))


def absolute(module: str, level: int, package: str) -> str | None:
    """The absolute name of a relative import within a package; None when it leads out of the project."""
    if level == 0:
        return module
    parts = package.split(".") if package else []
    if level - 1 > len(parts):
        return None
    base = parts[: len(parts) - (level - 1)]
    return ".".join((*base, module) if module else base)


def _add_assigned(result: Scan, statement: ast.stmt, place: Place) -> None:
    targets: list[ast.expr]
    match statement:
        case ast.Assign(targets=targets, value=value):
            pass
        case (
            ast.AnnAssign(target=single, value=ast.expr() as value)
            | ast.AugAssign(target=single, value=value)
        ):
            targets = [single]
        case _:
            return
    for target in targets:
        pairs: list[tuple[ast.expr, ast.expr]] = [(target, value)]
        if (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(target.elts) == len(value.elts)
        ):
            pairs = list(zip(target.elts, value.elts, strict=True))
        for one, its_value in pairs:
            if name := _target_name(one):
                key = f"{place.owner}.{name}" if place.owner else name
                result.assigned.setdefault(key, []).append((its_value, place))


def _target_name(target: ast.expr) -> str:
    """``x``, ``self.x`` as ``x``, ``app.config["X"]`` as ``app.config[X]``; else empty."""
    match target:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return name if owner == "self" else f"{owner}.{name}"
        case ast.Subscript(value=ast.Attribute() | ast.Name() as base, slice=ast.Constant(value=str(key))):
            return f"{ast.unparse(base)}[{key}]"
        case _:
            return ""


def _last_name(node: ast.expr) -> str:
    """``.run`` for ``create_app().run``; empty for what has no name at all."""
    return f".{node.attr}" if isinstance(node, ast.Attribute) else ""


_BODIES = frozenset(("body", "orelse", "finalbody", "handlers", "cases"))


def _telling(statement: ast.stmt, place: Place) -> Iterator[tuple[ast.AST, Place]]:
    """The calls and subscripts in the expressions of a statement, those of lambdas as not yet called."""
    waiting: list[tuple[ast.AST, Place]] = []
    for name in statement._fields:
        if name not in _BODIES:
            _push(getattr(statement, name), place, waiting)
    while waiting:
        node, here = waiting.pop()
        kind = type(node)
        if kind is ast.Constant or kind is ast.Name:
            continue
        if kind is ast.Call or kind is ast.Subscript:
            yield node, here
        elif kind is ast.Lambda:
            here = replace(here, owner=f"{here.owner}.<lambda>".lstrip("."))
        for name in node._fields:
            _push(getattr(node, name), here, waiting)


def _push(value: object, place: Place, waiting: list[tuple[ast.AST, Place]]) -> None:
    if isinstance(value, list):
        waiting.extend((each, place) for each in reversed(value) if isinstance(each, ast.AST))
    elif isinstance(value, ast.AST):
        waiting.append((value, place))
