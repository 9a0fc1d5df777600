"""Folders that the web process writes into at boot and the dyno will not have: git keeps no empty ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.value import InProject, Value
from diag.collect.project.sources.values import Values

_HANDLERS = tuple(
    f"logging.{name}"
    for name in (
        *("FileHandler", "handlers.RotatingFileHandler", "handlers.TimedRotatingFileHandler"),
        *("handlers.WatchedFileHandler",),
    )
)
_MAKERS = ("mkdir(", "makedirs(", "ensure_dir", "os.path.exists", ".exists()", "isdir(")


def find_missing_folders(graph: Graph, web: WebProcess, values: Values) -> Iterator[Evidence]:
    """One finding for each folder, unless the code looks for it or makes it."""
    told: set[str] = set()
    for here, call in graph.calls():
        if not graph.runs(call.place, here.path) or call.place.is_conditional or call.place.caught:
            continue
        for value in _written(here, call, values):
            path = _folder_of(value, web)
            if not path or path in told or graph.tree.is_folder(path) or path.startswith(("/", "..")):
                continue
            if any(maker in each.module.text for each in graph.all for maker in _MAKERS):
                continue
            told.add(path)
            yield finding(
                Fact.PROJECT_SOURCE,
                "file-missing",
                Level.FAIL,
                SURE if (graph.tree.root / path).is_dir() else LIKELY,
                f"writes {value.value!r}, and a push has no folder {path}: git keeps no empty ones",
                f"{here.path}:{call.line}",
                path=path,
                folder=path,
                file=here.path,
                line=call.line,
            )


def _written(here: Scan, call: Call, values: Values) -> Iterator[Value]:
    """What a call opens for writing."""
    if call.name in _HANDLERS:
        yield values.of(call.argument(0, "filename"), here, call.place)
    elif call.name == "logging.basicConfig":
        yield values.of(call.argument(-1, "filename"), here, call.place)
    elif call.name in ("open", "io.open"):
        mode = values.of(call.argument(1, "mode"), here, call.place).value
        if isinstance(mode, str) and mode[:1] in "wax" and mode:
            yield values.of(call.argument(0, "file"), here, call.place)
    elif call.name == "logging.config.dictConfig":
        for node in _filenames(call.argument(0, "config"), here):
            yield values.of(node, here, call.place)


def _filenames(node: ast.expr | None, here: Scan) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name):
        given = here.assigned.get(node.id, ())
        node = given[0][0] if len(given) == 1 else None
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Dict):
            for key, value in zip(each.keys, each.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "filename":
                    yield value


def _folder_of(value: Value, web: WebProcess) -> str:
    """The folder from the root; empty for none, or where it can't be told."""
    if not value.known or value.env or not isinstance(value.value, str) or "$" in value.value:
        return ""
    folder = value.value.replace("./", "", 1).rpartition("/")[0]
    if not folder or isinstance(value.value, InProject) or not web.folder:
        return folder
    return f"{web.folder}/{folder}"
