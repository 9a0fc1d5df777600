"""The report for people: what happened, what was seen, why Heroku says so, what to paste.

Through rich on a terminal, plain otherwise: the same words in the same places. A narrow terminal
wraps within the columns. Of a log the root cause is told whole, on one screen, and the rest in short;
checks of one dyno are all told whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.evidence import Evidence, Level, Result
from diag.codes import CODES
from diag.render.diagnosis import STYLE, TITLE, Head, grid, in_short, on_one_line, whole, words
from diag.render.harmless import clipped
from diag.render.incident import code_of
from diag.report import OF_PREFLIGHT, Diagnosis, Report, Silenced

PLAIN_WIDTH = 100
SILENCED = 5  # that are named; the rest is counted


def draw(report: Report, width: int = PLAIN_WIDTH, *, to_terminal: bool = False) -> str:
    """The report as text: plain, without trailing blanks, or with a terminal's colours and width."""
    return _drawn(_parts(report), width, to_terminal)


def draw_diagnosis(diagnosis: Diagnosis, width: int = PLAIN_WIDTH, *, to_terminal: bool = False) -> str:
    """One diagnosis, whole."""
    return _drawn((whole(diagnosis), Text()), width, to_terminal)


def _drawn(parts: Iterable[RenderableType], width: int, to_terminal: bool) -> str:
    if to_terminal:
        console = Console(highlight=False)  # of standard output: its colours, its width, NO_COLOR
    else:
        console = Console(width=width, color_system=None, force_terminal=False, highlight=False)
    with console.capture() as captured:
        console.print(Group(*parts))
    text = captured.get()
    return text if to_terminal else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _parts(report: Report) -> Iterator[RenderableType]:
    yield from _diagnoses(report.diagnoses)
    for evidence in report.unexplained:
        yield _unexplained(evidence)
        yield Text()
    if report.kind == "preflight":
        yield _areas(report.checks)
        yield Text()
    elif report.checks:
        yield _checks(report.checks)
        yield Text()
    yield _verdict(report)
    if report.silenced:
        yield words(_silenced(report.silenced), "dim")
    if report.notes:
        yield words(" ".join(report.notes), "dim")


def _diagnoses(diagnoses: tuple[Diagnosis, ...]) -> Iterator[RenderableType]:
    asides = []
    for index, diagnosis in enumerate(diagnoses):
        if diagnosis.incident is None or (index == 0 and diagnosis.level > Level.INFO):
            yield from (whole(diagnosis), Text())
        elif index == 0 or diagnosis.level > Level.INFO:
            yield from (in_short(diagnosis), Text())
        else:
            asides.append(on_one_line(diagnosis))
    if asides:
        yield from (*asides, Text())


def _unexplained(evidence: Evidence) -> RenderableType:
    rows = grid()
    if evidence.where:
        rows.add_row("  at", words(evidence.where))
    code = CODES.get(code_of(evidence))
    if code is not None:
        for number, step in enumerate(code.look, 1):
            rows.add_row("  look" if number == 1 else "", words(step))
        rows.add_row("  more", words(f"python -m diag explain {code.name}"))
    text = words(clipped(evidence.text, TITLE))
    line = Head(evidence.level, evidence.fact.value, "no known cause")
    return Group(line, text, rows) if rows.row_count else Group(line, text)


def _checks(results: tuple[Result, ...]) -> RenderableType:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for result in results:
        if not result.name.startswith(OF_PREFLIGHT):
            rows.add_row(
                Text(result.level.word if result.skipped_because is None else "skip", STYLE[result.level]),
                words(result.name),
                Text("\n").join(words(text) for text in _said(result)),
            )
    for level, names in _by_level(each for each in results if each.name.startswith(OF_PREFLIGHT)):
        rows.add_row(Text(level.word, STYLE[level]), words("preflight"), words(names))
    return Padding(rows, (0, 0))


def _areas(results: tuple[Result, ...]) -> RenderableType:
    """A line for each level: what was found stands above."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for level, names in _by_level(results):
        rows.add_row(Text(level.word, STYLE[level]), words(names))
    return rows


def _by_level(areas: Iterable[Result]) -> Iterator[tuple[Level, str]]:
    """The areas of preflight that have each level, the worst first."""
    told = [(area.level, area.name.removeprefix(OF_PREFLIGHT)) for area in areas]
    for level in sorted({level for level, _ in told}, reverse=True):
        yield level, ", ".join(name for its_level, name in told if its_level is level)


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
    # A log shows what happened while it was written, and not that all is well.
    nothing = "Nothing is wrong" if report.kind != "logs" else "Nothing wrong is seen"
    told = " and ".join(", ".join(counts).rsplit(", ", 1)) if counts else nothing
    return words(f"{told} in {report.subject}.", STYLE[report.level])


def _silenced(silenced: tuple[Silenced, ...]) -> str:
    told = [
        f"{each.diagnosis.cause} {each.evidence.where}".rstrip()
        + (f": {clipped(each.reason, TITLE)}" if each.reason else "")
        for each in silenced[:SILENCED]
    ]
    rest = len(silenced) - len(told)
    named = "; ".join((*told, f"and {rest} more") if rest else told)
    return f"{len(silenced)} finding{'s' if len(silenced) > 1 else ''} silenced ({named})."
