"""Whether the server is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence, Level
from diag.collect.project.procfile.required import check_server
from diag.collect.project.requirements.requirement import Requirements
from tests.diag.collect.project.procfile.web import requiring, web_of

FILES = {"app.py": "", "manage.py": ""}


def found(folder: Path, command: str, requirements: Requirements) -> list[Evidence]:
    return check_server(web_of(folder, command, FILES), requirements)


@pytest.mark.parametrize(
    ("command", "requires"),
    [
        ("gunicorn app:app", "flask gunicorn"),
        ("gunicorn app:app", "flask gunicorn[gevent]"),
        ("gunicorn app:app", "apache-superset"),
        ("gunicorn app:app", "mlflow"),
        ("uvicorn app:app", "fastapi uvicorn[standard]"),
        ("uvicorn app:app", "fastapi[standard]"),
        ("uvicorn app:app", "fastapi[all]"),
        ("uvicorn app:app", "fastapi==0.111.0"),
        ("uvicorn app:app", "gradio"),
        ("hypercorn app:app", "quart"),
        ("daphne a:b", "channels[daphne]"),
        ("daphne a:b", "channels==3.0.5"),
        ("daphne a:b", "daphne"),
        ("waitress-serve a:b", "waitress"),
        ("flask run", "flask-sqlalchemy"),
        ("python manage.py runserver", "djangorestframework"),
        ("streamlit run app.py", "streamlit"),
        ("bokeh serve app.py", "panel"),
        ("fastapi run app.py", "fastapi[standard]"),
        ("gunicorn app:app -k uvicorn.workers.UvicornWorker", "gunicorn uvicorn"),
        ("gunicorn app:app -k uvicorn.workers.UvicornWorker", "gunicorn fastapi[standard]"),
        ("gunicorn app:app -k uvicorn_worker.UvicornWorker", "gunicorn uvicorn-worker"),
        ("gunicorn app:app -k gevent", "gunicorn gevent"),
        ("gunicorn app:app -k gevent", "gunicorn[gevent]"),
        ("gunicorn app:app -k gthread", "gunicorn"),
        ("gunicorn app:app -k eventlet", "gunicorn==20.1.0 eventlet"),
        ("gunicorn app:app -k my.module.Worker", "gunicorn"),
        ("gunicorn app:app -k $WORKER", "gunicorn"),
        ("newrelic-admin run-program gunicorn app:app", "gunicorn newrelic"),
        ("ddtrace-run gunicorn app:app", "gunicorn ddtrace"),
        ("opentelemetry-instrument gunicorn app:app", "gunicorn opentelemetry-distro"),
        ("bin/start-nginx gunicorn app:app", "gunicorn"),
        ("poetry run gunicorn app:app", "gunicorn poetry"),
        ("python app.py", "flask"),
        ("python -m http.server $PORT", "flask"),
        ("npm start", "flask"),
        ("uwsgi uwsgi.ini", "flask"),
    ],
)
def test_what_is_installed(tmp_path: Path, command: str, requires: str) -> None:
    assert found(tmp_path, command, requiring(requires)) == []


@pytest.mark.parametrize(
    ("command", "requires", "server", "sure"),
    [
        ("gunicorn app:app", "flask", "gunicorn", "certain"),
        ("gunicorn app:app", "flask numpy tensorflow requests", "gunicorn", "certain"),
        ("gunicorn app:app", "flask some-package", "gunicorn", "likely"),
        ("gunicorn shop.wsgi", "django psycopg2-binary whitenoise", "gunicorn", "certain"),
        ("python -m gunicorn app:app", "flask", "gunicorn", "certain"),
        ("mystery gunicorn app:app", "flask", "gunicorn", "likely"),
        ("uvicorn app:app", "fastapi", "uvicorn", "likely"),
        ("uvicorn app:app", "starlette pydantic", "uvicorn", "certain"),
        ("daphne a:b", "django channels", "daphne", "likely"),
        ("waitress-serve a:b", "flask", "waitress", "certain"),
        ("streamlit run app.py", "pandas", "streamlit", "certain"),
        ("fastapi run app.py", "fastapi", "fastapi[standard]", "likely"),
    ],
)
def test_a_server_that_nothing_brings(
    tmp_path: Path, command: str, requires: str, server: str, sure: str
) -> None:
    (only,) = found(tmp_path, command, requiring(requires))
    assert (only.values["fault"], only.level) == ("server-missing", Level.FAIL)
    assert (only.values["command"], only.values["sure"]) == (server, sure)


def test_a_lock_file_has_all_that_is_installed(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn app:app", requiring("flask some-package", is_locked=True))
    assert only.values["sure"] == "certain"


def test_what_can_t_be_read_may_bring_it(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn app:app", requiring("flask", is_whole=False))
    assert (only.level, only.values["sure"]) == (Level.WARN, "possible")


def test_without_a_file_of_requirements_nothing_is_known(tmp_path: Path) -> None:
    assert found(tmp_path, "gunicorn app:app", Requirements()) == []


@pytest.mark.parametrize(
    ("command", "requires", "needed"),
    [
        ("gunicorn app:app -k gevent", "flask gunicorn", "gevent"),
        ("gunicorn app:app -k uvicorn.workers.UvicornWorker", "gunicorn starlette", "uvicorn"),
        ("gunicorn app:app -k uvicorn_worker.UvicornWorker", "gunicorn starlette", "uvicorn-worker"),
        ("gunicorn app:app -k eventlet", "gunicorn==21.2.0 flask", "eventlet"),
    ],
)
def test_a_worker_class_without_its_package(tmp_path: Path, command: str, requires: str, needed: str) -> None:
    (only,) = found(tmp_path, command, requiring(requires))
    assert (only.values["fault"], only.level) == ("worker-class-invalid", Level.FAIL)
    assert (only.values["needed"], only.values["sure"]) == (needed, "certain")


@pytest.mark.parametrize("gunicorn", ["gunicorn", "gunicorn==27.0.1"])
def test_a_worker_that_gunicorn_no_longer_has(tmp_path: Path, gunicorn: str) -> None:
    (only,) = found(tmp_path, "gunicorn app:app -k eventlet", requiring(f"{gunicorn} eventlet"))
    assert (only.values["fault"], only.values["sure"]) == ("worker-class-invalid", "likely")


@pytest.mark.parametrize(
    ("command", "requires", "manager", "right"),
    [
        ("poetry run gunicorn app:app", "gunicorn", "poetry", "gunicorn app:app"),
        ("uv run uvicorn app:app --port $PORT", "uvicorn", "uv", "uvicorn app:app --port $PORT"),
        ("uv run app.py", "flask", "uv", "python app.py"),
        ("pipenv run gunicorn app:app", "gunicorn", "pip", "gunicorn app:app"),
        ("poetry run python manage.py runserver", "django", "poetry", "python manage.py runserver"),
    ],
)
def test_a_package_manager_is_not_there_on_a_dyno(
    tmp_path: Path, command: str, requires: str, manager: str, right: str
) -> None:
    (only,) = found(tmp_path, command, requiring(requires, manager=manager))
    assert (only.values["fault"], only.level, only.values["sure"]) == (
        "command-not-found",
        Level.FAIL,
        "likely",
    )
    assert only.values["right"] == right


def test_pipenv_is_where_it_installs(tmp_path: Path) -> None:
    assert found(tmp_path, "pipenv run gunicorn app:app", requiring("gunicorn", manager="pipenv")) == []


def test_a_wrapper_without_its_package(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "newrelic-admin run-program gunicorn app:app", requiring("gunicorn flask"))
    assert (only.values["fault"], only.values["command"]) == ("command-not-found", "newrelic-admin")
