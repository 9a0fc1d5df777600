"""The report: what every command produces and every renderer draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from checks.evidence import Evidence, Level, Result, timestamp
from diag.cause import Confidence, Rival

SCHEMA = "diag.report/1"
OF_PREFLIGHT = "preflight-"  # before the name of each of its areas, among the checks of the doctor


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a timeline: when (Unix time in seconds), where (``line 41``) and what happened."""

    at: float | None
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One launch's failure, or one run of request errors, and how often the same happened.

    `dyno` is ``web.1``, or the process type when several dynos were hit; `release` is ``v12`` or
    empty. `began` and `ended` are Unix time in seconds; `ended` is None while it lasts.
    """

    dyno: str
    release: str
    began: float | None
    ended: float | None
    resolved: bool
    count: int = 1
    timeline: tuple[Moment, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form of the schema `diag.report/1`."""
        return {
            "dyno": self.dyno or None,
            "release": self.release or None,
            "began": None if self.began is None else timestamp(self.began),
            "ended": None if self.ended is None else timestamp(self.ended),
            "resolved": self.resolved,
            "count": self.count,
            "timeline": [
                {"at": None if m.at is None else timestamp(m.at), "where": m.where or None, "text": m.text}
                for m in self.timeline
            ],
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause with the evidence for it, in words about this very app."""

    cause: str
    level: Level
    confidence: Confidence
    codes: tuple[str, ...]
    title: str
    why: str
    fix: tuple[str, ...]
    docs: str
    evidence: tuple[Evidence, ...]
    rivals: tuple[Rival, ...] = ()
    incident: Incident | None = None

    def to_json(self) -> dict[str, Any]:
        """The form of the schema `diag.report/1`."""
        return {
            "cause": self.cause,
            "level": self.level.word,
            "confidence": self.confidence.value,
            "codes": list(self.codes),
            "title": self.title,
            "why": self.why,
            "fix": list(self.fix),
            "docs": self.docs,
            "incident": None if self.incident is None else self.incident.to_json(),
            "evidence": [e.to_json() for e in self.evidence],
            "rivals": [{"cause": r.cause, "would_tell": r.would_tell} for r in self.rivals],
        }


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that the project silences: the diagnosis with the one piece of evidence, and why.

    `until` is the last day on which it is silent, None for good; `told` is where the project says so
    (``pyproject.toml:12``, or the line of the finding).
    """

    diagnosis: Diagnosis
    reason: str
    until: date | None
    told: str

    @property
    def evidence(self) -> Evidence:
        """What was found."""
        return self.diagnosis.evidence[0]

    def to_json(self) -> dict[str, Any]:
        """The form of the schema `diag.report/1`."""
        return {
            "cause": self.diagnosis.cause,
            "where": self.evidence.where or None,
            "reason": self.reason,
            "until": None if self.until is None else self.until.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Diagnoses in order, the checks, and whatever stayed unexplained.

    `notes` tell about the input itself, such as how many lines were read; `silenced` is what was found
    and counts for nothing, since the project says so.
    """

    kind: str
    subject: str
    diagnoses: tuple[Diagnosis, ...]
    checks: tuple[Result, ...] = ()
    unexplained: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    silenced: tuple[Silenced, ...] = ()

    @property
    def level(self) -> Level:
        """The worst of all."""
        levels = [d.level for d in self.diagnoses]
        levels += [e.level for e in self.unexplained]
        return max(levels, default=Level.OK)

    def exit_status(self, fail_on: str) -> int:
        """1 when something is at or above `fail_on` (``warn``, ``fail`` or ``never``), else 0."""
        bar = {"warn": Level.WARN, "fail": Level.FAIL}.get(fail_on)
        return int(bar is not None and self.level >= bar)

    def to_json(self) -> dict[str, Any]:
        """The form of the schema `diag.report/1`; lists are present even when empty."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "subject": self.subject,
            "level": self.level.word,
            "diagnoses": [d.to_json() for d in self.diagnoses],
            "checks": [r.to_json() for r in self.checks],
            "unexplained": [e.to_json() for e in self.unexplained],
            "notes": list(self.notes),
            "silenced": [s.to_json() for s in self.silenced],
        }
