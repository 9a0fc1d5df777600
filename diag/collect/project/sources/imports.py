"""Imports of the web process that nothing will satisfy on the dyno, and files that hide what is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.project.buildpacks import HOOKS
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Import, Scan
from diag.collect.project.sources.stdlib import LAST_WITH, PYTHON_2, can_be_hidden, has

_NEEDED = ("ImportError", "ModuleNotFoundError")
MOST = 10  # modules that are told one by one


class Provided(Protocol):
    """What the requirements bring."""

    def has(self, module: str) -> bool | None:
        """Whether a module of that dotted name will be installed; None when it can't be told."""

    def is_namespace(self, module: str) -> bool:
        """Whether it is only a common roof of what several distributions bring: ``google.cloud``."""

    def distribution_for(self, module: str) -> str:
        """The distribution to require for a module."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A module that is not there, and the first import of it that decides."""

    name: str
    each: Import
    here: Scan


def find_missing_modules(graph: Graph, provided: Provided) -> Iterator[Evidence]:
    """Modules that are imported and neither in the project, nor in Python, nor installed."""
    seen: dict[str, _Wanted] = {}
    for here in list(graph.all):
        for name, each in _missing_in(graph, provided, here):
            seen.setdefault(name, _Wanted(name, each, here))
    ordered = sorted(seen.values(), key=lambda w: not graph.runs(w.each.place, w.here.path))
    for wanted in ordered[:MOST]:
        if (evidence := _said(graph, provided, wanted)) is not None:
            yield evidence


def _missing_in(graph: Graph, provided: Provided, here: Scan) -> list[tuple[str, Import]]:
    found: list[tuple[str, Import]] = []
    for each in here.imports:
        top = each.module.partition(".")[0]
        if not top or _is_guarded(graph, here, each) or has(top, graph.python) or top == "__future__":
            continue
        if name := _missing(graph, provided, each):
            found.append((name, each))
    if found and here.module.is_skimmed:
        return _missing_in(graph, provided, graph.whole(here))
    return found


def _is_guarded(graph: Graph, here: Scan, each: Import) -> bool:
    place = each.place
    if place.is_conditional or place.after_return or place.catches(*_NEEDED):
        return True
    return place.is_main and not (graph.runs_main and here.path == graph.entry)


def _missing(graph: Graph, provided: Provided, each: Import) -> str:
    """The dotted name that can't be imported, or empty."""
    top = each.module.partition(".")[0]
    if graph.finder.owns(top):
        return _missing_own(graph, provided, each)
    if graph.finder.is_open and provided.has(each.module) is False and graph.finder.elsewhere(top):
        return ""
    if not provided.has(each.module):
        return each.module
    if not provided.is_namespace(each.module):
        return ""
    below = (f"{each.module}.{name}" for name in each.names)
    return next((name for name in below if provided.has(name) is False), "")


def _missing_own(graph: Graph, provided: Provided, each: Import) -> str:
    """A part of the project that is not there. A module may make names, so only a submodule can be missed."""
    found = graph.finder.find(each.module)
    if found is not None:
        return ""
    parts = each.module.split(".")
    for cut in range(1, len(parts)):
        above = graph.finder.find(".".join(parts[:cut]))
        below = ".".join(parts[: cut + 1])
        if above is not None and above.is_package and graph.finder.find(below) is None:
            # A namespace package may go on in what is installed (google.cloud).
            return "" if not above.is_source and provided.has(each.module) is not False else below
        if above is not None and not above.is_package:
            return ""
    return ""


def _said(  # noqa: PLR0911  one answer a reason
    graph: Graph, provided: Provided, wanted: _Wanted
) -> Evidence | None:
    each, here, name = wanted.each, wanted.here, wanted.name
    at_boot = graph.runs(each.place, here.path)
    where = f"{here.path}:{each.line}"
    top = name.partition(".")[0]
    level = Level.FAIL if at_boot else Level.INFO
    own = graph.finder.owns(top)
    file = graph.finder.not_deployed(name)
    if file:
        level = min(level, Level.WARN) if any(hook in graph.tree for hook in HOOKS) else level
        return finding(
            Fact.PROJECT_SOURCE,
            "own-module-left-out",
            level,
            SURE if own else LIKELY,
            f"imports {name}, and {file} is not pushed: .gitignore or .slugignore leaves it out",
            where,
            module=name,
            path=file,
            not_in_slug=file,
            file=here.path,
            line=each.line,
        )
    if alike := graph.finder.alike(name):
        return finding(
            Fact.PROJECT_SOURCE,
            "own-module-case",
            level,
            SURE,
            f"imports {name}, and the file is named {alike}: capitals count on Linux",
            where,
            module=name,
            path=name,
            own_file=alike,
            file=here.path,
            line=each.line,
        )
    if own:
        return finding(
            Fact.PROJECT_SOURCE,
            "own-module",
            level,
            LIKELY if at_boot else POSSIBLE,
            f"imports {name}, and the project has no such module",
            where,
            module=name,
            maybe_own=name.rpartition(".")[2],
            **_elsewhere(graph, name),
        )
    if top == "pkg_resources" and provided.has(top) is False:
        return finding(
            Fact.PROJECT_SOURCE,
            "pkg-resources",
            level,
            SURE if at_boot else LIKELY,
            "imports pkg_resources, which setuptools brings, and nothing requires setuptools below 82",
            where,
            module=top,
        )
    if top in LAST_WITH:
        return finding(
            Fact.PROJECT_SOURCE,
            "module",
            level,
            SURE if at_boot else LIKELY,
            f"imports {top}, which Python {'.'.join(map(str, graph.python))} no longer has",
            where,
            module=top,
            last_python=LAST_WITH[top],
        )
    if top in PYTHON_2:
        return finding(
            Fact.PROJECT_SOURCE,
            "module",
            level,
            SURE if at_boot else LIKELY,
            f"imports {top}, a module of Python 2",
            where,
            module=top,
            python_2=top,
        )
    return _not_required(graph, provided, wanted, level, where)


def _not_required(
    graph: Graph, provided: Provided, wanted: _Wanted, level: Level, where: str
) -> Evidence | None:
    name = wanted.name
    at_boot = level is Level.FAIL
    top = name.partition(".")[0]
    elsewhere = _elsewhere(graph, top)
    known = provided.has(name)
    distribution = provided.distribution_for(name)
    if known is None:
        if not at_boot:
            return None
        return finding(
            Fact.PROJECT_SOURCE,
            "module",
            Level.INFO,
            POSSIBLE,
            f"imports {name}, and it can't be told which requirement brings it",
            where,
            module=name,
            **elsewhere,
        )
    if elsewhere:
        return finding(
            Fact.PROJECT_SOURCE,
            "module",
            level,
            LIKELY,
            f"imports {name}; {elsewhere['own_file']} is in a folder where imports are not looked for",
            where,
            module=name,
            **elsewhere,
        )
    return finding(
        Fact.PROJECT_SOURCE,
        "module",
        level,
        SURE if at_boot else LIKELY,
        f"imports {name}, and nothing that is required brings it",
        where,
        module=name if provided.is_namespace(top) else top,
        distribution=distribution,
    )


def _elsewhere(graph: Graph, name: str) -> dict[str, Value]:
    path = graph.finder.elsewhere(name)
    return {"own_file": path} if path else {}


def find_shadowed(graph: Graph, provided: Provided) -> Iterator[Evidence]:
    """Files of the project that stand in the place of a module of Python or of an installed package."""
    tops = {path.partition("/")[0] for path in graph.boot} | set(_at_top(graph))
    used = _imported_tops(graph)
    for top in sorted(tops):
        name = top.removesuffix(".py")
        found = graph.finder.find(name) if name.isidentifier() else None
        if found is None or not found.is_source or found.path.removesuffix("/__init__.py") not in (top, name):
            continue
        if can_be_hidden(name, graph.python):
            yield from _hides_python(graph, name, found.path, used)
        elif name in used and provided.has(name):
            yield from _hides_package(graph, name, found.path, used)


def _at_top(graph: Graph) -> Iterator[str]:
    for path in graph.tree.at_root():
        if path.endswith(".py"):
            yield path


def _imported_tops(graph: Graph) -> dict[str, list[tuple[Scan, Import]]]:
    found: dict[str, list[tuple[Scan, Import]]] = {}
    for here in graph.boot.values():
        for each in here.imports:
            if each.module and graph.runs(each.place, here.path):
                found.setdefault(each.module.partition(".")[0], []).append((here, each))
    return found


def _hides_python(
    graph: Graph, name: str, path: str, used: dict[str, list[tuple[Scan, Import]]]
) -> Iterator[Evidence]:
    lacking = [(here, each) for here, each in used.get(name, ()) if _lacks(graph, path, each)]
    if not lacking and name not in _EVERYWHERE:
        return
    where = f"{lacking[0][0].path}:{lacking[0][1].line}" if lacking else path
    yield finding(
        Fact.PROJECT_SOURCE,
        "shadowed",
        Level.FAIL,
        LIKELY,
        f"{path} has the name of Python's own module {name}, and is found before it",
        where,
        shadow=_shown(path),
        shadowed=name,
    )


def _shown(path: str) -> str:
    """A package by its folder."""
    return path.removesuffix("/__init__.py")


def _hides_package(
    graph: Graph, name: str, path: str, used: dict[str, list[tuple[Scan, Import]]]
) -> Iterator[Evidence]:
    lacking = [(here, each) for here, each in used[name] if _lacks(graph, path, each)]
    if not lacking:
        return
    here, each = lacking[0]
    yield finding(
        Fact.PROJECT_SOURCE,
        "shadowed",
        Level.FAIL,
        SURE,
        f"imports {', '.join(each.names) or each.module} from {name}, and {path} is found before the package",
        f"{here.path}:{each.line}",
        shadow=_shown(path),
        shadowed=name,
    )


def _lacks(graph: Graph, path: str, each: Import) -> bool:
    """Whether the project's file does not have what an import takes from it."""
    here = graph.scan_of(path)
    if here is None or any("*" in one.names for one in here.imports) or "__getattr__" in here.functions:
        return False
    if "." in each.module:
        return graph.finder.find(each.module) is None
    names = {*here.assigned, *here.functions, *here.classes}
    # What the file takes from itself, as ``from flask import Flask`` in flask.py, it does not have.
    names |= {
        local
        for local, meant in here.aliases.items()
        if meant.partition(".")[0] != each.module.partition(".")[0]
    }
    return any(
        n != "*" and n not in names and graph.finder.find(f"{each.module}.{n}") is None for n in each.names
    )


# What Python, gunicorn, Flask and Django themselves import while they start.
_EVERYWHERE = frozenset(
    (
        *("argparse", "ast", "asyncio", "base64", "bisect", "calendar", "collections", "concurrent"),
        *("configparser", "contextlib", "contextvars", "copy", "csv", "ctypes", "dataclasses", "datetime"),
        *(
            "decimal",
            "email",
            "enum",
            "fnmatch",
            "functools",
            "getpass",
            "gettext",
            "glob",
            "gzip",
            "hashlib",
        ),
        *("heapq", "hmac", "html", "http", "inspect", "ipaddress", "json", "keyword", "linecache", "locale"),
        *("logging", "mimetypes", "multiprocessing", "numbers", "operator", "pathlib", "pickle", "pkgutil"),
        *("platform", "queue", "random", "re", "secrets", "selectors", "shlex", "shutil", "signal", "socket"),
        *(
            "socketserver",
            "ssl",
            "string",
            "struct",
            "subprocess",
            "tempfile",
            "textwrap",
            "threading",
            "token",
        ),
        *("tokenize", "traceback", "types", "typing", "unicodedata", "urllib", "uuid", "warnings", "weakref"),
        *("zipfile", "copyreg", "reprlib"),
    )
)
