"""From evidence to diagnoses: which causes the evidence holds, the root cause first.

Pure: the same evidence gives the same report, with no dyno and no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.evidence import Evidence, Level, Result
from diag.cause import SURENESS, Cause, Confidence, fill, fill_all
from diag.report import Diagnosis, Report


@dataclass(slots=True)
class Case:
    """A cause and all the evidence that points to it; as sure as the surest of it."""

    cause: Cause
    evidence: list[Evidence] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    confidence: Confidence = Confidence.POSSIBLE

    def add(self, evidence: Evidence, values: Mapping[str, Any], confidence: Confidence) -> None:
        """One more piece of evidence."""
        self.confidence = max(self.confidence, confidence, key=SURENESS.index)
        # The worst evidence names the culprit.
        if not self.evidence or evidence.level > max(e.level for e in self.evidence):
            self.values = {**self.values, **values}
        else:
            self.values = {**values, **self.values}
        self.evidence.append(evidence)

    @property
    def level(self) -> Level:
        """The cause's own level at most, and never worse than the evidence."""
        return min(self.cause.level, max(e.level for e in self.evidence))


def diagnose(
    results: Sequence[Result],
    catalogue: Iterable[Cause],
    kind: str,
    subject: str,
) -> Report:
    """The report on the results of checks. Nothing seen is dropped: see `Report.unexplained`.

    The worst come first; among those of one level what is only possible last, then what can break an app
    first.
    """
    seen = [evidence for result in results for evidence in result.evidence]
    cases = cases_of(seen, catalogue)
    ordered = sorted(cases, key=_rank)
    diagnoses = tuple(map(diagnosis_of, ordered))
    explained = {id(e) for case in cases for e in case.evidence}
    unexplained = tuple(e for e in seen if e.level >= Level.WARN and id(e) not in explained)
    return Report(kind, subject, diagnoses, tuple(results), unexplained)


def _rank(case: Case) -> tuple[int, bool, int]:
    return -case.level, case.confidence is Confidence.POSSIBLE, -case.cause.level


def cases_of(seen: Sequence[Evidence], catalogue: Iterable[Cause]) -> list[Case]:
    """The causes that hold, in the order of the evidence, less those a more exact one explains."""
    cases: dict[str, Case] = {}
    for cause in catalogue:
        for evidence in seen:
            match = cause.match(evidence)
            if match is not None:
                cases.setdefault(cause.id, Case(cause)).add(evidence, *match)
    exact = {id(e) for case in cases.values() if not case.cause.general for e in case.evidence}
    for case in list(cases.values()):
        if case.cause.general and exact.issuperset(id(e) for e in case.evidence):
            del cases[case.cause.id]
            continue
        better = {id(e) for e in case.evidence}
        for name in case.cause.over:
            rest = cases.get(name)
            if rest is not None and better.issuperset(id(e) for e in rest.evidence):
                del cases[name]
    order = {id(evidence): index for index, evidence in enumerate(seen)}
    return sorted(cases.values(), key=lambda c: min(order[id(e)] for e in c.evidence))


def diagnosis_of(case: Case) -> Diagnosis:
    """The cause in words about this very app."""
    cause, values = case.cause, case.values
    confidence = case.confidence
    if case.level < cause.level and confidence is Confidence.CERTAIN:
        # Milder evidence than the cause can show describes a risk, not what has happened.
        confidence = Confidence.LIKELY
    return Diagnosis(
        cause=cause.id,
        level=case.level,
        confidence=confidence,
        codes=cause.codes,
        title=fill(cause.title, values) or fill_all(cause.title_without or cause.title, values),
        why=fill_all(cause.why, values),
        fix=tuple(step for template in cause.fix if (step := fill(template, values))),
        docs=cause.docs,
        evidence=tuple(case.evidence),
        rivals=() if confidence is Confidence.CERTAIN else cause.rivals,
    )
