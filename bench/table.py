"""Tables as text, with the asked bound and the verdict beside a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bound:
    """What is asked of a figure: at least or at most that much, in the figure's own unit."""

    limit: float
    at_least: bool
    unit: str = ""

    def cells(self, figure: float) -> tuple[str, str]:
        """The columns `asked` and `verdict`."""
        holds = figure >= self.limit if self.at_least else figure <= self.limit
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{self.unit}", PASS if holds else MISS


PASS, MISS = "pass", "MISS"
NOT_ASKED = ("", "")


@dataclass(slots=True)
class Table:
    """One topic. The last two columns are always `asked` and `verdict`."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str, verdict: tuple[str, str] = NOT_ASKED) -> None:
        """One row: a cell for each column, and the verdict on it."""
        self.rows.append((*cells, *verdict))

    @property
    def misses(self) -> int:
        """How many bounds were missed."""
        return sum(row[-1] == MISS for row in self.rows)

    def __str__(self) -> str:
        head = (*self.columns, "asked", "verdict")
        widths = [max(map(len, column)) for column in zip(head, *self.rows, strict=True)]
        lines = [self.title, _line(head, widths), "  ".join("-" * width for width in widths)]
        lines += [_line(row, widths) for row in self.rows]
        return "\n".join(lines + self.notes)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The name and the verdict to the left, figures to the right."""
    first, *figures, asked, verdict = [
        cell.rjust(width) if 0 < place < len(cells) - 2 else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join((first, *figures, asked, verdict)).rstrip()
