"""The command line: exit status, streams, and how light it starts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers import PLAIN_ENV


def diag(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "diag", *arguments],
        check=False,
        cwd=folder,
        env={**PLAIN_ENV, **(env or {})},
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


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, click\nfrom diag.__main__ import diag\n"
        "try: diag(['--help'])\nexcept SystemExit: pass\n"
        "heavy = ('tensorflow', 'boto3', 'botocore', 'requests', 'rich', 'structlog', 'psutil', 'flask')\n"
        "print([m for m in heavy"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=PLAIN_ENV, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("\n[]\n")
