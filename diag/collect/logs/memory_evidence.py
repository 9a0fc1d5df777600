"""The memory of a process type as evidence: the codes, the series and the killed workers, with one fault."""

from __future__ import annotations

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from checks.limits import CEDAR_SIZES, FIR_SIZES
from diag.cause import Confidence
from diag.collect.logs.launches import ONE_OFF
from diag.collect.logs.line import where
from diag.collect.logs.memory_run import Run, Seen
from diag.collect.logs.memory_story import Judged, Told, chosen
from diag.collect.logs.memory_verdict import in_words, one_worker

_ROOM = 1.1  # a new size must have more than what was seen


def tell(told: Told) -> list[Evidence]:
    """The codes, the series and the killed workers of a process type, all with one fault."""
    best = chosen(told)
    if best is None:
        return _kills(told, {"fault": "oom"})
    judged, sure = best
    verdict = judged.verdict
    fault = verdict.call.fault
    if fault == "undecided" and told.killed:
        fault, sure = "killed", Confidence.LIKELY
    values = _values(told, judged) | {"fault": fault, "sure": sure.value}
    found = [
        *_codes(Fact.LOG_R14, told.r14, verdict.call.level, values),
        *_codes(Fact.LOG_R15, told.r15, Level.FAIL, values),
        _series(told, judged, values),
    ]
    explains = verdict.call.level is Level.FAIL
    return found + _kills(told, values if explains else {"fault": "oom"})


def _values(told: Told, judged: Judged) -> dict[str, Value]:
    run, verdict = judged.run, judged.verdict
    quota, mb, peak = run.quota, verdict.call.mb, _peak(run)
    held = run.peak
    one = one_worker(run, mb) if mb is not None else None
    first, last = _lines(told, run)
    values: dict[str, Value] = {
        "dyno": _only(told.dynos),
        "process_type": told.process_type or "web",
        "number": first,
        "last": last,
        "release": run.release or None,
        "launches": told.launches,
        "dynos": len(told.dynos),
        "count": told.r14.count + told.r15.count,
        "quota_mb": quota,
        "anonymous_mb": _round(mb),
        "percent": _percent(run, mb),
        "base_mb": _round(verdict.base),
        "peak_mb": _round(peak),
        "mem_mb": _round(run.mem_peak or None),
        "last_mb": _round(run.last.held if run.last else run.mem_last or None),
        "slope_mb_per_hour": _round(verdict.slope),
        "rss_mb": _round(held.rss if held else None),
        "cache_mb": _round(held.cache if held else None),
        "swap_mb": _round(held.swap if held else None),
        "workers": run.workers,
        "one_worker_mb": _round(one),
        "hours": round(verdict.hours, 2),
        "samples": verdict.samples,
        "reaches": verdict.call.reaches or None,
        "resolved": _is_resolved(told, judged),
    }
    if verdict.call.fault == "page-cache" and run.fullest is not None:
        full = run.fullest
        values |= {"percent": _round(100 * full.total / quota if quota else None)}
        values |= {"rss_mb": _round(full.rss), "cache_mb": _round(full.cache), "swap_mb": _round(full.swap)}
    if size := _next_size(run, peak):
        name = "run_size" if run.process_type in ONE_OFF else "next_size"
        values |= {name: size[0], "next_gb": f"{size[1] / 1024:g} GB"}
    if verdict.call.fault == "killed":
        of = f" at {mb:.0f} MB of {quota:.0f} MB ({run.percent_peak:.1f} %)" if mb and quota else ""
        values["during"] = (run.dyno or "The dyno") + of
    server = run.server or ("gunicorn" if run.process_type in ("web", "") and not run.command else "")
    if server:
        values[server] = server
    if run.last is None and (not run.dyno or "." in run.dyno):
        values["lacking"] = "rss, swap and cache"
    if run.explicit:
        values["explicit"] = run.explicit
    elif run.workers:
        values["by_default"] = run.workers
    return {name: value for name, value in values.items() if value is not None}


def _lines(told: Told, run: Run) -> tuple[int, int]:
    """The first and the last line that all this is about."""
    numbers = [line.number for seen in (told.r14, told.r15) for line in (seen.first, seen.last) if line]
    if run.last is not None:
        numbers += (run.number, run.last.number)
    return min(numbers, default=run.number), max(numbers, default=run.number)


def _is_resolved(told: Told, judged: Judged) -> bool:
    """A later release has run without it, for longer than it took before."""
    healthy, run = told.healthy, judged.run
    if healthy is None or healthy.last is None or healthy.release in ("", run.release):
        return False
    began = healthy.began if healthy.began is not None else healthy.last.at
    first = told.r14.first or told.r15.first
    took = first.at - run.began if first and first.at is not None and run.began is not None else 3600.0
    return healthy.number > run.number and healthy.last.at - began > max(600.0, 1.5 * took)


def _percent(run: Run, mb: float | None) -> float | None:
    if mb is None or not run.quota:
        return run.percent_peak or None
    return _round(100 * mb / run.quota)


def _peak(run: Run) -> float | None:
    peaks = [run.mem_peak] if run.mem_peak else []
    if run.peak is not None:
        peaks.append(run.peak.held)
    return max(peaks, default=None)


def _next_size(run: Run, peak: float | None) -> tuple[str, int] | None:
    """The smallest size that has room for all that was seen."""
    if peak is None or run.quota is None:
        return None
    fir = bool(run.dyno) and "." not in run.dyno
    for size in sorted(FIR_SIZES if fir else CEDAR_SIZES, key=lambda s: s.mb):
        if size.mb > run.quota and size.mb >= _ROOM * peak:
            return size.name, size.mb
    return None


def _series(told: Told, judged: Judged, values: dict[str, Value]) -> Evidence:
    run, verdict = judged.run, judged.verdict
    has = f" ({run.quota:.0f} MB)" if run.quota else ""
    who = run.dyno or "the dyno"
    others = f" ({len(told.dynos)} dynos, {told.launches} launches)" if len(told.dynos) > 1 else ""
    lasted = f" in {in_words(3600 * verdict.hours)}" if verdict.hours else ""
    seen = f"{verdict.samples} sample{'s' if verdict.samples != 1 else ''}{lasted}"
    workers = f"; {run.workers} worker{'s' if run.workers != 1 else ''}" if run.workers else ""
    return Evidence(
        Fact.MEMORY_SERIES,
        verdict.call.level,
        f"Memory of {who}{has}{others}: {verdict.call.how} ({seen}{workers}).",
        where(*_lines(told, run)),
        next((at for at in (run.began, _at(told.r14), _at(told.r15), _at_last(run)) if at is not None), None),
        values,
    )


def _codes(fact: Fact, seen: Seen, level: Level, values: dict[str, Value]) -> list[Evidence]:
    if seen.first is None or seen.last is None:
        return []
    times = f", {seen.count} times" if seen.count > 1 else ""
    mb, percent = seen.worst
    worst = f", {'up to ' if seen.count > 1 else ''}mem={mb:.0f}M({percent:.1f}%)" if percent else ""
    own: dict[str, Value] = {"number": seen.first.number, "last": seen.last.number, "count": seen.count}
    return [
        Evidence(
            fact,
            level,
            f"{seen.first.text[:60]}{times}{worst}",
            where(seen.first.number, seen.last.number),
            seen.first.at,
            values | own,
        )
    ]


def _kills(told: Told, values: dict[str, Value]) -> list[Evidence]:
    """Workers that the kernel ended, with no time-out of theirs before."""
    if not told.kills:
        return []
    pid, line = told.kills[0]
    last = told.kills[-1][1]
    times = f", {told.killed} times" if told.killed > 1 else ""
    own: dict[str, Value] = {
        "dyno": _only(told.dynos),
        "process_type": told.process_type or "web",
        "number": line.number,
        "last": last.number,
        "count": told.killed,
        "pid": int(pid),
        "signal": "SIGKILL",
        "during": "A worker",
    }
    text = f"{line.text.strip()[:200]}{times}"
    return [
        Evidence(Fact.WORKER_EXIT, Level.FAIL, text, where(line.number, last.number), line.at, values | own)
    ]


def _at(seen: Seen) -> float | None:
    return seen.first.at if seen.first else None


def _at_last(run: Run) -> float | None:
    return run.last.at if run.last else None


def _only(dynos: dict[str, None]) -> str:
    return next(iter(dynos)) if len(dynos) == 1 else ""


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
