"""The small dense net as LiteRT: a whole service that never imports TensorFlow."""

from __future__ import annotations

import re

from bench.effort import Effort
from bench.http import ask
from bench.load import Load, apply
from bench.models import litert, numbers
from bench.rounds import Spread
from bench.server import ROOT, Server, procfile, serving
from bench.table import Bound, Table
from bench.topics.serving.answers import predict_request
from checks.processes import memory_of

WORKERS = 2
LOAD_SECONDS = 1.0
ROUNDS = 10  # of load at the most, until both workers have answered
HEAVY = ("tensorflow", "keras", "boto3", "botocore")
_IMPORT = re.compile(r"^import time:[^|]*\|[^|]*\| +(\w+)", re.MULTILINE)


def measure(effort: Effort) -> Table:
    """PSS of master and workers after load, seconds until ready, and what was imported."""
    env = {"MODEL_URI": str(litert())}
    with serving(procfile(), env, ROOT, workers=WORKERS, access=True) as server:
        server.until_answer("/readyz")
        served = _load(server)
        megabytes = sum(map(_pss, server.pids()))
        mapped = sum(_maps_tensorflow(pid) for pid in server.pids())
    seconds = Spread.of(_seconds_to_ready(env) for _ in range(effort.slow_start_rounds))
    heavy = _heavy_imports(env)
    table = Table(
        f"The sample model as LiteRT: the whole service with {WORKERS} workers, after load", ("", "figure")
    )
    table.add("workers that answered", str(served), verdict=Bound(WORKERS, True).cells(served))
    table.add("MB of PSS, all processes", f"{megabytes:.0f}", verdict=Bound(130, False).cells(megabytes))
    verdict = Bound(1.5, False, " s").cells(seconds.median)
    table.add("seconds from start to ready", seconds.text(), verdict=verdict)
    verdict = Bound(0, False).cells(mapped)
    table.add("processes that map a library of TensorFlow", str(mapped), verdict=verdict)
    verdict = Bound(0, False).cells(len(heavy))
    table.add(f"imports of {', '.join(HEAVY)}", " ".join(heavy) or "none", verdict=verdict)
    return table


def _load(server: Server) -> int:
    """How many workers answered; each request has a connection of its own, so that all get some."""
    message = predict_request(numbers()[0], close=True)
    for _ in range(ROUNDS):
        tally = apply(Load(server.port, message.decode("latin-1"), LOAD_SECONDS))
        if len(server.served("/predict")) >= WORKERS and not tally.errors:
            break
    return len(server.served("/predict"))


def _pss(pid: int) -> float:
    memory = memory_of(pid)
    return memory.anonymous + memory.file + memory.swap


def _maps_tensorflow(pid: int) -> bool:
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as lines:
        return any("/tensorflow/" in line or "libtensorflow" in line for line in lines)


def _seconds_to_ready(env: dict[str, str]) -> float:
    with serving(procfile(), env, ROOT, workers=WORKERS) as server:
        return server.until_answer("/readyz")


def _heavy_imports(env: dict[str, str]) -> list[str]:
    """The interpreter itself says what each process imports, in a start that is not timed."""
    told = {"PYTHONPROFILEIMPORTTIME": "1"}
    with serving(procfile(), env | told, ROOT, workers=WORKERS) as server:
        server.until_answer("/readyz")
        status, body = ask(server.port, predict_request(numbers()[0]))
        imported = set(_IMPORT.findall(server.told()))
    if status != 200 or "ai_edge_litert" not in imported:
        raise RuntimeError(f"no prediction by LiteRT: {status} {body[:200]!r}")
    return sorted(imported & set(HEAVY))
