"""The report for people: what happened, what was seen, why Heroku says so, what to paste.

Through rich on a terminal, plain otherwise: the same words in the same places. A narrow terminal
wraps within the columns.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.evidence import Level, Result
from diag.report import Diagnosis, Report

PLAIN_WIDTH = 100
_STYLE = {
    Level.OK: "green",
    Level.INFO: "cyan",
    Level.WARN: "yellow",
    Level.UNKNOWN: "magenta",
    Level.FAIL: "bold red",
}


def show(report: Report) -> None:
    """Draw on the terminal."""
    Console(highlight=False).print(_report(report))


def draw(report: Report, width: int = PLAIN_WIDTH) -> str:
    """The same as plain text: no colours, no trailing blanks."""
    console = Console(width=width, color_system=None, force_terminal=False, highlight=False)
    with console.capture() as captured:
        console.print(_report(report))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _report(report: Report) -> RenderableType:
    return Group(*_parts(report))


def _parts(report: Report) -> Iterator[RenderableType]:
    for diagnosis in report.diagnoses:
        yield _diagnosis(diagnosis)
        yield Text()
    for evidence in report.unexplained:
        yield _line(evidence.level, evidence.fact.value, "no known cause")
        yield Text(evidence.text)
        yield Text()
    if report.checks:
        yield _checks(report.checks)
        yield Text()
    yield _verdict(report)


def _diagnosis(diagnosis: Diagnosis) -> RenderableType:
    shows = (", then " if len(diagnosis.codes) == 2 else ", ").join(diagnosis.codes)
    head = _line(diagnosis.level, diagnosis.cause, f"Heroku shows {shows}" if shows else "")
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(style="dim", no_wrap=True, width=6)
    rows.add_column()
    for evidence in diagnosis.evidence:
        where = f"{evidence.where}   " if evidence.where else ""
        rows.add_row("  saw", Text.assemble((where, "bold"), evidence.text))
    rows.add_row("  why", Text(diagnosis.why))
    for number, step in enumerate(diagnosis.fix, 1):
        rows.add_row("  fix" if number == 1 else "", Text(f"{number}. {step}"))
    for rival in diagnosis.rivals:
        rows.add_row("  or", Text(f"{rival.cause}; this would tell: {rival.would_tell}"))
    rows.add_row("  docs", Text(diagnosis.docs, style="underline"))
    title = Text(diagnosis.title)
    if diagnosis.confidence != "certain":
        title.append(f" ({diagnosis.confidence})", style="dim")
    return Group(head, title, Text(), rows)


def _line(level: Level, name: str, right: str) -> RenderableType:
    row = Table.grid(expand=True)
    row.add_column(ratio=1)
    row.add_column(justify="right")
    row.add_row(
        Text.assemble((f"{level.word.upper():<6}", _STYLE[level]), (name, "bold")), Text(right, "dim")
    )
    return row


def _checks(results: tuple[Result, ...]) -> RenderableType:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True)
    rows.add_column()
    for result in results:
        rows.add_row(
            Text(result.level.word if result.skipped_because is None else "skip", _STYLE[result.level]),
            result.name,
            Text("\n".join(_said(result))),
        )
    return Padding(rows, (0, 0))


def _said(result: Result) -> list[str]:
    if result.skipped_because is not None:
        return [f"not run because {result.skipped_because} failed"]
    return [evidence.text for evidence in result.evidence] or ["nothing to report"]


def _verdict(report: Report) -> RenderableType:
    failed = sum(d.level is Level.FAIL for d in report.diagnoses)
    warned = sum(d.level in (Level.WARN, Level.UNKNOWN) for d in report.diagnoses)
    loose = len(report.unexplained)
    counts = [
        f"{count} {word}{'s' if count > 1 else ''}"
        for count, word in ((failed, "failure"), (warned, "warning"), (loose, "unexplained finding"))
        if count
    ]
    told = " and ".join(", ".join(counts).rsplit(", ", 1)) if counts else "Nothing is wrong"
    return Text(f"{told} in {report.subject}.", _STYLE[report.level])
