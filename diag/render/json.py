"""The report for machines, by the schema `diag.report/1`."""

from __future__ import annotations

import json

from diag.report import Report


def draw(report: Report) -> str:
    """One JSON document."""
    return json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
