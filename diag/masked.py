"""A report without the secrets, e-mails and addresses that log lines quote."""

from __future__ import annotations

from dataclasses import replace

from checks.evidence import Evidence, Value
from diag.collect.logs.masks import Masks
from diag.report import Diagnosis, Incident, Report


def masked(report: Report, masks: Masks) -> Report:
    """The same report, all that stems from the log masked; the same secret by the same mask."""
    return replace(
        report,
        diagnoses=tuple(_diagnosis(d, masks) for d in report.diagnoses),
        unexplained=tuple(_evidence(e, masks) for e in report.unexplained),
    )


def _diagnosis(diagnosis: Diagnosis, masks: Masks) -> Diagnosis:
    return replace(
        diagnosis,
        title=masks.mask(diagnosis.title),
        why=masks.mask(diagnosis.why),
        fix=tuple(masks.mask(step) for step in diagnosis.fix),
        evidence=tuple(_evidence(e, masks) for e in diagnosis.evidence),
        incident=None if diagnosis.incident is None else _incident(diagnosis.incident, masks),
    )


def _incident(incident: Incident, masks: Masks) -> Incident:
    moments = tuple(replace(m, text=masks.mask(m.text)) for m in incident.timeline)
    return replace(incident, timeline=moments)


def _evidence(evidence: Evidence, masks: Masks) -> Evidence:
    values = {name: _value(value, masks) for name, value in evidence.values.items()}
    return replace(evidence, text=masks.mask(evidence.text), values=values)


def _value(value: Value, masks: Masks) -> Value:
    if isinstance(value, str):
        return masks.mask(value)
    return tuple(masks.mask(each) for each in value) if isinstance(value, tuple) else value
