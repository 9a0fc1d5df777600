"""From the episodes of a log to diagnoses: which cause stands behind each, the root cause first.

Within an episode what was seen earlier explains what came later, and a symptom (a code, an exit) is
shown with the cause that explains it. The same cause of several launches is one diagnosis. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import SURENESS, Cause, Confidence
from diag.collect.logs.launches import process_type
from diag.collect.logs.story import Episode
from diag.diagnose import Case, cases_of, diagnosis_of
from diag.report import Diagnosis, Incident, Moment, Report

# What Heroku shows; what stands behind it is found elsewhere in the episode.
_CODES = frozenset(fact for fact in Fact if fact.value.startswith(("log-h", "log-r")))
_SYMPTOMS = _CODES | {Fact.LAUNCH}
_KILLS = frozenset({Fact.LOG_R15, Fact.WORKER_EXIT})
_RANK = {"launch": 0, "own": 0, "build": 0, "memory": 1, "requests": 2, "log": 3}
_FETCH = "heroku logs -n 1500 | python -m diag logs"
_NUMBER = re.compile(r"\d+")
EVIDENCE_KEPT = 12
TIMELINE_KEPT = 24


@dataclass(slots=True)
class _Found:
    """A diagnosis and where in the log it belongs."""

    diagnosis: Diagnosis
    kind: str
    process_type: str
    episode: Episode
    last: int
    began: float | None
    ended: float | None
    dynos: set[str]
    general: bool = False
    over: tuple[str, ...] = ()
    count: int = 1
    superseded: bool = False  # a later release fails for another reason

    @property
    def resolved(self) -> bool:
        if any(e.values.get("resolved") is True for e in self.diagnosis.evidence):
            return True
        return self.superseded or (self.kind == "launch" and self.episode.healthy_since)

    @property
    def past(self) -> bool:
        """Resolved by a change, so that it is no failure any more."""
        return self.resolved and (self.superseded or self.kind != "launch" or self.episode.release_since)


def report_on(
    episodes: Iterable[Episode],
    catalogue: Sequence[Cause],
    subject: str,
    notes: tuple[str, ...] = (),
    kind: str = "logs",
) -> Report:
    """The report on a log. Nothing seen is dropped: see `Report.unexplained`."""
    found: list[_Found] = []
    loose: list[Evidence] = []
    episodes = list(episodes)
    for episode in episodes:
        if episode.kind == "own":
            found += _told_by_the_dyno(episode, catalogue)
    own = list(found)
    for episode in episodes:
        if episode.kind == "own":
            continue
        here, rest = _of_episode(episode, catalogue)
        found += [f for f in here if not _known_better(f, own)]
        loose += rest
    found = _merged(found)
    _supersede(found)
    found, loose = _with_symptoms(found, loose)
    found.sort(key=_order)
    diagnoses = [_placed(each) for each in found]
    loose = [e for e in loose if e.level >= Level.WARN]
    if _only_symptoms_of(loose) and not any(d.cause == "log/too-short" for d in diagnoses):
        diagnoses += _too_short(loose, catalogue)
        diagnoses.sort(key=lambda d: (-d.level, d.cause != "log/too-short"))
    return Report(kind, subject, tuple(diagnoses), (), tuple(loose), notes)


def _of_episode(episode: Episode, catalogue: Sequence[Cause]) -> tuple[list[_Found], list[Evidence]]:
    cases = cases_of(episode.evidence, catalogue)
    if episode.kind == "launch" and len(cases) > 1:
        cases = _causal(cases)
    explained = {id(e) for case in cases for e in case.evidence}
    rest = [e for e in episode.evidence if id(e) not in explained]
    if cases and episode.kind == "launch":
        cases[0].evidence += [e for e in rest if e.fact in _SYMPTOMS]
        rest = [e for e in rest if e.fact not in _SYMPTOMS]
    return [_found(case, episode) for case in cases], rest


def _causal(cases: list[Case]) -> list[Case]:
    """The root first; what only a symptom points to is explained by it."""
    order = {id(case): index for index, case in enumerate(cases)}
    cases = sorted(
        cases,
        key=lambda c: (
            -c.level,
            _only_symptoms(c),
            c.cause.general,
            -SURENESS.index(c.confidence),
            order[id(c)],
        ),
    )
    root = cases[0]
    kept = [root]
    for case in cases[1:]:
        if _only_symptoms(case) or case.cause.general or case.confidence is Confidence.POSSIBLE:
            known = {id(e) for e in root.evidence}
            root.evidence += [e for e in case.evidence if id(e) not in known]
        else:
            kept.append(case)
    return kept


def _only_symptoms(case: Case) -> bool:
    return all(e.fact in _CODES for e in case.evidence)


def _found(case: Case, episode: Episode) -> _Found:
    numbers = [
        n for e in case.evidence for n in (e.values.get("last"), e.values.get("number")) if isinstance(n, int)
    ]
    return _Found(
        diagnosis_of(case),
        episode.kind,
        process_type(episode.dyno) or str(case.values.get("process") or ""),
        episode,
        max([episode.last if episode.kind == "launch" else 0, *numbers]),
        episode.began,
        episode.ended,
        {episode.dyno} if episode.dyno else set(),
        case.cause.general,
        case.cause.over,
    )


def _told_by_the_dyno(episode: Episode, catalogue: Sequence[Cause]) -> list[_Found]:
    """What a dyno that runs our checks said of itself, in its own words."""
    evidence = episode.evidence[0]
    cause = next((c for c in catalogue if c.id == evidence.values["cause"]), None)
    if cause is None:
        return []
    case = Case(cause, [evidence], dict(evidence.values))
    diagnosis = diagnosis_of(case)
    title, fix = evidence.values.get("title"), evidence.values.get("fix")
    confidence = evidence.values.get("confidence")
    sure = Confidence(confidence) if confidence in set(Confidence) else Confidence.CERTAIN
    diagnosis = replace(
        diagnosis,
        confidence=sure,
        title=str(title) if title else diagnosis.title,
        fix=fix if isinstance(fix, tuple) else diagnosis.fix,
        rivals=() if sure is Confidence.CERTAIN else cause.rivals,
    )
    found = _found(case, episode)
    found.diagnosis = diagnosis
    return [found]


def _known_better(found: _Found, own: list[_Found]) -> bool:
    """The dyno said what it is, so what the log makes of the same launch is told with it."""
    for each in own:
        same_dyno = not each.dynos or not found.dynos or each.dynos & found.dynos
        same = each.diagnosis.cause == found.diagnosis.cause
        within = found.episode.number <= each.episode.number <= max(found.last, found.episode.last)
        fails = each.diagnosis.level is Level.FAIL
        if same_dyno and (same or (found.kind == "launch" and within and fails)):
            known = {e.text for e in each.diagnosis.evidence}
            more = tuple(e for e in found.diagnosis.evidence if e.text not in known)
            each.diagnosis = replace(each.diagnosis, evidence=(*each.diagnosis.evidence, *more))
            if found.kind == "launch":
                each.kind, each.episode, each.last = "launch", found.episode, max(each.last, found.last)
            return True
    return False


def _merged(found: list[_Found]) -> list[_Found]:
    """The same cause, in the same words, of launches of one process type is one diagnosis."""
    merged: dict[tuple[str, ...], _Found] = {}
    for each in found:
        words = _NUMBER.sub("", each.diagnosis.title) if each.kind in ("launch", "requests", "own") else ""
        key = (each.diagnosis.cause, each.process_type, words)
        before = merged.get(key)
        if before is None:
            merged[key] = each
            continue
        seen = {(e.fact, e.text) for e in before.diagnosis.evidence}
        more = [
            e for e in each.diagnosis.evidence if (e.fact, e.text) not in seen and e.fact not in _SYMPTOMS
        ]
        evidence = (*before.diagnosis.evidence, *more)[:EVIDENCE_KEPT]
        latest, worst = each.diagnosis, max(before.diagnosis.level, each.diagnosis.level)
        surest = max(before.diagnosis, latest, key=lambda d: SURENESS.index(d.confidence))
        before.diagnosis = replace(surest, evidence=evidence, level=worst)
        timeline = (*before.episode.timeline, *each.episode.timeline)
        before.episode = replace(each.episode, number=before.episode.number, timeline=timeline)
        before.last, before.ended = max(before.last, each.last), each.ended
        before.dynos |= each.dynos
        before.count += 1
    return list(merged.values())


def _supersede(found: list[_Found]) -> None:
    """What a later release does not show any more, though that release fails too, is history."""
    launches = [f for f in found if f.kind == "launch" and f.episode.release]
    for each in launches:
        each.superseded = any(
            other.episode.number > each.last
            and other.process_type == each.process_type
            and other.episode.release != each.episode.release
            for other in launches
        )


def _with_symptoms(found: list[_Found], loose: list[Evidence]) -> tuple[list[_Found], list[Evidence]]:
    """Give each code of the router to the diagnosis that explains it."""
    rest: list[Evidence] = []
    for evidence in loose:
        host = _explains(evidence, found)
        if host is None:
            rest.append(evidence)
        else:
            host.diagnosis = replace(host.diagnosis, evidence=(*host.diagnosis.evidence, evidence))
    kept: list[_Found] = []
    for each in found:
        diagnosis = each.diagnosis
        weak = diagnosis.confidence is Confidence.POSSIBLE and each.kind == "requests"
        others = [f for f in found if f is not each]
        host = next((f for f in others if diagnosis.cause in f.over and _same_process(f, each)), None)
        if host is None and weak:
            host = _explains(diagnosis.evidence[0], others)
        if host is None:
            kept.append(each)
        else:
            host.diagnosis = replace(host.diagnosis, evidence=(*host.diagnosis.evidence, *diagnosis.evidence))
    return kept, rest


def _same_process(one: _Found, other: _Found) -> bool:
    return not one.process_type or not other.process_type or one.process_type == other.process_type


def _explains(evidence: Evidence, found: list[_Found]) -> _Found | None:
    """The latest diagnosis that shows itself by this code and began before it was last seen."""
    if evidence.fact is Fact.LAUNCH and evidence.values.get("fault") in ("exit", "killed"):
        kinds = ("launch", "memory") if evidence.values.get("status") == "137" else ("launch",)
        same = [f for f in found if f.kind in kinds and f.process_type == evidence.values["process_type"]]
        return max((f for f in same if f.diagnosis.level is Level.FAIL), key=lambda f: f.last, default=None)
    if evidence.fact not in _CODES:
        return None
    code = evidence.fact.value.removeprefix("log-").upper()
    last = evidence.values.get("last") or evidence.values.get("number") or 0
    fitting = [
        each
        for each in found
        if code in _shown_by(each)
        and (each.kind in ("launch", "own", "memory") or each.diagnosis.cause.startswith("platform/"))
        and each.process_type in ("web", "")
        and each.diagnosis.level >= Level.WARN
        and (each.kind == "launch" or each.diagnosis.confidence is not Confidence.POSSIBLE)
        and each.episode.number <= (last if isinstance(last, int) else 0)
    ]
    return max(fitting, key=lambda f: f.last, default=None)


def _shown_by(found: _Found) -> frozenset[str]:
    """The codes a diagnosis shows itself by: of any launch that failed, those of a dyno that is not there."""
    codes = set(found.diagnosis.codes)
    ended = any(e.fact is Fact.LAUNCH for e in found.diagnosis.evidence)
    if found.kind in ("launch", "own") and (ended or codes & {"H10", "R10", "H20"}):
        codes |= {"H10", "H13", "H19", "H20", "H21", "H99", "R10"}
    if found.kind == "memory" and any(e.fact in _KILLS for e in found.diagnosis.evidence):
        codes |= {"H10", "H13", "H18"}
    return frozenset(codes)


def _order(found: _Found) -> tuple[object, ...]:
    diagnosis = found.diagnosis
    level = min(diagnosis.level, Level.WARN) if found.past else diagnosis.level
    return (
        -level,
        found.resolved,
        diagnosis.confidence is Confidence.POSSIBLE,
        _RANK["requests"] if diagnosis.cause.startswith("request/") else _RANK.get(found.kind, 3),
        found.general,
        found.kind != "requests",
        -found.last,
    )


def _placed(found: _Found) -> Diagnosis:
    """The diagnosis with its incident; one that a later release ended is no failure any more."""
    diagnosis = found.diagnosis
    dyno = next(iter(found.dynos)) if len(found.dynos) == 1 else found.process_type
    times = [e.at for e in diagnosis.evidence if e.at is not None]
    began = found.began if found.began is not None else min(times, default=None)
    ended = found.ended if found.ended is not None else max(times, default=None)
    incident = Incident(
        dyno,
        found.episode.release,
        began,
        None if ended is not None and began is not None and ended < began else ended,
        found.resolved,
        found.count,
        _timeline(found),
    )
    level = min(diagnosis.level, Level.WARN) if found.past else diagnosis.level
    return replace(diagnosis, level=level, incident=incident)


def _timeline(found: _Found) -> tuple[Moment, ...]:
    moments = list(found.episode.timeline)
    known = {m.where for m in moments}
    more = (e for e in found.diagnosis.evidence if e.where and e.where not in known)
    moments += [Moment(e.at, e.where, e.text) for e in more]
    moments.sort(key=lambda m: _number(m.where))
    if len(moments) > TIMELINE_KEPT:
        half = TIMELINE_KEPT // 2
        moments = [*moments[:half], *moments[-half:]]
    return tuple(moments)


def _number(where: str) -> int:
    digits = where.removeprefix("lines ").removeprefix("line ").partition("-")[0]
    return int(digits) if digits.isdigit() else 0


def _only_symptoms_of(loose: list[Evidence]) -> bool:
    """Whether something failed and nothing that is left says why."""
    failed = [e for e in loose if e.level is Level.FAIL]
    return bool(failed) and all(e.fact in _SYMPTOMS or e.values.get("fault") == "elsewhere" for e in failed)


def _too_short(loose: list[Evidence], catalogue: Sequence[Cause]) -> list[Diagnosis]:
    """What is left unexplained has its reason in lines that are not here."""
    worst = max(loose, key=lambda e: e.level)
    values: dict[str, Value] = {"dyno": "", "number": 0, "fault": "too-short"}
    values |= {"fetch": worst.values.get("fetch") or _FETCH}
    text = f"Nothing in this log says why: {worst.text}"
    evidence = Evidence(Fact.LOG_EXTENT, Level.INFO, text, worst.where, worst.at, values)
    return [diagnosis_of(case) for case in cases_of([evidence], catalogue)]
