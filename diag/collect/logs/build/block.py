"""A block of consecutive lines in which a buildpack or the platform speaks."""

from __future__ import annotations

from dataclasses import dataclass, field

from diag.collect.logs.build.finding import TEXT

KEPT_LINES = 60


@dataclass(slots=True)
class Block:
    """Consecutive lines marked with an exclamation mark."""

    number: int
    at: float | None
    lines: list[str] = field(default_factory=list)
    cnb: bool = False

    def add(self, text: str) -> None:
        """One more line, without its mark; of a long block the beginning is kept."""
        if len(self.lines) < KEPT_LINES:
            self.lines.append(text[:TEXT])

    @property
    def headline(self) -> str:
        """Its first sentence, which may go over two lines."""
        first = next((line for line in self.lines if line), "")
        if first.endswith((".", "!", ":", "]")) or not first:
            return first
        rest = self.lines[self.lines.index(first) + 1 :][:1]
        return f"{first} {rest[0]}" if rest and rest[0] else first

    def listing(self) -> tuple[str, ...]:
        """The lines between the sentence that announces a list and the next paragraph."""
        found: list[str] = []
        announced = False
        for line in self.lines:
            if announced and line:
                found.append(line.strip())
            elif announced and found:
                break
            elif line.endswith(":") and not line.startswith("http"):
                announced = True
        return tuple(found[:20])
