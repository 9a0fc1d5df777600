"""Where a script listens that is its own web server: host and port of each way to start one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.places import Place
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.value import UNKNOWN, Value
from diag.collect.project.sources.values import Values

_LOCAL, _ANY = "127.0.0.1", "0.0.0.0"  # noqa: S104  what a server does, not ours
_FLASK_APPS = (
    "flask.Flask",
    "quart.Quart",
    "flask_openapi3.OpenAPI",
    "apiflask.APIFlask",
    "connexion.FlaskApp",
    "connexion.App",
)
_DASH = ("dash.Dash", "jupyter_dash.JupyterDash")


@dataclass(frozen=True, slots=True)
class _Way:
    """How a server is told where to listen: which arguments, and what it does without them."""

    kind: str
    host: tuple[int, str] = (-1, "host")
    port: tuple[int, str] = (-1, "port")
    default_host: str = _LOCAL
    default_port: object = None
    is_dev: bool = False


_BY_NAME = {
    "uvicorn.run": _Way("uvicorn", default_port=8000),
    "waitress.serve": _Way("waitress", default_host=_ANY, default_port=8080),
    "aiohttp.web.run_app": _Way("aiohttp", default_host=_ANY, default_port=8080),
    "bottle.run": _Way("bottle", default_port=8080, is_dev=True),
    "wsgiref.simple_server.make_server": _Way("wsgiref", (0, "host"), (1, "port"), is_dev=True),
    "werkzeug.serving.run_simple": _Way("werkzeug", (0, "hostname"), (1, "port"), is_dev=True),
    "nicegui.ui.run": _Way("nicegui", default_host=_ANY, default_port=8080),
    "hypercorn.run": _Way("hypercorn", default_port=8000),
}
# Methods, by what the object was made with.
_BY_CLASS = {
    **dict.fromkeys(_FLASK_APPS, _Way("flask", (0, "host"), (1, "port"), default_port=5000, is_dev=True)),
    **dict.fromkeys(_DASH, _Way("dash", default_port=8050, is_dev=True)),
    "flask_socketio.SocketIO": _Way("socketio", (1, "host"), (2, "port"), default_port=5000),
    "sanic.Sanic": _Way("sanic", (0, "host"), (1, "port"), default_port=8000),
    "bottle.Bottle": _Way("bottle", default_port=8080, is_dev=True),
    "gradio.Interface": _Way("gradio", (-1, "server_name"), (-1, "server_port"), default_port=7860),
    "gradio.Blocks": _Way("gradio", (-1, "server_name"), (-1, "server_port"), default_port=7860),
    "gradio.ChatInterface": _Way("gradio", (-1, "server_name"), (-1, "server_port"), default_port=7860),
    "gradio.TabbedInterface": _Way("gradio", (-1, "server_name"), (-1, "server_port"), default_port=7860),
    "tornado.web.Application": _Way("tornado", (1, "address"), (0, "port"), default_host=_ANY),
    "tornado.httpserver.HTTPServer": _Way("tornado", (1, "address"), (0, "port"), default_host=_ANY),
    "slack_bolt.App": _Way("slack", port=(0, "port"), default_host=_ANY, default_port=3000),
    "robyn.Robyn": _Way("robyn", (-1, "host"), (0, "port"), default_port=8080),
}
_METHODS = {
    "run": ("flask", "dash", "socketio", "sanic", "bottle"),
    "run_server": ("dash",),
    "launch": ("gradio",),
    "listen": ("tornado",),
    "bind": ("tornado",),
    "start": ("robyn", "slack"),
}
# Servers that take an address as one argument.
_PAIRS = (
    "http.server.HTTPServer",
    "http.server.ThreadingHTTPServer",
    "socketserver.TCPServer",
    "socketserver.ThreadingTCPServer",
    "gevent.pywsgi.WSGIServer",
    "gevent.wsgi.WSGIServer",
    "eventlet.listen",
    "cheroot.wsgi.Server",
    "cherrypy.wsgiserver.CherryPyWSGIServer",
)


@dataclass(frozen=True, slots=True)
class Listening:
    """One call that starts a server. `host` and `port` are what they come to; `runs` says at boot."""

    here: Scan
    call: Call
    kind: str
    host: Value
    port: Value
    is_dev: bool
    runs: bool
    at_import: bool = False  # and not only as the script that is run
    debug: Value = UNKNOWN

    @property
    def where(self) -> str:
        """The file and line of the call."""
        return f"{self.here.path}:{self.call.line}"


def listenings(graph: Graph, values: Values) -> Iterator[Listening]:
    """Every call of the web process's modules that starts a web server."""
    for here, call in graph.calls():
        found = _of_call(graph, values, here, call)
        if found is not None:
            yield found


def _of_call(graph: Graph, values: Values, here: Scan, call: Call) -> Listening | None:
    runs = graph.runs(call.place, here.path)
    at_import = runs and not call.place.is_main
    if call.name in _PAIRS:
        pair = values.of(call.argument(0, "server_address", "listener", "bind_addr"), here, call.place)
        host, port = _pair(pair)
        return Listening(here, call, call.name.rpartition(".")[2], host, port, False, runs, at_import)
    way = _BY_NAME.get(call.name)
    if way is None:
        way = _of_method(graph, here, call)
    if way is None:
        return None
    host = values.of(call.argument(way.host[0], way.host[1]), here, call.place)
    port_node = call.argument(way.port[0], way.port[1])
    port = values.of(port_node, here, call.place)
    if way.kind == "waitress" and (listen := call.argument(-1, "listen")) is not None:
        host, port = _listen(values.of(listen, here, call.place))
    elif call.has_unseen:
        host, port = (UNKNOWN if not host.known else host), (UNKNOWN if port_node is None else port)
    else:
        if call.argument(way.host[0], way.host[1]) is None:
            host = _default_host(way)
        if port_node is None:
            port = _default_port(way)
    debug = values.of(call.argument(2 if way.kind == "flask" else -1, "debug"), here, call.place)
    return Listening(here, call, way.kind, host, port, way.is_dev, runs, at_import, debug)


def _default_host(way: _Way) -> Value:
    if way.kind == "gradio":
        return Value(known=True, value=_LOCAL, env="GRADIO_SERVER_NAME")
    if way.kind == "dash":
        return Value(known=True, value=_LOCAL, env="HOST")
    return Value(known=True, value=way.default_host)


def _default_port(way: _Way) -> Value:
    # Dash and Robyn read these themselves.
    env = {"dash": "PORT", "gradio": "GRADIO_SERVER_PORT", "robyn": "ROBYN_PORT"}.get(way.kind, "")
    return Value(known=way.default_port is not None, value=way.default_port, env=env)


def _pair(value: Value) -> tuple[Value, Value]:
    parts = value.value
    if value.known and isinstance(parts, tuple) and len(parts) >= 2:
        host, port = parts[0], parts[1]
        if isinstance(host, Value) and isinstance(port, Value):
            if host.known and host.value in ("", None):
                host = Value(known=True, value=_ANY)
            return host, port
    if value.known and isinstance(parts, str):
        return _listen(value)
    return UNKNOWN, UNKNOWN


def _listen(value: Value) -> tuple[Value, Value]:
    """``0.0.0.0:8080`` or ``*:$PORT``."""
    if not isinstance(value.value, str) or ":" not in value.value:
        return UNKNOWN, UNKNOWN
    host, _, port = value.value.partition(" ")[0].rpartition(":")
    known_host = Value(known=True, value=_ANY if host in ("*", "") else host)
    if port.startswith("$"):
        return known_host, Value(env=port[1:])
    return known_host, Value(known=True, value=port)


def _of_method(graph: Graph, here: Scan, call: Call) -> _Way | None:
    """``app.run(…)``: how, by what `app` was made with."""
    function = call.node.func
    if not isinstance(function, ast.Attribute) or function.attr not in _METHODS:
        return None
    way = _BY_CLASS.get(_made_with(graph, here, function.value, call.place))
    if way is None or way.kind not in _METHODS[function.attr]:
        return None
    return way


def _made_with(  # noqa: C901, PLR0911  one way to name an object after the other
    graph: Graph, here: Scan, node: ast.expr, place: Place, depth: int = 0
) -> str:
    """The class whose object an expression is, as far as names lead there."""
    if depth > 6:
        return ""
    if isinstance(node, ast.Call):
        name = here.full(node.func)
        if name in _BY_CLASS:
            return name
        return _returned(graph, here, name, depth)
    if not isinstance(node, ast.Name | ast.Attribute):
        return ""
    if isinstance(node, ast.Attribute) and node.attr == "server":
        # Dash's own Flask app.
        owner = _made_with(graph, here, node.value, place, depth + 1)
        return "flask.Flask" if owner in _DASH else ""
    local = node.id if isinstance(node, ast.Name) else node.attr
    for owner in (place.owner, ""):
        for value, its_place in here.assigned.get(f"{owner}.{local}" if owner else local, ()):
            if found := _made_with(graph, here, value, its_place, depth + 1):
                return found
    if depth == 0 and (found := _of_with(here, local)):
        return found
    module, _, last = here.full(node).rpartition(".")
    scan = graph.module(module) if module else None
    if scan is not None and scan is not here:
        if last in scan.assigned:
            return _made_with(graph, scan, ast.Name(id=last), Place(), depth + 1)
        if last in scan.aliases:
            return _made_with(graph, scan, ast.Name(id=last), Place(), depth + 1)
    return ""


def _of_with(here: Scan, name: str) -> str:
    """``with gr.Blocks() as demo``: the class of what is entered under that name."""
    for each in ast.walk(here.module.tree):
        match each:
            case ast.withitem(context_expr=ast.Call(func=function), optional_vars=ast.Name(id=local)):
                if local == name:
                    return here.full(function)
    return ""


def _returned(graph: Graph, here: Scan, name: str, depth: int) -> str:
    """The class of what a factory of the project returns."""
    module, _, last = name.rpartition(".")
    scan = graph.module(module) if module else here
    function = scan.functions.get(last) if scan is not None else None
    if scan is None or function is None:
        return ""
    for each in ast.walk(function):
        if isinstance(each, ast.Return) and each.value is not None:
            found = _made_with(graph, scan, each.value, Place(function=function, owner=last), depth + 1)
            if found:
                return found
    return ""
