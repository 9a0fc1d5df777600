"""The report as GitHub workflow commands, which become annotations of a run."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from checks.evidence import Level
from diag.render.harmless import harmless
from diag.report import Diagnosis, Report

_COMMAND = {Level.FAIL: "error", Level.UNKNOWN: "warning", Level.WARN: "warning"}
_IN_FILE = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+)")  # Procfile:1; "line 41" is a line of a log


def draw(report: Report) -> str:
    """One line for each diagnosis. Source: GitHub docs, "Workflow commands for GitHub Actions"."""
    lines = [annotation(diagnosis) for diagnosis in report.diagnoses]
    for evidence in report.unexplained:
        command = _COMMAND.get(evidence.level, "notice")
        title = _property(evidence.fact.value)
        lines.append(f"::{command} title={title}{_file(evidence.where)}::{_data(evidence.text)}\n")
    return "".join(lines)


def annotation(diagnosis: Diagnosis) -> str:
    """One workflow command, at the file and line of the evidence if that is in the project."""
    command = _COMMAND.get(diagnosis.level, "notice")
    text = " ".join((diagnosis.title, diagnosis.why, *diagnosis.fix))
    where = next(filter(None, (_file(e.where) for e in diagnosis.evidence)), "")
    return f"::{command} title={_property(diagnosis.cause)}{where}::{_data(text)}\n"


def _file(where: str) -> str:
    match = _IN_FILE.fullmatch(where)
    if match is None or PurePosixPath(match["file"]).is_absolute():
        return ""
    return f",file={_property(match['file'])},line={match['line']}"


def _data(text: str) -> str:
    lines = re.split(r"\r\n?|\n", text)
    return "%0A".join(harmless(line).replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
