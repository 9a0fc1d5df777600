"""Where servers other than gunicorn listen, and what their command lines say besides.

Each listens where it wants unless it is told: none of them takes $PORT by itself, as gunicorn does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import join

from diag.collect.project.procfile.declared import Declared
from diag.collect.project.procfile.options import Grammar, Options, grammar, options
from diag.collect.project.procfile.walk import Started
from diag.collect.project.procfile.web import Setting
from diag.collect.project.tree import Tree

ANYWHERE = "0.0.0.0"  # noqa: S104  what servers print for every interface
_LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listener:
    """A server's options for its address, what it takes without them, and the variables it asks."""

    known: Grammar
    host: str = _LOCAL
    port: str = "8000"
    host_variable: str = ""
    port_variable: str = ""


_UVICORN = grammar(
    "host port uds fd reload-dir reload-include reload-exclude reload-delay workers loop http ws ws-max-size"
    " ws-max-queue ws-ping-interval ws-ping-timeout ws-per-message-deflate lifespan interface env-file"
    " log-config log-level root-path forwarded-allow-ips header ssl-keyfile ssl-certfile ssl-keyfile-password"
    " ssl-version ssl-cert-reqs ssl-ca-certs ssl-ciphers limit-concurrency limit-max-requests"
    " limit-max-requests-jitter backlog keepalive=--timeout-keep-alive h11-max-incomplete-event-size"
    " graceful_timeout=--timeout-graceful-shutdown timeout-worker-healthcheck app-dir",
    "reload factory access-log no-access-log use-colors no-use-colors proxy-headers no-proxy-headers"
    " server-header no-server-header date-header no-date-header",
)
_HYPERCORN = grammar(
    "bind=-b,--bind config=-c,--config workers=-w,--workers keepalive=--keep-alive graceful-timeout"
    " worker_class=-k,--worker-class access-log access-logfile access-logformat backlog ca-certs certfile"
    " cert-reqs ciphers error-log error-logfile log-file read-timeout max-requests max-requests-jitter"
    " group=-g,--group keyfile keyfile-password insecure-bind log-config log-level pid=-p,--pid quic-bind"
    " root-path server-name statsd-host statsd-prefix umask=-m,--umask user=-u,--user verify-mode"
    " websocket-ping-interval",
    "reload debug",
)
_DAPHNE = grammar(
    "host=-b,--bind port=-p,--port uds=-u,--unix-socket fd endpoint=-e,--endpoint verbosity=-v,--verbosity"
    " http-timeout=-t,--http-timeout access-log log-fmt ping-interval ping-timeout websocket_timeout"
    " websocket_connect_timeout application-close-timeout root-path proxy-headers-host proxy-headers-port"
    " server-name request-buffer-size",
    "proxy-headers no-server-name nostatic insecure",
)
_WAITRESS = grammar(
    "host port listen uds=--unix-socket unix-socket-perms url-scheme url-prefix ident threads backlog"
    " recv-bytes send-bytes outbuf-overflow outbuf-high-watermark inbuf-overflow connection-limit"
    " cleanup-interval channel-timeout max-request-header-size max-request-body-size trusted-proxy"
    " trusted-proxy-count trusted-proxy-headers asyncore-loop-timeout channel-request-lookahead",
    "factory=--call ipv4 no-ipv4 ipv6 no-ipv6 log-socket-errors no-log-socket-errors expose-tracebacks"
    " no-expose-tracebacks asyncore-use-poll log-untrusted-proxy-headers clear-untrusted-proxy-headers",
)
_GRANIAN = grammar(
    "host port uds interface http workers threads blocking-threads runtime-threads runtime-mode"
    " threading-mode loop task-impl backlog backpressure log-level log-config access-log-fmt ssl-certificate"
    " ssl-keyfile url-path-prefix workers-lifetime respawn-interval working-dir env-files"
    " graceful_timeout=--workers-kill-timeout pid-file process-name static-path-route static-path-mount",
    "factory no-factory reload access-log no-access-log ws no-ws log no-log respawn-failed-workers",
)
_FLASK = grammar(
    "app=-A,--app host=-h,--host port=-p,--port env-file=-e,--env-file cert key extra-files exclude-patterns",
    "reload no-reload debug no-debug with-threads without-threads debugger no-debugger",
)
_DJANGO = grammar(
    "settings pythonpath verbosity=-v,--verbosity", "noreload nothreading ipv6=-6,--ipv6 insecure nostatic"
)
_STREAMLIT = grammar(
    "port=--server.port host=--server.address server.headless server.enableCORS server.baseUrlPath"
    " server.enableXsrfProtection server.maxUploadSize browser.gatherUsageStats theme.base logger.level"
)
_BOKEH = grammar(
    "port host=--address allow-websocket-origin num-procs prefix index static-dirs glob session-ids"
    " log-level log-format log-file websocket-max-message-size cookie-secret oauth-provider basic-auth"
    " unused-session-lifetime setup num-threads",
    "show dev autoreload autoload use-xheaders reuse-sessions warm admin",
)
_FASTAPI = grammar(
    "host port workers root-path app entrypoint=-e,--entrypoint", "reload no-reload proxy-headers"
)
_HTTP_SERVER = grammar("host=-b,--bind directory=-d,--directory protocol=-p,--protocol", "cgi")
LISTENERS: Mapping[str, Listener] = {
    "uvicorn": Listener(_UVICORN, host_variable="UVICORN_HOST", port_variable="UVICORN_PORT"),
    "hypercorn": Listener(_HYPERCORN),
    "daphne": Listener(_DAPHNE),
    "waitress-serve": Listener(_WAITRESS, ANYWHERE, "8080"),
    "granian": Listener(_GRANIAN, host_variable="GRANIAN_HOST", port_variable="GRANIAN_PORT"),
    "flask": Listener(_FLASK, _LOCAL, "5000", "FLASK_RUN_HOST", "FLASK_RUN_PORT"),
    "quart": Listener(_FLASK, _LOCAL, "5000", "QUART_RUN_HOST", "QUART_RUN_PORT"),
    "django": Listener(_DJANGO),
    "streamlit": Listener(_STREAMLIT, ANYWHERE, "8501", "STREAMLIT_SERVER_ADDRESS", "STREAMLIT_SERVER_PORT"),
    "panel": Listener(_BOKEH, ANYWHERE, "5006", "BOKEH_ADDRESS", "BOKEH_PORT"),
    "bokeh": Listener(_BOKEH, ANYWHERE, "5006", "BOKEH_ADDRESS", "BOKEH_PORT"),
    "http.server": Listener(_HTTP_SERVER, ANYWHERE),
}
# Since version 0.0.13 `fastapi run` takes $PORT; which one will be installed is not known here.
_FASTAPI_RUN = Listener(_FASTAPI, ANYWHERE, "$PORT")
_FASTAPI_DEV = Listener(_FASTAPI)
_UNREAD = ("uds", "fd", "endpoint")
_DJANGO_ADDRESS = re.compile(r"(?:(?P<host>.*):)?(?P<port>[^:]*)")


@dataclass(slots=True)
class Found:
    """What the command line says: where it listens, the app, its options."""

    settings: dict[str, Setting] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    rest: tuple[str, ...] = ()
    given: Options = field(default_factory=lambda: Options({}, frozenset(), ()))
    listens: bool = False  # whether the server is known well enough to say where


def settings_of(tree: Tree, started: Started, app_json: Declared, scripts: list[str]) -> Found:
    """What a server is told by its command line and its variables."""
    name = started.program.name
    listener = _listener(name, started.program.arguments)
    if listener is None:
        return Found(rest=started.program.arguments)
    given = options(started.program.arguments, listener.known)
    found = Found(given=given, rest=given.rest, listens=True)
    for setting in ("workers", "keepalive", "graceful_timeout", "threads"):
        value = given.last(setting)
        if value is not None:
            found.settings[setting] = Setting(value, started.where)
    if any(given.last(each) for each in _UNREAD):
        found.unread.add("bind")
    elif name == "hypercorn" and given.last("config") is not None:
        found.unread.add("*")
    if name == "hypercorn" and given.values.get("bind"):
        found.settings["bind"] = Setting(",".join(given.values["bind"]), started.where)
    elif name == "waitress-serve" and given.values.get("listen"):
        found.settings["bind"] = Setting(",".join(" ".join(given.values["listen"]).split()), started.where)
    elif "bind" not in found.unread and "*" not in found.unread:
        found.settings["bind"] = _bind(tree, started, app_json, scripts, listener, given)
    return found


def _listener(name: str, arguments: tuple[str, ...]) -> Listener | None:
    if name == "fastapi":
        return _FASTAPI_DEV if arguments[:1] == ("dev",) else _FASTAPI_RUN
    if name in ("panel", "bokeh") and arguments[:1] != ("serve",):
        return None
    return LISTENERS.get(name)


def _bind(  # noqa: PLR0913, PLR0917  each may tell the address
    tree: Tree, started: Started, app_json: Declared, scripts: list[str], listener: Listener, given: Options
) -> Setting:
    host, port = given.last("host"), given.last("port")
    name, where = started.program.name, started.where
    if name == "django":
        host, port = _django(given.rest, given.flags)
    elif name == "http.server":
        port = next((word for word in given.rest if word), None)
    told = host is not None or port is not None
    for variable, is_host in ((listener.host_variable, True), (listener.port_variable, False)):
        value = started.env.get(variable, app_json.env.get(variable)) if variable else None
        if value is not None:
            told = True
            host, port = (host or value, port) if is_host else (host, port or value)
    if name == "streamlit" and port is None:
        port, where = _of_streamlit(tree, started, scripts)
        told = told or port is not None
    if name in ("flask", "quart"):
        dotenv = _of_dotenv(tree, started.folder or "")
        host = host or dotenv.get(listener.host_variable)
        port = port or dotenv.get(listener.port_variable)
    address = f"[{host}]" if host and ":" in host and not host.startswith("[") else host
    return Setting(
        f"{address or listener.host}:{port or listener.port}",
        where,
        is_default=not told or (host is None and listener.host == _LOCAL),
    )


def _django(rest: tuple[str, ...], flags: frozenset[str]) -> tuple[str | None, str | None]:
    """``runserver``, ``runserver $PORT``, ``runserver 0.0.0.0:$PORT``; 0 is every interface."""
    words = [word for word in rest if not word.endswith(".py") and word]
    address = words[1] if len(words) > 1 else ""
    # The colons within ${PORT:-8000} part nothing.
    cut = re.sub(r"\$\{[^}]*\}", lambda match: match[0].replace(":", "\0"), address)
    match = _DJANGO_ADDRESS.fullmatch(cut)
    host = (match["host"] if match else None) or ("[::1]" if "ipv6" in flags else None)
    port = match["port"].replace("\0", ":") if match else ""
    return ANYWHERE if host == "0" else host, port or None


def _of_streamlit(tree: Tree, started: Started, scripts: list[str]) -> tuple[str | None, str]:
    """The port in .streamlit/config.toml, or in the one that a script writes before (setup.sh)."""
    for script in scripts:
        text = tree.text(script) or ""
        if "config.toml" in text or ".streamlit" in text:
            match = re.search(
                r"^\s*(?:echo\s*[\"']?)?port\s*=\s*(\S{1,40}?)(?:\\n\\?)*[\"'\\]*$", text, re.MULTILINE
            )
            return (match[1] if match else "$PORT"), script
    path = join(started.folder or "", ".streamlit/config.toml")
    if tree.is_deployed(path):
        import tomllib

        try:
            server = tomllib.loads(tree.text(path) or "").get("server")
        except (tomllib.TOMLDecodeError, RecursionError):
            return None, started.where
        port = server.get("port") if isinstance(server, dict) else None
        if isinstance(port, int):
            return str(port), path
    return None, started.where


def _of_dotenv(tree: Tree, folder: str) -> dict[str, str]:
    """The variables that the flask command takes from .flaskenv and .env, when they are deployed."""
    found: dict[str, str] = {}
    for path in (join(folder, ".flaskenv"), join(folder, ".env")):
        if tree.is_deployed(path):
            pairs = (line.removeprefix("export ").partition("=") for line in tree.lines(path)[:200])
            found |= {name.strip(): value.strip().strip("\"'") for name, equals, value in pairs if equals}
    return found
