"""What is wrong with a model's parts, where we know it before or better than its library."""

from __future__ import annotations

from pathlib import Path

from checks.evidence import Evidence, Fault, Level, Value
from checks.facts import Fact


def load_fault(fault: str, text: str, where: str = "", **more: Value) -> Fault:
    """A fault of loading: `fault` is its kind, `where` the file's name."""
    return Fault(Evidence(Fact.MODEL_LOAD, Level.FAIL, text, where, values={"fault": fault, **more}))


def file_fault(fault: str, path: Path, what: str, text: str, **more: Value) -> Fault:
    """A fault of a file's content; `what` ends the sentence "The model file can't be used: …"."""
    try:
        size = path.stat().st_size
    except OSError:
        size = None
    values: dict[str, Value] = {"fault": fault, "path": str(path), "name": path.name, "what": what}
    values |= {"size_bytes": size} | more
    return Fault(Evidence(Fact.MODEL_FILE, Level.FAIL, text, path.name, values=values))
