"""An exception as evidence: its type, its message with secrets masked, and where it arose.

One form for exceptions caught in the worker and in children, so a cause matches them all. What only
the process that raised it can tell (which distribution is installed, which name is a file of the
project, whose code opened a file) is asked here and becomes a value; what it means is said elsewhere.

- `words`: what it says · `places`: its chain, its root, its place in the project
- `particulars`: what its kind tells beyond that, by way of `modules`, `variables` and `files`
"""

from __future__ import annotations

from checks.evidence import Dyno, Evidence, Fault, Level, Value
from checks.exceptions.places import chain_of, place_of, root_of
from checks.exceptions.words import message_of, one_line
from checks.facts import Fact


def evidence_of(error: BaseException, fact: Fact, during: str, dyno: Dyno, target: str = "") -> Evidence:
    """What an exception tells. A `Fault` brings its own evidence; `target` is ``module:attribute``."""
    if isinstance(error, Fault):
        return error.evidence
    root = root_of(error)
    values: dict[str, Value] = {
        "type": type(error).__name__,
        "message": message_of(error, dyno),
        "chain": tuple(one_line(each, dyno) for each in chain_of(error)),
        "root": one_line(root, dyno),
        "during": during,
    }
    file, line = place_of(root, dyno.root)
    if not file:
        file, line = place_of(error, dyno.root)
    if file:
        values |= {"file": file, "line": line}
    values |= _particulars(root, dyno, target)
    if target:
        values["target"] = target
    text = f"{during} raised {one_line(error, dyno).rstrip(': ')}"
    if root is not error:
        text += f", because of {values['root']}"
    return Evidence(fact, Level.FAIL, text, f"{file}:{line}" if file else "", dyno.clock(), values)


def _particulars(error: BaseException, dyno: Dyno, target: str) -> dict[str, Value]:
    """What its kind tells; imported here, since a healthy worker has no use for tables of names."""
    try:
        from checks.exceptions.particulars import particulars

        return particulars(error, dyno, target)
    except Exception:  # such as "Too many open files": the exception itself is still told
        return {}
