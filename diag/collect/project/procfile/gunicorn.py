"""gunicorn's settings, from its command line, GUNICORN_CMD_ARGS and its configuration file.

The command line wins over the variable, the variable over the file. gunicorn 27, gunicorn/app/base.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from diag.collect.project.procfile.declared import Declared
from diag.collect.project.procfile.options import Grammar, Options, grammar, options
from diag.collect.project.procfile.paths import resolved
from diag.collect.project.procfile.plain import Shell
from diag.collect.project.procfile.simple import LITERAL
from diag.collect.project.procfile.values import Value, evaluated
from diag.collect.project.procfile.walk import Started
from diag.collect.project.procfile.web import Setting
from diag.collect.project.tree import Tree

DEFAULT_FILE = "gunicorn.conf.py"
# gunicorn/config.py; by the names that a configuration file uses.
GRAMMAR: Grammar = grammar(
    "config=-c,--config bind=-b,--bind backlog workers=-w,--workers worker_class=-k,--worker-class threads"
    " worker-connections max-requests max-requests-jitter timeout=-t,--timeout graceful-timeout"
    " keepalive=--keep-alive limit-request-line limit-request-fields"
    " limit_request_field_size=--limit-request-field_size reload-engine reload-extra-file chdir"
    " raw_env=-e,--env pidfile=-p,--pid worker-tmp-dir user=-u,--user group=-g,--group umask=-m,--umask"
    " forwarded-allow-ips accesslog=--access-logfile access_log_format=--access-logformat"
    " errorlog=--error-logfile,--log-file loglevel=--log-level logger-class logconfig=--log-config"
    " log-config-json log-syslog-to log-syslog-prefix log-syslog-facility statsd-host statsd-prefix"
    " dogstatsd-tags proc_name=-n,--name pythonpath paste=--paste,--paster proxy-allow-from protocol"
    " uwsgi-allow-from keyfile certfile ssl-version cert-reqs ca-certs ciphers paste-global"
    " forwarder-headers header-map http-protocols control-socket control-socket-mode asgi-loop asgi-lifespan"
    " root-path http-parser dirty-app dirty-workers dirty-timeout dirty-threads dirty-graceful-timeout",
    "preload_app=--preload reload spew check-config print-config no-sendfile reuse-port daemon=-D,--daemon"
    " initgroups capture-output log-syslog enable-stdio-inheritance=-R,--enable-stdio-inheritance"
    " proxy-protocol suppress-ragged-eofs do-handshake-on-connect no-control-socket",
)
READ = (
    "bind",
    "workers",
    "threads",
    "timeout",
    "graceful_timeout",
    "keepalive",
    "worker_class",
    "preload_app",
    "chdir",
    "pythonpath",
    "reload",
    "wsgi_app",
    "daemon",
)


@dataclass(slots=True)
class Found:
    """The settings, the app as the command has it, and the configuration file that is missing."""

    settings: dict[str, Setting] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    app: str = ""
    config: str = ""
    missing_config: str = ""


def settings_of(tree: Tree, started: Started, app_json: Declared) -> Found:
    """What gunicorn is told, by whatever place wins."""
    given = options(started.program.arguments, GRAMMAR)
    by_env, env_where = _by_env(started, app_json)
    found = Found(app=given.rest[0] if given.rest else "")
    config = given.last("config") or (by_env.last("config") if by_env else None)
    _read_file(tree, started, config, app_json.cores, found)
    if by_env is not None:
        _take(by_env, env_where, found)
    _take(given, started.where, found)
    return found


def _by_env(started: Started, app_json: Declared) -> tuple[Options | None, str]:
    """The options in GUNICORN_CMD_ARGS, where the command or app.json sets it."""
    for env, where in ((started.env, started.where), (app_json.env, "app.json")):
        if "GUNICORN_CMD_ARGS" in env:
            try:
                words = shlex.split(env["GUNICORN_CMD_ARGS"])
            except ValueError:
                return None, where
            return options(tuple(words), GRAMMAR), where
    return None, ""


def _take(given: Options, where: str, found: Found) -> None:
    for name, values in given.values.items():
        if name in READ:
            found.settings[name] = Setting(",".join(values) if name == "bind" else values[-1], where)
            found.unread.discard(name)
    for name in given.flags.intersection(READ):
        found.settings[name] = Setting("True", where)
        found.unread.discard(name)


def _read_file(tree: Tree, started: Started, config: str | None, cores: int, found: Found) -> None:
    path = _config_path(tree, started, config)
    if path is None:
        if config is not None:
            found.unread.add("*")
        return
    source = tree.text(path) if tree.is_deployed(path) else None
    if source is None:
        if config is not None:
            found.missing_config = path if not tree.is_deployed(path) else ""
            found.unread.add("*")
        return
    found.config = path
    file = evaluated(source, cores)
    found.unread |= file.unknown.intersection(READ) | ({"*"} if file.is_open else set())
    found.settings |= _of_file(file.values, path)


def _of_file(values: Mapping[str, Value], path: str) -> dict[str, Setting]:
    found = {}
    for name in READ:
        value = values.get(name)
        if value is None or value.of is None:
            continue
        text = ",".join(map(_text, value.of)) if isinstance(value.of, tuple) else _text(value.of)
        found[name] = Setting(text, f"{path}:{value.line}", by_cores=value.by_cores)
    return found


def _text(value: object) -> str:
    """As the shell would have to be told: in a file of Python no shell looks at a dollar sign."""
    return str(value) if isinstance(value, Shell) else str(value).replace("$", LITERAL)


def _config_path(tree: Tree, started: Started, config: str | None) -> str | None:
    """The file's path from the root; None for none, or one that can't be told."""
    if started.folder is None:
        return None
    if config is None:
        path = resolved(started.folder, DEFAULT_FILE)
        return path if path and tree.is_deployed(path) else None
    if config.startswith("python:"):
        module = config.removeprefix("python:").replace(".", "/")
        paths = [f"{module}.py", f"{module}/__init__.py"]
        there = (resolved(folder, path) for folder in (started.folder, "") for path in paths)
        return next((path for path in there if path and tree.is_deployed(path)), None)
    return None if "$" in config else resolved(started.folder, config.removeprefix("file:"))
