"""``python -m diag preflight``: what a push of this folder would run into."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diag.commands.delivery import EPILOG, HELP, Delivery, delivering_places
from diag.commands.logs import UnreadableInput

if TYPE_CHECKING:
    from diag.collect.project.tree import Tree
    from diag.report import Report


@click.command(name="preflight", context_settings=HELP, epilog=EPILOG)
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--generation",
    type=click.Choice(["cedar", "fir"]),
    default="cedar",
    show_default=True,
    help="Heroku's generation that the app runs on; they read a Procfile differently.",
)
@click.option("--online", is_flag=True, help="Resolve the requirements at the package index, too.")
@click.option(
    "--diff", is_flag=True, help="Print what can be mended safely as a unified diff, and no report."
)
@click.option("--fix", is_flag=True, help="Mend it in the files, then report on what is left.")
@delivering_places
def command(  # noqa: PLR0913, PLR0917  one argument an option
    folder: Path, generation: str, online: bool, diff: bool, fix: bool, delivery: Delivery
) -> None:
    """Look at a project's folder and name what would make its deploy fail.

    No line of the project is run or imported, and without --online there is no network.

    \b
    python -m diag preflight                  this folder
    python -m diag preflight web --diff       what would mend the folder web
    python -m diag preflight --format sarif   for code scanning
    """  # noqa: D301  click's mark for lines that stay as they are
    if diff and fix:
        raise click.UsageError("--diff shows what --fix would write: choose one.")
    from diag.collect.project.tree import Unreadable
    from diag.preflight import tree_of

    try:
        tree = tree_of(folder)
    except Unreadable as error:
        raise UnreadableInput(f"{error}. Name a project's folder: python -m diag preflight DIR") from None
    report = _examine(tree, generation, online)
    if diff:
        _print_diff(report, tree, delivery)
    if fix and _mended(report, tree):
        report = _examine(tree_of(folder), generation, online)
    delivery.finish(report, folder=tree.git.prefix if tree.git is not None else "")


def _examine(tree: Tree, generation: str, online: bool) -> Report:
    from diag.preflight import examine
    from diag.progress import Progress

    progress = Progress()
    try:
        return examine(tree, generation, online=online, started=progress.started)
    finally:
        progress.done()


def _print_diff(report: Report, tree: Tree, delivery: Delivery) -> None:
    from diag.fixes.diff import as_diff
    from diag.fixes.fixers import fixes_for
    from diag.output import write

    fixes = fixes_for(report, tree)
    prefix = tree.git.prefix if tree.git is not None else ""
    write(as_diff(fixes.edits, prefix), delivery.output, exactly=True)
    for told in fixes.told:
        click.echo(told, err=True)
    if not fixes.edits:
        click.echo("Nothing here can be mended mechanically.", err=True)
    sys.exit(report.exit_status(delivery.fail_on))


def _mended(report: Report, tree: Tree) -> bool:
    """Whether anything was written; what, on standard error."""
    from diag.fixes.apply import Changed, apply
    from diag.fixes.fixers import fixes_for

    fixes = fixes_for(report, tree)
    try:
        apply(fixes.edits, tree.root)
    except Changed as error:
        raise UnreadableInput(str(error)) from None
    for edit in fixes.edits:
        click.echo(f"mended {edit.path}   ({', '.join(edit.causes)})", err=True)
    for told in fixes.told:
        click.echo(told, err=True)
    return bool(fixes.edits)
