"""``python -m diag preflight``: exit statuses, forms, fixes, and folders that can't be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import project
from tests.servers import PLAIN_ENV

HEALTHY = {
    "Procfile": "web: gunicorn app:app\n",
    ".python-version": "3.13\n",
    "requirements.txt": "Flask==3.1.3\ngunicorn==27.0.1\n",
    "app.py": "from flask import Flask\n\napp = Flask(__name__)\n",
}
BROKEN = {**HEALTHY, "Procfile": "web:gunicorn app:app\n"}


def preflight(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "diag", "preflight", *map(str, arguments)],
        env=PLAIN_ENV,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    return project(tmp_path / "shop", HEALTHY).root


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return project(tmp_path / "shop", BROKEN).root


def test_a_healthy_project_exits_0(healthy: Path) -> None:
    done = preflight(healthy)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing is wrong in shop." in done.stdout


def test_a_failure_exits_1_unless_told_otherwise(broken: Path) -> None:
    assert preflight(broken).returncode == 1
    assert preflight(broken, "--fail-on", "never").returncode == 0
    assert preflight(cwd=broken).stdout.startswith("FAIL  procfile/line-ignored")


def test_the_report_as_json(broken: Path) -> None:
    report = json.loads(preflight(broken, "--json").stdout)

    assert (report["schema"], report["kind"], report["subject"]) == ("diag.report/1", "preflight", "shop")
    assert report["diagnoses"][0]["cause"] == "procfile/line-ignored"
    assert report["diagnoses"][0]["evidence"][0]["where"] == "Procfile:1"
    assert report["silenced"] == []


def test_annotations_and_sarif(broken: Path) -> None:
    assert (
        "::error title=procfile/line-ignored,file=Procfile,line=1::"
        in preflight(broken, "--format", "github").stdout
    )
    sarif = json.loads(preflight(broken, "--format", "sarif").stdout)
    assert sarif["runs"][0]["results"][0]["ruleId"] == "procfile/line-ignored"


def test_the_other_generation_reads_the_line(broken: Path) -> None:
    found = json.loads(preflight(broken, "--generation", "fir", "--json").stdout)

    assert "procfile/line-ignored" not in [d["cause"] for d in found["diagnoses"]]


def test_a_diff_writes_nothing_and_can_be_applied(broken: Path) -> None:
    done = preflight(broken, "--diff")

    assert (broken / "Procfile").read_text() == BROKEN["Procfile"]
    applied = subprocess.run(["git", "apply", "-p1"], cwd=broken, input=done.stdout, text=True, check=False)
    assert applied.returncode == 0
    assert (broken / "Procfile").read_text() == HEALTHY["Procfile"]


def test_fix_mends_and_reports_on_what_is_left(broken: Path) -> None:
    done = preflight(broken, "--fix")

    assert done.returncode == 0
    assert "mended Procfile   (procfile/line-ignored)" in done.stderr
    assert (broken / "Procfile").read_text() == HEALTHY["Procfile"]


def test_a_finding_that_is_silenced(broken: Path) -> None:
    (broken / "pyproject.toml").write_text('[tool.diag.ignore]\n"procfile/line-ignored" = "on Fir"\n')
    done = preflight(broken)

    assert done.returncode == 0
    assert "1 finding silenced (procfile/line-ignored Procfile:1: on Fir)." in done.stdout


@pytest.mark.parametrize(
    "arguments", [("missing",), ("--diff", "--fix"), ("--generation", "oak"), ("--format", "x")]
)
def test_wrong_usage_exits_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = preflight(*arguments, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_an_empty_folder_is_told_and_no_crash(tmp_path: Path) -> None:
    done = preflight(tmp_path)

    assert done.returncode == 1
    assert done.stdout.startswith("FAIL  build/")


def test_no_line_of_the_project_is_run_and_nothing_is_written(tmp_path: Path) -> None:
    trap = "import pathlib\npathlib.Path('trap').touch()\n"
    files = {
        **HEALTHY,
        "app.py": trap,
        "setup.py": trap,
        "gunicorn.conf.py": trap,
        "manage.py": trap,
        "conftest.py": trap,
    }
    root = project(tmp_path / "shop", files).root
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    preflight(root, cwd=root)

    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_hostile_folders_end(tmp_path: Path) -> None:
    root = project(
        tmp_path / "shop",
        {
            **HEALTHY,
            "app.json": "[" * 200_000,
            "requirements.txt": b"\xff\xfe\x00" * 1000,
            "uv.lock": "=" * 100_000,
            "Procfile": b"web: \x00\xff" + b"a" * 500_000,
            "pyproject.toml": "x = [" * 50_000,
            "app.py": b"(" * 100_000,
        },
    ).root
    os.symlink("/", root / "root")
    os.symlink("b", root / "a")
    os.symlink("a", root / "b")
    os.mkfifo(root / "pipe.py")
    done = preflight(root)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
