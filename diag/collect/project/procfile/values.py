"""The settings that a Python file makes, evaluated without running it.

Constants, variables of the environment with their defaults, f-strings and simple arithmetic are followed;
of all else it is known that it is not known. A variable of the environment is written as the shell would:
``${PORT:-8000}``.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple

from diag.collect.project.procfile.plain import Plain, Shell, Unknown, converted, formatted, percent

MOST_BYTES = 1 << 18
_LONGEST = 2000
_LARGEST = 10**9
_ENVIRON = re.compile(r"\$\{[A-Za-z_]\w*\}")
_READ = frozenset(("os.environ.get", "os.getenv", "environ.get", "getenv"))
_CORES = frozenset(
    ("multiprocessing.cpu_count", "os.cpu_count", "psutil.cpu_count", "cpu_count", "mp.cpu_count")
)
_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_OF_NUMBERS: Mapping[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs, "round": round}


class Value(NamedTuple):
    """A name's value, and the line that gave it; `by_cores` when it was counted from the CPU cores."""

    of: Plain
    line: int
    by_cores: bool = False


class Evaluated(NamedTuple):
    """The names of a file whose values are known, and those that are bound to something else."""

    values: Mapping[str, Value]
    unknown: frozenset[str]
    is_open: bool = False  # it may bind further names


def evaluated(source: str, cores: int) -> Evaluated:
    """The names that the file binds. What this Python can't parse is open."""
    if len(source) > MOST_BYTES:
        return Evaluated({}, frozenset(), is_open=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        file = _File(cores)
        file.block(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Evaluated({}, frozenset(), is_open=True)
    return Evaluated(file.values, frozenset(file.unknown), file.is_open)


class _File:
    def __init__(self, cores: int) -> None:
        self.values: dict[str, Value] = {}
        self.unknown: set[str] = set()
        self.is_open = False
        self._cores = cores
        self._counted = False

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._bind(node.target.id, ast.BinOp(ast.Name(node.target.id), node.op, node.value), node.lineno)
        elif isinstance(node, ast.If):
            self._if(node)
        elif isinstance(node, ast.ImportFrom):
            self.is_open = self.is_open or any(alias.name == "*" for alias in node.names)
            self._forget({alias.asname or alias.name for alias in node.names})
        elif not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.Expr
        ):
            self._forget(_bound_in(node))
        elif isinstance(node, ast.Expr):
            self.is_open = self.is_open or any(map(_opens, ast.walk(node)))

    def _if(self, node: ast.If) -> None:
        try:
            is_true = bool(self._known(node.test))
        except Unknown:
            self._forget(_bound_in(*node.body, *node.orelse))
            return
        self.block(node.body if is_true else node.orelse)

    def _forget(self, names: set[str]) -> None:
        for name in names:
            self.values.pop(name, None)
        self.unknown |= names

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, value, target.lineno)
        else:
            self._forget(_bound_in(target))

    def _bind(self, name: str, value: ast.expr, line: int) -> None:
        self._counted = False
        try:
            found = self._value(value)
        except (Unknown, ArithmeticError, ValueError, TypeError):
            self._forget({name})
            return
        self.unknown.discard(name)
        self.values[name] = Value(found, line, self._counted)

    def _known(self, node: ast.expr) -> Plain:
        """A value that does not depend on the environment."""
        found = self._value(node)
        if isinstance(found, Shell):
            raise Unknown
        return found

    def _value(self, node: ast.expr) -> Plain:
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
            return node.value
        if isinstance(node, ast.Name) and node.id in self.values:
            self._counted = self._counted or self.values[node.id].by_cores
            return self.values[node.id].of
        if isinstance(node, ast.List | ast.Tuple):
            return tuple(self._value(each) for each in node.elts[:50])
        for kind, evaluate in self._kinds:
            if isinstance(node, kind):
                found: Plain = evaluate(self, node)
                if isinstance(found, str) and len(found) > _LONGEST:
                    raise Unknown
                return found
        raise Unknown

    def _joined(self, node: ast.JoinedStr) -> Plain:
        parts = [
            self._value(part.value) if isinstance(part, ast.FormattedValue) else self._value(part)
            for part in node.values
            if not (isinstance(part, ast.FormattedValue) and part.format_spec is not None)
        ]
        if len(parts) < len(node.values):
            raise Unknown
        text = "".join(str(part) for part in parts)
        return Shell(text) if any(isinstance(part, Shell) for part in parts) else text

    def _arithmetic(self, node: ast.BinOp) -> Plain:
        left, right = self._value(node.left), self._value(node.right)
        if isinstance(left, str) and isinstance(right, str) and isinstance(node.op, ast.Add):
            both = left + right
            return Shell(both) if Shell in (type(left), type(right)) else both
        if isinstance(left, str) and isinstance(node.op, ast.Mod):
            return percent(left, right)
        compute = _ARITHMETIC.get(type(node.op))
        if compute is None or not _is_number(left) or not _is_number(right):
            raise Unknown
        found = compute(left, right)  # type: ignore[arg-type]
        if abs(found) > _LARGEST:
            raise Unknown
        return found

    def _or(self, node: ast.BoolOp) -> Plain:
        first = self._value(node.values[0])
        if isinstance(first, Shell):
            second = self._value(node.values[1])
            if isinstance(node.op, ast.Or) and len(node.values) == 2 and _ENVIRON.fullmatch(first):
                return Shell(f"{first[:-1]}:-{second}}}")
            raise Unknown
        for each in node.values:
            found = self._known(each)
            if bool(found) is isinstance(node.op, ast.Or):
                break
        return found

    def _either(self, node: ast.IfExp) -> Plain:
        return self._value(node.body if self._known(node.test) else node.orelse)

    def _signed(self, node: ast.UnaryOp) -> Plain:
        found = self._known(node.operand)
        if isinstance(node.op, ast.Not):
            return not found
        if not isinstance(node.op, ast.USub) or not isinstance(found, int | float):
            raise Unknown
        return -found

    def _compared(self, node: ast.Compare) -> Plain:
        left, right = self._known(node.left), self._known(node.comparators[0])
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            raise Unknown
        return (left == right) is isinstance(node.ops[0], ast.Eq)

    def _item(self, node: ast.Subscript) -> Plain:
        name = self._known(node.slice)
        if _dotted(node.value) not in ("os.environ", "environ") or not isinstance(name, str):
            raise Unknown
        return Shell(f"${{{name}}}")

    def _call(self, node: ast.Call) -> Plain:
        name = _dotted(node.func)
        if name in _CORES and not node.args:
            self._counted = True
            return self._cores
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format" and not node.keywords:
            return formatted(self._value(node.func.value), [self._value(each) for each in node.args])
        arguments = [self._value(each) for each in node.args]
        if name in _READ and arguments and isinstance(arguments[0], str):
            default = arguments[1] if len(arguments) > 1 else next(map(self._keyword, node.keywords), None)
            return Shell(f"${{{arguments[0]}}}" if default is None else f"${{{arguments[0]}:-{default}}}")
        if name in ("int", "str", "float") and len(arguments) == 1 and not node.keywords:
            return arguments[0] if isinstance(arguments[0], Shell) else converted(name, arguments[0])
        if name in _OF_NUMBERS and arguments and all(map(_is_number, arguments)) and not node.keywords:
            return _OF_NUMBERS[name](*arguments)
        raise Unknown

    def _keyword(self, keyword: ast.keyword) -> Plain:
        return self._value(keyword.value)

    _kinds: tuple[tuple[type[ast.expr], Callable[..., Plain]], ...] = (
        (ast.JoinedStr, _joined),
        (ast.BinOp, _arithmetic),
        (ast.BoolOp, _or),
        (ast.IfExp, _either),
        (ast.UnaryOp, _signed),
        (ast.Compare, _compared),
        (ast.Subscript, _item),
        (ast.Call, _call),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _bound_in(*nodes: ast.AST) -> set[str]:
    """The names that are bound or deleted in there."""
    names = (each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name))
    return {name.id for name in names if not isinstance(name.ctx, ast.Load)}


def _opens(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _dotted(node.func) in (
        "exec",
        "globals",
        "locals",
        "vars",
        "execfile",
    )
