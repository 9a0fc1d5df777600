"""All launches of one process type together: one story of its memory.

A formation of a hundred dynos with the same leak has one leak. What one launch is too short to tell,
another launch of the same process type may.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from diag.cause import Confidence
from diag.collect.logs.line import Line
from diag.collect.logs.memory_run import Run, Seen
from diag.collect.logs.memory_verdict import Verdict

KEPT_LAUNCHES = 40  # with a verdict; the first and the last ones
KEPT_NAMES = 200
_SURE = {Confidence.POSSIBLE: 1, Confidence.LIKELY: 4, Confidence.CERTAIN: 5}
_TELLS_LITTLE = frozenset({"undecided", "killed"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A launch's verdict and what of the launch is still needed."""

    verdict: Verdict
    run: Run


@dataclass(slots=True)
class Told:
    """What is known of one process type."""

    process_type: str
    judged: list[Judged] = field(default_factory=list)
    launches: int = 0
    dynos: dict[str, None] = field(default_factory=dict)
    r14: Seen = field(default_factory=Seen)
    r15: Seen = field(default_factory=Seen)
    kills: list[tuple[str, Line]] = field(default_factory=list)
    killed: int = 0
    healthy: Run | None = None  # the latest launch, where nothing is wrong with it

    def copy(self) -> Told:
        """So that what still runs can be added for one question only."""
        return replace(
            self,
            judged=list(self.judged),
            dynos=dict(self.dynos),
            r14=replace(self.r14),
            r15=replace(self.r15),
            kills=list(self.kills),
        )

    def add(self, run: Run, verdict: Verdict | None) -> None:
        """One launch."""
        if run.killed:
            self.killed += run.killed
            self.kills = [*self.kills, *run.kills][:KEPT_LAUNCHES]
            self._name(run)
        if verdict is None:
            self.healthy = run if run.held.samples else self.healthy
            return
        self.healthy = None
        self._name(run)
        self.launches += 1
        _join(self.r14, run.r14)
        _join(self.r15, run.r15)
        self.judged.append(Judged(verdict, run))
        if len(self.judged) > KEPT_LAUNCHES:
            del self.judged[KEPT_LAUNCHES // 2]

    def _name(self, run: Run) -> None:
        if len(self.dynos) < KEPT_NAMES:
            self.dynos[run.dyno] = None


def _join(seen: Seen, more: Seen) -> None:
    if more.count:
        if seen.first is None or (more.first and more.first.number < seen.first.number):
            seen.first = more.first
        if seen.last is None or (more.last and more.last.number > seen.last.number):
            seen.last = more.last
        seen.count += more.count
        seen.worst = max(seen.worst, more.worst)


def chosen(told: Told) -> tuple[Judged, Confidence] | None:
    """The launch that tells the most, of the fault that most samples stand for, and how sure it is."""
    weights: dict[str, float] = {}
    for each in told.judged:
        weight = _SURE[each.verdict.call.sure] * (each.verdict.samples or 1) ** 0.5
        weights[each.verdict.call.fault] = weights.get(each.verdict.call.fault, 0.0) + weight
    if not weights:
        return None
    telling = {f: w for f, w in weights.items() if f not in _TELLS_LITTLE} or weights
    worse = {f: w for f, w in telling.items() if f != "page-cache"} or telling
    fault = max(worse, key=lambda f: worse[f])
    of_it = [each for each in told.judged if each.verdict.call.fault == fault]
    best = max(of_it, key=lambda j: (j.verdict.call.level, _SURE[j.verdict.call.sure], j.verdict.samples))
    sure = best.verdict.call.sure
    rest = sorted(worse.values())[:-1]
    if sure is Confidence.LIKELY and rest and rest[-1] > 0.6 * worse[fault]:
        sure = Confidence.POSSIBLE  # the launches don't agree
    return best, sure
