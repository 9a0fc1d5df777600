"""A diagnosis as text: whole, in short, or on one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from checks.evidence import Evidence, Level
from diag.render.harmless import clipped, harmless
from diag.render.incident import codes_shown, moments, place
from diag.report import Diagnosis

STYLE = {
    Level.OK: "green",
    Level.INFO: "cyan",
    Level.WARN: "yellow",
    Level.UNKNOWN: "magenta",
    Level.FAIL: "bold red",
}
SAW = 4  # pieces of evidence of an incident that are shown; the rest is counted
QUOTED = 240  # characters of a log line that are shown
TITLE = 400  # the same, of a title that quotes one
WIDE = 60  # columns in which one line says enough


def words(text: str, style: str = "") -> Text:
    """Text that may quote what others wrote: never markup, never active."""
    return Text(harmless(text), style)


def grid() -> Table:
    """Rows of a label and its text."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True, width=6)
    rows.add_column(overflow="fold")
    return rows


@dataclass(frozen=True, slots=True)
class Head:
    """The first line: the level and the id, and at the right what Heroku shows; below, if too narrow."""

    level: Level
    name: str
    right: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        left = Text.assemble(
            (f"{self.level.word.upper():<6}", STYLE[self.level]), (harmless(self.name), "bold")
        )
        right = words(self.right, "dim")
        between = options.max_width - left.cell_len - right.cell_len
        if between >= 2 and right:
            yield Text.assemble(left, " " * between, right)
        else:
            yield from (left, right) if right else (left,)


@dataclass(frozen=True, slots=True)
class OneLine:
    """Text that ends in … where a line is full; where a line is short it is wrapped instead."""

    text: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        fits = options.max_width >= WIDE
        yield Text(self.text, no_wrap=fits, overflow="ellipsis" if fits else "fold")


def whole(diagnosis: Diagnosis) -> RenderableType:
    """All that is known: seen, why, what to paste, what else it may be, and the timeline."""
    rows = grid()
    _add_evidence(rows, diagnosis, SAW if diagnosis.incident else len(diagnosis.evidence))
    rows.add_row("  why", words(diagnosis.why))
    _add_steps(rows, diagnosis.fix)
    for rival in diagnosis.rivals:
        rows.add_row("  or", words(f"{rival.cause}; this would tell: {rival.would_tell}"))
    rows.add_row("  docs", words(diagnosis.docs, "underline"))
    if diagnosis.incident is not None:
        for number, moment in enumerate(moments(diagnosis.incident)):
            rows.add_row("  when" if number == 0 else "", OneLine(harmless(moment)))
    return Group(_head(diagnosis), *_title(diagnosis), Text(), rows)


def in_short(diagnosis: Diagnosis) -> RenderableType:
    """What happened, the first thing seen, the first step, and where to read on."""
    rows = grid()
    _add_evidence(rows, diagnosis, 1)
    _add_steps(rows, diagnosis.fix[:1])
    rows.add_row("  more", words(f"python -m diag explain {diagnosis.cause}"))
    return Group(_head(diagnosis), *_title(diagnosis), rows)


def on_one_line(diagnosis: Diagnosis) -> RenderableType:
    """The level, the id and what happened."""
    name = Text.assemble((f"{diagnosis.level.word:<6}", STYLE[diagnosis.level]), harmless(diagnosis.cause))
    return Text.assemble(name, "  ", words(clipped(diagnosis.title, TITLE)))


def _head(diagnosis: Diagnosis) -> RenderableType:
    codes = codes_shown(diagnosis)
    shows = (", then " if len(codes) == 2 else ", ").join(codes)
    return Head(diagnosis.level, diagnosis.cause, f"Heroku shows {shows}" if shows else "")


def _title(diagnosis: Diagnosis) -> Iterable[Text]:
    title = words(clipped(diagnosis.title, TITLE))
    if diagnosis.confidence != "certain":
        title.append(f" ({diagnosis.confidence})", style="dim")
    yield title
    if diagnosis.incident is not None and (where := place(diagnosis.incident)):
        yield words(where, "dim")


def _add_evidence(rows: Table, diagnosis: Diagnosis, most: int) -> None:
    shown = diagnosis.evidence[:most]
    for evidence in shown:
        rows.add_row("  saw", _quoted(evidence, short=diagnosis.incident is not None))
    rest = len(diagnosis.evidence) - len(shown)
    if rest:
        rows.add_row("", Text(f"and {rest} more", style="dim"))


def _quoted(evidence: Evidence, *, short: bool) -> Text:
    where = f"{evidence.where}   " if evidence.where else ""
    text = clipped(evidence.text, QUOTED) if short else evidence.text
    return Text.assemble((harmless(where), "bold"), harmless(text))


def _add_steps(rows: Table, steps: Iterable[str]) -> None:
    for number, step in enumerate(steps, 1):
        rows.add_row("  fix" if number == 1 else "", words(f"{number}. {step}"))
