"""The verdict where log-runtime-metrics shows the whole series, rss and swap apart from page cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from checks.evidence import Level
from diag.collect.logs.memory_codes import by_codes
from diag.collect.logs.memory_run import Run
from diag.collect.logs.memory_series import Growth, Point, Stretch, growth, renewals, slope
from diag.collect.logs.memory_verdict import (
    BOOT_SECONDS,
    CERTAIN,
    LIKELY,
    NEAR,
    POSSIBLE,
    SMALL_RISE,
    SOON,
    Call,
    Verdict,
    after,
    base_of,
    footprint,
    in_words,
    is_firm,
    measured,
    span,
)

_WARM_UP_SECONDS = 90.0  # imports and models, while memory grows in any app
_SETTLED_SECONDS = 600.0  # first requests, pools, caches
_HOVERS = 0.92  # of the quota: no room is left, so that anything lifts it over
_ENOUGH = 6  # samples for a level
# A leak that has not reached the quota is told only if nothing else can be meant.
_STRAIGHT = 0.97
_FULL = 0.75  # of the quota
_RISEN = 0.08  # of the quota
_WATCHED_SECONDS = 3 * 3600.0
_DAY_SECONDS = 24 * 3600.0  # every dyno restarts daily, so a slower leak never gets there


@dataclass(frozen=True, slots=True)
class _View:
    """A series after its warm-up. `base` is where it begins, `level` where its second half lies."""

    run: Run
    quota: float
    points: Sequence[Point]
    grown: Growth | None
    base: float
    level: float
    above: list[Stretch]

    @property
    def peak(self) -> float:
        return max(self.run.mem_peak, *(p.high for p in self.points))


def verdict_on(run: Run, now: float) -> Verdict | None:
    """The verdict, or None where nothing is wrong. `now` is the latest time in the log."""
    metrics = run.held.samples
    if metrics >= 3 and metrics >= run.mem.samples and run.quota is not None:
        found = _by_metrics(run, run.quota)
        if found is not None or not (run.r14.count or run.r15.count):
            return found
    if run.r14.count or run.r15.count or run.mem.samples:
        return by_codes(run, now)
    return None


def _by_metrics(run: Run, quota: float) -> Verdict | None:
    points = after(run.held.points(), run.began, _WARM_UP_SECONDS)
    view = _View(
        run,
        quota,
        points,
        growth(points, quota),
        base_of(points),
        median(p.low for p in points[len(points) // 2 :]),
        _above(points, quota),
    )
    held = run.peak.held if run.peak else 0.0
    if run.r15.count or held > quota:
        rules = (_renewed, _from_start, _growing, _killed, _settled, _stays)
        call: Call | None = next((c for rule in rules if (c := rule(view))), None) or _falls_back(view)
    else:
        call = _approaching(view) or _page_cache(view, held)
    return measured(run, points, call) if call else None


def _from_start(view: _View) -> Call | None:
    run, grown = view.run, view.grown
    small = grown is not None and grown.last - grown.first < SMALL_RISE * view.quota
    if (
        view.base <= view.quota
        or run.r15.count
        or (grown is not None and not (small and run.began is not None))
    ):
        return None
    fault, sure = footprint(run, view.level)
    since = "from the start" if run.began is not None else "all the time"
    return Call(fault, sure, view.level, f"it is over the quota {since}, at {view.level:.0f} MB")


def _renewed(view: _View) -> Call | None:
    """A leak that --max-requests cuts short, and not short enough."""
    parts = renewals(view.points, view.quota) if view.grown is None else []
    if len(parts) < 2:
        return None
    top = max(part.last for part in parts)
    how = f"{len(parts)} times it grows steadily, up to {top:.0f} MB, and falls as a process ends"
    sure = LIKELY if len(parts) > 2 else POSSIBLE
    per_hour = median(part.mb_per_hour for part in parts)
    return Call("leak", sure, top, how, "until a process ends and begins anew", slope=per_hour)


def _growing(view: _View) -> Call | None:
    grown, points = view.grown, view.points
    if grown is None or grown.mb_per_hour <= 0:
        return None
    seconds = span(after(points, view.run.began, _SETTLED_SECONDS))
    firm = len(points) >= 24 and is_firm(seconds, grown.last - grown.first, view.quota)
    crossed = next((p.at - points[0].at for p in points if p.high > view.quota), 0.0)
    return Call(
        "leak",
        LIKELY if firm else POSSIBLE,
        grown.last,
        _grows(grown),
        f"over the quota after {in_words(crossed)}" if crossed else "over the quota",
    )


def _grows(grown: Growth) -> str:
    rise = f"from {grown.first:.0f} to {grown.last:.0f} MB, {grown.mb_per_hour:.0f} MB an hour"
    return f"it grows {rise}, and does not fall back"


def _killed(view: _View) -> Call | None:
    """R15 after a short climb, or while it started."""
    run, above, peak = view.run, view.above, view.peak
    if not run.r15.count or (above and above[-1].ended - above[-1].began > SOON):
        return None
    if run.began is not None and view.points[-1].at - run.began <= BOOT_SECONDS:
        fault, sure = footprint(run, peak)
        return Call(fault, sure, peak, f"it is killed at {peak:.0f} MB while it starts")
    calm = len(view.points) >= _ENOUGH and view.base < _HOVERS * view.quota
    return Call(
        "spike",
        LIKELY if calm else POSSIBLE,
        peak,
        f"it jumps from {view.base:.0f} to {peak:.0f} MB in minutes",
    )


def _settled(view: _View) -> Call | None:
    level, quota = view.level, view.quota
    if level > 0.99 * quota:
        fault, sure = footprint(view.run, level, LIKELY if len(view.points) >= _ENOUGH else POSSIBLE)
        return Call(fault, sure, level, f"it settles at {level:.0f} MB, over the quota")
    if level >= _HOVERS * quota and view.peak <= NEAR * quota:
        fault, _ = footprint(view.run, level)
        return Call(fault, POSSIBLE, level, f"it stays around {level:.0f} MB, next to the quota")
    return None


def _stays(view: _View) -> Call | None:
    """One jump from which it has not come back so far."""
    above, last = view.above, view.points[-1]
    if not above or above[-1].ended < last.at or above[-1].ended - above[-1].began <= 2 * SOON:
        return None
    fault, _ = footprint(view.run, last.low)
    return Call(
        fault, POSSIBLE, last.low, f"it jumped from {view.base:.0f} to {last.low:.0f} MB and stays there"
    )


def _falls_back(view: _View) -> Call:
    above, last = view.above, view.points[-1]
    still = not above or above[-1].ended >= last.at
    longest = max((e.ended - e.began for e in above), default=0.0)
    sure = LIKELY if not still and longest <= 3600 and len(view.points) >= _ENOUGH else POSSIBLE
    times = f"{len(above)} times" if len(above) > 1 else "once"
    back = "" if still else f" and falls back to {view.level:.0f} MB"
    return Call("spike", sure, view.peak, f"it goes over the quota {times}, up to {view.peak:.0f} MB{back}")


def _page_cache(view: _View, held: float) -> Call | None:
    """Over the quota by cache alone. A total without its parts tells nothing of that."""
    full = view.run.fullest
    if full is None or full.total <= view.quota or full.cache <= 0:
        return None
    how = (
        f"rss and swap stay at or below {held:.0f} MB; with {full.cache:.0f} MB of page cache the total "
        f"comes to {full.total:.0f} MB"
    )
    return Call("page-cache", CERTAIN, held, how, level=Level.INFO)


def _approaching(view: _View) -> Call | None:
    """A leak that has not reached the quota: only where the line is straight and the end near."""
    grown, quota, began = view.grown, view.quota, view.run.began
    if grown is None or grown.steadiness < _STRAIGHT or grown.last < _FULL * quota:
        return None
    late = after(view.points, began, _SETTLED_SECONDS)
    whole, recent = slope(late), slope(late[2 * len(late) // 3 :])  # one that slows down may never get there
    short = span(late) < _WATCHED_SECONDS or grown.last - grown.first < _RISEN * quota
    if short or whole <= 0 or recent < whole / 2:
        return None
    left = 3600 * (quota - grown.last) / min(whole, recent)
    if left > _DAY_SECONDS - (0.0 if began is None else view.points[-1].at - began):
        return None
    reaches = f"the quota is reached in about {in_words(left)}"
    return Call("leak", LIKELY, grown.last, _grows(grown), reaches, Level.WARN)


def _above(points: Sequence[Point], quota: float) -> list[Stretch]:
    """Each time over the quota."""
    found: list[Stretch] = []
    inside = False
    for point in points:
        if point.high > quota and inside:
            found[-1].ended = point.at
        elif point.high > quota:
            found.append(Stretch(point.at, point.at, point.high, point.high, point.high))
        inside = point.high > quota
    return found
