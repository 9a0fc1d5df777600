"""A project with findings, mended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import Confidence
from diag.fixes.apply import apply
from diag.fixes.edit import Fixes
from diag.fixes.fixers import fixes_for
from diag.report import Diagnosis, Report
from tests.projects import project


def found(cause: str, where: str, confidence: Confidence = Confidence.CERTAIN, **values: Value) -> Diagnosis:
    evidence = Evidence(Fact.PROJECT_SOURCE, Level.FAIL, "It stands there.", where, values=values)
    return Diagnosis(
        cause=cause,
        level=Level.FAIL,
        confidence=confidence,
        codes=(),
        title="It fails.",
        why="Why.",
        fix=("do",),
        docs="https://example.com",
        evidence=(evidence,),
    )


def report(*diagnoses: Diagnosis) -> Report:
    return Report("preflight", "shop", diagnoses)


def fixes(folder: Path, files: Mapping[str, str | bytes], *diagnoses: Diagnosis) -> Fixes:
    return fixes_for(report(*diagnoses), project(folder, files))


def mended(folder: Path, files: Mapping[str, str | bytes], *diagnoses: Diagnosis) -> dict[str, bytes]:
    """The files that are other than before, after the fixes; a second time nothing is left to do."""
    apply(fixes(folder, files, *diagnoses).edits, folder)
    before = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    after = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert fixes(folder, {}, *diagnoses).edits == ()
    return {
        name: after.get(name, b"(gone)") for name in {*before, *after} if after.get(name) != before.get(name)
    }
