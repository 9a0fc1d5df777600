"""How soon, and in how much memory, a long log is read: beside grep, which only counts its codes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.effort import Effort
from bench.logs.files import log
from bench.rounds import Spread, ratios, take_turns
from bench.server import ROOT
from bench.table import NOT_ASKED, Bound, Table

LINES, PART, SHORT = 2_000_000, 500_000, 1_500
GREP = ("grep", "-cE", "code=[HRL][0-9]+|Error [RL][0-9]+")
DIAG = (sys.executable, "-m", "diag", "logs", "--json", "--fail-on", "never")
SEEN = {"busy": {"log-h12", "log-h18", "log-h27", "log-r14"}, "talkative": {"log-h27"}}
TIMES_GREP = Bound(8, False, " ×")
PEAK = Bound(100, False, " MB")
GROWTH = Bound(1.25, False, " ×")  # of the time a line takes, from a quarter of the lines to all
SECONDS = Bound(0.4, False, " s")


# The process tells its own peak: what wait4 tells of a child includes the parent it was forked from.
ASKED_FOR_ITS_PEAK = """
import atexit, sys
from diag.__main__ import run
atexit.register(lambda: print(open("/proc/self/status").read(), file=sys.stderr))
run()
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One command: seconds of wall clock, and what it wrote."""

    seconds: float
    output: str


def measure(effort: Effort) -> Table:
    """Long logs of two kinds, a part of one, and a short one through a pipe."""
    table = Table(
        "Reading logs, median (least to most)",
        ("command and log", "seconds", "times grep", "µs a line", "peak MB"),
    )
    for shape in SEEN:
        _long(table, shape, effort.log_rounds)
    _growth(table, effort.log_rounds)
    _short(table, effort.help_rounds)
    return table


def _long(table: Table, shape: str, rounds: int) -> None:
    path = str(log(shape, LINES))
    turns = {"grep": partial(_run, (*GREP, path)), "diag": partial(_run, (*DIAG, path))}
    take_turns(turns, 1)  # not counted: the file comes into the page cache
    found = take_turns(turns, rounds)
    for run in found["diag"]:
        _must_have_seen(SEEN[shape], run.output)
    grep, ours = ([run.seconds for run in found[name]] for name in ("grep", "diag"))
    times = ratios(ours, grep)
    peak = _peak(path)
    size = f"{shape}, {LINES:,} lines, {Path(path).stat().st_size / 1e6:.0f} MB"
    table.add(f"grep, {size}", Spread.of(grep).text(), "", _per_line(grep, LINES), "")
    table.add(
        f"diag logs, {size}",
        Spread.of(ours).text(),
        times.text(".1f"),
        _per_line(ours, LINES),
        "",
        # What was promised is the busy one; the other shows what a log of another kind costs.
        verdict=TIMES_GREP.cells(times.median) if shape == "busy" else NOT_ASKED,
    )
    table.add("  its memory", "", "", "", f"{peak:.0f}", verdict=PEAK.cells(peak))


def _growth(table: Table, rounds: int) -> None:
    """A line of a long log takes as long as a line of a shorter one."""
    sizes = (PART, 2 * PART, LINES)
    turns = {str(lines): partial(_run, (*DIAG, str(log("busy", lines)))) for lines in sizes}
    take_turns(turns, 1)
    found = {name: [run.seconds for run in runs] for name, runs in take_turns(turns, rounds).items()}
    first = [seconds / PART for seconds in found[str(PART)]]
    for lines in sizes:
        seconds = found[str(lines)]
        growth = ratios([each / lines for each in seconds], first).median
        asked = NOT_ASKED if lines == PART else GROWTH.cells(growth)
        name = f"diag logs, busy, {lines:,} lines"
        table.add(name, Spread.of(seconds).text(), "", _per_line(seconds, lines), "", verdict=asked)


def _short(table: Table, rounds: int) -> None:
    path = log("busy", SHORT)
    turns = {"short": partial(_run, DIAG, path)}
    take_turns(turns, 1)
    seconds = Spread.of(run.seconds for run in take_turns(turns, rounds)["short"])
    name = f"diag logs, {SHORT:,} lines from a pipe"
    table.add(name, seconds.text(".3f"), "", "", "", verdict=SECONDS.cells(seconds.median))


def _per_line(seconds: list[float], lines: int) -> str:
    return f"{Spread.of(seconds).median / lines * 1e6:.2f}"


def _run(command: tuple[str, ...], piped: Path | None = None) -> Run:
    """Raises CalledProcessError when the command fails."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        source = subprocess.Popen(["cat", piped], stdout=subprocess.PIPE) if piped else None
        stdin = source.stdout if source else subprocess.DEVNULL
        subprocess.run(command, cwd=ROOT, stdin=stdin, stdout=output, check=True)
        seconds = time.perf_counter() - began
        if source and source.stdout:
            source.stdout.close()
            source.wait()
        output.seek(0)
        return Run(seconds, output.read().decode())


def _peak(path: str) -> float:
    """The most MiB that are resident while a log is read."""
    command = (sys.executable, "-c", ASKED_FOR_ITS_PEAK, *DIAG[3:], path)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    most = next(line for line in done.stderr.splitlines() if line.startswith("VmHWM:"))
    return int(most.split()[1]) / 1024


def _must_have_seen(facts: set[str], output: str) -> None:
    """A reader that overlooks what is there is no quick reader."""
    report = json.loads(output)
    told = [e for d in report["diagnoses"] for e in d["evidence"]] + report["unexplained"]
    missing = facts - {each["fact"] for each in told}
    if missing:
        raise RuntimeError(f"diag logs did not see {', '.join(sorted(missing))}")
