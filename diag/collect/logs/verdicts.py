"""What the numbers of a run of failed requests decide, and no more.

A pure function for each code that can mean several things. Sources: Dev Center `error-codes`,
`http-routing`; gunicorn's arbiter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from checks.evidence import Level
from diag.cause import Confidence
from diag.collect.logs.events import Events, near
from diag.collect.logs.periods import Period
from diag.collect.logs.runs import Run

_LIKELY, _POSSIBLE, _CERTAIN = Confidence.LIKELY, Confidence.POSSIBLE, Confidence.CERTAIN
QUICK_MS = 5_000  # answers quicker than this are no part of a time-out of 30 s
SLOW_MS = 10_000
MOST = 0.8
R10_TO_H20 = 120.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fault` is what a cause matches; `level` where the code itself fixes it; `route` the one to blame."""

    fault: str
    sure: Confidence
    note: str = ""
    level: Level | None = None
    route: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What else the app did: while the run lasted and some minutes before and after, and in all."""

    close: Period
    whole: Period
    events: Events
    codes: Mapping[str, int]  # requests by code, in runs of the same time
    served_before: bool  # web dynos of this very release had answered before the run
    sampled: bool = False  # not all answers are known


UNDECIDED = Verdict("undecided", _POSSIBLE)


def judge(run: Run, around: Around) -> Verdict:
    """What stands behind a run."""
    by_code = _BY_CODE.get(run.code)
    return UNDECIDED if by_code is None else by_code(run, around)


def _timed_out(run: Run, around: Around) -> Verdict:
    """H12: the answer is slow, or the request waits for a free worker."""
    if run.share(run.fresh) >= MOST:
        return Verdict("loading", _POSSIBLE, "right after the launch, before the dyno had answered anything")
    if "H11" in around.codes:
        return Verdict("queueing", _LIKELY, "while the router's backlog was full (H11)")
    if run.overtaken:
        route, count = run.overtaken.most_common(1)[0]
        if count >= run.routes[route] / 2 or run.share(run.overtaken.total()) >= 0.5:
            later = "the dyno answered requests meanwhile that came after them"
            return Verdict("too-slow", _LIKELY, later, route=route)
    return (
        _held_up(run, around) or _one_path(run, around) or _all_wait(run, around) or _first_of_a_silence(run)
    )


def _held_up(run: Run, around: Around) -> Verdict | None:
    """H12 of requests that waited for one that took long: that of the path which fails most."""
    route, clear = _worst(run, around)
    gave_up = near(run.moments, around.events.timeouts, 60, 10)
    if gave_up and gave_up >= len(run.moments) / 2:
        note = "gunicorn gave up workers (WORKER TIMEOUT) meanwhile, so one request takes too long"
        return Verdict("too-slow", _LIKELY, note, route=route)
    if run.in_line and clear:
        note = f"no request to {route} is quick; the others wait behind it"
        return Verdict("too-slow", _LIKELY, note, route=route)
    if run.held_up <= run.in_line:
        return None
    note = "the dyno answered none for long, and then at once those that had come meanwhile"
    return Verdict("too-slow", _LIKELY if clear else _POSSIBLE, note, route=route)


def _first_of_a_silence(run: Run) -> Verdict:
    """H12 of the request after which a dyno that had been quick answered no more, and of those behind it."""
    if not run.opened:
        return UNDECIDED
    route, count = run.opened.most_common(1)[0]
    sure = _LIKELY if count > run.opened.total() / 2 else _POSSIBLE
    return Verdict("too-slow", sure, f"the dyno fell silent as {route} came", route=route)


def _worst(run: Run, around: Around) -> tuple[str, bool]:
    """The path that fails most, and whether it stands out: others fail half as often."""
    shares = {}
    for route, count in run.routes.items():
        shares[route] = count / (count + around.close.times([route]).count)
    route = max(shares, key=shares.__getitem__)
    own = around.whole.times([route])
    failed, answered = run.count - run.routes[route], around.close.times(but=[route]).count
    others = failed / max(1, failed + answered)
    stands_out = run.routes[route] >= 3 and shares[route] >= 2 * others
    return route, stands_out and (not own.count or own.lowest >= QUICK_MS)


def _one_path(run: Run, around: Around) -> Verdict | None:
    """H12 of a path that is slow by itself."""
    failed = list(run.routes)
    for route, _ in run.routes.most_common(3):
        times, others = around.whole.times([route]), around.whole.times(but=[route])
        if run.in_line or times.count < 3 or (times.percentile(10) or 0) < SLOW_MS:
            continue
        if others.count < 3 or (others.percentile(10) or 0) < QUICK_MS:
            note = f"{route} takes {_s(times.percentile(50))} when it is answered (p50)"
            return Verdict("too-slow", _LIKELY, note, route=route)
    own, others = around.close.times(failed), around.close.times(but=failed)
    if own.count == 0 and others.count >= 3 and (others.percentile(95) or 0) < QUICK_MS:
        note = f"no request to it was answered, and other paths take {_s(others.percentile(50))} (p50)"
        sure = _LIKELY if len(failed) <= 3 and not around.sampled else _POSSIBLE
        return Verdict("too-slow", sure, note)
    if run.share(run.alone) >= 0.5:
        return Verdict(
            "too-slow",
            _LIKELY if own.count or others.count else _POSSIBLE,
            "with no other request in the dyno",
        )
    return None


def _all_wait(run: Run, around: Around) -> Verdict | None:
    """H12 of requests that stood in a line; alone they are quick."""
    best = around.whole.times(list(run.routes))
    if not run.in_line or best.lowest >= QUICK_MS:
        return None
    note = (
        f"before it requests were answered one after the other, ever later; at best these paths take "
        f"{_s(best.lowest)}"
    )
    # Where the dyno also fell silent at one request, that one may be what the others wait for.
    return Verdict("queueing", _POSSIBLE if run.opened else _LIKELY, note)


def _closed(run: Run, around: Around) -> Verdict:
    """H13: the dyno closed the connection without an answer."""
    return _cut(run, around) or _race(run, around) or _at_one_time(run) or UNDECIDED


def _broken(run: Run, around: Around) -> Verdict:
    """H18: the dyno's side broke in the middle."""
    if run.by_client == run.count:
        return Verdict("client", _CERTAIN, "closed by the client", Level.INFO)
    if verdict := _cut(run, around):
        return verdict
    begun = sum(n for status, n in run.statuses.items() if status not in ("503", ""))
    if run.share(begun) >= 0.5:
        return Verdict("stream-broken", _LIKELY, "after the app had sent its status")
    return _race(run, around) or Verdict("stream-broken", _POSSIBLE)


def _cut(run: Run, around: Around) -> Verdict | None:
    """The process behind the connection ended: by gunicorn's time-out, by a stop, by a crash."""
    seen = len(run.moments)
    if not seen:
        return None
    timeouts = near(run.moments, around.events.timeouts)
    if timeouts and timeouts >= seen / 2:
        return Verdict("worker-timeout", _CERTAIN, "as gunicorn logged WORKER TIMEOUT")
    if near(run.moments, around.events.stops, before=36) == seen:
        return Verdict("stopped", _LIKELY, "while the dyno was stopping", Level.INFO)
    if near(run.moments, around.events.kills, before=12, after=12) >= seen / 2:
        return Verdict("crashed", _LIKELY, "as a process of the dyno ended")
    return None


def _race(run: Run, around: Around) -> Verdict | None:
    """Only what the router can't send again fails, here and there: it met a connection being closed."""
    if not run.modern or run.share(run.unsafe) < 1:
        return None
    slow = run.service.percentile(90) or 0
    if slow > SLOW_MS:
        return None
    own = around.whole.times(list(run.routes))
    safe = sum(
        times.count
        for route, times in around.whole.routes.items()
        if route.partition(" ")[0] in ("GET", "HEAD", "PUT", "DELETE")
    )
    note = f"only POST, while {own.count} of the same were answered"
    if run.count >= 3 and own.count >= 5 * run.count and safe:
        return Verdict("keepalive-race", _LIKELY, note)
    return Verdict("keepalive-race", _POSSIBLE, note) if own.count else None


def _at_one_time(run: Run) -> Verdict | None:
    """All closed after the same long time: that of a server's time-out."""
    shortest, middle = run.service.lowest, run.service.percentile(50)
    if run.service.count < 2 or middle is None or shortest < SLOW_MS:
        return None
    if run.service.highest - shortest > 3_000:
        return None
    return Verdict("worker-timeout", _LIKELY, f"each after {_s(middle)}, as a time-out does")


def _not_accepted(run: Run, around: Around) -> Verdict:
    """H19, H21: no connection to the dyno."""
    moments = run.moments
    if moments and (
        near(moments, around.events.stops, 40, 10) + near(moments, around.events.starts, 70, 10)
        >= len(moments)
    ):
        return Verdict("restarting", _LIKELY, "while the dyno was restarting", Level.WARN)
    if moments and near(moments, around.events.kills, 30, 30) >= len(moments) / 2:
        return Verdict("crashed", _LIKELY, "as a process of the dyno ended")
    return Verdict("refused", _LIKELY if run.count > 1 else _POSSIBLE)


def _platform(run: Run, around: Around) -> Verdict:
    """H99, H34: the platform's own, or how it calls a dyno that no longer accepts connections."""
    if {"H19", "H21"} & around.codes.keys():
        return Verdict("refused", _POSSIBLE, "together with refused connections to the dyno")
    ended = near(run.moments, around.events.kills, 60, 60)
    if ended and ended >= len(run.moments) / 2:
        return Verdict("crashed", _POSSIBLE, "as a process of the dyno ended")
    return Verdict("platform", _LIKELY if run.code == "H99" else _POSSIBLE)


def _no_dyno(run: Run, around: Around) -> Verdict:
    """H14: nobody runs the web process, or there is none to run."""
    events = around.events
    if events.scaled is not None and events.scaled.number < run.first and events.web_dynos == 0:
        return Verdict("scaled-to-zero", _CERTAIN, f"after it was scaled to 0 (line {events.scaled.number})")
    if around.served_before:
        return Verdict("scaled-to-zero", _LIKELY, "although web dynos of this release had answered before")
    return UNDECIDED


def _no_boot(run: Run, around: Around) -> Verdict:
    """H20: no dyno was up in 75 s; R10 tells that it was the app's part."""
    if run.first_at is None or not run.moments:
        return UNDECIDED
    if near(run.moments, around.events.late, R10_TO_H20, R10_TO_H20):
        return Verdict("boot", _LIKELY, "with R10: the app did not bind its port")
    if near(run.moments, around.events.kills, R10_TO_H20, R10_TO_H20):
        return Verdict("boot", _LIKELY, "as the dyno crashed")
    started = near(run.moments, around.events.starts, R10_TO_H20, 60)
    return Verdict("slow-start", _LIKELY if started else _POSSIBLE, "without R10", Level.WARN)


def _left(run: Run, around: Around) -> Verdict:  # noqa: ARG001  as all of the table
    """H27: the client closed."""
    waited = run.service.percentile(50) or 0
    note = f"after {_s(waited)} of waiting (p50)" if waited >= QUICK_MS else ""
    return Verdict("client", _CERTAIN, note, Level.INFO)


def _always(
    fault: str, level: Level | None = None, sure: Confidence = _CERTAIN
) -> Callable[[Run, Around], Verdict]:
    verdict = Verdict(fault, sure, level=level)
    return lambda run, around: verdict


def _s(ms: int | None) -> str:
    """Milliseconds as people read them."""
    if ms is None:
        return "?"
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


_BY_CODE: dict[str, Callable[[Run, Around], Verdict]] = {
    "H10": _always("crashed", sure=_POSSIBLE),
    "H11": _always("queueing", sure=_LIKELY),
    "H12": _timed_out,
    "H13": _closed,
    "H14": _no_dyno,
    "H15": _always("idle"),
    "H17": _always("bad-response"),
    "H18": _broken,
    "H19": _not_accepted,
    "H20": _no_boot,
    "H21": _not_accepted,
    "H22": _always("queueing", sure=_POSSIBLE),
    "H25": _always("bad-response"),
    "H27": _left,
    "H28": _always("client-idle", Level.INFO, _LIKELY),
    "H34": _platform,
    "H80": _always("maintenance", Level.INFO),
    "H81": _always("blank"),
    "H82": _always("hours"),
    "H99": _platform,
    **{
        code: _always("other", Level.INFO)
        for code in ("H16", "H23", "H24", "H26", "H31", "H32", "H33", "H83")
    },
}
