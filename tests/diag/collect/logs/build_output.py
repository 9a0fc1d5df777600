"""Build output for the tests of its reader: lines in, evidence and causes out."""

from collections.abc import Iterable
from pathlib import Path

from checks.evidence import Evidence, Result
from diag.catalogue import CATALOGUE
from diag.causes.build import BUILD
from diag.causes.installation import INSTALLATION
from diag.causes.python import PYTHON
from diag.causes.release import RELEASE
from diag.collect.logs.build import Build
from diag.collect.logs.envelope import entries
from diag.diagnose import diagnose
from diag.report import Diagnosis

FIXTURES = Path(__file__).parents[3] / "fixtures" / "logs"
_KNOWN = {cause.id for cause in CATALOGUE}
ALL = (*CATALOGUE, *(c for c in (*BUILD, *INSTALLATION, *PYTHON, *RELEASE) if c.id not in _KNOWN))


def read(lines: Iterable[str]) -> Build:
    """The reader after these raw lines."""
    build = Build()
    for number, raw in enumerate(lines, 1):
        for line in entries(number, raw):
            build.read(line)
    return build


def push(*lines: str) -> list[Evidence]:
    """The evidence of lines of a git push."""
    return read(f"remote: {line}" for line in lines).evidence()


def causes(evidence: Iterable[Evidence]) -> list[Diagnosis]:
    """Each piece of evidence diagnosed by itself, as an episode of a log is; the worst first."""
    found = [
        diagnosis
        for each in evidence
        for diagnosis in diagnose([Result("logs", (each,), 0.0)], ALL, "logs", "").diagnoses
    ]
    return sorted(found, key=lambda d: -d.level)
