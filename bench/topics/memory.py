"""What the checks add to the memory of a worker.

Anonymous memory is what fills a dyno's quota. A worker's is its proportional share, since it shares
pages with gunicorn's master; the server's is master and worker together.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench.effort import Effort
from bench.http import ask, request
from bench.load import Load, apply
from bench.server import Server, free_port, gunicorn, serving
from bench.table import NOT_ASKED, Bound, Table
from checks.processes import memory_of

PLAIN = "a small Flask app"
OURS, OURS_S3 = "with ours", "with ours, model on S3"
APP, DIAG = "bench.servers.small_flask:app", ("-c", "python:diag.gunicorn")
SUBJECTS = {
    PLAIN: (gunicorn(APP), "/"),
    OURS: (gunicorn(APP, *DIAG), "/healthz"),
    OURS_S3: (gunicorn(APP, *DIAG), "/healthz"),
    "with flask-healthz": (gunicorn("bench.servers.with_flask_healthz:app"), "/healthz/live"),
    "with py-healthcheck": (gunicorn("bench.servers.with_py_healthcheck:app"), "/healthz"),
}
ADDED = Bound(8, False, " MB")
HEAVY = ("boto3", "botocore", "tensorflow")
LOAD_SECONDS = 1.0
AFTER_LOAD = 6.0  # seconds: each check has been asked again by then


@dataclass(frozen=True, slots=True)
class Figures:
    """Anonymous MB (MiB) of the worker and of the whole server."""

    worker: float
    server: float


def measure(effort: Effort) -> Table:
    """Anonymous MB after a rest, and after some seconds of health requests."""
    with ExitStack() as stack:
        servers = {}
        for name, (command, _) in SUBJECTS.items():
            env = _s3() if name == OURS_S3 else {}
            servers[name] = stack.enter_context(serving(command, env))
            servers[name].until_answer()
        time.sleep(effort.settle_seconds)
        rested = {name: _figures(server) for name, server in servers.items()}
        for name, server in servers.items():
            message = request("GET", SUBJECTS[name][1]).decode("latin-1")
            apply(Load(server.port, message, LOAD_SECONDS))
        time.sleep(AFTER_LOAD)
        asked = {name: _figures(server) for name, server in servers.items()}
        heavy = {name: _heavy(server) for name, server in servers.items()}
    return _table(rested, asked, heavy)


def _s3() -> dict[str, str]:
    """A source on S3, at an endpoint on this machine where nobody listens."""
    return {
        "MODEL_URI": "s3://bucket/model.keras",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{free_port()}",
    }


def _figures(server: Server) -> Figures:
    worker = memory_of(server.worker.pid).anonymous
    return Figures(worker, worker + memory_of(server.process.pid).anonymous)


def _heavy(server: Server) -> list[str]:
    """Which heavy packages the worker holds."""
    modules = json.loads(ask(server.port, request("GET", "/modules"))[1])["modules"]
    return [name for name in HEAVY if name in modules]


def _table(rested: dict[str, Figures], asked: dict[str, Figures], heavy: dict[str, list[str]]) -> Table:
    table = Table(
        "Anonymous memory of a worker, in MB, after a rest and after health requests",
        ("app", "worker", "added", "after requests", "added", "server added", "heavy imports"),
    )
    for name in SUBJECTS:
        added = [found[name].worker - found[PLAIN].worker for found in (rested, asked)]
        server = asked[name].server - asked[PLAIN].server
        table.add(
            name,
            f"{rested[name].worker:.1f}",
            f"{added[0]:+.1f}",
            f"{asked[name].worker:.1f}",
            f"{added[1]:+.1f}",
            f"{server:+.1f}",
            " ".join(heavy[name]) or "none",
            verdict=ADDED.cells(max(added)) if name in (OURS, OURS_S3) else NOT_ASKED,
        )
    heavy_of_ours = [*heavy[OURS], *heavy[OURS_S3]]
    table.add(
        f"{', '.join(HEAVY)} in our worker",
        *[""] * 5,
        str(len(heavy_of_ours)),
        verdict=Bound(0, False).cells(len(heavy_of_ours)),
    )
    return table
