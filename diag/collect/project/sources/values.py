"""What an expression comes to on a dyno, as far as the source tells: a constant, or a config var.

Followed through names, attributes of modules and classes, conversions, ``or``, and the ways in which
os.environ, environs, django-environ, python-decouple, Starlette and pydantic-settings are asked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from diag.collect.project.sources.places import Function, Place
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.settings_class import class_returned, settings_fields
from diag.collect.project.sources.value import TEXT, UNKNOWN, InProject, Value, added, cast, directory, joined

if TYPE_CHECKING:
    from diag.collect.project.sources.graph import Graph

DEEPEST = 12  # steps from a name to its value
_READERS = ("os.environ.get", "os.getenv", "os.environ.setdefault", "os.environ.pop")
_CASTS = frozenset(
    ("int", "str", "float", "bool", "bytes", "pathlib.Path", "Path", "list", "tuple", "set", "abs")
)
_ENV_CLASSES = frozenset(
    (
        "environs.Env",
        "environ.Env",
        "environs.FileAwareEnv",
        "environ.FileAwareEnv",
        "decouple.Config",
        "decouple.AutoConfig",
        "starlette.config.Config",
        "decouple.config",
    )
)


class Values:
    """Finds out values within one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def of(self, node: ast.expr | None, here: Scan, place: Place, depth: int = 0) -> Value:  # noqa: C901, PLR0911, PLR0912
        """The value of an expression in a module, at that place."""
        if node is None or depth > DEEPEST:
            return UNKNOWN
        match node:
            case ast.Constant(value=constant):
                return Value(known=True, value=constant)
            case ast.Name(id="__file__"):
                return Value(known=True, value=InProject(here.path))
            case ast.Name() | ast.Attribute():
                return self._named(node, here, place, depth)
            case ast.Call():
                return self._called(node, here, place, depth)
            case ast.Subscript():
                return self._subscript(node, here, place, depth)
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._first(values, here, place, depth)
            case ast.IfExp(body=body, orelse=orelse):
                return self._first((body, orelse), here, place, depth)
            case ast.JoinedStr(values=parts):
                return self._joined(parts, here, place, depth)
            case ast.FormattedValue(value=inner):
                return self.of(inner, here, place, depth + 1)
            case ast.BinOp(op=ast.Add() | ast.Div() as operator, left=left, right=right):
                return added(
                    operator, self.of(left, here, place, depth + 1), self.of(right, here, place, depth + 1)
                )
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                inner_values = [self.of(each, here, place, depth + 1) for each in elements]
                return Value(known=True, value=tuple(inner_values))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                found = self.of(operand, here, place, depth + 1)
                return Value(known=True, value=-found.value) if isinstance(found.value, int) else UNKNOWN
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                found = self.of(operand, here, place, depth + 1)
                return Value(found.known, not found.value, found.env) if found.known else UNKNOWN
            case ast.Compare(left=left, comparators=[right]):
                # DEBUG = os.environ.get("DEBUG") == "True": what it is without the config var.
                one, other = self.of(left, here, place, depth + 1), self.of(right, here, place, depth + 1)
                same = one.value == other.value
                if one.known and other.known and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                    return Value(True, same is isinstance(node.ops[0], ast.Eq), one.env or other.env)
                return Value(env=one.env or other.env)
            case ast.NamedExpr(value=inner):
                return self.of(inner, here, place, depth + 1)
            case _:
                return UNKNOWN

    def texts(self, node: ast.expr | None, here: Scan, place: Place) -> tuple[str, ...] | None:
        """The strings of a list, with lists added to it; None when one of them can't be told."""
        match node:
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                one, other = self.texts(left, here, place), self.texts(right, here, place)
                return None if one is None or other is None else one + other
        value = self.of(node, here, place)
        if not value.known or not isinstance(value.value, tuple):
            return None
        return tuple(v.value for v in value.value if isinstance(v, Value) and isinstance(v.value, str))

    def environment(self, call: Call | ast.Call, here: Scan, place: Place, depth: int = 0) -> Value | None:
        """The config var that a call reads, or None when it reads none."""
        node = call.node if isinstance(call, Call) else call
        name = here.full(node.func)
        first = node.args[0] if node.args else None
        if name in _READERS:
            default = node.args[1] if len(node.args) > 1 else _keyword(node, "default")
            return self._read(first, default, here, place, depth, required=False, none=True)
        if self._is_reader(node.func, here, depth):
            default = _keyword(node, "default")
            if default is None and len(node.args) > 1 and not isinstance(node.args[1], ast.Name):
                default = node.args[1]
            found = self._read(first, default, here, place, depth, required=default is None, none=False)
            return replace(found, env=place.prefix + found.env) if found and place.prefix else found
        return self._by_helper(node, here, place, depth)

    def _by_helper(self, node: ast.Call, here: Scan, place: Place, depth: int) -> Value | None:
        """``conf("PORT", 5000)``: a function of the project that reads the config var its argument names."""
        if not node.args or depth > DEEPEST:
            return None
        called = Call(node, here.full(node.func), place)
        if not any(reads_argument(scan, owner) for scan, owner in self._graph.functions_called(here, called)):
            return None
        default = node.args[1] if len(node.args) > 1 else _keyword(node, "default")
        return self._read(node.args[0], default, here, place, depth, required=False, none=False)

    def _read(  # noqa: PLR0913  what reads, and where
        self,
        first: ast.expr | None,
        default: ast.expr | None,
        here: Scan,
        place: Place,
        depth: int,
        *,
        required: bool,
        none: bool,
    ) -> Value | None:
        variable = self.of(first, here, place, depth + 1).value
        if not isinstance(variable, str):
            return None
        if default is None and required:
            default = self._in_scheme(variable)
            none = none or default is not None
        if default is None:
            return Value(known=none, value=None, env=variable, is_required=required)
        value = self.of(default, here, place, depth + 1)
        # Of os.environ.get("APP_PORT", os.environ.get("PORT")) the inner one is what a dyno has.
        return Value(value.known, value.value, value.env or variable)

    def _in_scheme(self, variable: str) -> ast.expr | None:
        """The default that django-environ was given beforehand: ``Env(DEBUG=(bool, False))``."""
        for here in self._graph.boot.values():
            if "Env(" not in here.module.text:
                continue
            for call in here.calls:
                given = _keyword(call.node, variable) if call.name in _ENV_CLASSES else None
                if isinstance(given, ast.Tuple) and len(given.elts) == 2:
                    return given.elts[1]
        return None

    def _is_reader(self, function: ast.expr, here: Scan, depth: int) -> bool:
        """Whether a function is environs', django-environ's or decouple's reader: ``env``, ``env.int``."""
        name = here.full(function)
        if name == "decouple.config":
            return True
        base = function
        while isinstance(base, ast.Attribute):
            base = base.value
        if not isinstance(base, ast.Name) or depth > DEEPEST:
            return False
        values = here.assigned.get(base.id, ())
        if any(isinstance(v, ast.Call) and here.full(v.func) in _ENV_CLASSES for v, _ in values):
            return not name.endswith((".read_env", ".read_envfile", ".prefixed", ".seal"))
        passed = here.aliases.get(base.id, "")
        owner = self._graph.module(passed.rpartition(".")[0]) if "." in passed else None
        if owner is None or owner is here:
            return False
        last = passed.rpartition(".")[2]
        given = owner.assigned.get(last, ())
        return any(isinstance(v, ast.Call) and owner.full(v.func) in _ENV_CLASSES for v, _ in given)

    def _first(
        self, nodes: list[ast.expr] | tuple[ast.expr, ...], here: Scan, place: Place, depth: int
    ) -> Value:
        """``a or b``, ``a if c else b``: the config var of the one, with the other as its default."""
        values = [self.of(each, here, place, depth + 1) for each in nodes]
        asked = next((v for v in values if v.env), None)
        constants = [v for v in values if v.known and not v.env and v.value not in (None, "", 0, False)]
        if asked is not None:
            default = constants[-1] if constants else asked
            return Value(default.known, default.value, asked.env)
        return constants[0] if constants and len(constants) == len(values) == 1 else UNKNOWN

    def _joined(self, parts: list[ast.expr], here: Scan, place: Place, depth: int) -> Value:
        """An f-string. A config var in it stands as ``$NAME``."""
        text, env = "", ""
        for part in parts:
            value = self.of(part, here, place, depth + 1)
            if value.env:
                text, env = f"{text}${value.env}", value.env
            elif value.known:
                text += str(value.value)
            else:
                return Value(env=env)
            if len(text) > TEXT:
                return UNKNOWN
        return Value(known=True, value=text)

    def _subscript(self, node: ast.Subscript, here: Scan, place: Place, depth: int) -> Value:
        base = here.full(node.value)
        key = self.of(node.slice, here, place, depth + 1).value
        if base == "os.environ" and isinstance(key, str):
            return Value(env=key, is_required=True)
        if base and isinstance(key, str):
            values = here.assigned.get(f"{base}[{key}]", ())
            if len(values) == 1:
                return self.of(values[0][0], here, values[0][1], depth + 1)
        if isinstance(node.value, ast.Attribute) and node.value.attr == "parents" and isinstance(key, int):
            value = self.of(node.value.value, here, place, depth + 1)
            for _ in range(min(key, DEEPEST) + 1):
                value = directory(value)
            return value
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            whole = self.of(node.value, here, place, depth + 1).value
            if isinstance(whole, tuple) and -len(whole) <= node.slice.value < len(whole):
                inner = whole[node.slice.value]
                return inner if isinstance(inner, Value) else UNKNOWN
        return UNKNOWN

    def _called(self, node: ast.Call, here: Scan, place: Place, depth: int) -> Value:  # noqa: PLR0911
        asked = self.environment(node, here, place, depth)
        if asked is not None:
            return asked
        name = here.full(node.func)
        if name in _CASTS and node.args:
            return cast(name, self.of(node.args[0], here, place, depth + 1))
        path = self._path(name, node, here, place, depth)
        if path is not None:
            return path
        if isinstance(node.func, ast.Attribute):
            # "0.0.0.0:{}".format(port), value.strip(), url.replace(…): of the same config var.
            inner = self.of(node.func.value, here, place, depth + 1)
            if node.func.attr == "format" and isinstance(inner.value, str):
                return self._formatted(inner.value, node, here, place, depth)
            if inner.env:
                return Value(env=inner.env, is_required=inner.is_required)
            if node.func.attr in ("strip", "lower", "upper", "rstrip", "as_posix") and isinstance(
                inner.value, str
            ):
                return inner
        return self._returned(name, here, depth)

    def _formatted(self, text: str, node: ast.Call, here: Scan, place: Place, depth: int) -> Value:
        for argument in node.args:
            value = self.of(argument, here, place, depth + 1)
            shown = f"${value.env}" if value.env else str(value.value) if value.known else None
            if shown is None:
                return UNKNOWN
            text = text.replace("{}", shown, 1)
        return Value(known=True, value=text[:TEXT])

    def _returned(self, name: str, here: Scan, depth: int) -> Value:
        """What a small function of the project returns, when it has one return."""
        owner, _, last = name.rpartition(".")
        scan = self._graph.module(owner) if owner else here
        function = scan.functions.get(last) if scan is not None else None
        if scan is None or function is None or depth > DEEPEST // 2:
            return UNKNOWN
        return self._result(function, last, scan, depth)

    def _result(self, function: Function, owner: str, here: Scan, depth: int) -> Value:
        """What a function with a single return gives back."""
        returns = [each for each in ast.walk(function) if isinstance(each, ast.Return)]
        if len(returns) != 1 or depth > DEEPEST:
            return UNKNOWN
        return self.of(returns[0].value, here, Place(function=function, owner=owner), depth + 2)

    def _path(self, name: str, node: ast.Call, here: Scan, place: Place, depth: int) -> Value | None:
        """The functions of os.path and pathlib over paths of the project."""
        short = name.removeprefix("os.path.").removeprefix("posixpath.")
        if name.startswith("os.path.") and short == "join":
            values = [self.of(each, here, place, depth + 1) for each in node.args]
            return joined(values)
        if name in ("os.getcwd", "pathlib.Path.cwd"):
            return Value(known=True, value=InProject(""))
        if (
            short in ("dirname", "abspath", "realpath", "normpath")
            and name.startswith("os.path.")
            and node.args
        ):
            value = self.of(node.args[0], here, place, depth + 1)
            return directory(value) if short == "dirname" else value
        if isinstance(node.func, ast.Attribute):
            value_of = node.func.value
            match node.func.attr:
                case "resolve" | "absolute" | "expanduser" | "as_posix":
                    return self.of(value_of, here, place, depth + 1)
                case "joinpath":
                    values = [self.of(each, here, place, depth + 1) for each in (value_of, *node.args)]
                    return joined(values)
        return None

    def _named(self, node: ast.Name | ast.Attribute, here: Scan, place: Place, depth: int) -> Value:  # noqa: C901, PLR0911, PLR0912
        if isinstance(node, ast.Name):
            for owner in (place.owner, ""):
                key = f"{owner}.{node.id}" if owner else node.id
                if key in here.assigned:
                    return self._assigned(here.assigned[key], here, depth)
            if place.function is not None:
                default = _parameter(place.function, node.id)
                if default is not None:
                    return self.of(default, here, place, depth + 1)
                passed = self._passed(place.function, node.id, here, depth)
                if passed.known or passed.env:
                    return passed
        elif node.attr in ("parent", "parents", "name", "stem"):
            inner = self.of(node.value, here, place, depth + 1)
            return directory(inner) if node.attr == "parent" else UNKNOWN
        elif isinstance(node.value, ast.Name):
            owner = node.value.id
            if owner in ("self", "cls") and "." in place.owner:
                owner = place.owner.partition(".")[0]
            value = self._of_object(owner, node.attr, here, depth, place.owner)
            if value is not None:
                return value
            if node.attr == "root_path":  # of a Flask app: the folder of its module
                return Value(known=True, value=InProject(here.path.rpartition("/")[0]))
            if (value := self._argparse(owner, node.attr, here, depth)) is not None:
                return value
        name = here.full(node)
        module, _, last = name.rpartition(".")
        scan = self._graph.module(module) if module else None
        if scan is not None and scan is not here and last in scan.assigned:
            return self._assigned(scan.assigned[last], scan, depth)
        if scan is not None and scan is not here and (on := scan.aliases.get(last)) and on != name:
            outer = self._graph.module(on.rpartition(".")[0])
            if outer is not None and (key := on.rpartition(".")[2]) in outer.assigned:
                return self._assigned(outer.assigned[key], outer, depth)
        # settings.PORT, where settings is an object or a class of another module.
        if (
            module
            and (above := self._graph.module(module.rpartition(".")[0])) is not None
            and above is not here
        ):
            value = self._of_object(module.rpartition(".")[2], last, above, depth)
            if value is not None:
                return value
        return UNKNOWN

    def _of_object(  # noqa: PLR0911  one answer a form
        self, owner: str, attribute: str, here: Scan, depth: int, around: str = ""
    ) -> Value | None:
        """An attribute of a class, or of the object that a class is called for; None when it is neither.

        `around` is the function in which the object may be a local name.
        """
        scan, cls = self._class_of(owner, here, around)
        if cls not in scan.classes:
            return None
        fields = settings_fields(scan, cls)
        if attribute in fields:
            variable, default = fields[attribute]
            if default is None:
                return Value(env=variable, is_required=True)
            value = self.of(default, scan, Place(owner=cls), depth + 1)
            return Value(value.known, value.value, variable)
        method = scan.functions.get(f"{cls}.{attribute}")
        if method is not None and any("property" in ast.unparse(each) for each in method.decorator_list):
            return self._result(method, f"{cls}.{attribute}", scan, depth)
        assigned = scan.assigned.get(f"{cls}.{attribute}") or scan.assigned.get(f"{cls}.__init__.{attribute}")
        if assigned:
            return self._assigned(assigned, scan, depth)
        for base in scan.classes[cls].bases:
            if (name := scan.full(base)) in scan.classes and name != cls and depth < DEEPEST:
                return self._of_object(name, attribute, scan, depth + 1)
        return None

    def _class_of(self, owner: str, here: Scan, around: str = "") -> tuple[Scan, str]:
        """The class of that name, or of the object of that name, and the module it stands in."""
        if owner in here.classes:
            return here, owner
        for value, _ in here.assigned.get(f"{around}.{owner}") or here.assigned.get(owner, []):
            name = here.full(value.func) if isinstance(value, ast.Call) else ""
            if name in here.classes:
                return here, name
            if name in here.functions:
                return here, class_returned(here.functions[name], here)
            if (found := self._graph.module(name.rpartition(".")[0])) is not None:
                last = name.rpartition(".")[2]
                made_by = found.functions.get(last)
                return found, class_returned(made_by, found) if made_by is not None else last
        return here, ""

    def _assigned(self, values: list[tuple[ast.expr, Place]], here: Scan, depth: int) -> Value:
        """The value of a name that is set once, or of the first config var among several."""
        if len(values) == 1:
            return self.of(values[0][0], here, values[0][1], depth + 1)
        found = [self.of(node, here, place, depth + 1) for node, place in values[:8]]
        asked = next((v for v in found if v.env), None)
        return Value(env=asked.env) if asked is not None else UNKNOWN

    def _argparse(self, owner: str, attribute: str, here: Scan, depth: int) -> Value | None:
        """The default of an option, for ``args = parser.parse_args()`` and for tornado's ``options``."""
        if here.aliases.get(owner, "") == "tornado.options.options":
            return self._option("tornado.options.define", attribute, self._graph.all, depth)
        given = (v for key, all_ in here.assigned.items() if key.rpartition(".")[2] == owner for v, _ in all_)
        names = [here.full(v.func) or getattr(v.func, "attr", "") for v in given if isinstance(v, ast.Call)]
        if any(name.endswith("parse_args") or name in here.functions for name in names):
            return self._option(".add_argument", attribute, (here,), depth)
        return None

    def _option(self, definer: str, attribute: str, scans: Iterable[Scan], depth: int) -> Value | None:
        """The default in the call that defines an option."""
        for scan in scans:
            for call in scan.calls:
                if not call.name.endswith(definer):
                    continue
                words = (a.value for a in call.node.args if isinstance(a, ast.Constant))
                names = {w.lstrip("-").replace("-", "_") for w in words if isinstance(w, str)}
                if attribute in names:
                    return self.of(_keyword(call.node, "default"), scan, call.place, depth + 1)
        return None

    def _passed(self, function: Function, name: str, here: Scan, depth: int) -> Value:
        """A parameter without a default, where the module calls the function with one value only."""
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        if name not in names or depth > DEEPEST // 2:
            return UNKNOWN
        calls = [c for c in here.calls if c.name == function.name and c.place.function is not function]
        values = {self.of(c.argument(names.index(name), name), here, c.place, depth + 2) for c in calls[:20]}
        return values.pop() if len(values) == 1 else UNKNOWN


def reads_argument(here: Scan, owner: str) -> bool:
    """Whether a function asks os.environ for what its first argument names."""
    function = here.functions[owner]
    first = function.args.args[0].arg if function.args.args else ""
    for node in ast.walk(function):
        match node:
            case ast.Subscript(value=base, slice=ast.Name(id=name)) if name == first:
                if here.full(base) == "os.environ":
                    return True
            case ast.Call(func=called, args=[ast.Name(id=name), *_]) if name == first:
                if here.full(called) in _READERS:
                    return True
            case _:
                pass
    return False


def _parameter(function: Function, name: str) -> ast.expr | None:
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(reversed(plain), reversed(arguments.defaults), strict=False):
        if argument.arg == name:
            return default
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if argument.arg == name:
            return keyword_default
    return None


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in node.keywords if k.arg == name), None)
