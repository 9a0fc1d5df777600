"""A value as far as a source tells it, and what conversions, sums and paths make of values."""

from __future__ import annotations

import ast
import os.path
from dataclasses import dataclass

TEXT = 4096  # characters of a text that is put together


class InProject(str):
    """A path below the project's root, made from ``__file__``: relative to the root, with slashes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A value. `env` names the config var it comes from; then `known` and `value` are those of its default.

    `is_required` says that reading it without the config var raises.
    """

    known: bool = False
    value: object = None
    env: str = ""
    is_required: bool = False


UNKNOWN = Value()


def cast(name: str, value: Value) -> Value:
    """What int(), str() and their like make of a value."""
    if value.env or not value.known:
        return value
    if name == "int" and isinstance(value.value, str):
        text = value.value.strip()
        return Value(known=True, value=int(text)) if text.isdecimal() and len(text) < 10 else value
    return Value(known=True, value=str(value.value)) if name == "str" else value


def added(operator: ast.operator, left: Value, right: Value) -> Value:
    """Two texts or lists, one after the other; with a slash two paths. A config var stands as ``$NAME``."""
    if isinstance(operator, ast.Div):
        return joined([left, right])
    if left.known and right.known and not left.env and not right.env:
        one, other = left.value, right.value
        if isinstance(one, str) and isinstance(other, str) and len(one) + len(other) < TEXT:
            whole = one + other
            # BASE_DIR + "/model.h5"
            return Value(
                known=True, value=InProject(whole.lstrip("/")) if isinstance(one, InProject) else whole
            )
        if isinstance(one, tuple) and isinstance(other, tuple):
            return Value(known=True, value=one + other)
    if left.env or right.env:
        shown = [
            f"${v.env}" if v.env else v.value if isinstance(v.value, str) else None for v in (left, right)
        ]
        if None not in shown:
            return Value(known=True, value="".join(map(str, shown)))
        return Value(env=left.env or right.env)
    return UNKNOWN


def joined(values: list[Value]) -> Value:
    """Paths, as os.path.join puts them together."""
    if not values or any(not v.known or v.env or not isinstance(v.value, str) for v in values):
        return UNKNOWN
    texts = [str(v.value) for v in values]
    inside = isinstance(values[0].value, InProject)
    later_absolute = any(text.startswith("/") for text in texts[1:])
    whole = os.path.normpath(os.path.join(*texts)) if any(texts) else ""
    if inside and not later_absolute:
        return Value(known=True, value=InProject("" if whole == "." else whole))
    return Value(known=True, value=whole)


def directory(value: Value) -> Value:
    """The folder a path lies in."""
    if not value.known or not isinstance(value.value, str):
        return UNKNOWN
    parent = os.path.dirname(value.value)
    return Value(known=True, value=InProject(parent) if isinstance(value.value, InProject) else parent)
