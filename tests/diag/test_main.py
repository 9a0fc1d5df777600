"""The command line: exit status, streams, and how light it starts."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from diag.__main__ import COMMANDS
from tests.servers import PLAIN_ENV


def diag(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "diag", *arguments],
        check=False,
        cwd=folder,
        env={**PLAIN_ENV, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def without_tensorflow(tmp_path: Path) -> dict[str, str]:
    """An environment in which the import of TensorFlow fails at once, so that a run takes a second."""
    (tmp_path / "shadow" / "tensorflow").mkdir(parents=True)
    (tmp_path / "shadow" / "tensorflow" / "__init__.py").write_text("__version__ = 'none'\n")
    return {"PYTHONPATH": f"{tmp_path / 'shadow'}:{PLAIN_ENV['PYTHONPATH']}"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_a_healthy_folder_exits_0_and_standard_output_is_the_report_alone(
    project: Path, without_tensorflow: dict[str, str]
) -> None:
    done = diag(project, "--json", env=without_tensorflow)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["level"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "status"), [((), 1), (("--fail-on", "never"), 0), (("--fail-on", "warn"), 1)]
)
def test_a_failure_exits_1_unless_told_otherwise(
    project: Path, without_tensorflow: dict[str, str], arguments: tuple[str, ...], status: int
) -> None:
    env = {**without_tensorflow, "WEB_CONCURRENCY": ""}
    done = diag(project, *arguments, env=env)
    assert done.returncode == status
    assert "config/invalid-value" in done.stdout
    assert "\x1b" not in done.stdout, "no colours in a pipe"


def test_a_report_goes_to_a_file(project: Path, without_tensorflow: dict[str, str]) -> None:
    done = diag(project, "--json", "--output", "report.json", env=without_tensorflow)
    assert done.stdout == ""
    assert json.loads((project / "report.json").read_text())["schema"] == "diag.report/1"


@pytest.mark.parametrize(
    "arguments", [("--no-such-option",), ("--format", "yaml"), ("surplus",), ("--output", "no/such/folder/x")]
)
def test_wrong_usage_exits_2(
    project: Path, without_tensorflow: dict[str, str], arguments: tuple[str, ...]
) -> None:
    done = diag(project, *arguments, env=without_tensorflow)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr


def test_our_own_fault_exits_3_and_asks_for_a_report(project: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import sys, types\nm = types.ModuleType('diag.doctor')\n"
        "def examine(): raise RuntimeError('ours')\nm.examine = examine\nsys.modules['diag.doctor'] = m\n"
    )
    done = diag(project, env={"PYTHONPATH": f"{broken}:{PLAIN_ENV['PYTHONPATH']}"})
    assert done.returncode == 3
    assert "report" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["--help"], ["logs", "--help"], ["explain", "--help"], ["explain", "r14"]]
)
def test_help_and_explain_import_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys, click\nfrom diag.__main__ import diag\n"
        f"try: diag({arguments})\nexcept SystemExit: pass\n"
        "heavy = ('tensorflow', 'boto3', 'botocore', 'requests', 'rich', 'structlog', 'psutil', 'flask')\n"
        "print([m for m in heavy"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=PLAIN_ENV, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("\n[]\n")


@pytest.mark.parametrize("arguments", ["--help", "explain", "explain h10", "explain port/hardcoded --json"])
def test_help_and_explain_answer_at_once(project: Path, arguments: str) -> None:
    # The processor's time, of the best of some runs: what else runs here does not count.
    assert min(_processor_seconds(project, arguments) for _ in range(5)) < 0.2


def _processor_seconds(folder: Path, arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert diag(folder, *arguments.split()).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_commands_are_named_with_what_they_do(project: Path) -> None:
    done = diag(project, "--help")
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S+", done.stdout, re.MULTILINE)
        text = diag(project, command, "--help").stdout
        for option in ("--format", "--json", "--output", "--fail-on", "-h, --help"):
            assert option in text


def test_options_before_a_command_are_meant_for_it(project: Path) -> None:
    assert json.loads(diag(project, "--json", "explain", "r14").stdout)["subject"] == "R14"
    assert diag(project, "--output", "x.txt", "explain", "r14").stdout == ""
    assert (project / "x.txt").read_text().startswith("R14  ")


def test_explain_exits_2_with_what_is_near(project: Path) -> None:
    done = diag(project, "explain", "port/bound-to-localhos")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "port/bound-to-localhost" in done.stderr


def test_an_exit_status_may_be_two_words(project: Path) -> None:
    assert diag(project, "explain", "exit", "137").stdout.startswith("exit 137  SIGKILL")


def test_the_name_of_a_log_alone_leads_to_the_command(project: Path) -> None:
    (project / "heroku.log").write_text("")
    done = diag(project, "heroku.log")
    assert done.returncode == 2
    assert "python -m diag logs heroku.log" in done.stderr


@pytest.mark.parametrize("arguments", ["explain", "explain --json", "explain h10"])
def test_a_reader_that_leaves_early_is_no_error(project: Path, arguments: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "diag", *arguments.split()],
            cwd=project, env=PLAIN_ENV, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "env", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LANG": "C", "LC_ALL": "C"}]
)
@pytest.mark.parametrize("arguments", ["explain", "explain --json", "explain model/source-unset", "--help"])
def test_a_terminal_without_unicode_gets_all_of_it(
    project: Path, env: dict[str, str], arguments: str
) -> None:
    done = diag(project, *arguments.split(), env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout) > 100


def test_no_log_on_a_terminal_is_wrong_usage_and_no_wait(project: Path) -> None:
    master, terminal = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "diag", "logs"],
            check=False,
            cwd=project,
            env=PLAIN_ENV,
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        os.close(terminal)
        os.close(master)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "heroku logs -n 1500 | python -m diag logs" in done.stderr


def test_a_closed_standard_input_is_wrong_usage(project: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m diag logs <&-",
        shell=True, cwd=project, env=PLAIN_ENV, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "heroku logs -n 1500" in done.stderr


@pytest.mark.parametrize("name", ["none.log", ".", "cut.gz"])
@pytest.mark.parametrize("follow", [(), ("--follow",)])
def test_unreadable_input_exits_2_and_says_what_to_do(
    project: Path, name: str, follow: tuple[str, ...]
) -> None:
    (project / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00garbage")
    done = diag(project, "logs", *follow, name)
    assert done.returncode == 2
    assert done.stdout == ""
    assert name in done.stderr
    assert "heroku logs -n 1500 | python -m diag logs" in done.stderr
    assert "Traceback" not in done.stderr
