"""ASGI apps that show tracebacks to their visitors."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.values import Values

_APPS = ("fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette")


def find_debug(graph: Graph, values: Values) -> Iterator[Evidence]:
    """``FastAPI(debug=True)``, whatever server runs it."""
    for here, call in graph.calls():
        if call.name not in _APPS:
            continue
        debug = values.of(call.argument(-1, "debug"), here, call.place)
        if debug.known and debug.value is True:
            yield finding(
                Fact.PROJECT_SOURCE,
                "debug-on",
                Level.WARN,
                SURE if not debug.env else LIKELY,
                f"makes {call.name.rpartition('.')[2]} with debug=True, which answers errors with tracebacks",
                f"{here.path}:{call.line}",
                setting="debug=True",
                setting_name="debug",
                file=here.path,
                line=call.line,
            )
            return
