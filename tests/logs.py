"""The fixture logs, and their expected texts: ``python -m tests.logs`` writes them anew."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from diag.collect.logs.source import blocks
from diag.logs import examine_blocks
from diag.render import text
from diag.report import Report

FIXTURES = Path(__file__).parent / "fixtures" / "logs"
CASES = sorted(p for p in FIXTURES.glob("*/*/*") if p.suffix in (".log", ".gz"))


def name_of(path: Path) -> str:
    """``family/fault/name``."""
    return str(path.relative_to(FIXTURES).with_suffix(""))


@cache
def report_on(path: Path) -> Report:
    """What `diag logs` makes of a fixture."""
    with path.open("rb") as stream:
        return examine_blocks(blocks(stream), path.name)


def draw(report: Report) -> str:
    """The report as text of 100 columns."""
    return text.draw(report)


def expected_text(path: Path) -> str:
    """The text as it was when somebody last looked at it."""
    return path.with_suffix(".txt").read_text("utf-8")


def main() -> None:
    """Write all expected texts."""
    for path in CASES:
        path.with_suffix(".txt").write_text(draw(report_on(path)), "utf-8")


if __name__ == "__main__":
    main()
