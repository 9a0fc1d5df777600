"""How many workers serve in 512 MB: ours, and each with a model of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.effort import Effort
from bench.http import BadAnswer, ask, request
from bench.load import Load, apply
from bench.models import mobilenet, numbers, picture, sample_model
from bench.quota import Quota, peak_of, quota
from bench.server import ROOT, NoServer, Server, gunicorn, procfile, serving
from bench.table import NOT_ASKED, Bound, Table
from bench.topics.serving.answers import predict_request

QUOTA_MB = 512
LOAD_SECONDS = 2.0
BURSTS = 10  # of load at the most, until each worker has answered often enough
OFTEN = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """A service with a model: how to start it, when a worker of it is ready, how many must fit."""

    service: str
    model: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path | None
    ready: tuple[str, int]  # path and status
    sample: Any
    counts: tuple[int, ...]  # of workers, to try in turn
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of so many workers. `megabytes` is the most anonymous + swap from start to end."""

    workers: int
    megabytes: float
    served: int  # workers that answered predictions under load
    answers: int
    trouble: str

    @property
    def fits(self) -> bool:
        """All served, and nothing was killed, failed or too large."""
        return not self.trouble


def measure(effort: Effort) -> Table:
    """MB for each number of workers, and the most that serve."""
    with quota(QUOTA_MB) as limit:
        told_by = limit.told_by
    table = Table(
        f"Workers in {QUOTA_MB} MB under load; MB are {told_by}",
        ("service and model", "workers", "MB at most", "served", "answers", "trouble"),
    )
    for subject in _subjects():
        best = 0
        for count in subject.counts if effort.worker_counts else (subject.asked or subject.counts[-2],):
            trial = _try(subject, count)
            name = f"{subject.service}, {subject.model}"
            figures = (f"{trial.megabytes:.0f}", f"{trial.served} of {count}", f"{trial.answers:,}")
            table.add(name, str(count), *figures, trial.trouble)
            if not trial.fits:
                break
            best = count
        verdict = Bound(subject.asked, True).cells(best) if subject.asked else NOT_ASKED
        table.add("  the most that serve", str(best), *[""] * 4, verdict=verdict)
    return table


def _subjects() -> list[Subject]:
    made = []
    for model, file, sample, counts, asked in (
        ("sample", sample_model(), numbers()[0], (1, 2, 4, 6, 8), 6),
        ("MobileNetV2", mobilenet(), picture(), (1, 2, 3, 4), 3),
    ):
        env = {"MODEL_URI": str(file)}
        made.append(Subject("ours", model, procfile(), env, ROOT, ("/readyz", 200), sample, counts, asked))
        env = {"MODEL_FILE": str(file), "TF_CPP_MIN_LOG_LEVEL": "2"}
        command = gunicorn("bench.servers.predict_per_request:app", "--timeout", "120")
        each = "loaded in each, model.predict"
        made.append(Subject(each, model, command, env, None, ("/", 404), sample, (1, 2, 3)))
    return made


def _try(subject: Subject, count: int) -> Trial:
    """Start so many workers in the quota, wait for all, and apply load until all have answered."""
    with (
        quota(QUOTA_MB) as limit,
        serving(
            limit.around(subject.command), subject.env, subject.folder, workers=count, access=True
        ) as server,
        peak_of(lambda: limit.used(server)) as peak,
    ):
        answers, trouble = 0, _until_all_ready(subject, count, server, limit)
        ready = set(server.served(*subject.ready))
        if not trouble:
            answers, trouble = _load(subject, count, server)
        served = len(ready & set(server.served("/predict")))
        killed = limit.killed()
    if killed:
        trouble = f"{killed} killed for memory"
    elif not trouble and served < count:
        trouble = "not all answered"
    elif not trouble and peak.figure >= QUOTA_MB:
        trouble = f"over {QUOTA_MB} MB"
    return Trial(count, peak.figure, served, answers, trouble)


def _until_all_ready(subject: Subject, count: int, server: Server, limit: Quota) -> str:
    """Ask, each time over a new connection, until so many workers have said they are ready."""
    path, status = subject.ready
    try:
        server.until_answer(path, status=status)
        while len(server.served(path, status)) < count:
            if limit.killed():
                return "killed"
            for _ in range(count):
                with suppress(OSError, BadAnswer):
                    ask(server.port, request("GET", path, close=True))
            server.pause(0.1)
    except NoServer:
        return f"{len(server.served(path, status))} of {count} came up"
    return ""


def _load(subject: Subject, count: int, server: Server) -> tuple[int, str]:
    """The answers, and what went wrong. Each request has its own connection, so that all get some."""
    message = predict_request(subject.sample, close=True).decode("latin-1")
    answers = errors = 0
    for _ in range(BURSTS):
        tally = apply(Load(server.port, message, LOAD_SECONDS, clients=2 * count))
        answers, errors = answers + tally.answers, errors + tally.errors
        served = server.served("/predict")
        if errors or (len(served) >= count and min(served.values()) >= OFTEN):
            break
    return answers, f"{errors} errors" if errors else ""
