"""How many health requests one sync worker answers: ours, none at all, and the peers."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from bench.effort import Effort
from bench.http import request
from bench.load import Load, Tally, apply
from bench.rounds import Spread, ratios, take_turns
from bench.server import Server, gunicorn, serving
from bench.table import Bound, Table

OURS, BARE = "ours, in front of a bare function", "a bare WSGI function"
PEERS = {
    "flask-healthz": ("bench.servers.with_flask_healthz:app", "/healthz/live"),
    "py-healthcheck": ("bench.servers.with_py_healthcheck:app", "/healthz"),
    "django-health-check": ("bench.servers.with_django:app", "/healthz"),
}
BOUNDS = {BARE: Bound(0.9, True, " ×"), **dict.fromkeys(PEERS, Bound(1.5, True, " ×"))}


@dataclass(frozen=True, slots=True)
class Turn:
    """One subject's turn: the answers, and the processor time of the server for each, in µs."""

    tally: Tally
    cpu: float


def measure(effort: Effort) -> Table:
    """Requests/s of GET /healthz, and how many times a peer's ours are."""
    with ExitStack() as stack:
        servers = {
            OURS: (gunicorn("bench.servers.bare:app", "-c", "python:diag.gunicorn"), "/healthz"),
            BARE: (gunicorn("bench.servers.bare:app"), "/healthz"),
            **{name: (gunicorn(app), path) for name, (app, path) in PEERS.items()},
        }
        turns = {}
        for name, (command, path) in servers.items():
            server = stack.enter_context(serving(command))
            server.until_answer(path)
            turns[name] = partial(_turn, server, path, effort.load_seconds)
        take_turns(turns, 1)  # not counted: caches fill, the interpreter specialises
        return _table(take_turns(turns, effort.load_rounds))


def _turn(server: Server, path: str, seconds: float) -> Turn:
    before = _cpu(server)
    tally = apply(Load(server.port, request("GET", path).decode("latin-1"), seconds))
    return Turn(tally, (_cpu(server) - before) / max(1, tally.answers) * 1e6)


def _cpu(server: Server) -> float:
    times = server.worker.cpu_times()
    return float(times.user + times.system)


def _table(found: dict[str, list[Turn]]) -> Table:
    table = Table(
        "GET /healthz: gunicorn, one sync worker, 4 connections",
        (
            "server",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "CPU µs each",
            "errors",
            "bare is × of it",
            "ours is × of it",
        ),
    )
    ours, bare = ([turn.tally.rate for turn in found[name]] for name in (OURS, BARE))
    for name, turns in found.items():
        rates = [turn.tally.rate for turn in turns]
        times = ratios(ours, rates)
        table.add(
            f"{name} {version(name)}" if name in PEERS else name,
            f"{Spread.of(rates).median:,.0f}",
            *(f"{Spread.of(t.tally.latency(p) for t in turns).median:.2f}" for p in (50, 99)),
            f"{Spread.of(turn.cpu for turn in turns).median:.0f}",
            str(sum(turn.tally.errors for turn in turns)),
            f"{ratios(bare, rates).median:.2f}" if name in PEERS else "",
            "" if name == OURS else times.text(),
            verdict=BOUNDS[name].cells(times.median) if name in BOUNDS else ("", ""),
        )
    return table
