"""How this part says what it found: one piece of evidence, with its fault and how sure it is."""

from __future__ import annotations

import re

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from checks.secrets import mask
from diag.cause import SURENESS, Confidence
from diag.collect.project.finding import finding

CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE
QUOTED = 160  # characters of a command in a sentence
LONGEST = 400  # characters of what a reader is to paste
_ASSIGNED = re.compile(r"\b([A-Za-z_]\w*)=('[^']*'|\"[^\"]*\"|[^\s;&|]+)")


def in_procfile(
    fault: str, level: Level, sure: Confidence, text: str, where: str, **values: Value
) -> Evidence:
    """A finding in the lines of the Procfile."""
    return finding(Fact.PROJECT_PROCFILE, fault, level, sure, text, where, **values)


def in_command(
    fault: str, level: Level, sure: Confidence, text: str, where: str, **values: Value
) -> Evidence:
    """A finding in what the web process starts, or in its settings."""
    return finding(Fact.PROJECT_COMMAND, fault, level, sure, text, where, **values)


def at_most(sure: Confidence, limit: Confidence) -> Confidence:
    """The less sure of the two."""
    return min(sure, limit, key=SURENESS.index)


def shown(text: str, most: int = QUOTED) -> str:
    """Text of the project as a sentence may quote it: on one line, short, without secrets."""
    text = text[: 4 * most]
    given = {match[1]: match[2].strip("'\"") for match in _ASSIGNED.finditer(text)}
    plain = " ".join(mask(text, given).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def exchange(where: str, wrong: str, right: str) -> dict[str, Value]:
    """What to write in place of what, and in which file; nothing while the one or the other is not known."""
    if not wrong or not right or max(len(wrong), len(right)) > LONGEST:
        return {}
    file = where.partition(":")[0]
    return {"in_file": file, "wrong": shown(wrong, LONGEST), "right": shown(right, LONGEST)}


def several(items: list[str], most: int = 6) -> str:
    """Names in a sentence, the rest as a number."""
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest} more" if rest > 0 else "")
