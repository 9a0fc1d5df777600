"""The report as GitHub workflow commands, which become annotations of a run."""

from __future__ import annotations

from checks.evidence import Level
from diag.report import Report

_COMMAND = {Level.FAIL: "error", Level.UNKNOWN: "warning", Level.WARN: "warning"}


def draw(report: Report) -> str:
    """One line for each diagnosis. Source: GitHub docs, "Workflow commands for GitHub Actions"."""
    lines = []
    for diagnosis in report.diagnoses:
        command = _COMMAND.get(diagnosis.level, "notice")
        text = " ".join((diagnosis.title, diagnosis.why, *diagnosis.fix))
        lines.append(f"::{command} title={_property(diagnosis.cause)}::{_data(text)}\n")
    for evidence in report.unexplained:
        command = _COMMAND.get(evidence.level, "notice")
        lines.append(f"::{command} title={_property(evidence.fact.value)}::{_data(evidence.text)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
