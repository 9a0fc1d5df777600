"""The command line: ``python -m diag``.

A command's module is imported only when it is chosen, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

FAIL_ON = click.Choice(["warn", "fail", "never"])
FORMATS = click.Choice(["text", "json", "github"])
OUR_FAULT = 3


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 nothing at or above --fail-on, 1 something, 2 wrong usage, 3 our own fault.",
)
@click.option("--format", "form", type=FORMATS, default="text", show_default=True, help="Form of the report.")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to a file.")
@click.option(
    "--fail-on", type=FAIL_ON, default="fail", show_default=True, help="The level at which to exit with 1."
)
def diag(form: str, as_json: bool, output: Path | None, fail_on: str) -> None:
    """Ask every check here and now, and say which cause stands behind each failure.

    In a dyno (heroku run python -m diag) the checks see the real slug, config vars, S3 and model;
    elsewhere they see what can be seen there. Run it in the app's folder.
    """
    from diag.doctor import examine
    from diag.output import deliver

    report = examine()
    deliver(report, "json" if as_json else form, output)
    sys.exit(report.exit_status(fail_on))


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
