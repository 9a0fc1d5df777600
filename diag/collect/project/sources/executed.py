"""A web server that a script starts in its own place, without a shell that would put in the port."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.words import words_of

_STARTERS = words_of(
    "os.execv os.execve os.execvp os.execvpe subprocess.run subprocess.call subprocess.check_call "
    "subprocess.Popen"
)
_SERVERS = words_of("gunicorn uvicorn hypercorn daphne waitress-serve granian streamlit")


def find_literal_ports(graph: Graph) -> Iterator[Evidence]:
    """``os.execvp("uvicorn", [… "--port", "$PORT"])``: only a shell knows what $PORT is."""
    for here, call in graph.calls():
        if call.name not in _STARTERS or not graph.runs(call.place, here.path) or _has_shell(call):
            continue
        words = [word for node in call.node.args for word in _words(node, here, call)]
        literal = next((word for word in words if "$PORT" in word.value or "${PORT" in word.value), None)
        servers = [word.value for word in words if word.value in _SERVERS]
        if literal is not None and servers:
            yield finding(
                Fact.PROJECT_SOURCE,
                "port-literal",
                Level.FAIL,
                LIKELY,
                f"starts {servers[0]} without a shell, so {literal.value!r} stays as it is",
                f"{here.path}:{literal.line}",
                server=servers[0],
                port=literal.value,
                expected='os.environ["PORT"]',
                file=here.path,
                line=literal.line,
            )
            return


class _Word(NamedTuple):
    """A string of a command, and the line it stands on."""

    value: str
    line: int


def _has_shell(call: Call) -> bool:
    return any(keyword.arg == "shell" for keyword in call.node.keywords)


def _words(node: ast.expr, here: Scan, call: Call) -> Iterator[_Word]:
    """The strings of an argument, followed through one name."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    given = [here.assigned.get(f"{call.place.owner}.{name}") or here.assigned.get(name, []) for name in names]
    for root in (node, *(values[0][0] for values in given if len(values) == 1)):
        for each in ast.walk(root):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield _Word(each.value, each.lineno)
