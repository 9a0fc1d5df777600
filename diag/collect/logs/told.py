"""Runs of failed requests, and all traffic, as evidence: one sentence each, and the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.logs.line import Line, where
from diag.collect.logs.periods import Period
from diag.collect.logs.runs import Run
from diag.collect.logs.verdicts import Around, Verdict

WAITED_MS = 3_000
MORE_PATHS = 2

Shared = dict[str, dict[str, Value]]


def shared_by_fault(judged: Iterable[Judged]) -> Shared:
    """What runs of the same fault have in common: so their titles are the same, and they are told as one."""
    routes: dict[str, Counter[str]] = {}
    totals: Counter[str] = Counter()
    for each in judged:
        run, verdict = each.run, each.verdict
        counter = routes.setdefault(verdict.fault, Counter())
        if verdict.route:
            counter[verdict.route] += run.count
        else:
            counter.update(run.routes)
        totals[verdict.fault] += run.count
    return {
        fault: {"route": counter.most_common(1)[0][0], "total": totals[fault]}
        for fault, counter in routes.items()
    }


@dataclass(frozen=True, slots=True)
class Judged:
    """A run and what was made of it; `minutes` is the time that `around.close` covers."""

    run: Run
    around: Around
    verdict: Verdict
    level: Level
    minutes: float | None
    resolved: bool


def of_run(judged: Judged, shared: Shared) -> Evidence:
    """A run with all its numbers."""
    run, around, verdict, minutes = judged.run, judged.around, judged.verdict, judged.minutes
    times, requests = around.close.times(), around.close.requests
    dynos = [dyno for dyno, _ in run.dynos.most_common(8) if dyno]
    waited = run.service.percentile(50) or 0
    values: dict[str, Value] = {
        "dyno": dynos[0] if len(dynos) == 1 else "",
        "dynos": tuple(dynos),
        "process": "web",
        "number": run.first,
        "last": run.last,
        "began": run.first_at,
        "ended": run.last_at,
        "code": run.code,
        "desc": run.desc or run.code,
        "fault": verdict.fault,
        "sure": verdict.sure.value,
        "count": run.count,
        "status": run.statuses.most_common(1)[0][0] or None,
        "methods": tuple(f"{method} {n}" for method, n in run.methods.most_common(3)),
        "paths": tuple(f"{route} {n}" for route, n in run.routes.most_common(3)),
        "post_percent": round(100 * run.share(run.unsafe)),
        "connect_p50_ms": run.connect.percentile(50),
        "connect_p95_ms": run.connect.percentile(95),
        "service_p50_ms": run.service.percentile(50),
        "service_p95_ms": run.service.percentile(95),
        "service_max_ms": run.service.highest if run.service.count else None,
        "waited": f"{waited / 1000:.0f} s" if waited >= WAITED_MS else None,
        "requests": requests,
        "requests_per_minute": None if minutes is None else round(requests / minutes, 1),
        "errors_per_minute": None if minutes is None else round(run.count / minutes, 1),
        "others_p50_ms": times.percentile(50),
        "others_p95_ms": times.percentile(95),
        "concurrency": _concurrency(run, around.close, minutes),
        "resolved": judged.resolved or None,
        **shared.get(verdict.fault, {}),
    }
    place, text = where(run.first, run.last), _sentence(run, verdict)
    return Evidence(Fact[f"LOG_{run.code}"], judged.level, text, place, run.first_at, values)


def _sentence(run: Run, verdict: Verdict) -> str:
    times = "once" if run.count == 1 else f"{run.count:,} times"
    if run.count > 1 and run.seconds is not None:
        times += f" in {run.seconds / 60:.0f} min" if run.seconds >= 90 else f" in {run.seconds:.0f} s"
    routes = run.routes.most_common(MORE_PATHS)
    paths = ", ".join(f"{route} {n}" if len(run.routes) > 1 else route for route, n in routes).strip()
    if len(run.routes) > MORE_PATHS:
        paths += f" and {len(run.routes) - MORE_PATHS} more"
    text = f"{run.code} ({run.desc or 'no description'}) {times}" + (f": {paths}" if paths else "")
    return f"{text}; {verdict.note}" if verdict.note else text


def _concurrency(run: Run, close: Period, minutes: float | None) -> float | None:
    """Requests in the app at one time by Little's law: their rate times their mean time."""
    if minutes is None:
        return None
    times = close.times()
    known = times.count / max(1, close.requests)  # of a long log only samples have a time
    busy = (times.total / known if known else 0) + run.service.total
    return round(busy / (minutes * 60_000), 1)


@dataclass(frozen=True, slots=True)
class Whole:
    """All traffic. `errors` are the app's own answers above 499 by path, `failed` those of status 500.

    `unexplained`: there are many of them, and no traceback. `lines` are the first and the last that the
    sentence is about; `busiest` is the busiest period's begin (Unix time) and requests a minute.
    """

    period: Period
    errors: Counter[str]
    failed: int
    busiest: tuple[float, int] | None
    lines: tuple[Line, Line]
    unexplained: bool


def of_all(traffic: Whole) -> Evidence:
    """All traffic in one sentence, with its numbers."""
    whole, errors, busiest, unexplained = traffic.period, traffic.errors, traffic.busiest, traffic.unexplained
    times = whole.times()
    slowest = sorted(
        ((route, each) for route, each in whole.routes.items() if each.count >= 3),
        key=lambda pair: -(pair[1].percentile(95) or 0),
    )[:3]
    p50, p95 = times.percentile(50), times.percentile(95)
    route = errors.most_common(1)[0][0] if errors else None
    text = f"{whole.requests:,} request{'s' if whole.requests != 1 else ''}"
    if p50 is not None:
        text += f", answered in {p50} ms (p50) and {p95} ms (p95)"
    if errors:
        text += f"; the app itself answered {errors.total():,} with a status of 500 and above"
    if unexplained:
        text += f", {route} most often, and the log has no traceback of it"
    first, last = traffic.lines
    values: dict[str, Value] = {
        "dyno": "",
        "number": first.number,
        "last": last.number,
        "fault": "errors" if unexplained else None,
        "error": f"{route} most often, and the log has no traceback of it" if unexplained else None,
        "route": route,
        "requests": whole.requests,
        "router_errors": whole.errors,
        "app_errors": errors.total(),
        "app_errors_percent": round(100 * errors.total() / max(1, whole.requests), 2),
        "error_paths": tuple(f"{r} {n}" for r, n in errors.most_common(3)),
        "errors_500": traffic.failed if unexplained else None,
        "p50_ms": p50,
        "p95_ms": p95,
        "slowest": tuple(f"{r} {each.percentile(95)} ms" for r, each in slowest),
        "busiest_per_minute": busiest[1] if busiest else None,
        "busiest_at": busiest[0] if busiest else None,
    }
    level = Level.WARN if unexplained else Level.INFO
    return Evidence(Fact.ROUTER_TRAFFIC, level, text, where(first.number, last.number), first.at, values)
