"""Scripts that are the web process and serve nothing: they end, or go on and open no port."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, POSSIBLE, finding
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.serving import Listening
from diag.collect.project.sources.values import Values

# Blocking calls that keep a process alive and open no port.
_KEEPERS = (
    ".run_forever",
    ".run_until_complete",
    ".infinity_polling",
    ".polling",
    ".start_polling",
    ".run_polling",
    ".serve_forever",
    ".idle",
    ".start_consuming",
    ".run_webhook",
    ".run",
    ".work",
    ".start",
    ".join",
    ".run_until_disconnected",
    ".listen",
)
_APPS = (
    *("flask.Flask", "fastapi.FastAPI", "dash.Dash", "quart.Quart", "bottle.Bottle"),
    *("starlette.applications.Starlette", "falcon.App"),
)
_GOING_ON = frozenset(
    [
        "run",
        "serve",
        "start",
        "launch",
        "main",
        "execute",
        "cli",
        "loop",
        "app",
        "start_app",
        "run_app",
        "begin",
        "up",
    ]
)
_SERVING_WORDS = (
    "listen",
    "serve",
    "webhook",
    "run_app",
    "bind",
    "create_server",
    "start_server",
    "HTTPServer",
    "keep_alive",
)


def is_off(each: Listening, values: Values) -> bool:
    """Whether the call stands behind a condition that is false without config vars: ``if settings.DEV:``."""
    if not each.call.place.is_conditional:
        return False
    for node in ast.walk(each.here.module.tree):
        if isinstance(node, ast.If) and any(inner is each.call.node for inner in _below(node.body)):
            value = values.of(node.test, each.here, each.call.place)
            if value.known and not value.value:
                return True
    return False


def _below(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from ast.walk(statement)


def never_run(graph: Graph, found: list[Listening]) -> Iterator[Evidence]:
    """A server is there, and nothing of the script reaches it."""
    if (
        any(isinstance(each.call.place.function, ast.FunctionDef) for each in found)
        and _keeper(graph) is not None
    ):
        return
    yield finding(
        Fact.PROJECT_SOURCE,
        "never-run",
        Level.FAIL,
        POSSIBLE,
        f"nothing comes to the {found[0].kind} server that stands at {found[0].where}",
        graph.entry,
        file=graph.entry,
        script=graph.entry,
    )


def no_server(graph: Graph, web: WebProcess) -> Iterator[Evidence]:
    """A script without any server: it ends, or it works on and opens no port."""
    entry = graph.boot.get(graph.entry)
    if entry is None or entry.module.problem is not None or _opens_something(graph):
        return
    keeper = _keeper(graph)
    if keeper is not None:
        here, text, line = keeper
        yield finding(
            Fact.PROJECT_SOURCE,
            "no-server",
            Level.FAIL,
            LIKELY,
            f"{web.command} goes on with {text} and starts no web server",
            f"{here.path}:{line}",
            command=web.command,
            file=here.path,
            line=line,
        )
        return
    name, cls = _app_made(entry)
    if not cls and _may_serve(graph):
        return
    ends = (
        f"makes {name} = {cls}(…) and never runs it, so it ends at once" if cls else "serves nothing and ends"
    )
    yield finding(
        Fact.PROJECT_SOURCE,
        "process-ends",
        Level.FAIL if cls else Level.WARN,
        LIKELY if cls else POSSIBLE,
        f"{web.command} {ends}",
        graph.entry,
        command=web.command,
        script=graph.entry,
        app_target=f"{entry.name}:{name}" if cls in ("Flask", "Bottle") and entry.name else None,
    )


def _may_serve(graph: Graph) -> bool:
    """Whether the boot calls something, not of the project, whose name says that it may go on and serve."""
    for here in graph.boot.values():
        for call in here.calls:
            last = call.name.rpartition(".")[2]
            goes_on = last in _GOING_ON and graph.runs(call.place, here.path)
            if goes_on and not graph.functions_called(here, call):
                return True
    return False


def _app_made(entry: Scan) -> tuple[str, str]:
    """The name of the web app that the module makes and its class; empty for none."""
    for name, values in entry.assigned.items():
        for value, _ in values:
            cls = entry.full(value.func) if isinstance(value, ast.Call) else ""
            if cls in _APPS:
                return name, cls.rpartition(".")[2]
    return "", ""


def _opens_something(graph: Graph) -> bool:
    """Whether a call might open a port in a way that is not known here."""
    for here, call in graph.calls():
        last = call.name.rpartition(".")[2]
        if any(word in last for word in _SERVING_WORDS) or call.name.startswith(
            ("os.exec", "subprocess.", "os.system")
        ):
            return True
        if "web" in call.name.split(".")[:-1] and graph.runs(call.place, here.path):
            return True
    return False


def _keeper(graph: Graph) -> tuple[Scan, str, int] | None:
    """What keeps the process alive."""
    for here in graph.boot.values():
        for loop, place in here.loops:
            if graph.runs(place, here.path) and isinstance(loop.test, ast.Constant) and loop.test.value:
                return here, "an endless loop", loop.lineno
        for call in here.calls:
            if graph.runs(call.place, here.path) and _is_keeper(here, call):
                return here, f"{ast.unparse(call.node.func)}(…)", call.line
    return None


def _is_keeper(here: Scan, call: Call) -> bool:
    function = call.node.func
    if not isinstance(function, ast.Attribute) or f".{function.attr}" not in _KEEPERS:
        return False
    if function.attr in ("run", "start", "join", "listen", "work"):
        base = here.full(function.value)
        return base.rpartition(".")[2].lower() in (
            "bot",
            "client",
            "asyncio",
            "scheduler",
            "sched",
            "worker",
            "updater",
            "dp",
            "application",
            "executor",
            "consumer",
            "app",
        )
    return True
