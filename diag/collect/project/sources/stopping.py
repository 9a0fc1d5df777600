"""Code that keeps the process from ending when the platform asks it to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from checks.limits import STOP_SECONDS
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.places import Function
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.values import Values

_LOGS = re.compile(r"(?:^|\.)log(?:ger|ging)?\.(?:debug|info|warning|error|exception)$")


def find_late_stops(graph: Graph, values: Values) -> Iterator[Evidence]:
    """A handler that ignores SIGTERM, or waits longer than the platform: SIGKILL ends the process (R12)."""
    for here, call in graph.calls():
        if call.name != "signal.signal" or len(call.node.args) != 2 or not graph.runs(call.place, here.path):
            continue
        signal, action = (here.full(argument) for argument in call.node.args)
        if not signal.endswith("SIGTERM"):
            continue
        if action.endswith("SIG_IGN"):
            yield _finding("ignores SIGTERM, by which the platform asks it to stop", here, call, sure=True)
        for scan, owner in graph.functions_named(here, call.node.args[1]):
            if _only_talks(scan.functions[owner], scan):
                text = f"{owner} takes SIGTERM and only says so, and the process goes on"
                yield _finding(text, scan, call, sure=False)
                break
            seconds, sleep = _longest_sleep(scan, owner, values)
            if sleep is not None and seconds >= STOP_SECONDS:
                text = f"{owner} sleeps {seconds:g} s on SIGTERM, and is killed after {STOP_SECONDS} s"
                yield _finding(text, scan, sleep, sure=False)
                break


def _only_talks(function: Function, here: Scan) -> bool:
    """Whether a handler does nothing but print or log: it neither ends the process nor tells it to."""
    for each in function.body:
        match each:
            case ast.Expr(value=ast.Call(func=called)):
                name = here.full(called)
                if name != "print" and _LOGS.search(name) is None:
                    return False
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case _:
                return False
    return True


def _longest_sleep(here: Scan, owner: str, values: Values) -> tuple[float, Call | None]:
    longest: tuple[float, Call | None] = (0, None)
    for call in here.calls:
        if call.name == "time.sleep" and call.place.owner == owner and not call.place.is_conditional:
            seconds = values.of(call.argument(0), here, call.place).value
            if isinstance(seconds, int | float) and seconds > longest[0]:
                longest = (seconds, call)
    return longest


def _finding(text: str, here: Scan, call: Call, *, sure: bool) -> Evidence:
    return finding(
        Fact.PROJECT_SOURCE,
        "term-ignored",
        Level.FAIL,
        SURE if sure else LIKELY,
        text,
        f"{here.path}:{call.line}",
        process_type="web",
        ignored_in=here.path,
        file=here.path,
        line=call.line,
    )
