"""Say in the log what has changed: the boot ledger, checks, diagnoses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checks.evidence import Evidence, Level, Result
from checks.ledger import Ledger
from checks.limits import BOOT_SECONDS
from checks.processes import memory_of
from diag.log import emit
from diag.report import Diagnosis

SAW = 3  # pieces of evidence that a line quotes


class Announcer:
    """Remembers what was said, so that each change is one line and silence means no change."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[Level, frozenset[object]]] = {}
        self._causes: dict[str, Level] = {}

    def tell(self, results: Sequence[Result], diagnoses: Iterable[Diagnosis]) -> None:
        """Lines for the checks and the diagnoses that differ from the last time."""
        for result in results:
            state = (result.level, frozenset(e.values.get("fault") for e in result.evidence))
            if self._levels.get(result.name) != state:
                self._levels[result.name] = state
                _check(result)
        now = {d.cause: d.level for d in diagnoses}
        for diagnosis in diagnoses:
            if self._causes.get(diagnosis.cause) != diagnosis.level:
                announce(diagnosis)
        for cause in self._causes.keys() - now.keys():
            emit("resolved", Level.INFO, cause=cause)
        self._causes = now


def _check(result: Result) -> None:
    bad = [e for e in result.evidence if e.level >= Level.WARN]
    emit(
        "check",
        result.level,
        name=result.name,
        level=result.level.word,
        text=" ".join(e.text for e in bad or result.evidence),
        seconds=round(result.seconds, 3),
        skipped_because=result.skipped_because,
    )


def announce(diagnosis: Diagnosis) -> None:
    """The line that maps a failure to its cause."""
    emit(
        "diagnosis",
        diagnosis.level,
        cause=diagnosis.cause,
        codes=diagnosis.codes,
        level=diagnosis.level.word,
        confidence=diagnosis.confidence.value,
        title=diagnosis.title,
        saw=" | ".join(map(_saw, diagnosis.evidence[:SAW])),
        fix=diagnosis.fix,
        docs=diagnosis.docs,
    )


def _saw(evidence: Evidence) -> str:
    return f"{evidence.where}: {evidence.text}" if evidence.where else evidence.text


def announce_boot(boot: Ledger) -> None:
    """The boot ledger: each step's seconds and memory, the total against the limit."""
    fields: dict[str, object] = {}
    for step in boot.steps:
        name = step.name.replace("-", "_")
        fields[f"{name}_s"] = round(step.seconds or 0.0, 2)
        if step.gained.anonymous >= 1:
            fields[f"{name}_mb"] = round(step.gained.anonymous, 1)
    memory = memory_of("self")
    total = boot.ready_after if boot.ready_after is not None else boot.elapsed()
    emit(
        "boot",
        Level.FAIL if boot.failed else Level.OK,
        phase=boot.phase,
        total_s=round(total, 2),
        limit_s=BOOT_SECONDS,
        **fields,
        anonymous_mb=round(memory.anonymous, 1),
        file_mb=round(memory.file, 1),
        rss_mb=round(memory.rss, 1),
        **{k: v for k, v in boot.identity.items() if k in ("source", "format", "size_bytes", "tensorflow")},
    )
