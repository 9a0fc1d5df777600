"""What to require for a module that is missing: by its name alone."""

from __future__ import annotations

from checks.evidence import Value
from checks.exceptions.known import DISTRIBUTION, LAST_PYTHON, OWN_NAMES, PYTHON_2, SAME_NAME


def to_install(name: str, *, guess: bool) -> dict[str, Value]:
    """What to require for a module; the same name if nothing is known and a guess is wanted."""
    top = name.partition(".")[0]
    left = LAST_PYTHON.get(top)
    values: dict[str, Value] = {"last_python": left} if left else {}
    known = DISTRIBUTION.get(name) or DISTRIBUTION.get(top)
    if known:
        return values | {"distribution": known}
    if left:
        return values
    if top in PYTHON_2:
        return {"python_2": top}
    if guess and top not in OWN_NAMES:
        values["distribution"] = top
    return values if top in SAME_NAME else values | {"maybe_own": name}


def is_known(top: str) -> bool:
    """Whether a top-level module is one of Python or of a distribution that is widely used."""
    return (
        top in DISTRIBUTION or top in SAME_NAME or top in LAST_PYTHON or top in PYTHON_2
    ) and top not in OWN_NAMES
