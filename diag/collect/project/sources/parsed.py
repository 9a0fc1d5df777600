"""One source file as the deployed Python would parse it."""

from __future__ import annotations

import ast
import contextlib
import re
import sys
import warnings
from dataclasses import dataclass

SOURCE_BYTES = 2 << 20  # of a source file; a larger one is data, and is told as skipped
# What no Python before these could parse. An older interpreter that runs preflight can't judge it.
_NEWER = (
    ((3, 12), re.compile(r"^\s*(?:type\s+\w+|(?:async\s+)?def\s+\w+\[|class\s+\w+\[)|\b[rR]?[fF][rR]?['\"]")),
    ((3, 14), re.compile(r"^\s*except\s+[\w.]+\s*,|\b[rR]?[tT][rR]?['\"]")),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file can't be parsed. `is_sure` is False where a newer Python than ours may know the syntax."""

    line: int
    message: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Module:
    """A source file: its path from the root, its text, and its tree or what is wrong with it."""

    path: str
    text: str
    tree: ast.Module
    problem: Problem | None = None
    skipped: str = ""  # why it was not read
    is_skimmed: bool = False  # only checked; its tree holds what looks like its imports


def parse(path: str, data: bytes, python: tuple[int, int]) -> Module:
    """The module, parsed for that Python as far as ours can. Never raises."""
    text = data.decode("utf-8-sig", "replace")
    empty = ast.Module(body=[], type_ignores=[])
    if len(data) > SOURCE_BYTES:
        return Module(path, "", empty, skipped=f"larger than {SOURCE_BYTES >> 20} MB")
    older = python if python < sys.version_info[:2] else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Module(path, text, ast.parse(data, path, feature_version=older))
    except SyntaxError as error:
        return Module(path, text, empty, problem=_problem(error, text, python))
    except ValueError as error:  # a NUL
        return Module(path, text, empty, problem=Problem(1, str(error)))
    except (RecursionError, MemoryError):
        return Module(path, text, empty, skipped="nested too deeply to be read")


# Words without which a module holds nothing that is looked for, imports at its top aside.
_TELLING = tuple(
    word.encode()
    for word in (
        *(
            "environ",
            "getenv",
            "env(",
            "env.",
            "config(",
            "Settings",
            "SECRET",
            "__main__",
            "DATABASE",
            "sqlite",
        ),
        *(
            "run(",
            "run_",
            "serve",
            "listen(",
            "launch(",
            "bind(",
            "start(",
            "open(",
            "load",
            "read_",
            "save(",
        ),
        *("connect(", "engine(", "subprocess", "os.system", "popen", "signal", "sleep(", "lask", "jango"),
        *(
            "erkzeug",
            "jinja2",
            "markupsafe",
            "itsdangerous",
            "astapi",
            "uvicorn",
            "ensorflow",
            "keras",
            "torch",
        ),
        *("pickle", "joblib", "selenium", "pytesseract", "pdf", "nltk", "socket", "asyncio", "Thread"),
        *("    import ", "    from ", "\timport ", "\tfrom "),
    )
)
_IMPORT = re.compile(r"^(?:import|from)[ \t][^\n(;]*(?:\([^)]*\))?", re.MULTILINE)


def skim(path: str, data: bytes) -> Module | None:
    """The module by its imports alone, when nothing else in it is looked for; else None.

    Of a large project most modules need no more. What looks like an import may stand in a docstring: nothing
    is concluded from it before the whole was read. Whether it is valid source is not looked at.
    """
    if len(data) > SOURCE_BYTES or any(word in data for word in _TELLING):
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return Module(path, text, ast.Module(body=_imports(text), type_ignores=[]), is_skimmed=True)


def _imports(text: str) -> list[ast.stmt]:
    """What looks like an import at the start of a line, with its line number."""
    found = [(text.count("\n", 0, match.start()), match[0]) for match in _IMPORT.finditer(text)]
    # All at once on the lines they stand on; one by one where that is no valid source.
    whole, line = "", 0
    for number, source in found:
        whole += "\n" * (number - line) + source
        line = number + source.count("\n")
    try:
        return ast.parse(whole).body
    except (SyntaxError, ValueError):
        pass
    body: list[ast.stmt] = []
    for number, source in found:
        with contextlib.suppress(SyntaxError, ValueError):
            body.extend(ast.increment_lineno(each, number) for each in ast.parse(source).body)
    return body


def _problem(error: SyntaxError, text: str, python: tuple[int, int]) -> Problem:
    number = error.lineno or 1
    lines = text.splitlines()
    near = lines[max(0, number - 2) : number]
    ours = sys.version_info[:2]
    newer = any(ours < since <= python and any(form.search(line) for line in near) for since, form in _NEWER)
    return Problem(number, (error.msg or "invalid syntax")[:200], is_sure=not newer)
