"""Whose code a frame is, and what was going on: by the paths and names in a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterable

from diag.collect.logs.raised.record import Frame

_INSTALLED = re.compile(
    r"(?:site|dist)-packages[/\\]|[/\\]\.heroku[/\\]|[/\\]lib(?:64)?[/\\]python\d|[/\\]\.?venv[/\\]"
    r"|[/\\][Pp]ython(?:\d+|[/\\]Python\d+)(?:-\d+)?[/\\][Ll]ib[/\\]|^/usr/|\.p(?:yx|xd|xi)$"
)
_ROOTS = re.compile(r"^(?:/app/|/workspace/|/tmp/build_[0-9a-f_]+/|\./)")
_PACKAGE = re.compile(r"(?:site|dist)-packages[/\\](?P<top>[^/\\]+)")

# Functions of servers and frameworks that only run while a request is answered, by the end of their file.
_OF_REQUEST = (
    ("flask/app.py", frozenset({"full_dispatch_request", "wsgi_app", "dispatch_request"})),
    ("django/core/handlers/exception.py", frozenset({"inner"})),
    (
        "django/core/handlers/base.py",
        frozenset({"get_response", "_get_response", "get_response_async", "_get_response_async"}),
    ),
    ("django/core/handlers/wsgi.py", frozenset({"__call__"})),
    ("gunicorn/workers/sync.py", frozenset({"handle_request", "handle"})),
    ("gunicorn/workers/gthread.py", frozenset({"handle_request", "handle"})),
    ("gunicorn/workers/base_async.py", frozenset({"handle_request", "handle"})),
    ("gunicorn/workers/ggevent.py", frozenset({"handle_request", "handle"})),
    ("uvicorn/protocols/http/httptools_impl.py", frozenset({"run_asgi"})),
    ("uvicorn/protocols/http/h11_impl.py", frozenset({"run_asgi"})),
    ("werkzeug/serving.py", frozenset({"run_wsgi", "execute"})),
    ("starlette/middleware/errors.py", frozenset({"__call__"})),
    ("aiohttp/web_protocol.py", frozenset({"_handle_request", "start"})),
    ("tornado/web.py", frozenset({"_execute"})),
    ("waitress/task.py", frozenset({"service", "execute"})),
    ("wsgiref/handlers.py", frozenset({"run"})),
    ("bottle.py", frozenset({"_handle"})),
)
_OF_BOOT = (
    ("gunicorn/util.py", frozenset({"import_app"})),
    ("gunicorn/app/wsgiapp.py", frozenset({"load_wsgiapp", "load"})),
    ("gunicorn/workers/base.py", frozenset({"load_wsgi"})),
    ("gunicorn/config.py", frozenset({"<module>", "Workers"})),
    ("uvicorn/config.py", frozenset({"load"})),
    ("uvicorn/importer.py", frozenset({"import_from_string"})),
    ("starlette/routing.py", frozenset({"lifespan"})),
    ("hypercorn/utils.py", frozenset({"load_application"})),
    ("flask/cli.py", frozenset({"locate_app", "load_app", "find_best_app"})),
    ("django/core/wsgi.py", frozenset({"get_wsgi_application"})),
    ("django/core/asgi.py", frozenset({"get_asgi_application"})),
)
_OF_BACKGROUND = (
    ("/threading.py", frozenset({"_bootstrap_inner"})),
    ("celery/app/trace.py", frozenset({"trace_task"})),
    ("apscheduler/executors/base.py", frozenset({"run_job"})),
    ("rq/worker.py", frozenset({"perform_job"})),
)
_MARKS: dict[str, list[tuple[str, str]]] = {}
for _what, _marks in (("request", _OF_REQUEST), ("boot", _OF_BOOT), ("background", _OF_BACKGROUND)):
    for _end, _functions in _marks:
        for _function in _functions:
            _MARKS.setdefault(_function, []).append((_end, _what))
_STRENGTH = {"": 0, "background": 1, "boot": 2, "request": 3}

_REQUEST_HEADING = re.compile(
    r"Exception on \S+ \[[A-Z]+\]|Internal Server Error: /|Error handling request"
    r"|Exception in ASGI application|Uncaught exception (?:GET|POST|PUT|DELETE|PATCH|HEAD) "
    r"|Invalid HTTP_HOST header: "
)
_BOOT_HEADING = re.compile(r"Exception in worker process|an ImportError was raised")
_BACKGROUND_HEADING = re.compile(
    r"^(?:Exception in thread |Exception ignored in|--- Logging error ---"
    r"|Task exception was never retrieved|future: <Task )|Job \".*\" .*raised an exception"
    r"|Task \S+\[[\w-]+\] (?:raised|retry)|[Rr]etrying"
)
_LEVEL = re.compile(
    r"\b(?P<level>WARN|WARNING|INFO|DEBUG|ERROR|CRITICAL|EXCEPTION|FATAL|[Ww]arning|[Ee]rror|[Ff]ailed)\b"
)
_OF_GUNICORN = re.compile(r"\[\d+\] \[(?:INFO|WARNING|ERROR|CRITICAL|DEBUG)\] ")


def is_own(file: str) -> bool:
    """Whether a source file is the app's: not installed, not Python's own, not generated."""
    return not file.startswith("<") and not _INSTALLED.search(file)


def is_apps(frame: Frame) -> bool:
    """Whether a frame is of the app's code."""
    # A compiled package names its sources by relative paths, and its functions by dotted names.
    return is_own(frame.file) and (frame.file.startswith("/") or "." not in frame.function)


def own_among(frames: Iterable[Frame]) -> Frame | None:
    """The last frame in the app's code."""
    return next((f for f in reversed(tuple(frames)) if is_apps(f)), None)


def relative(file: str) -> str:
    """The path as seen from the app's folder; one in a person's home as it is."""
    return _ROOTS.sub("", file, count=1)


def package_of(file: str) -> str:
    """The top-level module of an installed file, or empty."""
    match = _PACKAGE.search(file)
    return match["top"].removesuffix(".py") if match else ""


def doing(frame: Frame) -> str:
    """What only runs while the dyno does this: ``request``, ``boot``, ``background``; mostly empty."""
    for end, what in _MARKS.get(frame.function, ()):
        if frame.file.replace("\\", "/").endswith(end):
            return what
    return ""


def stronger(context: str, other: str) -> str:
    """A request is answered by a server that was booted, not the other way round."""
    return max(context, other, key=_STRENGTH.__getitem__)


def heading_of(before: str, frames: tuple[Frame, ...], context: str) -> str:
    """The line above the traceback, when it introduces it and does not merely stand there.

    A record of the app's own logger is taken for a heading only if the traceback begins within a
    function and has no frame of a server: what was caught there and logged looks so, a crash does not.
    """
    if not before:
        return ""
    if any(p.search(before) for p in (_REQUEST_HEADING, _BOOT_HEADING, _BACKGROUND_HEADING)):
        return before
    if context or not frames or frames[0].function in ("<module>", ""):
        return ""
    level = _LEVEL.search(before[:200])
    return before if level and " HTTP/" not in before and not _OF_GUNICORN.search(before) else ""


def context_of(heading: str, context: str) -> str:
    """What was going on, by the heading and by `doing` of all frames."""
    if _BACKGROUND_HEADING.search(heading):
        return context or "background"
    if _REQUEST_HEADING.search(heading):
        return "request"
    if _BOOT_HEADING.search(heading):
        return "boot"
    level = _LEVEL.search(heading[:200])
    if not context and level and level["level"].upper() in ("WARN", "WARNING", "INFO", "DEBUG"):
        return "background"
    return context
