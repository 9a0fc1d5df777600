"""What the names of a Python file are bound to when it is imported, as far as its syntax tells.

Nothing is imported: the tree of the syntax is walked once, over statements that run on import.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from diag.collect.project.procfile.kinds import kind_of

MOST_BYTES = 1 << 20  # of a file; a larger one is generated
_OPENING = frozenset(("globals", "exec", "setattr", "vars", "locals"))
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name is bound to.

    `kind` is wsgi, asgi or dash for an app, function, class, module, none, constant, import (`origin`
    tells from where) or other. `least` and `most` are the numbers of arguments of a function; None for any.
    """

    kind: str = "other"
    line: int = 0
    origin: str = ""  # "flask.Flask" of what a call made, "shop.factory.app" of an import
    least: int = 0
    most: int | None = None


@dataclass(slots=True)
class Names:
    """The names of a module. `is_open` says that it may have others, which only running it would tell."""

    bound: dict[str, Bound] = field(default_factory=dict)
    is_open: bool = False
    under_main: frozenset[str] = frozenset()  # bound only below if __name__ == "__main__"
    local: Mapping[str, str] = field(default_factory=dict)  # apps made in a function: its name by theirs
    factories: Mapping[str, str] = field(default_factory=dict)  # functions that return an app: its kind

    def apps(self) -> list[str]:
        """The names bound to an app that a server can call, in the order they stand in."""
        return [name for name, bound in self.bound.items() if bound.kind in ("wsgi", "asgi")]


def names_of(source: str) -> Names | None:
    """The names of a module's source; None where this Python can't parse it."""
    if len(source) > MOST_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the project's own escapes
            tree = ast.parse(source)
        return _Reader().read(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Reader:
    def __init__(self) -> None:
        self.names = Names()
        self._origins: dict[str, str] = {}  # imported names to what they stand for
        self._functions: list[_Function] = []

    def read(self, tree: ast.Module) -> Names:
        self.block(tree.body)
        main = _Reader()
        for statement in tree.body:
            if isinstance(statement, ast.If) and _is_main(statement.test):
                main.block(statement.body)
        self.names.under_main = frozenset(set(main.names.bound) - set(self.names.bound))
        for node in ast.walk(tree):
            self.names.is_open = self.names.is_open or _opens(node)
            if isinstance(node, ast.Global):
                for name in node.names:
                    self.names.bound.setdefault(name, Bound(line=node.lineno))
        self._look_into_functions()
        return self.names

    def block(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        for value in _walrus(node):
            self._assign(value.target, value.value)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, _Function):
            self._functions.append(node)
            self._bind(node.name, _function(node))
        elif isinstance(node, ast.ClassDef):
            self._bind(node.name, Bound("class", node.lineno))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.If):
            self._branches(node)
        else:
            self._others(node)

    def _branches(self, node: ast.If) -> None:
        if _is_main(node.test):
            self.block(node.orelse)
            return
        self._either(node.body, node.orelse)

    def _either(self, *blocks: list[ast.stmt]) -> None:
        """Blocks of which not all are run: a name of two kinds of things is bound to something other."""
        before = dict(self.names.bound)
        kinds = {name: {bound.kind} for name, bound in before.items()}
        last = before
        for block in blocks:
            self.block(block)
            for name, bound in self.names.bound.items():
                if last.get(name) is not bound:
                    kinds.setdefault(name, set()).add(bound.kind)
            last = dict(self.names.bound)
        for name, bound in last.items():
            if len(kinds[name]) > 1 and before.get(name) is not bound:
                self.names.bound[name] = Bound(line=bound.line)

    def _others(self, node: ast.stmt) -> None:
        """Statements with blocks of their own, and the names they bind or let go themselves."""
        if isinstance(node, ast.Delete):
            for name in (target.id for target in node.targets if isinstance(target, ast.Name)):
                self.names.bound.pop(name, None)
        if isinstance(node, ast.For | ast.AsyncFor):
            self._assign(node.target, None)
        if isinstance(node, ast.With | ast.AsyncWith):
            for target in (item.optional_vars for item in node.items if item.optional_vars is not None):
                self._assign(target, None)
        parts = [getattr(node, part, []) for part in ("body", "orelse", "finalbody")]
        parts += [each.body for kind in ("handlers", "cases") for each in getattr(node, kind, [])]
        self._either(*parts)

    def _assign(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, self._value(value, target.lineno))
        elif isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            for index, each in enumerate(target.elts):
                self._assign(each, values[index] if len(values) == len(target.elts) else None)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, None)

    def _bind(self, name: str, bound: Bound) -> None:
        self.names.bound.pop(name, None)  # so that the order is that of the last binding
        self.names.bound[name] = bound

    def _value(self, value: ast.expr | None, line: int) -> Bound:
        if isinstance(value, ast.Call):
            origin = self._dotted(value.func)
            return Bound(kind_of(origin) or "other", line, origin)
        if isinstance(value, ast.Name):
            known = self.names.bound.get(value.id)
            return replace(known, line=line) if known else Bound(line=line)
        if isinstance(value, ast.Attribute) and value.attr == "server" and isinstance(value.value, ast.Name):
            of = self.names.bound.get(value.value.id)
            if of is not None and of.kind == "dash":
                return Bound("wsgi", line, "dash.Dash.server")
        if isinstance(value, ast.Constant):
            return Bound("none" if value.value is None else "constant", line)
        return Bound(line=line)

    def _dotted(self, node: ast.expr) -> str:
        """The full name of what is called: ``flask.Flask``; empty where it has none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self._origins.get(node.id, node.id), *reversed(parts)])

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._origins[name] = alias.name if alias.asname else name
                self._bind(name, Bound("module", node.lineno, self._origins[name]))
            return
        source = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.names.is_open = True
                continue
            name = alias.asname or alias.name
            dot = "" if not source or source.endswith(".") else "."
            self._origins[name] = f"{source}{dot}{alias.name}"
            self._bind(name, Bound("import", node.lineno, self._origins[name]))

    def _look_into_functions(self) -> None:
        """Which functions make apps, and what names are bound to what these return."""
        local: dict[str, str] = {}
        factories: dict[str, str] = {}
        for function in self._functions:
            kinds = self._apps_in(function)
            local |= dict.fromkeys((name for name in kinds if name), function.name)
            if (
                len(set(kinds.values())) == 1
                and self.names.bound.get(function.name, Bound()).kind == "function"
            ):
                factories[function.name] = next(iter(kinds.values()))
        self.names.local, self.names.factories = local, factories
        for name, bound in self.names.bound.items():
            if bound.kind == "other" and bound.origin in factories:
                self.names.bound[name] = replace(bound, kind=factories[bound.origin])

    def _apps_in(self, function: _Function) -> dict[str, str]:
        """The kinds of the apps that a function makes and returns, by name; empty for one without."""
        inner = _Reader()
        inner._origins = dict(self._origins)
        returned: dict[str, str] = {}
        for each in _in_order(function.body):
            if isinstance(each, ast.Import | ast.ImportFrom):
                inner._import(each)
            elif isinstance(each, ast.Assign | ast.AnnAssign):
                inner._statement(each)
            elif isinstance(each, ast.Return):
                bound = inner._value(each.value, each.lineno)
                name = each.value.id if isinstance(each.value, ast.Name) else ""
                returned[name] = bound.kind
        return {n: kind for n, kind in returned.items() if kind in ("wsgi", "asgi", "dash")}


def _in_order(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a function and of the blocks in it, not of functions and classes in it."""
    for statement in body:
        yield statement
        if not isinstance(statement, _Function | ast.ClassDef):
            for part in ("body", "orelse", "finalbody"):
                yield from _in_order(getattr(statement, part, []))


def _function(node: _Function) -> Bound:
    if node.decorator_list:
        return Bound(line=node.lineno)  # what a decorator makes of it only running would tell
    arguments = node.args
    places = [*arguments.posonlyargs, *arguments.args]
    needed = sum(default is None for default in arguments.kw_defaults)
    return Bound(
        "function",
        node.lineno,
        least=len(places) - len(arguments.defaults) + needed,
        most=None if arguments.vararg else len(places),
    )


def _is_main(test: ast.expr) -> bool:
    """Whether a condition is ``__name__ == "__main__"``."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = [test.left, *test.comparators]
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return named and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def _opens(node: ast.AST) -> bool:
    """Whether it may give the module names that stand nowhere."""
    if isinstance(node, ast.FunctionDef):
        return node.name == "__getattr__"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in _OPENING
    of = node.value if isinstance(node, ast.Attribute) and node.attr == "modules" else None
    return isinstance(of, ast.Name) and of.id == "sys"


def _walrus(node: ast.stmt) -> Iterator[ast.NamedExpr]:
    """Names bound within the expressions of a statement that runs on import."""
    if isinstance(node, ast.Expr | ast.Assign | ast.If | ast.While | ast.Assert):
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        for part in parts:
            yield from (each for each in ast.walk(part) if isinstance(each, ast.NamedExpr))
