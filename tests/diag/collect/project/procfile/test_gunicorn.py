"""gunicorn's settings by the place that wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.procfile.web import web_of

CONF = (
    "import os\n\nbind = f\"0.0.0.0:{os.environ.get('PORT', 8000)}\"\nworkers = 3\nkeepalive = 95\n"
    "preload_app = True\n"
)


def settings(folder: Path, command: str, **files: str) -> dict[str, tuple[str, str]]:
    web = web_of(folder, command, {name.replace("__", "."): text for name, text in files.items()})
    return {name: (each.value, each.where) for name, each in web.settings.items()}


def test_by_itself_it_listens_on_the_port(tmp_path: Path) -> None:
    assert settings(tmp_path, "gunicorn app:app") == {"bind": ("0.0.0.0:$PORT", "Procfile:1")}
    assert web_of(tmp_path, "gunicorn app:app").settings["bind"].is_default


def test_its_options(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        "gunicorn -b 0.0.0.0:$PORT -b [::]:$PORT --workers=4 --threads 2 -t 60 --graceful-timeout 20"
        " --keep-alive 95 -k gthread --preload app:app",
    )
    assert {name: value for name, (value, _) in found.items()} == {
        "bind": "0.0.0.0:$PORT,[::]:$PORT",
        "workers": "4",
        "threads": "2",
        "timeout": "60",
        "graceful_timeout": "20",
        "keepalive": "95",
        "worker_class": "gthread",
        "preload_app": "True",
    }


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app",
        "gunicorn -c gunicorn.conf.py app:app",
        "gunicorn --config=file:gunicorn.conf.py app:app",
        "gunicorn -c python:gunicorn.conf app:app",
    ],
)
def test_its_file(tmp_path: Path, command: str) -> None:
    files = {"gunicorn.conf.py": CONF, "gunicorn/conf.py": CONF}
    web = web_of(tmp_path, command, files)
    assert web.settings["bind"].value == "0.0.0.0:${PORT:-8000}"
    assert web.settings["workers"].number == 3
    assert web.settings["workers"].where.endswith("conf.py:4")
    assert web.settings["preload_app"].value == "True"


def test_the_file_is_looked_for_where_it_starts(tmp_path: Path) -> None:
    files = {"gunicorn.conf.py": "workers = 1\n", "backend/gunicorn.conf.py": "workers = 2\n"}
    assert web_of(tmp_path, "cd backend && gunicorn app:app", files).settings["workers"].value == "2"
    # --chdir is followed after the file was looked for.
    assert web_of(tmp_path, "gunicorn --chdir backend app:app", files).settings["workers"].value == "1"


def test_the_command_line_wins_over_the_variable_and_that_over_the_file(tmp_path: Path) -> None:
    files = {
        "gunicorn.conf.py": "workers = 1\nthreads = 1\ntimeout = 1\n",
        "app.json": '{"env": {"GUNICORN_CMD_ARGS": {"value": "--workers 2 --threads 2"}}}',
    }
    web = web_of(tmp_path, "gunicorn app:app --workers 3", files)
    assert {name: each.value for name, each in web.settings.items() if name != "bind"} == {
        "workers": "3",
        "threads": "2",
        "timeout": "1",
    }
    assert web.settings["threads"].where == "app.json"


def test_the_variable_before_the_command(tmp_path: Path) -> None:
    web = web_of(tmp_path, 'GUNICORN_CMD_ARGS="--workers 5 -b 0.0.0.0:80" gunicorn app:app')
    assert (web.settings["workers"].value, web.settings["bind"].value) == ("5", "0.0.0.0:80")


def test_the_app_of_the_file(tmp_path: Path) -> None:
    web = web_of(tmp_path, "gunicorn", {"gunicorn.conf.py": "wsgi_app = 'shop.wsgi:app'\nchdir = 'src'\n"})
    assert (web.module, web.attribute, web.folder) == ("shop.wsgi", "app", "src")


def test_what_code_makes_is_not_read(tmp_path: Path) -> None:
    web = web_of(tmp_path, "gunicorn app:app", {"gunicorn.conf.py": "bind = address()\nworkers = 2\n"})
    assert web.is_unread("bind")
    assert web.setting("bind") is None
    assert not web.is_unread("workers")


def test_a_file_of_a_package_may_set_anything(tmp_path: Path) -> None:
    web = web_of(tmp_path, "gunicorn -c python:diag.gunicorn app:app --threads 2")
    assert web.is_unread("bind")
    assert not web.is_unread("threads")


def test_workers_by_cores_are_those_of_the_smallest_dyno_unless_one_is_named(tmp_path: Path) -> None:
    conf = {"gunicorn.conf.py": "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n"}
    workers = web_of(tmp_path, "gunicorn app:app", conf).settings["workers"]
    assert (workers.value, workers.by_cores) == ("17", True)
    named = {**conf, "app.json": '{"formation": {"web": {"size": "performance-m"}}}'}
    assert web_of(tmp_path, "gunicorn app:app", named).settings["workers"].value == "5"


def test_a_port_before_the_command_is_what_it_listens_on(tmp_path: Path) -> None:
    assert settings(tmp_path, "PORT=5000 gunicorn app:app")["bind"][0] == "0.0.0.0:5000"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert web_of(tmp_path, "gunicorn -c conf/g.py app:app").missing_config == "conf/g.py"
    assert web_of(tmp_path, "gunicorn -c $CONF app:app").missing_config == ""
