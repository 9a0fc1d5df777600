"""What a log tells about the memory of one launch of a dyno, and of the workers in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from checks.limits import CEDAR_SIZES, FIR_SIZES
from diag.collect.logs.launches import process_type
from diag.collect.logs.line import Line
from diag.collect.logs.memory_series import Series, Stretches

KEPT_PIDS = 256
WAITING = 32  # lines of log-runtime-metrics that are taken up together
KEPT_KILLS = 20
SIZES_MB = tuple(sorted({size.mb for size in (*CEDAR_SIZES, *FIR_SIZES)}))
_TOLERANCE = 0.02  # mem= is cut to whole MB, the percentage to one decimal; older lines are off by 1.4 %

_WORKERS = re.compile(r"(?:^|\s)((?:--workers?|-w|--concurrency|-c)[= ]?(\d{1,3}))(?=\s|$)")
_SERVER = re.compile(r"\b(gunicorn|uvicorn|hypercorn|granian|uwsgi|celery|fastapi)\b")
_IN_COMMAND = re.compile(r"\bWEB_CONCURRENCY=(\d{1,3})\b")


Numbers = tuple[int, float, float, float, float, float]  # of a Sample


class Sample(NamedTuple):
    """A line of log-runtime-metrics, in MB. Without its parts `rss` is the total."""

    number: int
    at: float
    total: float
    rss: float
    cache: float
    swap: float

    @property
    def held(self) -> float:
        """What the kernel can't give back."""
        return self.rss + self.swap


@dataclass(slots=True)
class Seen:
    """Lines of one kind: how many, the first, the last, and the worst ``mem=`` with its percentage."""

    first: Line | None = None
    last: Line | None = None
    count: int = 0
    worst: tuple[float, float] = (0.0, 0.0)

    def add(self, line: Line, mb: float, percent: float) -> None:
        """One more."""
        self.worst = max(self.worst, (mb, percent))
        self.first = self.first or line
        self.last = line
        self.count += 1


@dataclass(slots=True)
class Run:
    """One launch. `began` is None when its beginning is not in the log."""

    dyno: str
    number: int = 0
    began: float | None = None
    seen: float | None = None  # its first sample, where it is known by its uuid alone
    started: bool = False
    release: str = ""
    uuid: str = ""
    prefix: str = ""  # what all its lines of log-runtime-metrics begin with
    quota: float | None = None
    command: str = ""
    held: Series = field(default_factory=Series)
    peak_held: float = -1.0
    peak_numbers: Numbers | None = None
    fullest_total: float = -1.0
    fullest_numbers: Numbers | None = None
    last_numbers: Numbers | None = None
    waiting: list[tuple[int, float, str, str, str, str]] = field(default_factory=list)
    mem: Series = field(default_factory=Series)  # of mem= lines, which come only over the quota
    mem_peak: float = 0.0
    percent_peak: float = 0.0
    mem_last: float = 0.0
    percent_last: float = 0.0
    stretches: Stretches = field(default_factory=Stretches)
    r14: Seen = field(default_factory=Seen)
    r15: Seen = field(default_factory=Seen)
    live: dict[str, None] = field(default_factory=dict)
    most_live: int = 0
    master_seen: bool = False
    concurrency: int | None = None
    one_worker: float | None = None
    timed_out: dict[str, None] = field(default_factory=dict)
    stopping: bool = False
    kills: list[tuple[str, Line]] = field(default_factory=list)
    killed: int = 0

    @property
    def process_type(self) -> str:
        """``web``, ``worker`` …; empty for bare output."""
        return process_type(self.dyno)

    @property
    def workers(self) -> int | None:
        """How many worker processes share the dyno, as far as the log tells."""
        explicit = _WORKERS.search(self.command)
        server = _SERVER.search(self.command)
        if explicit and server:
            return int(explicit[2]) or None
        if self.most_live and (self.master_seen or self.most_live > 1):
            return self.most_live
        if server and server[1] == "celery":
            return None  # as many as cores are shown
        in_command = _IN_COMMAND.search(self.command)
        if in_command and server:
            return int(in_command[1]) or None
        if self.command and not server and not self.command.startswith(("bash", "sh ", "./", "bin/")):
            return 1
        return self.concurrency

    @property
    def explicit(self) -> str:
        """``--workers 3`` as the command has it, or empty."""
        match = _WORKERS.search(self.command) if _SERVER.search(self.command) else None
        return match[1] if match else ""

    @property
    def preloading(self) -> bool:
        """Whether workers share what the master has loaded."""
        return "--preload" in self.command

    @property
    def server(self) -> str:
        """``gunicorn``, ``celery`` …, or empty."""
        match = _SERVER.search(self.command)
        return match[1] if match else "gunicorn" if self.most_live else ""

    def settle(self) -> None:
        """Take up the lines of log-runtime-metrics that wait: many at once cost less."""
        samples = [
            (number, at, float(total), float(rss), float(cache), float(swap))
            for number, at, total, rss, cache, swap in self.waiting
        ]
        if not samples:
            return
        self.waiting.clear()
        self.last_numbers = samples[-1]
        held = [sample[3] + sample[5] for sample in samples]
        self.held.extend([(sample[1], mb) for sample, mb in zip(samples, held, strict=True)])
        if (most := max(held)) > self.peak_held:
            self.peak_held, self.peak_numbers = most, samples[held.index(most)]
        totals = [sample[2] for sample in samples]
        if (most := max(totals)) > self.fullest_total:
            self.fullest_total, self.fullest_numbers = most, samples[totals.index(most)]

    @property
    def peak(self) -> Sample | None:
        """Where it held the most that can't be given back."""
        return Sample(*self.peak_numbers) if self.peak_numbers else None

    @property
    def fullest(self) -> Sample | None:
        """Where the total was the highest."""
        return Sample(*self.fullest_numbers) if self.fullest_numbers else None

    @property
    def last(self) -> Sample | None:
        """The latest."""
        return Sample(*self.last_numbers) if self.last_numbers else None

    def over(self, at: float, mb: float, percent: float) -> None:
        """One ``Process running mem=`` line."""
        self.mem_last, self.percent_last = mb, percent
        if percent < 100:
            return
        self.mem.add(at, mb)
        self.stretches.add(at, mb)
        if mb > self.mem_peak:
            self.mem_peak, self.percent_peak = mb, percent

    def booted(self, pid: str) -> None:
        """A worker began."""
        if len(self.live) < KEPT_PIDS:
            self.live[pid] = None
            self.most_live = max(self.most_live, len(self.live))

    def gone(self, pid: str) -> None:
        """A worker ended."""
        self.live.pop(pid, None)

    def timeout(self, pid: str) -> None:
        """gunicorn gave a worker up, so what ends it is gunicorn."""
        self.timed_out[pid] = None
        if len(self.timed_out) > KEPT_PIDS:
            self.timed_out.pop(next(iter(self.timed_out)))

    def sigkill(self, pid: str, line: Line) -> None:
        """A worker was ended by SIGKILL; gunicorn's own kill after a time-out is none of memory's."""
        self.gone(pid)
        if pid in self.timed_out or self.stopping:
            self.timed_out.pop(pid, None)
            return
        self.killed += 1
        if len(self.kills) < KEPT_KILLS:
            self.kills.append((pid, line))

    def forget(self) -> None:
        """Let the samples go: the launch is over and judged."""
        self.held, self.mem, self.stretches = Series(), Series(), Stretches()
        self.live, self.timed_out, self.waiting = {}, {}, []


def known_size(mb: float) -> float:
    """The nearest memory of a dyno within 2 %, else the number itself."""
    nearest = min(SIZES_MB, key=lambda size: abs(size - mb))
    return float(nearest) if abs(nearest - mb) <= _TOLERANCE * nearest else round(mb, 0)
