"""How soon a project's folder is looked through."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.effort import Effort
from bench.projects import write_project
from bench.rounds import Spread, take_turns
from bench.server import ROOT
from bench.table import Bound, Table

PREFLIGHT = (sys.executable, "-m", "diag", "preflight", "--json", "--fail-on", "never")
LARGE, LARGE_LINES = 1_000, 200_000
TYPICAL, TYPICAL_LINES = 30, 4_500
LARGE_SECONDS = Bound(2, False, " s")
TYPICAL_SECONDS = Bound(0.4, False, " s")


def measure(effort: Effort) -> Table:
    """A typical project and a large one, each from process start to report."""
    table = Table("Preflight, median (least to most)", ("project", "seconds"))
    with tempfile.TemporaryDirectory() as folder:
        for name, modules, lines, bound, rounds in (
            ("typical", TYPICAL, TYPICAL_LINES, TYPICAL_SECONDS, effort.help_rounds),
            ("large", LARGE, LARGE_LINES, LARGE_SECONDS, effort.log_rounds),
        ):
            project = Path(folder) / name
            written = write_project(project, modules, lines)
            turns = {name: partial(_seconds, project)}
            take_turns(turns, 1)  # not counted: the files come into the page cache
            seconds = Spread.of(take_turns(turns, rounds)[name])
            told = f"{name}, {modules:,} files, {written:,} lines"
            table.add(told, seconds.text(".2f"), verdict=bound.cells(seconds.median))
    return table


def _seconds(project: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run((*PREFLIGHT, str(project)), cwd=ROOT, capture_output=True, check=True)
    seconds = time.perf_counter() - began
    report = json.loads(done.stdout)
    if report["level"] == "fail" or not report["notes"]:
        raise AssertionError(f"a healthy project is told to fail: {report['diagnoses']}")
    return seconds
