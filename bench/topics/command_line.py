"""How soon the command line answers ``--help``."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

from bench.effort import Effort
from bench.rounds import Spread, take_turns
from bench.server import ROOT
from bench.table import Bound, Table

OURS = "python -m diag --help"
COMMANDS = {
    OURS: ("-m", "diag", "--help"),
    "python -c pass": ("-c", "pass"),
    "python -m flask --help": ("-m", "flask", "--help"),
}
HEAVY = {"tensorflow", "keras", "numpy", "boto3", "botocore", "rich", "structlog"}


def measure(effort: Effort) -> Table:
    """Seconds of wall clock, and what must not be imported for a help text."""
    turns = {name: partial(_seconds, arguments) for name, arguments in COMMANDS.items()}
    take_turns(turns, 1)  # not counted
    table = Table("Seconds to a help text, median (least to most)", ("command", "seconds", "heavy imports"))
    for name, seconds in take_turns(turns, effort.help_rounds).items():
        spread = Spread.of(seconds)
        verdict = Bound(0.2, False, " s").cells(spread.median) if name == OURS else ("", "")
        table.add(name, spread.text(".3f"), "", verdict=verdict)
    heavy = sorted(HEAVY & _imports(COMMANDS[OURS]))
    verdict = Bound(0, False).cells(len(heavy))
    table.add(f"imports of {OURS}", "", " ".join(heavy) or "none", verdict=verdict)
    return table


def _seconds(arguments: tuple[str, ...]) -> float:
    began = time.perf_counter()
    _run(arguments)
    return time.perf_counter() - began


def _imports(arguments: tuple[str, ...]) -> set[str]:
    """The top-level names of all that is imported."""
    lines = _run(("-X", "importtime", *arguments)).splitlines()
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines if "|" in line}


def _run(arguments: tuple[str, ...]) -> str:
    """Standard error of a command that must succeed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stderr
