"""How uv and pip are asked, without asking the index: a program of the test answers."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from diag.collect.project.dependencies import installers
from diag.collect.project.dependencies.installers import resolved, versions

UV_LINES = "flask==3.0.0\nwerkzeug[watchdog]==3.0.1 ; python_version >= '3.8'\n    # via flask\n-e .\n"


def answering(monkeypatch: pytest.MonkeyPatch, program: str, code: str) -> None:
    """The program runs that Python code, in the folder with requirements.txt."""
    monkeypatch.setattr(installers, "installer", lambda: (program, [sys.executable, "-I", "-c", code]))


def test_uv_tells_exact_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "uv", f"print({UV_LINES!r})")

    tried = resolved(["flask"], "3.13")

    assert (tried.program, tried.ended) == ("uv", "done")
    assert tried.versions == {"flask": "3.0.0", "werkzeug": "3.0.1"}


def test_pip_writes_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    report = {"install": [{"metadata": {"name": "Flask", "version": "3.0.0"}}]}
    answering(monkeypatch, "pip", f"open('report.json', 'w').write({json.dumps(report)!r})")

    assert resolved(["flask"], "3.13").versions == {"Flask": "3.0.0"}


@pytest.mark.parametrize("report", ["", "[]", '{"install": 1}', '{"install": [{}]}'])
def test_a_report_that_can_not_be_read(monkeypatch: pytest.MonkeyPatch, report: str) -> None:
    answering(monkeypatch, "pip", f"open('report.json', 'w').write({report!r})")

    assert resolved(["flask"], "3.13").versions == {}


def test_what_is_asked_stands_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(
        monkeypatch,
        "uv",
        "import sys; print(open('requirements.txt').read()); print(sys.argv[1:]); sys.exit(1)",
    )

    tried = resolved(
        ["flask>=2"], "3.13", options=["--index-url https://example.com/simple"], with_needs=False
    )

    assert tried.ended == "failed"
    assert tried.output.startswith("--index-url https://example.com/simple\nflask>=2\n")
    for part in ("'3.13'", "'--only-binary', ':all:'", "'--no-deps'", "'--no-config'"):
        assert part in tried.output
    # uv takes only one of the two.
    assert "'--no-build'" not in tried.output


def test_pip_is_asked_for_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "pip", "import sys; print(sys.argv[1:]); sys.exit(1)")

    output = resolved(["flask"], "3.13").output

    for part in (
        "'--dry-run'",
        "'--only-binary=:all:'",
        "'manylinux2014_x86_64'",
        "'--implementation', 'cp'",
    ):
        assert part in output


def test_other_statuses_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "uv", "import sys; print('error: unexpected argument'); sys.exit(2)")

    tried = resolved(["flask"], "3.13")

    assert (tried.ended, tried.output) == ("late", "error: unexpected argument")


def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "uv", "import time; time.sleep(60)")
    began = time.perf_counter()

    tried = resolved(["flask"], "3.13", seconds=0.3)

    assert tried.ended == "late"
    assert time.perf_counter() - began < 5


def test_a_program_that_can_not_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installers, "installer", lambda: ("uv", [str(tmp_path / "uv")]))

    assert resolved(["flask"], "3.13").ended == "late"


def test_uv_is_taken_before_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/opt/uv")
    assert installers.installer() == ("uv", ["/opt/uv"])

    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert installers.installer() == ("pip", [sys.executable, "-m", "pip"])


def test_all_versions_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: Sequence[str], *_rest: object) -> tuple[str, str]:
        assert command[command.index("versions") + 1] == "flask"
        return "done", "flask (3.0.0)\nAvailable versions: 3.0.0, 2.3.3\n"

    monkeypatch.setattr(installers, "_run", run)
    assert versions("flask", "3.13") == ["3.0.0", "2.3.3"]

    monkeypatch.setattr(installers, "_run", lambda *rest: ("failed", "ERROR: No matching distribution"))
    assert versions("flask", "3.13") == []
