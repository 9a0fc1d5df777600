"""Web processes that listen where the router can't reach them, or nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.places import Place
from diag.collect.project.sources.scan import Scan
from diag.collect.project.sources.serving import Listening, listenings
from diag.collect.project.sources.silent import is_off, never_run, no_server
from diag.collect.project.sources.values import Values

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def find_ports(graph: Graph, web: WebProcess, values: Values) -> Iterator[Evidence]:
    """What a script that is the web process listens on; for a WSGI server, an ``app.run`` at its import."""
    yield from _daemon(web)
    yield from _configured(graph, web, values)
    if not graph.entry:
        return
    found = list(listenings(graph, values))
    if not graph.runs_main:
        yield from _at_import(found, web)
        return
    running = _chosen([each for each in found if each.runs])
    if running and all(is_off(each, values) for each in running):
        yield from never_run(graph, running)
        return
    for each in running:
        yield from _address(each, web)
        yield from _dev_server(each)
    if not running and not found and web.server == "python":
        yield from no_server(graph, web)
    elif not running and web.server == "python":
        yield from never_run(graph, found)


def _chosen(running: list[Listening]) -> list[Listening]:
    """Those that may serve on a dyno: where conditions choose, one that listens on $PORT is the one."""
    fitting = [each for each in running if each.port.env == "PORT" and each.host.value not in _LOOPBACK]
    if not fitting:
        return running
    return [each for each in running if each in fitting or not each.call.place.is_conditional]


def _daemon(web: WebProcess) -> Iterator[Evidence]:
    daemon = web.setting("daemon")
    given = daemon is not None and daemon.value == "True"
    if web.server == "gunicorn" and (given or not {"--daemon", "-D"}.isdisjoint(web.arguments)):
        yield finding(
            Fact.PROJECT_SOURCE,
            "process-ends",
            Level.FAIL,
            SURE,
            "gunicorn goes into the background (--daemon), and what the dyno started ends at once",
            daemon.where if given and daemon is not None else web.where,
            command=web.command,
        )


def _configured(graph: Graph, web: WebProcess, values: Values) -> Iterator[Evidence]:
    """gunicorn's bind in its configuration, where it is made of the project's own constants."""
    if web.server != "gunicorn" or not web.is_unread("bind") or web.front or not web.config:
        return
    here = graph.scan_of(web.config)
    given = here.assigned.get("bind", ()) if here is not None else ()
    if here is None or len(given) != 1:
        return
    host, port, env = _address_in(given[0][0], here, given[0][1], values)
    fault = "bound-to-localhost" if host in _LOOPBACK else "hardcoded" if port.isdecimal() else ""
    if fault:
        at = f"{host}:{port}" if port else host
        yield finding(
            Fact.PROJECT_COMMAND,
            fault,
            Level.FAIL,
            LIKELY,
            f"gunicorn is told to listen on {at}" + (f", unless {env} is set" if env else ""),
            f"{web.config}:{given[0][0].lineno}",
            address=host if fault == "bound-to-localhost" else at,
            port=port,
            expected="$PORT",
            server="gunicorn",
            file=web.config,
            line=given[0][0].lineno,
        )


def _address_in(node: ast.expr, here: Scan, place: Place, values: Values) -> tuple[str, str, str]:
    """Host and port of an address, as far as they are known, and the config var whose default they are."""
    value = values.of(node, here, place).value
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.FormattedValue):
        first = values.of(node.values[0], here, place)
        return (first.value if isinstance(first.value, str) else ""), "" if first.env else port, first.env
    return host, port, ""


def _at_import(found: list[Listening], web: WebProcess) -> Iterator[Evidence]:
    for each in found:
        if each.at_import and each.kind in ("flask", "dash", "uvicorn", "waitress", "bottle", "socketio"):
            if each.call.place.is_conditional:
                continue
            yield finding(
                Fact.PROJECT_SOURCE,
                "server-at-import",
                Level.FAIL,
                LIKELY,
                f"starts {each.kind}'s own server while {web.server or 'the web server'} imports the app",
                each.where,
                file=each.here.path,
                line=each.call.line,
                server=web.server,
            )


def _address(each: Listening, web: WebProcess) -> Iterator[Evidence]:
    sure = SURE if not each.call.place.is_conditional else LIKELY
    host, port = each.host, each.port
    shown = _shown(each)
    if host.known and host.value in _LOOPBACK and not _is_option(web):
        named = f", unless the config var {host.env} is set" if host.env else ""
        yield finding(
            Fact.PROJECT_SOURCE,
            "bound-to-localhost",
            Level.FAIL,
            LIKELY if host.env else sure,
            f"{shown} listens on {host.value}{named}",
            each.where,
            address=str(host.value),
            file=each.here.path,
            line=each.call.line,
        )
    if port.env and port.env != "PORT" and not _is_option(web):
        if not port.known or port.value is not None:
            yield finding(
                Fact.PROJECT_SOURCE,
                "hardcoded",
                Level.FAIL,
                LIKELY,
                f"{shown} listens on the port of {port.env}, and Heroku sets PORT",
                each.where,
                port=str(port.value or ""),
                expected="$PORT",
                file=each.here.path,
                line=each.call.line,
            )
    elif port.known and not port.env and not _is_option(web) and str(port.value) not in ("None", "0"):
        yield finding(
            Fact.PROJECT_SOURCE,
            "hardcoded",
            Level.FAIL,
            sure,
            f"{shown} listens on port {port.value} and not on $PORT",
            each.where,
            port=str(port.value),
            expected="$PORT",
            file=each.here.path,
            line=each.call.line,
        )


def _shown(each: Listening) -> str:
    text = " ".join(ast.unparse(each.call.node).split())
    return text if len(text) <= 90 else f"{text[:89]}…"


def _is_option(web: WebProcess) -> bool:
    """Whether the Procfile's own words may tell the script its port."""
    return "PORT" in web.command or any("PORT" in word for word in web.arguments)


def _dev_server(each: Listening) -> Iterator[Evidence]:
    if each.is_dev:
        yield finding(
            Fact.PROJECT_SOURCE,
            "dev-server",
            Level.WARN,
            SURE if each.kind != "dash" else LIKELY,
            f"{each.kind}'s development server answers all requests",
            each.where,
            file=each.here.path,
            line=each.call.line,
        )
    if each.debug.known and each.debug.value is True:
        yield finding(
            Fact.PROJECT_SOURCE,
            "debug-on",
            Level.WARN,
            SURE if not each.debug.env else LIKELY,
            "runs with debug=True, whose debugger executes what a visitor types",
            each.where,
            setting="debug=True",
            setting_name="debug",
            file=each.here.path,
            line=each.call.line,
        )
