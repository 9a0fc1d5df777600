"""What one place in the output of a build says, before it is known whether it decided anything."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.evidence import Level, Value

EXACT = 0  # names what is wrong by itself
TOOL = 1  # what the installer, Django or a hook said
VAGUE = 5  # the buildpack's summary of what a tool said further up
TEXT = 300  # characters of a line that a sentence quotes


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault and its particulars, as values for the texts of a cause.

    Of several in one failed build the one with the smallest `rank` explains it, then the first.
    `final` is false for what a build survives: alone it says nothing unless the build failed.
    """

    fault: str
    number: int
    at: float | None
    text: str
    values: dict[str, Value] = field(default_factory=dict)
    level: Level = Level.FAIL
    rank: int = TOOL
    final: bool = True
