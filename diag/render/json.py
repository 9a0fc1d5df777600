"""The report for machines, by the schema `diag.report/1`.

In ASCII, so that every terminal and pipe takes it and no character of a quoted log line acts on one.
"""

from __future__ import annotations

import json
from typing import Any

from diag.report import Report


def draw(report: Report) -> str:
    """One JSON document."""
    return dump(report.to_json())


def dump(data: dict[str, Any]) -> str:
    """A JSON document, indented."""
    return json.dumps(data, indent=2) + "\n"


def line(data: dict[str, Any]) -> str:
    """A JSON document on one line."""
    return json.dumps(data) + "\n"
