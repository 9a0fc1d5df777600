"""Where a statement stands: in which function, behind which condition, with which exceptions caught."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Place:
    """The surroundings of a statement.

    `function` is the innermost one, `owner` its name with those around it (``Shop.load``). `caught` are the
    names of exceptions that a try around it catches, ``*`` for any. `is_main` stands behind ``if __name__ ==
    "__main__"``, `is_conditional` behind another condition or in the handler of an exception.
    """

    function: Function | None = None
    owner: str = ""
    caught: frozenset[str] = frozenset()
    is_main: bool = False
    is_conditional: bool = False
    in_loop: bool = False
    after_return: bool = False  # of a condition before it in the same function
    prefix: str = ""  # that ``with env.prefixed("SHOP_")`` sets before each name

    def catches(self, *names: str) -> bool:
        """Whether one of these exceptions, or any, is caught here."""
        return not self.caught.isdisjoint(("*", "Exception", "BaseException", *names))


def statements(tree: ast.Module, python: tuple[int, int]) -> Iterator[tuple[ast.stmt, Place]]:
    """Every statement of a module that can run on a dyno with that Python, with its place, in order.

    What stands behind TYPE_CHECKING, another platform or an older Python is left out.
    """
    waiting: list[tuple[ast.stmt, Place]] = [(each, Place()) for each in reversed(tree.body)]
    while waiting:
        statement, place = waiting.pop()
        yield statement, place
        waiting.extend(reversed(list(_inner(statement, place, python))))


def _inner(statement: ast.stmt, place: Place, python: tuple[int, int]) -> Iterator[tuple[ast.stmt, Place]]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _body(statement, Place(function=statement, owner=_owned(place, statement.name)))
        case ast.ClassDef():
            inside = replace(place, owner=_owned(place, statement.name))
            yield from ((each, inside) for each in statement.body)
        case ast.If():
            yield from _branches(statement, place, python)
        case ast.Try() | ast.TryStar():
            caught = place.caught.union(*(_names(handler.type) for handler in statement.handlers))
            yield from ((each, replace(place, caught=caught)) for each in statement.body)
            fallback = replace(place, is_conditional=True, caught=place.caught | _of_fallback(caught))
            for handler in statement.handlers:
                yield from ((each, fallback) for each in handler.body)
            # What comes after an import that may fail runs only when it did not.
            yield from ((each, replace(place, is_conditional=True)) for each in statement.orelse)
            yield from ((each, place) for each in statement.finalbody)
        case ast.For() | ast.AsyncFor() | ast.While():
            inside = replace(place, in_loop=True)
            yield from ((each, inside) for each in (*statement.body, *statement.orelse))
        case ast.With() | ast.AsyncWith():
            caught = place.caught.union(*(_suppressed(item.context_expr) for item in statement.items))
            prefix = place.prefix + "".join(_prefix(item.context_expr) for item in statement.items)
            yield from ((each, replace(place, caught=caught, prefix=prefix)) for each in statement.body)
        case ast.Match():
            inside = replace(place, is_conditional=True)
            yield from ((each, inside) for case in statement.cases for each in case.body)
        case _:
            pass


def _body(function: Function, inside: Place) -> Iterator[tuple[ast.stmt, Place]]:
    """The statements of a function; those after ``if …: return`` are not always come to."""
    for each in function.body:
        yield each, inside
        if isinstance(each, ast.If) and isinstance(each.body[-1], ast.Return):
            inside = replace(inside, after_return=True)


def _owned(place: Place, name: str) -> str:
    return f"{place.owner}.{name}" if place.owner else name


def _branches(statement: ast.If, place: Place, python: tuple[int, int]) -> Iterator[tuple[ast.stmt, Place]]:
    if is_main(statement.test):
        yield from ((each, replace(place, is_main=True)) for each in statement.body)
        yield from ((each, place) for each in statement.orelse)
        return
    holds = on_a_dyno(statement.test, python)
    inside = place if holds is not None else replace(place, is_conditional=True)
    if holds is not False:
        yield from ((each, inside) for each in statement.body)
    if holds is not True:
        yield from ((each, inside) for each in statement.orelse)


def is_main(test: ast.expr) -> bool:
    """Whether the condition is ``__name__ == "__main__"``."""
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
        ):
            return True
        case ast.Compare(
            left=ast.Constant(value="__main__"), ops=[ast.Eq()], comparators=[ast.Name(id="__name__")]
        ):
            return True
        case ast.BoolOp(op=ast.And(), values=values):
            return any(is_main(each) for each in values)
        case _:
            return False


def on_a_dyno(test: ast.expr, python: tuple[int, int]) -> bool | None:  # noqa: PLR0911  one answer a form
    """Whether a condition about the type checker, the platform or Python's version holds there; else None."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            holds = on_a_dyno(operand, python)
            return None if holds is None else not holds
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant()]):
            return False  # a misspelt "__main__"
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            return _compared(left, operator, right, python)
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="platform"), attr="startswith"),
            args=[ast.Constant(value=str(start))],
        ):
            return "linux".startswith(start)
        case ast.BoolOp(op=operator_, values=values):
            all_hold = [on_a_dyno(each, python) for each in values]
            decides = isinstance(operator_, ast.Or)
            if decides in all_hold:
                return decides
            return None if None in all_hold else not decides
        case _:
            return None


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, python: tuple[int, int]) -> bool | None:
    match left:
        case ast.Attribute(attr="version_info") | ast.Subscript(value=ast.Attribute(attr="version_info")):
            return _version_compared(left, operator, right, python)
        case ast.Attribute(value=ast.Name(id="sys"), attr="platform"):
            ours = "linux"
        case ast.Attribute(value=ast.Name(id="os"), attr="name"):
            ours = "posix"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="platform"), attr="system")):
            ours = "Linux"
        case _:
            return None
    if not isinstance(right, ast.Constant):
        return None
    if isinstance(operator, ast.Eq):
        return right.value == ours
    return right.value != ours if isinstance(operator, ast.NotEq) else None


def _version_compared(  # noqa: PLR0911  one answer an operator
    left: ast.expr, operator: ast.cmpop, right: ast.expr, python: tuple[int, int]
) -> bool | None:
    ours: tuple[int, ...] = (*python, sys.maxsize)  # any patch
    try:
        wanted = ast.literal_eval(right)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(left, ast.Subscript):
        if not (isinstance(left.slice, ast.Constant) and left.slice.value == 0 and isinstance(wanted, int)):
            return None
        ours, wanted = (python[0],), (wanted,)
    if not isinstance(wanted, tuple) or not all(isinstance(each, int) for each in wanted):
        return None
    match operator:
        case ast.GtE():
            return ours >= wanted
        case ast.Gt():
            return ours > wanted
        case ast.Lt():
            return ours < wanted
        case ast.LtE():
            return ours <= wanted
        case ast.Eq():
            return ours == wanted
        case _:
            return None


def _names(caught: ast.expr | None) -> frozenset[str]:
    match caught:
        case None:
            return frozenset("*")
        case ast.Tuple(elts=elements):
            return frozenset[str]().union(*(_names(each) for each in elements))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return frozenset((name,))
        case _:
            return frozenset("*")


def _of_fallback(caught: frozenset[str]) -> frozenset[str]:
    """What is imported because another import failed is one of several ways."""
    return caught & {"ImportError", "ModuleNotFoundError", "Exception", "*"}


def _prefix(context: ast.expr) -> str:
    match context:
        case ast.Call(func=ast.Attribute(attr="prefixed"), args=[ast.Constant(value=str(prefix))]):
            return prefix
        case _:
            return ""


def _suppressed(context: ast.expr) -> frozenset[str]:
    match context:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=arguments):
            return frozenset[str]().union(*(_names(each) for each in arguments))
        case _:
            return frozenset()
