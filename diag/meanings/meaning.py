"""The form of an entry."""

from __future__ import annotations

from typing import NamedTuple

WAYS = {
    "P": "preflight of the project's folder",
    "C": "the checks (at boot, over HTTP, in the doctor)",
    "L": "the log of the app or of the build",
    "D": "a simulated dyno",
}


class Meaning(NamedTuple):
    """`seen_by` has the letters of `WAYS`; `text` goes on after "It is this when"."""

    seen_by: str
    text: str
