"""The values that settings have, and texts with variables of the environment in them."""

from __future__ import annotations

import re

Plain = str | int | float | bool | None | tuple[object, ...]


class Shell(str):
    """Text with variables of the environment in it."""

    __slots__ = ()


class Unknown(Exception):  # noqa: N818  it is the expected case
    """An expression that is not followed."""


def converted(name: str, value: Plain) -> Plain:
    """What ``int(value)``, ``float(value)`` or ``str(value)`` gives."""
    if name == "str":
        return str(value)
    if not isinstance(value, str | int | float) or len(str(value)) > 20:
        raise Unknown
    return int(value) if name == "int" else float(value)


def percent(template: str, value: Plain) -> Plain:
    """What ``"0.0.0.0:%s" % port`` gives."""
    if template.count("%") != 1 or not re.search(r"%[sd]", template) or isinstance(value, tuple):
        raise Unknown
    text = re.sub(r"%[sd]", lambda _: str(value), template)
    return Shell(text) if isinstance(value, Shell) else text


def formatted(template: Plain, values: list[Plain]) -> Plain:
    """What ``"0.0.0.0:{}".format(port)`` gives."""
    if (
        not isinstance(template, str)
        or template.count("{}") != len(values)
        or template.count("{") != len(values)
    ):
        raise Unknown
    text = template
    for value in values:
        text = text.replace("{}", str(value).replace("{", "\0"), 1)
    text = text.replace("\0", "{")
    return Shell(text) if any(isinstance(value, Shell) for value in values) else text
