"""Files of the web process that the deployed Python can't compile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.sources.compiling import uncompilable
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Scan

_CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )")


def find_syntax_errors(graph: Graph) -> Iterator[Evidence]:
    """One finding for each file; those that only a request would import are warnings."""
    skimmed = [here for here in graph.all if here.module.is_skimmed]
    for place in sorted(uncompilable([here.module.text for here in skimmed])):
        graph.whole(skimmed[place])
    python = ".".join(map(str, graph.python))
    for here in graph.all:
        problem = here.module.problem
        if problem is None or not problem.is_sure:
            continue
        at_boot = here.path in graph.boot
        yield finding(
            Fact.PROJECT_SOURCE,
            "syntax",
            Level.FAIL if at_boot else Level.WARN,
            SURE if at_boot and _runs_surely(graph, here) else LIKELY if at_boot else POSSIBLE,
            f"{problem.message}: {_line(here, problem.line)}",
            f"{here.path}:{problem.line}",
            file=here.path,
            line=problem.line,
            python=python,
        )


def _runs_surely(graph: Graph, here: Scan) -> bool:
    """Whether an import that nothing guards leads to the file."""
    if here.path == graph.entry:
        return True
    name = here.name
    parent, _, last = name.rpartition(".")
    for other in graph.boot.values():
        for each in other.imports:
            hits = each.module == name or (each.module == parent and last in each.names)
            if hits and not each.place.is_conditional and not each.place.catches("SyntaxError"):
                return True
    return False


def _line(here: Scan, number: int) -> str:
    lines = here.module.text.splitlines()
    if any(_CONFLICT.match(line) for line in lines[max(0, number - 1) : number]):
        return "a merge conflict was left in the file"
    return lines[number - 1].strip()[:100] if 0 < number <= len(lines) else "no such line"
