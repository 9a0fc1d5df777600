"""What the web process's shell does around the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.procfile.reading import read_procfile
from diag.collect.project.procfile.starting import read_web
from tests.projects import project


def faults(folder: Path, script: str) -> list[str]:
    tree = project(
        folder,
        {"Procfile": "web: bash start.sh\n", "start.sh": script, "app.py": "app = None\n", "worker.py": ""},
    )
    found = read_web(tree, read_procfile(tree)[0])[1]
    return [f"{e.level.word} {e.values['sure']} {e.values['fault']} {e.where}" for e in found]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("sleep 90\nexec gunicorn app:app\n", ["fail likely slow-start start.sh:1"]),
        ("WAIT=${WAIT:-75}\nsleep $WAIT\ngunicorn app:app\n", ["fail likely slow-start start.sh:2"]),
        ("sleep 40\nsleep 1m\ngunicorn app:app\n", ["fail likely slow-start start.sh:2"]),
        ("sleep 5\ngunicorn app:app\n", []),
        ("sleep 90 &\ngunicorn app:app\n", []),
        ("if ! nc -z db 5432; then sleep 90; fi\ngunicorn app:app\n", []),
    ],
)
def test_a_wait_before_the_server(tmp_path: Path, script: str, expected: list[str]) -> None:
    assert faults(tmp_path, script) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("gunicorn app:app &\necho started\n", ["fail likely process-ends start.sh:1"]),
        ("gunicorn app:app &\nwait\n", []),
        ("gunicorn app:app &\npython worker.py\n", []),
        ("python worker.py &\ngunicorn app:app\n", []),
        ("gunicorn app:app &\ntail -f /dev/null\n", []),
    ],
)
def test_a_server_in_the_background(tmp_path: Path, script: str, expected: list[str]) -> None:
    assert faults(tmp_path, script) == expected
