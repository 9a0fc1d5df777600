"""The options that every command has, and the end that every report comes to."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from diag.report import Report

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EPILOG = (
    "Exit status: 0 nothing at or above --fail-on, 1 something, 2 wrong usage or unreadable input, "
    "3 our own fault."
)
FORMS = ("text", "json", "github")
_OPTIONS = (
    click.option("--json", "as_json", is_flag=True, help="Short for --format json."),
    click.option(
        "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to a file."
    ),
    click.option(
        "--fail-on",
        type=click.Choice(["warn", "fail", "never"]),
        default="fail",
        show_default=True,
        help="The level at which to exit with 1.",
    ),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The form of a report, where it goes, and the level at which the command exits with 1."""

    form: str
    output: Path | None
    fail_on: str

    def finish(self, report: Report, *, streamed: bool = False, folder: str = "") -> NoReturn:
        """Deliver the report and exit with its status.

        `folder` is where the project lies in its repository (``web/``), for forms that name its files.
        """
        from diag.output import deliver

        deliver(report, self.form, self.output, streamed=streamed, folder=folder)
        sys.exit(report.exit_status(self.fail_on))


def delivering(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the common options, as one argument `delivery`."""
    return _delivering(command, FORMS)


def delivering_places(command: Callable[..., None]) -> Callable[..., None]:
    """The same for a command whose findings have a file and a line: sarif, too."""
    return _delivering(command, (*FORMS, "sarif"))


def _delivering(command: Callable[..., None], forms: tuple[str, ...]) -> Callable[..., None]:
    @functools.wraps(command)
    def with_delivery(
        *args: Any, form: str, as_json: bool, output: Path | None, fail_on: str, **rest: Any
    ) -> None:
        command(*args, delivery=Delivery("json" if as_json else form, output, fail_on), **rest)

    form = click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default="text",
        show_default=True,
        help="Form of the report.",
    )
    for option in reversed((form, *_OPTIONS)):
        with_delivery = option(with_delivery)
    return with_delivery
