"""The report as a section of a GitHub job's summary."""

from __future__ import annotations

import re

from diag.render.text import draw as draw_text
from diag.report import Report


def draw(report: Report) -> str:
    """Markdown: the text report in a fence, so that nothing in it is markup."""
    text = draw_text(report)
    longest = max(map(len, re.findall(r"~+", text)), default=0)
    fence = "~" * max(longest + 1, 3)
    return f"\n### diag {report.kind}: {report.level.word}\n\n{fence}text\n{text}{fence}\n"
