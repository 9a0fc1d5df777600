"""The verdict where R14 and R15 are all there is: every 20 s a sample, but only of what is over the quota.

So the gaps tell as much as the samples, and less can be said than of the whole series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from diag.collect.logs.memory_run import Run
from diag.collect.logs.memory_series import GAP_SECONDS, Growth, Point, Stretch, growth, quantile, slope
from diag.collect.logs.memory_verdict import (
    BOOT_SECONDS,
    CERTAIN,
    LIKELY,
    LONG,
    NEAR,
    POSSIBLE,
    SMALL_RISE,
    SOON,
    Call,
    Verdict,
    footprint,
    in_words,
    is_firm,
    measured,
)

_FLAT = 0.06  # of the quota: how far a level may spread
_JUMP = 0.3  # of the quota
_BY_HEROKU = "Heroku killed it for its memory"


@dataclass(frozen=True, slots=True)
class _View:
    """The longest time over the quota, and how it lies in the launch."""

    run: Run
    quota: float
    longest: Stretch
    points: Sequence[Point]
    grown: Growth | None
    since_launch: float | None  # until the first sample over the quota
    fell: bool

    @property
    def lasts(self) -> float:
        return self.longest.ended - self.longest.began

    @property
    def from_start(self) -> bool:
        return self.since_launch is not None and self.since_launch <= BOOT_SECONDS


def by_codes(run: Run, now: float) -> Verdict:
    """The verdict on a launch with R14, R15 or ``mem=`` lines. `now` is the latest time in the log."""
    stretches = run.stretches.all
    if not stretches:
        if run.r15.count:
            return measured(run, (), Call("killed", CERTAIN, None, _BY_HEROKU))
        return measured(run, (), Call("undecided", POSSIBLE, None, "no line says how much it holds"))
    # What killed it came last; else the longest time tells the most.
    longest = stretches[-1] if run.r15.count else max(stretches, key=lambda s: s.ended - s.began)
    quota = run.quota or run.mem_peak / max(run.percent_peak / 100, 1.0)
    points = [p for p in run.mem.points() if longest.began <= p.at <= longest.ended]
    view = _View(
        run,
        quota,
        longest,
        points or run.mem.points(),
        growth(points, quota),
        None if run.began is None else stretches[0].began - run.began,
        run.stretches.count > 1 or now - stretches[-1].ended > 2 * GAP_SECONDS,
    )
    rules = (_killed_soon, _killed) if run.r15.count else (_growing, _level, _falls_back, _climbs)
    call = next((call for rule in rules if (call := rule(view))), None) or _too_little(view)
    return measured(run, view.points, call)


def _killed_soon(view: _View) -> Call | None:
    """R15 while it starts, or without a climb to be seen."""
    run, peak = view.run, view.longest.peak
    if view.from_start and (view.since_launch or 0.0) + view.lasts <= BOOT_SECONDS:
        fault, sure = footprint(run, peak)
        if sure is not POSSIBLE:
            return Call(fault, sure, peak, f"it is killed at {peak:.0f} MB while it starts")
        return Call("killed", CERTAIN, peak, f"{_BY_HEROKU} while it started")
    if view.longest.count < 2 or peak - view.longest.first < _FLAT * view.quota:
        return Call("killed", CERTAIN, peak, _BY_HEROKU)
    return None


def _killed(view: _View) -> Call:
    stretch, lasts = view.longest, view.lasts
    climb = f"it climbs from {stretch.first:.0f} to {stretch.peak:.0f} MB in {in_words(lasts)}"
    jumped = stretch.peak - stretch.first > _JUMP * view.quota
    if lasts <= SOON:
        return Call("spike", LIKELY if jumped and not view.from_start else POSSIBLE, stretch.peak, climb)
    steady = view.grown is not None and lasts >= LONG
    if slope(view.points) > 0 and (steady or (jumped and lasts >= LONG / 2)):
        return Call("leak", LIKELY if steady else POSSIBLE, stretch.peak, climb, "until Heroku killed it")
    return Call("spike", POSSIBLE, stretch.peak, climb)


def _growing(view: _View) -> Call | None:
    grown = view.grown
    if grown is None or view.lasts < SOON or grown.mb_per_hour <= 0:
        return None
    rise = grown.last - grown.first
    if view.from_start and rise < SMALL_RISE * view.quota:
        return None
    firm = is_firm(view.lasts - (LONG if view.from_start else 0), rise, view.quota)
    how = f"over the quota it grows from {grown.first:.0f} to {grown.last:.0f} MB and does not fall back"
    return Call("leak", LIKELY if firm else POSSIBLE, grown.last, how, "over the quota")


def _level(view: _View) -> Call | None:
    """A level over the quota, be it reached at once or after a while."""
    lows = [p.low for p in view.points]
    flat = quantile(lows, 0.8) - quantile(lows, 0.2) <= _FLAT * view.quota
    if view.longest.count < 3 or not (flat or (view.grown is None and view.lasts >= LONG)):
        return None
    if view.fell and view.longest.peak > NEAR * view.quota and view.lasts < SOON:
        return None
    mb = median(lows[len(lows) // 2 :])
    fault, sure = footprint(view.run, mb)
    if view.from_start:
        return Call(fault, sure, mb, f"it stays at {mb:.0f} MB from the start")
    return Call(fault, POSSIBLE, mb, f"it stays at {mb:.0f} MB")


def _falls_back(view: _View) -> Call | None:
    run = view.run
    if not view.fell or run.mem_peak <= NEAR * view.quota:
        return None
    several = run.stretches.count > 1
    times = f"{run.stretches.count} times" if several else "once"
    sure = LIKELY if several and view.lasts <= 3 * SOON else POSSIBLE
    return Call("spike", sure, run.mem_peak, f"it is over the quota {times}, and falls back")


def _climbs(view: _View) -> Call | None:
    stretch = view.longest
    if stretch.count < 3 or stretch.last <= stretch.first + _FLAT * view.quota or view.from_start:
        return None
    return Call(
        "spike", POSSIBLE, stretch.peak, f"it climbs from {stretch.first:.0f} to {stretch.peak:.0f} MB"
    )


def _too_little(view: _View) -> Call:
    mb = median(p.low for p in view.points)
    if view.from_start or view.run.stretches.count > 1:
        fault, _ = footprint(view.run, mb)
        return Call(fault, POSSIBLE, mb, f"it is at {mb:.0f} MB")
    return Call("undecided", POSSIBLE, view.run.mem_peak, "too few samples tell how it came to this")
