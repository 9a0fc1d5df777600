"""The command line: ``python -m diag``, the doctor, and the commands beside it.

A command is a file in `diag.commands` and its name in `COMMANDS`. What it works with is imported only
when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click
from click.core import ParameterSource

from diag.commands.delivery import EPILOG, HELP, Delivery, delivering_places

COMMANDS = ("preflight", "logs", "explain")
OUR_FAULT = 3


class _Commands(click.Group):
    """The commands by name, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's own signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            command: click.Command = import_module(f"diag.commands.{cmd_name}").command
            return command
        if Path(cmd_name).is_file():
            ctx.fail(f"{cmd_name} is no command. For a log: {ctx.command_path} logs {cmd_name}")
        return None


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings=HELP,
    epilog=EPILOG,
    subcommand_metavar="[COMMAND] ...",
)
@delivering_places
@click.pass_context
def diag(context: click.Context, delivery: Delivery) -> None:
    """Ask every check here and now, and say which cause stands behind each failure.

    In a dyno (heroku run python -m diag) the checks see the real slug, config vars, S3 and model;
    elsewhere they see what can be seen there. Run it in the app's folder.
    """
    name = context.invoked_subcommand
    if name is not None:
        # What was said before the command's name is meant for the command.
        given = (p for p in context.params if context.get_parameter_source(p) is ParameterSource.COMMANDLINE)
        context.default_map = {name: {p: context.params[p] for p in given}}
        return
    from diag.doctor import examine

    delivery.finish(examine())


def run() -> None:
    """The command, with our own failures told as such."""
    try:
        diag(prog_name="diag" if sys.argv[0].endswith("diag") else "python -m diag")
    except (SystemExit, KeyboardInterrupt):
        raise
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo(
            "diag itself failed; that is our fault, not your app's. Please report the lines above.", err=True
        )
        sys.exit(OUR_FAULT)


if __name__ == "__main__":
    run()
