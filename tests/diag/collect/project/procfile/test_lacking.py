"""What the command of web needs and does not find."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.evidence import Evidence, Level
from diag.collect.project.procfile.lacking import check_front
from diag.collect.project.procfile.web import WebProcess
from tests.diag.collect.project.procfile.web import Files, started
from tests.projects import project

FILES: Files = {
    "app.py": "",
    "manage.py": "",
    "start.sh": "gunicorn app:app\n",
    "backend/app.py": "",
    "deploy/run.sh": "gunicorn app:app\n",
}


def found(folder: Path, command: str, files: Files | None = None) -> list[Evidence]:
    evidence = started(folder, command, {**FILES, **(files or {})})[1]
    return [
        each
        for each in evidence
        if each.values["fault"] in ("command-not-found", "bad-encoding", "file-missing")
    ]


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app",
        "bash start.sh",
        "sh ./deploy/run.sh",
        "cd backend && python app.py",
        "python manage.py migrate && gunicorn app:app",
        "bin/start-nginx gunicorn app:app",
        "bin/anything-of-a-buildpack gunicorn app:app",
        "vendor/bin/heroku-php-apache2 web/",
        "node_modules/.bin/next start",
        ".heroku/python/bin/gunicorn app:app",
        "/app/.heroku/python/bin/gunicorn app:app",
        "/usr/bin/env python app.py",
        "npm start",
        "node server.js",
        "bundle exec puma",
        "php -S 0.0.0.0:$PORT",
        "somescript --of --a package",
        "cd dist && python -m http.server $PORT",
        "cd $FOLDER && gunicorn app:app",
        "[ -f .env ] && source .env; gunicorn app:app",
        "source .env || true; gunicorn app:app",
        "if [ -f x.sh ]; then bash x.sh; fi; gunicorn app:app",
        "test -d front && cd front; npm start",
        "python $SCRIPT",
        "bash -c 'gunicorn app:app'",
        "$COMMAND",
        "/opt/tool/run.sh",
    ],
)
def test_a_healthy_command(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, command) == []


@pytest.mark.parametrize(
    ("command", "sure", "because"),
    [
        ("python main.py", "certain", "main.py is not in the slug"),
        ("bash run.sh", "certain", "run.sh is not in the slug"),
        ("./run.sh", "certain", "./run.sh is not in the slug"),
        (
            "python manage.py migrate && python seed.py && gunicorn app:app",
            "certain",
            "seed.py is not in the slug",
        ),
        ("cd frontend && npm start", "likely", "frontend is not in the slug"),
        ("source venv/bin/activate && gunicorn app:app", "certain", "venv/bin/activate is not in the slug"),
        (". .venv/bin/activate && gunicorn app:app", "certain", ".venv/bin/activate is not in the slug"),
        ("venv/bin/gunicorn app:app", "certain", "venv/bin/gunicorn is not in the slug"),
        ("./env/bin/python app.py", "certain", "./env/bin/python is not in the slug"),
        ("cd backend && python main.py", "certain", "main.py is not in the slug"),
        ("app.py", "certain", "app.py is the name of no command"),
        ("manage.py runserver 0.0.0.0:$PORT", "certain", "manage.py is the name of no command"),
        ("start.sh", "certain", "start.sh is the name of no command"),
        ("app:app", "certain", "app:app is the name of no command"),
        ("gunicorn: app:app", "certain", "gunicorn: is the name of no command"),
        ("web: gunicorn app:app", "certain", "web: is the name of no command"),
        ('"gunicorn app:app"', "certain", '"gunicorn app:app" is the name of no command'),
        ("py app.py", "certain", "py is the name of no command"),
        ("gunicron app:app", "likely", "gunicron is the name of no command"),
        ("uvicron main:app", "likely", "uvicron is the name of no command"),
        ("gunicorn 'app:app", "certain", "the shell can't read it (no ' to end a quotation)"),
    ],
)
def test_a_command_that_will_not_start(tmp_path: Path, command: str, sure: str, because: str) -> None:
    only = found(tmp_path, command)[0]
    assert (only.values["fault"], only.level) == ("command-not-found", Level.FAIL)
    assert (only.values["sure"], only.values["because"]) == (sure, because)


@pytest.mark.parametrize(
    ("command", "wrong", "right"),
    [
        ("bash Start.sh", "Start.sh", "start.sh"),
        ("cd Backend && python app.py", "Backend", "backend"),
        ("python App.py", "App.py", "app.py"),
        ("app.py", "app.py", "python app.py"),
        ("venv/bin/gunicorn app:app", "venv/bin/gunicorn", "gunicorn"),
        ("gunicron app:app", "gunicron", "gunicorn"),
    ],
)
def test_what_was_meant(tmp_path: Path, command: str, wrong: str, right: str) -> None:
    only = found(tmp_path, command)[0]
    assert (only.values["wrong"], only.values["right"], only.values["in_file"]) == (wrong, right, "Procfile")


def test_other_capitals_are_certain(tmp_path: Path) -> None:
    assert found(tmp_path, "bash Start.sh")[0].values["sure"] == "certain"


@pytest.mark.parametrize("hook", ["bin/post_compile", "package.json"])
def test_the_build_may_make_what_is_missing(tmp_path: Path, hook: str) -> None:
    assert found(tmp_path, "python main.py", {hook: "{}"})[0].values["sure"] == "likely"


def test_a_file_that_git_ignores_is_not_pushed(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (only,) = found(tmp_path, "python main.py", {"main.py": "", ".gitignore": "main.py\n"})
    assert "git ignores it" in only.text
    assert only.values["sure"] == "likely"


def test_a_file_that_slugignore_has_is_not_in_the_slug(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "python main.py", {"main.py": "", ".slugignore": "main.py\n"})
    assert ".slugignore" in only.text


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "core.autocrlf=false", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(("mode", "faulty"), [("+x", False), ("-x", True)])
def test_a_script_needs_its_mode_in_git(tmp_path: Path, mode: str, *, faulty: bool) -> None:
    (tmp_path / "start.sh").write_bytes(b"gunicorn app:app\n")
    (tmp_path / "start.sh").chmod(0o755)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "start.sh")
    git(tmp_path, "update-index", f"--chmod={mode}", "start.sh")
    evidence = found(tmp_path, "./start.sh")
    assert bool(evidence) is faulty
    if evidence:
        assert (evidence[0].values["mode_of"], evidence[0].values["sure"]) == ("start.sh", "certain")


def test_without_git_the_folder_tells_the_mode(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "./start.sh")
    assert (only.values["mode_of"], only.values["sure"]) == ("start.sh", "likely")
    (tmp_path / "start.sh").chmod(0o755)
    assert found(tmp_path, "./start.sh") == []


@pytest.mark.parametrize("command", ["bash start.sh", "./start.sh"])
def test_windows_line_ends_in_a_script(tmp_path: Path, command: str) -> None:
    (tmp_path / "start.sh").write_bytes(b"")
    (tmp_path / "start.sh").chmod(0o755)
    (only,) = found(tmp_path, command, {"start.sh": b"#!/bin/bash\r\ngunicorn app:app\r\n"})
    assert (only.values["fault"], only.values["sure"], only.where) == ("bad-encoding", "likely", "start.sh:1")
    assert only.values["script"] == "start.sh"


def test_git_may_push_other_line_ends(tmp_path: Path) -> None:
    (tmp_path / "start.sh").write_bytes(b"gunicorn app:app\r\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "-c", "core.autocrlf=input", "-c", "core.safecrlf=false", "add", "start.sh")
    assert found(tmp_path, "bash start.sh", {"start.sh": b"gunicorn app:app\r\n"}) == []


def test_typographic_characters(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "voila —-port=$PORT app.ipynb")
    assert (only.values["fault"], only.level, only.values["sure"]) == ("bad-encoding", Level.FAIL, "likely")
    assert only.values["right"] == "voila --port=$PORT app.ipynb"
    assert found(tmp_path, "echo it’s — on && gunicorn app:app") == []


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn -c conf.py app:app")
    assert (only.values["fault"], only.values["sure"], only.values["path"]) == (
        "file-missing",
        "certain",
        "conf.py",
    )
    assert found(tmp_path, "gunicorn -c conf.py app:app", {"conf.py": ""}) == []


def test_in_a_submodule_nothing_is_known(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "lib").mkdir()
    git(tmp_path / "lib", "init", "-q")
    commit = ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x")
    git(tmp_path / "lib", *commit)
    git(tmp_path, "-c", "advice.addEmbeddedRepo=false", "add", "lib")
    assert found(tmp_path, "cd lib && python run.py") == []


def test_findings_are_bounded(tmp_path: Path) -> None:
    assert len(found(tmp_path, " && ".join(f"python x{number}.py" for number in range(50)))) == 5


@pytest.mark.parametrize(
    ("files", "faults"),
    [
        ({"app.json": '{"buildpacks": [{"url": "heroku/python"}]}'}, ["command-not-found"]),
        ({"app.json": '{"buildpacks": [{"url": "https://x/heroku-buildpack-nginx"}]}'}, []),
        ({"app.json": '{"buildpacks": [{"url": "heroku/python"}]}', "bin/start-nginx": "exec"}, []),
        ({}, []),  # the app's buildpacks may be set on the app
    ],
)
def test_a_program_of_a_buildpack_that_is_not_named(tmp_path: Path, files: Files, faults: list[str]) -> None:
    web = WebProcess("bin/start-nginx gunicorn app:app", server="gunicorn", front="bin/start-nginx")
    assert [e.values["fault"] for e in check_front(project(tmp_path, files), web)] == faults
