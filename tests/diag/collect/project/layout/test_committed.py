"""What git holds that it should not, and what it does not hold yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.layout.roots import FLASK, WEB, look, read, within_git
from tests.projects import project


@pytest.mark.parametrize("name", ["venv", ".venv"])
def test_a_committed_virtual_environment_ends_the_build(tmp_path: Path, name: str) -> None:
    tree = within_git(project(tmp_path, {**FLASK, f"{name}/pyvenv.cfg": ""}))
    tree.venvs = (name,)
    evidence = look(tree)
    assert told(evidence) == ["fail certain venv-committed"]
    (only,) = diagnosed(evidence)
    assert only.title == f"The repository contains an installed Python: {name}."
    assert only.fix[0] == f"git rm -r --cached {name}"
    assert told(look(tree, "fir")) == ["warn certain venv-committed"]


@pytest.mark.parametrize("name", ["env", "backend/venv", ""])
def test_under_another_name_it_is_only_large(tmp_path: Path, name: str) -> None:
    tree = within_git(project(tmp_path, FLASK))
    tree.venvs = (name,)
    assert told(look(tree)) == ["warn certain venv-committed"]


def test_slugignore_takes_it_out_before_the_build_looks(tmp_path: Path) -> None:
    tree = within_git(project(tmp_path, {**FLASK, ".slugignore": "venv/\n"}))
    tree.venvs = ("venv",)
    assert told(look(tree)) == ["warn certain venv-committed"]


def test_where_no_git_is_asked_it_may_be_committed(tmp_path: Path) -> None:
    evidence = read(tmp_path / "a", {**FLASK, "venv/pyvenv.cfg": ""})
    assert told(evidence) == ["warn likely venv-committed"]
    (only,) = diagnosed(evidence)
    assert only.title == "venv is an installed Python, and nothing keeps it out of a commit."
    assert told(read(tmp_path / "b", {**FLASK, "venv/pyvenv.cfg": "", ".gitignore": "venv/\n"})) == []
    assert told(read(tmp_path / "c", {**FLASK, "venv/pyvenv.cfg": "", "venv/.gitignore": "*\n"})) == []


def test_an_environment_that_waits_for_the_next_git_add(tmp_path: Path) -> None:
    files = ("venv/pyvenv.cfg", "venv/lib/python3.13/site-packages/flask/app.py", "venv/bin/activate.py")
    tree = within_git(project(tmp_path, FLASK), untracked=files)
    evidence = look(tree)
    assert told(evidence)[0] == "info possible venv-committed"
    assert diagnosed(evidence)[-1].cause == "build/venv-committed"


def test_installed_packages_without_their_configuration(tmp_path: Path) -> None:
    path = "env/lib/python3.9/site-packages/flask/app.py"
    evidence = look(within_git(project(tmp_path, {**FLASK, path: ""})))
    assert told(evidence) == ["warn likely venv-committed"]
    assert evidence[0].values["folder"] == "env"


def test_the_place_of_the_buildpack_s_own_python(tmp_path: Path) -> None:
    tree = project(tmp_path, FLASK)
    tree.files = {**tree.files, ".heroku/python/bin/python": 1}
    evidence = look(within_git(tree))
    assert told(evidence) == ["fail certain venv-committed"]
    assert diagnosed(evidence)[0].title == "The repository contains an installed Python: .heroku/python."


def test_a_clean_working_tree(tmp_path: Path) -> None:
    assert told(look(within_git(project(tmp_path, FLASK)))) == []


def test_nothing_is_committed(tmp_path: Path) -> None:
    tree = within_git(project(tmp_path, FLASK), untracked=tuple(FLASK), has_commit=False)
    evidence = look(tree)
    assert told(evidence) == ["warn certain uncommitted"]
    assert diagnosed(evidence)[0].cause == "build/uncommitted-changes"


@pytest.mark.parametrize(
    "path", ["Procfile", "requirements.txt", "shop/views.py", ".python-version", "Dockerfile.py"]
)
def test_files_that_are_not_committed(tmp_path: Path, path: str) -> None:
    tree = within_git(project(tmp_path, {**FLASK, path: ""}), untracked=(path,))
    evidence = look(tree)
    assert told(evidence) == ["warn certain uncommitted"]
    (only,) = diagnosed(evidence)
    assert only.title == f"The working tree differs from what a push would deploy: {path}."


def test_an_included_requirements_file_decides_too(tmp_path: Path) -> None:
    files = {"requirements.txt": "-r conf/pins.txt", "conf/pins.txt": "flask", "app.py": "", **WEB}
    assert told(look(within_git(project(tmp_path, files), changed=("conf/pins.txt",)))) == [
        "warn certain uncommitted"
    ]


@pytest.mark.parametrize("path", ["templates/shop.html", "static/shop.css", "model.h5", "data/items.csv"])
def test_files_of_the_app_that_are_no_code(tmp_path: Path, path: str) -> None:
    tree = within_git(project(tmp_path, {**FLASK, path: ""}), changed=(path,))
    assert told(look(tree)) == ["info certain uncommitted"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "README.md",
            ".idea/shop.xml",
            ".vscode/launch.json",
            "shop.py.swp",
            ".DS_Store",
            "tests/test_shop.py",
        ),
        *(
            "notes.txt",
            "docs/conf.py",
            "scripts/once.py",
            ".github/workflows/ci.yml",
            "test_shop.py",
            "Untitled.ipynb",
        ),
        *("node_modules/x/index.js", ".env", "db.sqlite3", "debug.log"),
    ],
)
def test_files_that_do_not_matter(tmp_path: Path, path: str) -> None:
    tree = within_git(project(tmp_path, {**FLASK, path: ""}), untracked=(path,))
    assert told(look(tree)) == []


def test_each_kind_of_difference_is_told_once(tmp_path: Path) -> None:
    tree = within_git(
        project(tmp_path, {**FLASK, **{f"shop/m{n}.py": "" for n in range(20)}}),
        untracked=tuple(f"shop/m{n}.py" for n in range(20)),
        changed=("app.py", "Procfile"),
        deleted=("shop/gone.py",),
    )
    evidence = look(tree)
    assert told(evidence) == ["warn certain uncommitted"] * 3
    assert "14 more are not committed" in evidence[0].text
    assert evidence[1].text == "Procfile, app.py were changed since the last commit"
    assert evidence[2].text == "shop/gone.py is committed and deleted here"
    (only,) = diagnosed(evidence)
    assert only.title.endswith("17 more.")


def test_slugignored_files_are_not_missed(tmp_path: Path) -> None:
    tree = within_git(
        project(tmp_path, {**FLASK, ".slugignore": "jobs\n", "jobs/a.py": ""}), untracked=("jobs/a.py",)
    )
    assert told(look(tree)) == []
