"""No Procfile where Heroku looks for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.evidence import Evidence, Level
from diag.collect.project.procfile.reading import read_procfile
from tests.projects import project

WEB = "web: gunicorn app:app\n"
FLASK = {
    "app.py": "from flask import Flask\napp = Flask(__name__)\n",
    "requirements.txt": "flask\ngunicorn\n",
}


def found(folder: Path, files: dict[str, str]) -> list[Evidence]:
    return read_procfile(project(folder, files))[1]


def said(evidence: list[Evidence]) -> list[tuple[object, Level, object]]:
    return [(each.values["fault"], each.level, each.values["sure"]) for each in evidence]


def test_a_web_app_without_procfile(tmp_path: Path) -> None:
    (only,) = found(tmp_path, FLASK)
    assert said([only]) == [("procfile-missing", Level.FAIL, "likely")]
    assert only.where == "requirements.txt"
    assert "guess" not in only.values  # app:app is what the step shows anyway


def test_the_app_that_a_file_makes_is_what_to_start(tmp_path: Path) -> None:
    (only,) = found(tmp_path, {"main.py": FLASK["app.py"]})
    assert (only.values["guess"], only.values["guess_file"], only.where) == ("main:app", "main.py", "main.py")


def test_a_django_project_is_told_its_wsgi_module(tmp_path: Path) -> None:
    wsgi = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    (only,) = found(tmp_path, {"manage.py": "", "shop/wsgi.py": wsgi, "requirements.txt": "Django==5.1\n"})
    assert only.values["guess"] == "shop.wsgi:application"


def test_a_factory_is_quoted(tmp_path: Path) -> None:
    factory = "from flask import Flask\ndef create_app():\n    app = Flask('x')\n    return app\n"
    (only,) = found(tmp_path, {"shop/__init__.py": factory, "requirements.txt": "flask\n"})
    assert only.values["guess"] == "'shop:create_app()'"


@pytest.mark.parametrize(
    "files",
    [
        {"setup.py": "", "lib/x.py": ""},
        {"README.md": ""},
        {**FLASK, "Dockerfile": "FROM python"},
        {**FLASK, "package.json": '{"scripts": {"start": "node server.js"}}'},
    ],
)
def test_what_may_be_started_otherwise_or_is_no_web_app_is_a_warning(
    tmp_path: Path, files: dict[str, str]
) -> None:
    assert said(found(tmp_path, files)) == [("procfile-missing", Level.WARN, "possible")]


@pytest.mark.parametrize(
    "files",
    [
        {**FLASK, "heroku.yml": "build:\n  docker:\n    web: Dockerfile\n"},
        {**FLASK, "app.json": '{"stack": "container"}'},
        {"backend/Procfile": WEB, "backend/requirements.txt": "flask\n", "backend/app.py": FLASK["app.py"]},
        {
            "api/Procfile": WEB,
            "requirements.txt": "flask\n",
            "app.json": '{"buildpacks": [{"url": "x/multi-procfile"}, {"url": "heroku/python"}]}',
        },
    ],
)
def test_what_is_deployed_in_another_way_is_left_alone(tmp_path: Path, files: dict[str, str]) -> None:
    assert found(tmp_path, files) == []


@pytest.mark.parametrize(
    "name", ["procfile", "PROCFILE", "ProcFile", "Procfile.txt", "procfile.txt", "Procfile.web"]
)
def test_another_name(tmp_path: Path, name: str) -> None:
    (only,) = found(tmp_path, {**FLASK, name: WEB})
    assert said([only]) == [("procfile-misnamed", Level.FAIL, "certain")]
    assert (only.values["file"], only.where) == (name, name)


@pytest.mark.parametrize(
    ("name", "sure", "without"),
    [
        ("Profile", "likely", "procfile-missing"),
        ("Procfle", "likely", "procfile-missing"),
        ("Procfile.md", "likely", "procfile-missing"),
        ("Proc file", "likely", "procfile-missing"),
        # These two are one letter's case or a blank away, whatever they hold.
        (".Procfile", "certain", "procfile-misnamed"),
        ("Procfile ", "certain", "procfile-misnamed"),
    ],
)
def test_a_name_that_may_be_another_files_needs_its_content(
    tmp_path: Path, name: str, sure: str, without: str
) -> None:
    assert said(found(tmp_path, {**FLASK, name: WEB})) == [("procfile-misnamed", Level.FAIL, sure)]
    (tmp_path / "b").mkdir()
    (other,) = found(tmp_path / "b", {**FLASK, name: "text\n"})
    assert other.values["fault"] == without


def test_the_name_without_the_content_is_likely(tmp_path: Path) -> None:
    assert said(found(tmp_path, {**FLASK, "procfile": "notes\n"})) == [
        ("procfile-misnamed", Level.FAIL, "likely")
    ]


def test_a_name_with_a_blank_is_quoted(tmp_path: Path) -> None:
    (only,) = found(tmp_path, {"Proc file": WEB})
    assert only.values["file"] == "'Proc file'"


@pytest.mark.parametrize("name", ["Procfile.dev", "Procfile.windows", "Procfile.local", "Procfile.example"])
def test_a_procfile_of_another_tool_is_not_it(tmp_path: Path, name: str) -> None:
    assert [each.values["fault"] for each in found(tmp_path, {**FLASK, name: WEB})] == ["procfile-missing"]


def test_what_a_misnamed_one_says_is_read(tmp_path: Path) -> None:
    procfile, _ = read_procfile(project(tmp_path, {**FLASK, "Procfile.txt": WEB}))
    assert procfile.web == ("web", "gunicorn app:app", "Procfile.txt:1")
    assert not procfile.is_certain


def test_beside_the_right_one_another_name_is_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, {**FLASK, "Procfile": WEB, "procfile.txt": WEB, "Procfile.dev": WEB}) == []


def test_in_a_folder_it_is_not_seen(tmp_path: Path) -> None:
    (only,) = found(tmp_path, {**FLASK, "backend/Procfile": WEB})
    assert said([only]) == [("procfile-misnamed", Level.FAIL, "likely")]
    assert only.values["file"] == "backend/Procfile"


@pytest.mark.parametrize("folder", ["tests/fixtures", "examples/heroku", "docs", "cookiecutter-app/{{name}}"])
def test_one_of_tests_and_examples_is_no_misplaced_one(tmp_path: Path, folder: str) -> None:
    (only,) = found(tmp_path, {**FLASK, f"{folder}/Procfile": WEB})
    assert only.values["fault"] == "procfile-missing"


def test_one_that_git_ignores_is_not_pushed(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (only,) = found(tmp_path, {**FLASK, "Procfile": WEB, ".gitignore": "Procfile\n"})
    assert said([only]) == [("procfile-missing", Level.FAIL, "likely")]
    assert only.values["ignored_by"] == ".gitignore"


def test_one_that_slugignore_has_is_not_in_the_slug(tmp_path: Path) -> None:
    (only,) = found(tmp_path, {**FLASK, "Procfile": WEB, ".slugignore": "Procfile\n"})
    assert only.values["ignored_by"] == ".slugignore"
