"""Say in the log what has changed: the boot ledger, checks, diagnoses."""

from __future__ import annotations

from collections.abc import Sequence

from checks.evidence import Evidence, Level, Result
from checks.ledger import Ledger
from checks.limits import BOOT_SECONDS
from checks.monitor import Voice
from checks.processes import memory_of
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from diag.log import emit
from diag.report import Diagnosis

SAW = 3  # pieces of evidence that a line quotes


class Announcer(Voice):
    """Explains by the catalogue; remembers what was said, so that only a change is a line."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[Level, frozenset[object]]] = {}
        self._causes: dict[str, Level] = {}

    def explain(self, results: Sequence[Result]) -> tuple[Diagnosis, ...]:
        """What the catalogue makes of the results."""
        return explain(results)

    def tell(self, results: Sequence[Result]) -> None:
        """Lines for the checks and the diagnoses that differ from the last time."""
        diagnoses = explain(results)
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

    def tell_boot(self, boot: Ledger) -> None:
        """The boot ledger: each step's seconds and memory, the total against the limit."""
        announce_boot(boot)


def explain(results: Sequence[Result]) -> tuple[Diagnosis, ...]:
    """The diagnoses that the results of a running service hold."""
    return diagnose(results, CATALOGUE, "health", "").diagnoses


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
