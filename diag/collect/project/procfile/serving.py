"""How the web server serves: whether it is made for it, keeps connections long enough, and ends in time."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level, Value
from checks.limits import STOP_SECONDS
from diag.cause import Confidence
from diag.collect.project.procfile.finding import CERTAIN, LIKELY, POSSIBLE, exchange, in_command
from diag.collect.project.procfile.web import Setting, WebProcess
from diag.collect.project.words import words_of

ROUTER_KEEPS = 90  # seconds that Router 2.0 keeps an idle connection. Dev Center `http-routing`.
KEEP = 95  # seconds that Heroku's own sample keeps one. heroku/python-getting-started, gunicorn.conf.py
GRACE = 20  # seconds of the same sample
# Seconds without the setting: gunicorn/config.py, uvicorn/config.py, hypercorn/config.py.
_KEEPS = {"gunicorn": 2, "uvicorn": 5, "hypercorn": 5}
_KEEPALIVE = {"gunicorn": "--keep-alive", "uvicorn": "--timeout-keep-alive", "hypercorn": "--keep-alive"}
_GRACEFUL = {
    "gunicorn": "--graceful-timeout",
    "uvicorn": "--timeout-graceful-shutdown",
    "hypercorn": "--graceful-timeout",
}
# Those of gunicorn's workers that go by its keepalive: gthread.py, base_async.py, gasgi.py; uvicorn's own.
_KEEPING = words_of(
    "gthread gevent geventworker eventlet eventletworker uvicornworker uvicornh11worker asgi asgiworker"
)
_DEVELOPMENT = {
    "flask": "flask run",
    "quart": "quart run",
    "django": "manage.py runserver",
    "fastapi": "fastapi dev",
}


def check_serving(web: WebProcess) -> Iterator[Evidence]:
    """Development servers, connections that are closed too soon, stops that take too long."""
    yield from _development(web)
    yield from _keepalive(web)
    yield from _graceful(web)


def _development(web: WebProcess) -> Iterator[Evidence]:
    name = _DEVELOPMENT.get(web.server)
    if name is None or not web.is_certain or (web.server == "fastapi" and web.arguments[:1] != ("dev",)):
        return
    text = f"web starts {name}, which is made for one developer."
    yield in_command("dev-server", Level.WARN, CERTAIN, text, web.where, command=name)


def worker_class(web: WebProcess) -> str:
    """gunicorn's kind of worker, in its last word: sync, gthread, gevent, uvicornworker; empty if unknown."""
    if web.is_unread("worker_class") or web.is_unread("threads"):
        return ""
    given = web.setting("worker_class")
    name = given.value.rpartition(".")[2].lower() if given else "sync"
    threads = web.setting("threads")
    if name in ("sync", "syncworker"):
        if threads is None or threads.number == 1:
            return "sync"
        return "gthread" if threads.number else ""
    return "gthread" if name == "threadworker" else name


def _keepalive(web: WebProcess) -> Iterator[Evidence]:
    default = _KEEPS.get(web.server)
    if default is None or web.front or web.is_unread("keepalive"):
        return
    given = web.setting("keepalive")
    seconds = given.number if given else default
    kind = worker_class(web) if web.server == "gunicorn" else web.server
    # Sync workers close each connection with the answer, as does 0 for all: the router knows it.
    if (
        (web.server == "gunicorn" and kind not in _KEEPING)
        or seconds is None
        or not 0 < seconds < ROUTER_KEEPS
    ):
        return
    sure: Confidence = LIKELY if web.is_certain and (given or web.server == "gunicorn") else POSSIBLE
    who = f"gunicorn's {kind} workers close" if web.server == "gunicorn" else f"{web.server} closes"
    text = f"{who} idle connections after {seconds} s, and the router keeps them for {ROUTER_KEEPS} s."
    yield in_command(
        "keepalive-race",
        Level.WARN if given else Level.INFO,  # every default is too short
        sure,
        text,
        given.where if given else web.where,
        keeper=web.server,
        keepalive=seconds,
        **_exchange(web, given, "keepalive", _KEEPALIVE[web.server], KEEP),
    )


def _graceful(web: WebProcess) -> Iterator[Evidence]:
    given = web.setting("graceful_timeout")
    if web.server not in _GRACEFUL or given is None or (given.number or 0) < STOP_SECONDS:
        return
    text = (
        f"{web.server} gives its requests {given.number} s to end after SIGTERM, and Heroku kills it after "
        f"{STOP_SECONDS} s."
    )
    yield in_command(
        "exit-timeout",
        Level.WARN,
        LIKELY if web.is_certain else POSSIBLE,
        text,
        given.where,
        keeper=web.server,
        graceful_timeout=given.number,
        **_exchange(web, given, "graceful_timeout", _GRACEFUL[web.server], GRACE),
    )


def _exchange(
    web: WebProcess, given: Setting | None, name: str, option: str, better: int
) -> dict[str, Value]:
    """What to write in place of what; nothing where it is not set yet."""
    where = given.where if given else web.where
    in_python = where.partition(":")[0].endswith(".py")
    right = f"{name} = {better}" if in_python else f"{option} {better}"
    if given is not None:
        return exchange(where, f"{name} = {given.value}" if in_python else f"{option} {given.value}", right)
    return {}
