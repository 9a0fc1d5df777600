"""Where a report goes: a form, and a file or standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from diag.report import Diagnosis, Report

# For an output that knows ASCII only: what our own texts and quoted lines use most.
_ASCII = {"…": "...", "–": "-", "—": "-", "→": "->", "“": '"', "”": '"', "’": "'", "×": "x"}


def deliver(
    report: Report, form: str, output: Path | None, *, streamed: bool = False, folder: str = ""
) -> None:
    """Draw the report and write it. Raises click.UsageError when the file can't be written.

    `streamed`: diagnoses were told before (`tell`), and JSON goes on with one document a line. `folder` is
    where the project lies in its repository: empty, or ``web/``.
    """
    write(_drawn(report, form, output, streamed=streamed, folder=folder), output)
    if form in {"github", "sarif"}:
        _add_job_summary(report)


def tell(diagnosis: Diagnosis, form: str) -> None:
    """Write one diagnosis at once, while the log still comes. Raises BrokenPipeError."""
    if form == "json":
        from diag.render.json import line

        _to_stdout(line(diagnosis.to_json()))
    elif form == "text":
        from diag.render.text import draw_diagnosis

        _to_stdout(draw_diagnosis(diagnosis, to_terminal=_is_terminal()))
    # Annotations belong to the end of a job: they come with the report.


def _drawn(report: Report, form: str, output: Path | None, *, streamed: bool, folder: str) -> str:
    if form == "json":
        from diag.render import json

        return json.line(report.to_json()) if streamed and output is None else json.draw(report)
    if form == "github":
        from diag.render.github import draw as draw_github

        return draw_github(report, folder)
    if form == "sarif":
        from diag.render.sarif import draw as draw_sarif

        # Code scanning shows a suppressed result as an open alert (github/codeql-action#1230), and closes
        # the alert of a result that is left out.
        return draw_sarif(report, folder, with_silenced="GITHUB_ACTIONS" not in os.environ)
    from diag.render.text import draw

    return draw(report, to_terminal=output is None and _is_terminal())


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def write(text: str, output: Path | None, *, exactly: bool = False) -> None:
    """Write to the file or to standard output, where a reader that leaves early is no error.

    `exactly`: in UTF-8 there, too, whatever it shows; a diff is for programs. Raises click.UsageError when
    the file can't be written.
    """
    if output is not None:
        try:
            output.write_bytes(_encoded(text, "utf-8"))
        except OSError as error:
            raise click.UsageError(f"{output} can't be written: {error.strerror}") from None
        return
    try:
        if exactly and hasattr(sys.stdout, "buffer"):
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
            sys.stdout.buffer.flush()
        else:
            _to_stdout(text)
    except BrokenPipeError:
        # What is left in the buffer would raise again when the interpreter closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _to_stdout(text: str) -> None:
    if sys.stdout is None:  # closed by who started us
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(_encoded(text, encoding).decode(encoding))
    sys.stdout.flush()


def _encoded(text: str, encoding: str) -> bytes:
    """The text in that encoding; what it lacks is shown in ASCII."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        fitting = (_fitting(character, encoding) for character in text)
        return "".join(fitting).encode(encoding)


def _fitting(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return _ASCII.get(character) or character.encode("ascii", "backslashreplace").decode()
    return character


def _add_job_summary(report: Report) -> None:
    """Append to the summary of the GitHub job that runs us, if one does."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from diag.render.summary import draw

    try:
        with Path(path).open("ab") as summary:
            summary.write(_encoded(draw(report), "utf-8"))
    except OSError as error:
        click.echo(f"The job summary can't be written: {error.strerror}", err=True)
