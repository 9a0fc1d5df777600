"""TOML and JSON files, and safe steps into what they hold: it may be anything."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diag.collect.project.tree import Tree

_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds; `problem` says why it can't be parsed, `line` where (0 when that is not known)."""

    data: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    line: int = 0


def toml_of(tree: Tree, path: str, text: str | None = None) -> Document | None:
    """The TOML file, or None when it can't be read. `text` is it, where it was read and shortened."""
    return _parsed(tree.text(path) if text is None else text, tomllib.loads)


def json_of(tree: Tree, path: str) -> Document | None:
    """The JSON file, or None when it can't be read."""
    return _parsed(tree.text(path), json.loads)


def _parsed(text: str | None, parse: Callable[[str], Any]) -> Document | None:
    if text is None:
        return None
    conflict = _CONFLICT.search(text)
    if conflict is not None:
        return Document(problem="a merge conflict is left in it", line=_line(text, conflict.start()))
    try:
        data = parse(text)
    except RecursionError:
        return None
    except json.JSONDecodeError as error:
        return Document(problem=error.msg, line=error.lineno)
    except ValueError as error:
        message = str(error).partition("\n")[0]
        line = re.search(r"\(at line (\d{1,7}), column \d+\)$", message)
        problem = message[: line.start()].rstrip() if line else message
        return Document(problem=problem[:100], line=int(line[1]) if line else 0)
    return (
        Document(data) if isinstance(data, dict) else Document(problem="it holds no table of names", line=1)
    )


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def table(data: object, *keys: str) -> Mapping[str, Any]:
    """The table below these keys; empty when there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def tables(value: object) -> list[Mapping[str, Any]]:
    """The tables of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """The text, or the empty string for anything else."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """The texts of a list."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
