"""A verdict on the memory of one launch, and the rules that both views of it share.

The views are `memory_whole` (log-runtime-metrics: the whole series) and `memory_codes` (R14 and R15 alone).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from checks.evidence import Level
from diag.cause import Confidence
from diag.collect.logs.memory_run import Run
from diag.collect.logs.memory_series import Point, slope

LIKELY, POSSIBLE, CERTAIN = Confidence.LIKELY, Confidence.POSSIBLE, Confidence.CERTAIN

BOOT_SECONDS = 240.0  # loading a model takes its time; over the quota that soon is from the start
SOON = 300.0  # a climb this short is a load, not a leak
LONG = 1200.0  # and growth over less than this may still be the warm-up
VERY_LONG = 6 * 3600.0
FIRM_RISE = 0.1  # of the quota: more than what load does in a short time
SMALL_RISE = 0.2  # of the quota: not what makes a dyno that begins above it go over
NEAR = 1.08  # of the quota: what never goes beyond is a level just at the quota
_FITS = 0.92  # of the quota: one worker needs room for its requests, too
_MASTER_MB = 20.0  # gunicorn's master without --preload, as three TensorFlow workers showed it


class Call(NamedTuple):
    """What a rule says: `mb` is what it judges by, `how` what the series did."""

    fault: str
    sure: Confidence
    mb: float | None
    how: str
    reaches: str = ""
    level: Level = Level.FAIL
    slope: float | None = None  # MB an hour, where it is not that of the whole series


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's call with the figures of the series it was made on."""

    call: Call
    base: float | None
    slope: float | None
    hours: float
    samples: int


def measured(run: Run, points: Sequence[Point], call: Call) -> Verdict:
    """The call with the figures of these points."""
    seconds = span(points)
    return Verdict(
        call,
        base_of(points) if points else None,
        call.slope or (slope(points) if len(points) >= 3 and seconds > 0 else None),
        seconds / 3600,
        max(run.held.samples, run.mem.samples, run.r14.count + run.r15.count),
    )


def one_worker(run: Run, mb: float) -> float | None:
    """What a dyno with one worker would need, as far as that can be estimated."""
    workers = run.workers
    if run.one_worker is not None:
        return run.one_worker + _MASTER_MB
    if not workers:
        return None
    if workers == 1:
        return mb
    return _MASTER_MB + (mb - _MASTER_MB) / workers


def footprint(run: Run, mb: float, sure: Confidence = LIKELY) -> tuple[str, Confidence]:
    """Whether one worker alone is too big or there are too many of them, and how sure that is."""
    quota, workers, one = run.quota, run.workers, one_worker(run, mb)
    if workers is None or quota is None or one is None:
        return "over-quota", POSSIBLE
    if workers == 1:
        return "over-quota", sure
    if one > quota:
        return "over-quota", sure if one > NEAR * quota else POSSIBLE
    # Of workers that share what the master has loaded one alone needs more than its part.
    vague = run.preloading and run.one_worker is None
    return "too-many-workers", POSSIBLE if vague or one > _FITS * quota else sure


def is_firm(seconds: float, rise: float, quota: float) -> bool:
    """Whether growth is more than what load or a warm-up does in a short time."""
    return seconds >= (LONG if rise >= FIRM_RISE * quota else VERY_LONG)


def after(points: Sequence[Point], began: float | None, seconds: float) -> Sequence[Point]:
    """The points from this time after launch on, if there are some."""
    if began is None:
        return points
    later = [p for p in points if p.at - began >= seconds]
    return later if len(later) >= 4 else points


def base_of(points: Sequence[Point]) -> float:
    """The footprint after the boot: the usual level of the first tenth."""
    return median(p.low for p in points[: min(15, max(3, len(points) // 10))])


def span(points: Sequence[Point]) -> float:
    """Seconds from the first to the last."""
    return points[-1].at - points[0].at if points else 0.0


def in_words(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 180:
        return f"{seconds:.0f} s"
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"
