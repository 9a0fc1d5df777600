"""How a request that timed out had waited, by what its dyno answered meanwhile.

A web server takes connections in the order they came. So when a dyno answers a request that came later,
the one that timed out was being worked on; when it answers late and in order, requests stand in a line.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import NamedTuple

from diag.collect.logs.router import Request
from diag.collect.logs.runs import Run
from diag.collect.logs.verdicts import MOST, QUICK_MS, SLOW_MS

KEPT_DYNOS = 400
RECENT = 32  # answers of a dyno that are remembered one by one
LONG_SECONDS = 30.0
LATER_SECONDS = 1.0  # that much later a request must have come to have overtaken another
QUEUE_LENGTH = 5
BURST = 0.4  # answered in less than this part of the time in which they came
FRESH_SECONDS = 60.0

Answer = tuple[float, float]  # when the request came, when it was answered: Unix time


class Since(NamedTuple):
    """Unix times: when the log begins, and since when the dyno is up and has answered nothing."""

    log: float
    up: float | None


class Waiting:
    """The last answers of each dyno, and when a request to it last timed out."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[Answer]] = {}
        self._timed_out: dict[str, float] = {}
        self.sampled = False  # not all answers are told, so that silence proves nothing

    def answered(self, dyno: str, at: float, ms: int) -> None:
        """An answer of the app at this time."""
        recent = self._recent.get(dyno)
        if recent is None:
            if len(self._recent) >= KEPT_DYNOS:
                self._recent.clear()
            recent = self._recent[dyno] = deque(maxlen=RECENT)
        recent.append((at - ms / 1000, at))

    def timed_out(self, run: Run, request: Request, at: float, route: str, since: Since) -> None:
        """A request that timed out, told to its run."""
        dyno = request.dyno
        came = at - (request.service or LONG_SECONDS * 1000) / 1000
        recent = self._recent.get(dyno, ())
        last = self._timed_out.get(dyno)
        if any(came + LATER_SECONDS < other and ended - other < QUICK_MS / 1000 for other, ended in recent):
            run.overtaken[route] += 1
        elif not any(came < ended for _, ended in recent):
            known = not self.sampled and since.log <= came
            run.alone += known and (last is None or last < came - LONG_SECONDS)
        if (
            recent
            and not self.sampled
            and _was_quick(recent[-1], came)
            and (last is None or last < recent[-1][1])
        ):
            run.opened[route] += 1
        late = how_answered([answer for answer in recent if answer[1] > came - LONG_SECONDS])
        run.in_line += late == "in line"
        run.held_up += late == "held up"
        if last is not None and at - last < LONG_SECONDS and run.alone:
            run.alone -= 1  # the one before was not alone either
        if len(self._timed_out) < KEPT_DYNOS or dyno in self._timed_out:
            self._timed_out[dyno] = at
        run.fresh += since.up is not None and -5 <= came - since.up <= FRESH_SECONDS


def _was_quick(answer: Answer, came: float) -> bool:
    return answer[1] <= came + LATER_SECONDS and answer[1] - answer[0] < QUICK_MS / 1000


def how_answered(answers: list[Answer]) -> str:
    """How requests that were answered late and in their order had waited; empty if they were not.

    ``in line``: one after the other. ``held up``: for one that took long, then together.
    """
    if len(answers) < QUEUE_LENGTH:
        return ""
    waits = sorted(ended - came for came, ended in answers)
    if waits[len(waits) // 2] < SLOW_MS / 1000:
        return ""
    ordered = sum(a[0] <= b[0] + LATER_SECONDS for a, b in itertools.pairwise(answers))
    if ordered < MOST * (len(answers) - 1):
        return ""
    came, ended = answers[-1][0] - answers[0][0], answers[-1][1] - answers[0][1]
    return "held up" if ended < came * BURST else "in line"
