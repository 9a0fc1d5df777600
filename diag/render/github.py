"""The report as GitHub workflow commands, which become annotations of a run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from checks.evidence import Evidence, Level
from diag.render.harmless import harmless
from diag.render.places import Place, place_of
from diag.report import Diagnosis, Report

# Of each kind GitHub keeps the first ten of a step and drops the others in silence.
# Source: actions/toolkit, docs/problem-matchers.md, "Limitations".
MOST = 10
_COMMAND = {Level.FAIL: "error", Level.UNKNOWN: "warning", Level.WARN: "warning"}


def draw(report: Report, folder: str = "") -> str:
    """A line for each place of each diagnosis, the first places of all before the others.

    `folder` is where the project lies in its repository: empty, or ``web/``.
    Source of the form: GitHub docs, "Workflow commands for GitHub Actions".
    """
    drawn = [lines_of(diagnosis, folder) for diagnosis in report.diagnoses]
    first = [lines[0] for lines in drawn]
    loose = [_loose(evidence, folder) for evidence in report.unexplained]
    rest = [line for lines in drawn for line in lines[1:]]
    return "".join(_kept((*first, *loose, *rest)))


def lines_of(diagnosis: Diagnosis, folder: str = "") -> list[str]:
    """A workflow command for each file and line of the evidence; a single one if none is in the project."""
    at: dict[Place | None, Evidence] = {}
    for evidence in diagnosis.evidence:
        at.setdefault(place_of(evidence, folder), evidence)
    places = [place for place in at if place is not None]
    whole = " ".join((diagnosis.title, diagnosis.why, *diagnosis.fix))
    return [
        _line(diagnosis.level, diagnosis.cause, next(iter(places), None), whole),
        *(
            _line(diagnosis.level, diagnosis.cause, place, f"{diagnosis.title} {at[place].text}")
            for place in places[1:]
        ),
    ]


def _loose(evidence: Evidence, folder: str) -> str:
    return _line(evidence.level, evidence.fact.value, place_of(evidence, folder), evidence.text)


def _kept(lines: Iterable[str]) -> Iterator[str]:
    """As many of each kind as GitHub keeps, and a line of plain text about the others."""
    of_kind: Counter[str] = Counter()
    for line in lines:
        kind = line[2:].partition(" ")[0]
        of_kind[kind] += 1
        if of_kind[kind] <= MOST:
            yield line
    more = ", ".join(f"{count - MOST} {kind}" for kind, count in of_kind.items() if count > MOST)
    if more:
        yield f"GitHub shows {MOST} annotations of a kind; the job's summary has the others ({more}).\n"


def _line(level: Level, title: str, place: Place | None, text: str) -> str:
    where = ""
    if place is not None:
        where = f",file={_property(place.path)}" + (f",line={place.line}" if place.line else "")
    return f"::{_COMMAND.get(level, 'notice')} title={_property(title)}{where}::{_data(text)}\n"


def _data(text: str) -> str:
    lines = re.split(r"\r\n?|\n", text)
    return "%0A".join(harmless(line).replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
