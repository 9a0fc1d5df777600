"""``python -m diag logs``: from a Heroku log to the causes behind it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from diag.commands.delivery import EPILOG, HELP, Delivery, delivering

if TYPE_CHECKING:
    from diag.report import Diagnosis, Report

FETCH = "heroku logs -n 1500 | python -m diag logs"
STREAM = "heroku logs --tail | python -m diag logs --follow"


class UnreadableInput(click.ClickException):
    """What was to be read can't be; the text says what to do."""

    exit_code = 2


@click.command(name="logs", context_settings=HELP, epilog=EPILOG)
@click.argument("files", nargs=-1)
@click.option("--follow", is_flag=True, help="Tell each diagnosis as the lines come, until Ctrl-C.")
@click.option("--no-mask", is_flag=True, help="Quote log lines with their secrets, e-mails and addresses.")
@delivering
def command(files: tuple[str, ...], follow: bool, no_mask: bool, delivery: Delivery) -> None:
    """Name the causes behind a log, the root cause first.

    FILES are logs in any form (heroku logs, git push and build output, drains, archives, .gz), one
    after the other; - is standard input, and so is nothing:

    \b
    heroku logs -n 1500 | python -m diag logs
    heroku logs --tail | python -m diag logs --follow
    """  # noqa: D301  click's mark for lines that stay as they are
    if not files and (sys.stdin is None or sys.stdin.isatty()):
        raise click.UsageError(f"No log is given. {STREAM if follow else FETCH}")
    from diag.logs import Unreadable

    try:
        report = _follow(files, delivery, not no_mask) if follow else _examine(files, not no_mask)
    except Unreadable as error:
        raise UnreadableInput(f"{error}. Name a file that can be read, or: {FETCH}") from None
    delivery.finish(report, streamed=follow)


def _examine(files: tuple[str, ...], mask: bool) -> Report:
    from diag.logs import examine

    return examine(files, mask=mask)


def _follow(files: tuple[str, ...], delivery: Delivery, mask: bool) -> Report:
    from diag.follow import follow
    from diag.output import tell

    def told(diagnosis: Diagnosis) -> None:
        tell(diagnosis, delivery.form)

    return follow(files, told, mask=mask)
