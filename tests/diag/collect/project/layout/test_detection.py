"""Whether the Python buildpack takes the root."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.layout.roots import FLASK, PACKAGE, WEB, look, read, within_git
from tests.projects import project


def test_a_folder_of_nothing_that_python_is_known_by(tmp_path: Path) -> None:
    evidence = read(tmp_path, {"bot.py": "", "README.md": ""})
    assert told(evidence) == ["fail likely no-python-files"]
    assert evidence[0].values["entries"] == ("README.md", "bot.py")
    assert [each.cause for each in diagnosed(evidence)] == ["build/no-python-files"]


def test_a_manifest_that_is_ignored_is_named(tmp_path: Path) -> None:
    files = {"bot.py": "", "requirements.txt": "flask", ".gitignore": "*.txt\n"}
    evidence = read(tmp_path, files)
    assert told(evidence) == ["fail likely no-python-files"]
    assert evidence[0].values["left_out"] == "requirements.txt"
    assert any(step.startswith("grep -n requirements.txt .gitignore") for step in diagnosed(evidence)[0].fix)


@pytest.mark.parametrize(
    "files",
    [
        {"backend/requirements.txt": "", "backend/app.py": "", "README.md": ""},
        {"backend/manage.py": "", "backend/Procfile": "", "docs/requirements.txt": ""},
        {"backend/pyproject.toml": "", "backend/uv.lock": "", "tests/requirements.txt": "", **WEB},
        {"backend/Pipfile": "", "backend/Pipfile.lock": "", "backend/api/requirements.txt": ""},
        {
            "package.json": PACKAGE,
            "backend/requirements.txt": "",
            "Procfile": "web: cd backend && gunicorn app:app",
        },
    ],
)
def test_an_app_in_a_folder(tmp_path: Path, files: dict[str, str]) -> None:
    evidence = read(tmp_path, files)
    assert told(evidence) == ["fail likely app-in-subdirectory"]
    (only,) = diagnosed(evidence)
    assert only.cause == "build/app-in-subdirectory"
    assert only.title == "The root that was pushed has no Python project; the app seems to be in backend."
    assert only.fix[0] == "git subtree push --prefix backend heroku main"


def test_of_several_folders_all_are_named(tmp_path: Path) -> None:
    files = {"api/requirements.txt": "", "api/Procfile": "", "jobs/requirements.txt": ""}
    (only,) = read(tmp_path, files)
    assert only.values["folders"] == ("api", "jobs")
    assert "in api (or jobs)" in only.text


def test_a_project_of_another_language_with_python_in_a_folder(tmp_path: Path) -> None:
    files = {"package.json": PACKAGE, "backend/requirements.txt": "", "backend/app.py": ""}
    assert told(read(tmp_path, files)) == ["warn possible app-in-subdirectory"]


@pytest.mark.parametrize("file", ["package.json", "Gemfile", "go.mod", "composer.json", "pom.xml"])
def test_a_project_of_another_language_is_none_of_ours(tmp_path: Path, file: str) -> None:
    files = {
        file: "{}",
        "scripts/release.py": "",
        "docs/requirements.txt": "",
        "Procfile": "web: npm start\n",
    }
    assert told(read(tmp_path, files)) == ["info possible no-python-files"]


def test_a_buildpack_may_take_another_folder(tmp_path: Path) -> None:
    subdir = "https://github.com/timanovsky/subdir-heroku-buildpack"
    app_json = f'{{"buildpacks": [{{"url": "{subdir}"}}, {{"url": "heroku/python"}}]}}'
    files = {"app.json": app_json, "backend/requirements.txt": "", "backend/app.py": ""}
    assert told(read(tmp_path, files)) == []


def test_a_folder_of_a_repository_is_not_what_is_pushed(tmp_path: Path) -> None:
    evidence = look(within_git(project(tmp_path, FLASK), prefix="web/"))
    assert told(evidence) == ["info possible app-in-subdirectory"]
    (only,) = diagnosed(evidence)
    assert only.title == "This folder is web of its repository, and git push deploys the repository's root."


def test_a_folder_of_a_repository_is_looked_at_all_the_same(tmp_path: Path) -> None:
    tree = within_git(project(tmp_path, {**FLASK, "uv.lock": ""}), prefix="web/")
    assert told(look(tree)) == ["info possible app-in-subdirectory", "fail certain package-manager-multiple"]


@pytest.mark.parametrize(
    "files",
    [
        {"heroku.yml": "build:\n  docker:\n    web: Dockerfile\n", "Dockerfile": "FROM python:3.12"},
        {"app.json": '{"stack": "container"}', "Dockerfile": "", "backend/requirements.txt": ""},
        {
            "heroku.yml": "setup:\n  addons: []\nbuild:\n  docker:\n    web: Dockerfile\n",
            "uv.lock": "",
            "requirements.txt": "",
        },
    ],
)
def test_where_docker_builds_no_buildpack_looks(tmp_path: Path, files: dict[str, str]) -> None:
    assert told(read(tmp_path, files)) == []
