"""The forms that each command offers."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from diag.__main__ import diag
from diag.commands import explain, logs
from diag.commands.delivery import delivering, delivering_places


def forms(command: click.Command) -> tuple[str, ...]:
    (option,) = (param for param in command.params if param.name == "form")
    assert isinstance(option.type, click.Choice)
    return tuple(option.type.choices)


def test_sarif_is_offered_where_findings_have_a_file_and_a_line() -> None:
    assert forms(diag) == ("text", "json", "github", "sarif")
    assert forms(logs.command) == forms(explain.command) == ("text", "json", "github")


@pytest.mark.parametrize(("decorate", "offered"), [(delivering, False), (delivering_places, True)])
def test_a_command_says_which(decorate: object, offered: bool) -> None:
    assert callable(decorate)
    command = click.command("x")(decorate(lambda delivery: click.echo(delivery.form)))
    assert ("sarif" in forms(command)) is offered
    said = CliRunner().invoke(command, ["--format", "sarif"])
    assert said.exit_code == (0 if offered else 2)
    assert CliRunner().invoke(command, ["--format", "github", "--json"]).output == "json\n"


@pytest.mark.parametrize("arguments", [["logs", "--format", "sarif"], ["--format", "sarif", "logs"]])
def test_a_log_has_no_places_for_sarif(arguments: list[str]) -> None:
    said = CliRunner().invoke(diag, [*arguments, "-"], input="x\n")
    assert said.exit_code == 2
    assert "'sarif' is not one of" in said.output
