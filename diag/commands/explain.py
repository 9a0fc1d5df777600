"""``python -m diag explain``: the catalogue, a code, a family or a cause."""

from __future__ import annotations

import click

from diag.commands.delivery import EPILOG, HELP, Delivery, delivering


@click.command(name="explain", context_settings=HELP, epilog=EPILOG)
@click.argument("what", nargs=-1, metavar="[ID|CODE]")
@delivering
def command(what: tuple[str, ...], delivery: Delivery) -> None:
    """Tell what a cause or a code means, and what to paste.

    \b
    python -m diag explain                all causes and codes
    python -m diag explain R14            a code, and the causes behind it
    python -m diag explain exit 137       an exit status
    python -m diag explain memory         a family of causes
    python -m diag explain memory/leak    a cause, with an example
    """  # noqa: D301  click's mark for lines that stay as they are
    from diag.explain import Unknown, explain
    from diag.output import write

    try:
        found = explain(" ".join(what))
    except Unknown as error:
        raise click.UsageError(str(error)) from None
    if delivery.form == "json":
        from diag.render.json import dump

        write(dump(found.to_json()), delivery.output)
        return
    from diag.render.explained import draw

    write(draw(found), delivery.output)
