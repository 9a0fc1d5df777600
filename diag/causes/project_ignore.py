"""Causes about what a project silences."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause
from diag.causes.judged import judged

_TABLES = "https://packaging.python.org/en/latest/specifications/pyproject-toml/"
_ELSEWHERE = ("ignore-not-found", "ignore-unknown-id", "ignore-expired", "ignore-malformed")

PROJECT_IGNORE = (
    Cause(
        id="preflight/ignore-without-reason",
        level=Level.WARN,
        codes=(),
        title="{id} is silenced, and nothing says why.",
        when=judged("ignore-without-reason", Fact.PROJECT_IGNORE),
        why="A finding that is silenced looks like one that is not there. The reason tells who reads it "
        "next whether it still holds.",
        fix=(
            'In pyproject.toml, under [tool.diag.ignore]: "{id}" = "why it does not matter here"',
            "At the line: # diag: ignore[{id}] why it does not matter here",
        ),
        docs=_TABLES,
    ),
    Cause(
        id="preflight/ignore-not-found",
        level=Level.WARN,
        codes=(),
        title="The ignore of {id} silences nothing: {reason}.",
        title_without="What is to be ignored is not: {reason}.",
        when=tuple(seen for fault in _ELSEWHERE for seen in judged(fault, Fact.PROJECT_IGNORE)),
        why="An ignore that fits nothing is a leftover, or its id, its place or its date is not what was "
        "meant, and the finding is told all the same.",
        fix=(
            "{told}: take it out, or mend it   (python -m diag explain lists the ids)",
            "For some files, or for some time: a table with reason, path (legacy/*) and until (a date)",
        ),
        docs=_TABLES,
    ),
)
