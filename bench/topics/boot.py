"""From the start of a server to the bound port, to the first answer, to ready."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from bench.effort import Effort
from bench.models import sample_model
from bench.rounds import Spread, differences, take_turns
from bench.server import ROOT, Server, gunicorn, procfile, serving
from bench.table import Bound, Table

APP = "bench.servers.small_flask:app"
PLAIN, OURS = "a small Flask app", "with ours"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process."""

    answered: float
    ready: float


def measure_bind(effort: Effort) -> Table:
    """Seconds until the port is bound, with and without our hooks."""
    turns = {
        PLAIN: partial(_bound, gunicorn(APP)),
        OURS: partial(_bound, gunicorn(APP, "-c", "python:diag.gunicorn")),
    }
    take_turns(turns, 1)  # not counted: files come into the page cache, byte code is written
    found = take_turns(turns, effort.start_rounds)
    added = differences(found[OURS], found[PLAIN])
    table = Table("Seconds from the start of gunicorn until its port is bound", ("app", "seconds", "added"))
    table.add(PLAIN, Spread.of(found[PLAIN]).text(".3f"), "")
    verdict = Bound(0.1, False, " s").cells(added.median)
    table.add(OURS, Spread.of(found[OURS]).text(".3f"), added.text("+.3f"), verdict=verdict)
    return table


def _bound(command: Sequence[str]) -> float:
    with serving(command) as server:
        return server.until_bound()


def measure_livez(effort: Effort) -> Table:
    """Seconds until our service answers and until it is ready, beside one that loads at import."""
    ours, theirs = "GET /livez of our service", "a service that loads its model at import"
    per_request = gunicorn("bench.servers.predict_per_request:app")
    model = {"MODEL_FILE": str(sample_model())}
    turns = {
        ours: lambda: _start(serving(procfile(), folder=ROOT), "/livez", "/readyz"),
        theirs: lambda: _start(serving(per_request, model), "/", "/", status=404),
    }
    found = take_turns(turns, effort.slow_start_rounds)
    table = Table(
        "Seconds from the start of the service to its first answer, median (least to most)",
        ("service", "first answer", "ready to predict"),
    )
    for name, starts in found.items():
        answered = Spread.of(start.answered for start in starts)
        ready = Spread.of(start.ready for start in starts)
        verdict = Bound(0.5, False, " s").cells(answered.median) if name == ours else ("", "")
        table.add(name, answered.text(), ready.text(), verdict=verdict)
    return table


def _start(start: AbstractContextManager[Server], alive: str, ready: str, status: int = 200) -> Start:
    with start as server:
        answered = server.until_answer(alive, status=status)
        return Start(answered, server.until_answer(ready, status=status))
