"""Where a report goes: a form, and a file or standard output."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from diag.report import Report


def deliver(report: Report, form: str, output: Path | None) -> None:
    """Draw the report and write it. Raises click.UsageError when the file can't be written."""
    if form == "json":
        from diag.render.json import draw as draw_json

        text = draw_json(report)
    elif form == "github":
        from diag.render.github import draw as draw_github

        text = draw_github(report)
    elif output is None and sys.stdout.isatty():
        from diag.render.text import show

        show(report)
        return
    else:
        from diag.render.text import draw

        text = draw(report)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise click.UsageError(f"{output} can't be written: {error.strerror}") from None
