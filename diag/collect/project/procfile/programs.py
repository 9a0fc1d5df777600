"""What a program is by its name: a web server, a worker, something that is soon done, or unknown."""

from __future__ import annotations

import re
from enum import StrEnum
from posixpath import basename
from typing import NamedTuple

from diag.collect.project.procfile.wrappers import is_python, without_options
from diag.collect.project.words import words_of


class Kind(StrEnum):
    """What a program does to the process that starts it."""

    SERVER = "server"  # listens, and goes on
    PYTHON = "python"  # a script or module of which only its code would tell
    WORKER = "worker"  # goes on, and never listens
    DONE = "done"  # is soon at its end
    FRONT = "front"  # listens in front of another
    UNKNOWN = "unknown"


class Program(NamedTuple):
    """A program by the name it is known under, and its arguments."""

    kind: Kind
    name: str
    arguments: tuple[str, ...] = ()


_SERVERS = words_of(
    "gunicorn uvicorn hypercorn daphne waitress-serve granian streamlit panel bokeh voila fastapi uwsgi sanic"
    " http.server jupyter chainlit litestar"
)
_ALIASES = {
    "waitress": "waitress-serve",
    "gunicorn3": "gunicorn",
    "streamlit.web.cli": "streamlit",
    "jupyter-notebook": "jupyter",
    "jupyter-lab": "jupyter",
    "notebook": "jupyter",
    "jupyterlab": "jupyter",
}
_WORKERS = words_of("rqworker rqscheduler dramatiq huey_consumer huey_consumer.py arq taskiq")
_FRONTS = words_of("nginx caddy haproxy envoy traefik apache2 httpd varnishd")
_DONE = words_of(
    "echo printf sleep mkdir cp mv rm ln ls pwd cat chmod touch sed awk grep tee find head tail date true"
    " false : test [ [[ set unset shift trap wait ulimit umask exit return read eval declare local alias hash"
    " type which command pip pip3 git curl wget tar unzip gunzip base64 openssl alembic aerich playwright"
    " pybabel nltk spacy psql nltk.downloader compileall json.tool"
)
_KIND = {
    name: kind
    for names, kind in (
        (_SERVERS, Kind.SERVER),
        (_WORKERS, Kind.WORKER),
        (_FRONTS, Kind.FRONT),
        (_DONE, Kind.DONE),
    )
    for name in names
}
_OF_MANAGE = dict.fromkeys(words_of("runserver runserver_plus testserver run_gunicorn"), Kind.SERVER)
_OF_MANAGE |= dict.fromkeys(
    words_of(
        "celery celeryd celerybeat rqworker rqworker-pool rqscheduler qcluster process_tasks run_huey"
        " runworker rundramatiq db_worker runapscheduler procrastinate"
    ),
    Kind.WORKER,
)
_OF_MANAGE |= dict.fromkeys(
    words_of(
        "migrate makemigrations collectstatic check createsuperuser loaddata dumpdata flush"
        " compilemessages createcachetable compress migrate_schemas update_index rebuild_index clearsessions"
    ),
    Kind.DONE,
)
_NODE = words_of("npm yarn pnpm npx")
_NODE_DONE = words_of("install i ci add build run-build")
_CELERY_VALUED = words_of("-A --app -b --broker --workdir --result-backend --loader --config")
_MANAGE = re.compile(r"manage(?:\.py)?|django-admin(?:\.py)?")


def program(words: tuple[str, ...]) -> Program:
    """What these words start, wrappers already taken away."""
    if not words:
        return Program(Kind.UNKNOWN, "")
    name, rest = basename(words[0]), words[1:]
    if is_python(name):
        return _python(without_options(rest))
    if _MANAGE.fullmatch(name) and words[0] != "manage.py":
        return _manage(words[0], rest)
    if name.endswith(".py") and "/" in words[0]:
        return Program(Kind.PYTHON, "python", words)
    return _named(name, rest)


def _python(words: tuple[str, ...]) -> Program:
    first, rest = words[0] if words else "", words[1:]
    if not first or first == "-c" or (first == "-m" and not rest):
        return Program(Kind.UNKNOWN, f"python {first}".rstrip(), rest)
    if first == "-m":
        return _module(words)
    if _MANAGE.fullmatch(basename(first)):
        return _manage(first, rest)
    return Program(Kind.PYTHON, "python", words)


def _module(words: tuple[str, ...]) -> Program:
    """What ``-m module …`` starts."""
    module, rest = words[1], words[2:]
    if module.endswith(".gunicorn"):  # a package's own way to start it
        return Program(Kind.SERVER, "gunicorn", rest)
    if module in ("django", "django.__main__"):
        return _manage("", rest)
    found = _named(module, rest)
    return Program(Kind.PYTHON, "python", words) if found.kind is Kind.UNKNOWN else found


def _named(name: str, rest: tuple[str, ...]) -> Program:
    name = _ALIASES.get(name, name)
    kind = _KIND.get(name, Kind.UNKNOWN)
    if name in ("flask", "quart"):  # what extensions add (`flask db upgrade`) is soon done
        kind = Kind.SERVER if "run" in rest[:6] else Kind.DONE
    elif name == "celery":
        name, kind = _celery(rest)
    elif name == "rq":
        name = f"rq {_first(rest)}".rstrip()
        kind = Kind.WORKER if name in ("rq worker", "rq worker-pool") else Kind.UNKNOWN
    elif name in _NODE:
        verbs = [word for word in rest[:3] if not word.startswith("-")]
        is_build = verbs[:1] == ["run"] and "build" in "".join(verbs[1:2])
        kind = Kind.DONE if is_build or _first(rest) in _NODE_DONE else Kind.UNKNOWN
    elif name == "jupyter" and _first(rest) == "nbconvert":
        kind = Kind.DONE
    return Program(kind, name, rest)


def _first(words: tuple[str, ...]) -> str:
    return next((word for word in words if not word.startswith("-")), "")


def _celery(rest: tuple[str, ...]) -> tuple[str, Kind]:
    """``celery -A app worker``, ``celery worker -A app``; flower is a web server."""
    words = [
        word
        for index, word in enumerate(rest)
        if not word.startswith("-") and (index == 0 or rest[index - 1] not in _CELERY_VALUED)
    ]
    verb = words[0] if words else ""
    kind = Kind.WORKER if verb in ("worker", "beat", "events") else Kind.UNKNOWN
    return f"celery {verb}".rstrip(), kind


def _manage(script: str, rest: tuple[str, ...]) -> Program:
    verb = _first(rest)
    kind = _OF_MANAGE.get(verb, Kind.UNKNOWN)
    name = f"manage.py {verb}".rstrip()
    if kind is Kind.SERVER:
        name = verb if verb == "run_gunicorn" else "django"
    return Program(kind, name, (script, *rest))
