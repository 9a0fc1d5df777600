"""Answers per second for one sample: our service, `model.predict` for each request, and LitServe."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import combinations, starmap
from pathlib import Path
from typing import Any

from bench.effort import Effort
from bench.http import ask, request
from bench.load import Load, Tally, apply
from bench.models import mobilenet, numbers, picture, sample_model
from bench.rounds import Spread, ratios, take_turns
from bench.server import PORT, ROOT, Server, gunicorn, procfile, serving
from bench.table import NOT_ASKED, Bound, Table

OURS, THEIRS, LITSERVE = "our service", "model.predict for each request", "LitServe"
TOLERANCE = 1e-5
MEANINGFUL = 0.1  # how far apart answers to different samples must be for that to mean something
PATIENCE = 30.0  # seconds for one answer


@dataclass(frozen=True, slots=True)
class Subject:
    """A model, what it is asked, and what we promise."""

    title: str
    model: Path
    samples: Sequence[Any]  # the first one is what the load sends
    times: float  # as many answers as `model.predict` for each request, at the least
    median: float | None = None  # milliseconds at the most


def measure_dense(effort: Effort) -> Table:
    """The small dense net."""
    subject = Subject("the sample model (10-128-1)", sample_model(), numbers(), 50, 3)
    seconds = dict.fromkeys((OURS, LITSERVE), effort.load_seconds) | {THEIRS: effort.slow_load_seconds}
    return _measure(subject, effort.load_rounds, seconds)


def measure_mobilenet(effort: Effort) -> Table:
    """MobileNetV2: what counts is the net, and reading 28,000 numbers."""
    subject = Subject("MobileNetV2, a picture of 96 × 96 × 3", mobilenet(), [picture(2), picture(3)], 1.5)
    seconds = dict.fromkeys((OURS, THEIRS, LITSERVE), 2 * effort.slow_load_seconds)
    return _measure(subject, effort.slow_load_rounds, seconds)


def _measure(subject: Subject, rounds: int, seconds: Mapping[str, float]) -> Table:
    """Requests/s of POST /predict, one worker, and whether the answers are the same."""
    messages = [predict_request(sample) for sample in subject.samples]
    with ExitStack() as stack:
        servers = _servers(subject.model, stack)
        apart = _apart(servers, messages)
        turns = {name: partial(_turn, server, messages[0], seconds[name]) for name, server in servers.items()}
        take_turns(turns, 1)  # not counted
        found = take_turns(turns, rounds)
    return _table(subject, found, apart)


def predict_request(sample: Any, *, close: bool = False) -> bytes:
    """The request for a prediction, as all of these services understand it."""
    return request("POST", "/predict", json.dumps({"features": sample}).encode(), close=close)


def _servers(model: Path, stack: ExitStack) -> dict[str, Server]:
    """All of them, ready."""
    ours = stack.enter_context(serving(procfile(), {"MODEL_URI": str(model)}, ROOT))
    file = {"MODEL_FILE": str(model), "TF_CPP_MIN_LOG_LEVEL": "2"}
    theirs = stack.enter_context(serving(gunicorn("bench.servers.predict_per_request:app"), file))
    command = [sys.executable, "-m", "bench.servers.with_litserve", PORT]
    litserve = stack.enter_context(serving(command, file))
    ours.until_answer("/readyz")
    theirs.until_answer("/", status=404)
    litserve.until_answer("/health")
    return {OURS: ours, THEIRS: theirs, LITSERVE: litserve}


def _turn(server: Server, message: bytes, seconds: float) -> Tally:
    return apply(Load(server.port, message.decode("latin-1"), seconds))


def _apart(servers: Mapping[str, Server], messages: Sequence[bytes]) -> float:
    """The largest difference between two services' answers to the same request.

    Raises RuntimeError for a model that answers everything alike, where equality would say nothing.
    """
    told = {name: [_numbers(server, each) for each in messages] for name, server in servers.items()}
    if max(starmap(_difference, combinations(told[OURS], 2))) < MEANINGFUL:
        raise RuntimeError("the model gives the same answer to different samples")
    pairs = combinations(told.values(), 2)
    return max(_difference(a, b) for one, other in pairs for a, b in zip(one, other, strict=True))


def _difference(one: Sequence[float], other: Sequence[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _numbers(server: Server, message: bytes) -> list[float]:
    status, body = ask(server.port, message, PATIENCE)
    if status != 200:
        raise RuntimeError(f"{status} instead of a prediction: {body[:200]!r}")
    return _flat(json.loads(body)["prediction"])


def _flat(answer: Any) -> list[float]:
    """The numbers in nested lists."""
    return [number for part in answer for number in _flat(part)] if isinstance(answer, list) else [answer]


def _table(subject: Subject, found: dict[str, list[Tally]], apart: float) -> Table:
    table = Table(
        f"POST /predict: {subject.title}; one worker, 4 connections",
        ("service", "requests/s", "p50 ms", "p99 ms", "errors", "ours is × of it"),
    )
    for name, tallies in found.items():
        times = ratios((t.rate for t in found[OURS]), (t.rate for t in tallies))
        median = Spread.of(tally.latency(50) for tally in tallies).median
        verdict = NOT_ASKED
        if name == OURS and subject.median is not None:
            verdict = Bound(subject.median, False, " ms p50").cells(median)
        elif name == THEIRS:
            verdict = Bound(subject.times, True, " ×").cells(times.median)
        table.add(
            f"{name} {version('litserve')}" if name == LITSERVE else name,
            f"{Spread.of(tally.rate for tally in tallies).median:,.0f}",
            f"{median:.2f}",
            f"{Spread.of(tally.latency(99) for tally in tallies).median:.1f}",
            str(sum(tally.errors for tally in tallies)),
            "" if name == OURS else times.text(",.1f"),
            verdict=verdict,
        )
    errors = sum(tally.errors for tally in found[OURS])
    table.add("errors of our service", *[""] * 4, str(errors), verdict=Bound(0, False).cells(errors))
    same = "largest difference of an answer"
    table.add(same, *[""] * 4, f"{apart:.1e}", verdict=Bound(TOLERANCE, False).cells(apart))
    return table
