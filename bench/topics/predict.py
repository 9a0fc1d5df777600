"""Answers per second for one sample: our service, and `model.predict` for each request."""

from __future__ import annotations

import json
import random
from functools import partial
from typing import Any

from bench.effort import Effort
from bench.http import ask, request
from bench.load import Load, Tally, apply
from bench.rounds import Spread, ratios, take_turns
from bench.sample import sample_model
from bench.server import ROOT, Server, gunicorn, procfile, serving
from bench.table import Bound, Table

OURS, THEIRS = "our service", "model.predict for each request"
SIZE = 10  # numbers in one sample
SAMPLES = 20
TOLERANCE = 1e-5


def measure(effort: Effort) -> Table:
    """Requests/s of POST /predict, one worker, and whether the answers are the same."""
    per_request = gunicorn("bench.servers.predict_per_request:app")
    model = {"MODEL_FILE": str(sample_model())}
    with serving(procfile(), folder=ROOT) as ours, serving(per_request, model) as theirs:
        ours.until_answer("/readyz")
        theirs.until_answer("/", status=404)
        apart = max(_apart(ours, theirs, sample) for sample in _samples())
        turns = {
            OURS: partial(_turn, ours, effort.load_seconds),
            THEIRS: partial(_turn, theirs, effort.slow_load_seconds),
        }
        take_turns(turns, 1)  # not counted
        return _table(take_turns(turns, effort.load_rounds), apart)


def _samples() -> list[list[float]]:
    chance = random.Random(1)
    return [[round(chance.uniform(-3, 3), 3) for _ in range(SIZE)] for _ in range(SAMPLES)]


def _message(sample: list[float]) -> bytes:
    return request("POST", "/predict", json.dumps({"features": sample}).encode())


def _turn(server: Server, seconds: float) -> Tally:
    return apply(Load(server.port, _message(_samples()[0]).decode("latin-1"), seconds))


def _apart(ours: Server, theirs: Server, sample: list[float]) -> float:
    """The largest difference between two answers for the same sample."""
    first, second = (_numbers(server, sample) for server in (ours, theirs))
    return max(abs(a - b) for a, b in zip(first, second, strict=True))


def _numbers(server: Server, sample: list[float]) -> list[float]:
    status, body = ask(server.port, _message(sample), 30.0)
    if status != 200:
        raise RuntimeError(f"{status} instead of a prediction: {body[:200]!r}")
    return _flat(json.loads(body)["prediction"])


def _flat(answer: Any) -> list[float]:
    """The numbers in nested lists."""
    return [number for part in answer for number in _flat(part)] if isinstance(answer, list) else [answer]


def _table(found: dict[str, list[Tally]], apart: float) -> Table:
    table = Table(
        "POST /predict: the sample model, one worker, 4 connections",
        ("service", "requests/s", "p50 ms", "p99 ms", "errors", "ours is × of it"),
    )
    times = ratios(*([tally.rate for tally in found[name]] for name in (OURS, THEIRS)))
    for name, tallies in found.items():
        table.add(
            name,
            f"{Spread.of(tally.rate for tally in tallies).median:,.0f}",
            *(f"{Spread.of(tally.latency(p) for tally in tallies).median:.1f}" for p in (50, 99)),
            str(sum(tally.errors for tally in tallies)),
            times.text(",.1f") if name == THEIRS else "",
            verdict=Bound(50, True, " ×").cells(times.median) if name == THEIRS else ("", ""),
        )
    table.add(
        f"largest difference of {SAMPLES} answers",
        *[""] * 4,
        f"{apart:.1e}",
        verdict=Bound(TOLERANCE, False).cells(apart),
    )
    return table
