"""A model that only ``if __name__ == "__main__"`` loads: which no web server runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan

_LOADS = re.compile(
    r"\bload(?:_\w*)?$|from_pretrained$|InferenceSession$|Interpreter$|pipeline$", re.IGNORECASE
)


def find_unrun_loads(graph: Graph, web: WebProcess) -> Iterator[Evidence]:
    """A function that sets a global that was None, called in the main block alone and read elsewhere."""
    here = graph.boot.get(graph.entry)
    if here is None or graph.runs_main or not web.module:
        return
    for call in here.calls:
        if not call.place.is_main or call.name not in here.functions:
            continue
        name = _sets(here, call.name) if _loads_model(here, call.name) else ""
        if name and not _is_called_elsewhere(graph, here, call) and _is_read(here, name, call.name):
            yield finding(
                Fact.PROJECT_MODEL,
                "main-only",
                Level.FAIL,
                LIKELY,
                f'{call.name}() stands below if __name__ == "__main__" alone, which {web.server} never runs: '
                f"{name} stays None",
                f"{here.path}:{call.line}",
                function=call.name,
                name=name,
                server=web.server,
                file=here.path,
                line=call.line,
            )
            return


def _loads_model(here: Scan, function: str) -> bool:
    return (
        any(call.place.owner == function and _LOADS.search(call.name) is not None for call in here.calls)
        or "model" in function.lower()
    )


def _sets(here: Scan, function: str) -> str:
    """The global that a function gives a value and that is None before."""
    names = {
        name
        for node in ast.walk(here.functions[function])
        if isinstance(node, ast.Global)
        for name in node.names
    }
    for name in sorted(names):
        given = here.assigned.get(name, ())
        if given and isinstance(given[0][0], ast.Constant) and given[0][0].value is None:
            return name
    return ""


def _is_called_elsewhere(graph: Graph, here: Scan, call: Call) -> bool:
    """Whether other code calls the function, or hands it on: a hook, a thread."""
    for other in graph.all:
        if any(
            each.node is not call.node and each.name.rpartition(".")[2] == call.name for each in other.calls
        ):
            return True
    uses = [
        node
        for node in ast.walk(here.module.tree)
        if isinstance(node, ast.Name) and node.id == call.name and node is not call.node.func
    ]
    return bool(uses) or bool(here.functions[call.name].decorator_list)


def _is_read(here: Scan, name: str, setter: str) -> bool:
    """Whether a function other than the one that sets it reads the global."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for owner, function in here.functions.items()
        if owner != setter
        for node in ast.walk(function)
    )
