"""The GitHub Action and the pre-commit hook call the command as it is."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from diag.commands.preflight import command
from tests.servers import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
(PREFLIGHT,) = (step for step in STEPS if step.get("id") == "preflight")
ENV: dict[str, str] = PREFLIGHT["env"]
OPTIONS = {name: option for option in command.params for name in option.opts}
# A stand-in for the installed command, which says what it is given.
SAYS = '#!/bin/sh\nfor word; do echo "<$word>"; done\nexit ${STATUS:-0}\n'


def defaults() -> dict[str, str]:
    return {name: given["default"] for name, given in ACTION["inputs"].items()}


def ran(folder: Path, status: int = 0, **inputs: str) -> tuple[list[str], str, int]:
    """The words that the command gets from these inputs, the step's outputs, and its status."""
    program = folder / "dyno-diag" / "bin" / "diag"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(SAYS)
    program.chmod(0o755)
    outputs = folder / "outputs"
    outputs.write_text("")
    given = defaults() | {name.replace("_", "-"): value for name, value in inputs.items()}
    env = {name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")] for name, value in ENV.items()}
    env |= {
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(outputs),
        "STATUS": str(status),
        "PATH": "/usr/bin:/bin",
    }
    # As the runner starts `shell: bash`.
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", PREFLIGHT["run"]]
    done = subprocess.run(shell, env=env, cwd=folder, capture_output=True, text=True, check=False, timeout=20)
    assert done.stderr == ""
    return re.findall("<(.*)>", done.stdout), outputs.read_text(), done.returncode


def test_without_inputs_the_folder_is_looked_at_and_annotated(tmp_path: Path) -> None:
    words = "preflight --generation cedar --fail-on fail --format github -- ."
    assert ran(tmp_path) == (words.split(), "report=\n", 0)


def test_each_input_reaches_the_command(tmp_path: Path) -> None:
    words, outputs, _ = ran(
        tmp_path,
        path="my web",
        generation="fir",
        fail_on="warn",
        online="true",
        format="json",
        output="a b.json",
    )
    wanted = ["preflight", "--generation", "fir", "--fail-on", "warn", "--format", "json", "--online"]
    assert words == [*wanted, "--output", "a b.json", "--", "my web"]
    assert outputs == "report=a b.json\n"


def test_sarif_goes_to_a_file(tmp_path: Path) -> None:
    words, outputs, _ = ran(tmp_path, format="sarif")
    assert words[-4:] == ["--output", "diag.sarif", "--", "."]
    assert outputs == "report=diag.sarif\n"


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_the_step_ends_as_the_command_does(tmp_path: Path, status: int) -> None:
    assert ran(tmp_path, status)[2] == status


def test_no_input_is_run_or_taken_for_an_option(tmp_path: Path) -> None:
    hostile = "--fix; $(touch x) `touch x`"
    assert ran(tmp_path, path=hostile)[0][-2:] == ["--", hostile]
    assert not (tmp_path / "x").exists()
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_the_options_are_those_of_the_command() -> None:
    used = re.findall(r"(?<=[( ])--[a-z-]+", PREFLIGHT["run"])
    assert used
    assert set(used) <= set(OPTIONS)
    for name, given in defaults().items():
        option = OPTIONS.get(f"--{name}")
        if option is not None and isinstance(option.type, click.Choice):
            assert given in option.type.choices
    assert set(
        re.findall(r"\b(?:github|sarif|json|text)\b", ACTION["inputs"]["format"]["description"])
    ) == set(
        OPTIONS["--format"].type.choices  # type: ignore[attr-defined]
    )


def test_every_input_is_used_and_described() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])
    assert all(given["description"] for given in ACTION["inputs"].values())


def test_what_it_runs_is_what_stands_there_and_it_asks_for_no_secret() -> None:
    text = (ROOT / "action.yml").read_text()
    assert "secrets." not in text
    assert "token" not in text
    (used,) = (step["uses"] for step in STEPS if "uses" in step)
    assert re.fullmatch(r"actions/setup-python@[0-9a-f]{40}", used), (
        "pinned to what it is, not to what it may become"
    )
    (install,) = (step for step in STEPS if "pip install" in step.get("run", ""))
    assert install["env"]["SOURCE"] == "${{ github.action_path }}"
    for step in STEPS:
        if "run" in step:
            subprocess.run(["bash", "-n", "-c", step["run"]], check=True, timeout=20)


def test_the_hook_is_the_command_that_is_installed() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    (hook,) = HOOKS
    program, name = hook["entry"].split()
    assert program in scripts
    assert name == command.name
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False
    assert hook["always_run"] is True
