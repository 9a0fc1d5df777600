"""The root of a project, healthy or with several faults at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import told
from tests.diag.collect.project.layout.roots import FLASK, PACKAGE, WEB, look, read, within_git
from tests.projects import project


@pytest.mark.parametrize("generation", ["cedar", "fir"])
@pytest.mark.parametrize(
    "files",
    [
        FLASK,
        {"uv.lock": "", "pyproject.toml": "", ".python-version": "3.13", **WEB},
        {"poetry.lock": "", "pyproject.toml": "", **WEB},
        {
            "manage.py": "",
            "requirements.txt": "",
            "docs/requirements.txt": "",
            "tests/requirements.txt": "",
            **WEB,
        },
        {**FLASK, "frontend/package.json": PACKAGE, "worker/requirements.txt": ""},
        {"src/shop/app.py": "", "requirements.txt": "", "setup.py": "", "setup.cfg": "", **WEB},
        {**FLASK, "requirements-dev.txt": "", "environment.yml": "", "pdm.lock": ""},
        {**FLASK, "Gemfile": "", ".slugignore": "Gemfile\n"},
    ],
)
def test_healthy_projects(tmp_path: Path, files: dict[str, str], generation: str) -> None:
    evidence = read(tmp_path, files, generation)
    assert told(evidence) == []
    assert [each.values["fault"] for each in evidence] == ["detected"]


def test_what_stops_the_build_first_is_told_first(tmp_path: Path) -> None:
    files = {"Pipfile": "", "package.json": "{}", "venv/pyvenv.cfg": "", **WEB, "Aptfile": ""}
    tree = within_git(project(tmp_path, files), changed=("Procfile",))
    tree.venvs = ("venv",)
    assert told(look(tree)) == [
        "fail certain venv-committed",
        "fail likely pipfile-without-lock",
        "info likely aptfile",
        "warn certain uncommitted",
    ]
    assert "detected" not in [each.values["fault"] for each in look(tree)]


@pytest.mark.parametrize(
    "name", ["app.json", "heroku.yml", "project.toml", ".buildpacks", "package.json", "Procfile"]
)
@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"[" * 5000, b'{"buildpacks": 3}', b'{"buildpacks": [3, {}, null]}']
)
def test_garbage_is_survived(tmp_path: Path, name: str, content: bytes) -> None:
    tree = project(tmp_path, {**FLASK, "bin/pre_compile": b"\xff", name: content})
    assert all(each.text for each in look(tree))
