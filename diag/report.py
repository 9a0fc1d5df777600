"""The report: what every command produces and every renderer draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checks.evidence import Evidence, Level, Result
from diag.cause import Confidence, Rival

SCHEMA = "diag.report/1"


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
            "incident": None,
            "evidence": [e.to_json() for e in self.evidence],
            "rivals": [{"cause": r.cause, "would_tell": r.would_tell} for r in self.rivals],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Diagnoses in order, the checks, and whatever stayed unexplained."""

    kind: str
    subject: str
    diagnoses: tuple[Diagnosis, ...]
    checks: tuple[Result, ...] = ()
    unexplained: tuple[Evidence, ...] = ()

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
        }
