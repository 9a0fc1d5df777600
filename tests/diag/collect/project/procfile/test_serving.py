"""How the web server serves: development servers, idle connections, the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence, Level
from tests.diag.collect.project.procfile.web import started


def found(folder: Path, command: str, fault: str, **files: str) -> list[Evidence]:
    evidence = started(folder, command, {"app.py": "", "manage.py": "", **files})[1]
    return [each for each in evidence if each.values["fault"] == fault]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("flask run --host 0.0.0.0 --port $PORT", "flask run"),
        ("python -m flask run -h 0.0.0.0 -p $PORT", "flask run"),
        ("python manage.py runserver 0.0.0.0:$PORT", "manage.py runserver"),
        ("fastapi dev app.py --host 0.0.0.0 --port $PORT", "fastapi dev"),
    ],
)
def test_a_development_server(tmp_path: Path, command: str, name: str) -> None:
    (only,) = found(tmp_path, command, "dev-server")
    assert (only.level, only.values["sure"], only.values["command"]) == (Level.WARN, "certain", name)


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app",
        "flask db upgrade && gunicorn app:app",
        "python manage.py migrate && gunicorn app:app",
        "fastapi run app.py",
        "python app.py",
        'if [ "$DEV" ]; then flask run; else gunicorn app:app; fi',
    ],
)
def test_no_development_server(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, command, "dev-server") == []


@pytest.mark.parametrize(
    ("command", "seconds", "sure"),
    [
        ("gunicorn app:app --threads 4", 2, "likely"),
        ("gunicorn app:app -k gthread", 2, "likely"),
        ("gunicorn app:app -k gevent --keep-alive 5", 5, "likely"),
        ("gunicorn app:app -k uvicorn.workers.UvicornWorker", 2, "likely"),
        ("gunicorn app:app -k asgi", 2, "likely"),
        ("uvicorn app:app --host 0.0.0.0 --port $PORT", 5, "possible"),
        ("uvicorn app:app --host 0.0.0.0 --port $PORT --timeout-keep-alive 10", 10, "likely"),
        ("hypercorn app:app -b 0.0.0.0:$PORT", 5, "possible"),
    ],
)
def test_connections_that_are_closed_before_the_router_does(
    tmp_path: Path, command: str, seconds: int, sure: str
) -> None:
    (only,) = found(tmp_path, command, "keepalive-race")
    assert (only.values["keepalive"], only.values["sure"]) == (seconds, sure)
    assert only.level is (Level.WARN if "alive" in command else Level.INFO)  # every default is too short


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app",
        "gunicorn app:app --threads 1 --keep-alive 5",
        "gunicorn app:app --keep-alive 5",
        "gunicorn app:app --threads 4 --keep-alive 95",
        "gunicorn app:app -k gevent --keep-alive 0",
        "gunicorn app:app --threads $THREADS",
        "gunicorn app:app --threads 4 --keep-alive $SECONDS",
        "gunicorn app:app -k geventwebsocket.gunicorn.workers.GeventWebSocketWorker",
        "gunicorn app:app -k my.own.Worker",
        "gunicorn app:app -c python:a.package --threads 4",
        "bin/start-nginx gunicorn app:app --threads 4",
        "uvicorn app:app --host 0.0.0.0 --port $PORT --timeout-keep-alive 95",
        "waitress-serve --port=$PORT app:app",
        "daphne -b 0.0.0.0 -p $PORT app:app",
        "python app.py",
    ],
)
def test_connections_that_are_kept_or_of_which_nothing_is_known(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, command, "keepalive-race") == []


def test_what_to_write_stands_where_it_is_set(tmp_path: Path) -> None:
    conf = {"gunicorn.conf.py": "threads = 4\nkeepalive = 5\n"}
    (only,) = found(tmp_path, "gunicorn app:app", "keepalive-race", **conf)
    assert only.where == "gunicorn.conf.py:2"
    assert (only.values["wrong"], only.values["right"]) == ("keepalive = 5", "keepalive = 95")
    (only,) = found(tmp_path, "gunicorn app:app --threads 4 --keep-alive 5", "keepalive-race")
    assert (only.values["wrong"], only.values["right"]) == ("--keep-alive 5", "--keep-alive 95")


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        ("gunicorn app:app --graceful-timeout 60", 60),
        ("gunicorn app:app --graceful-timeout 30", 30),
        ("uvicorn app:app --timeout-graceful-shutdown 45", 45),
    ],
)
def test_a_stop_that_takes_longer_than_the_dyno_has(tmp_path: Path, command: str, seconds: int) -> None:
    (only,) = found(tmp_path, command, "exit-timeout")
    assert (only.level, only.values["graceful_timeout"]) == (Level.WARN, seconds)


@pytest.mark.parametrize(
    "command",
    ["gunicorn app:app", "gunicorn app:app --graceful-timeout 29", "gunicorn app:app --timeout 300"],
)
def test_a_stop_in_time(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, command, "exit-timeout") == []


@pytest.mark.parametrize(
    "command",
    [
        "celery -A app worker --loglevel=info",
        "celery worker -A app -l info",
        "python -m celery -A app worker",
        "celery -A app beat",
        "rq worker -u $REDIS_URL",
        "python manage.py rqworker default",
        "python manage.py qcluster",
        "newrelic-admin run-program celery -A app worker",
        "python manage.py migrate && celery -A app worker",
    ],
)
def test_a_worker_as_web(tmp_path: Path, command: str) -> None:
    (only,) = found(tmp_path, command, "worker-as-web")
    assert (only.level, only.values["sure"]) == (Level.FAIL, "likely")


@pytest.mark.parametrize(
    "command",
    [
        "celery -A app worker & gunicorn app:app",
        "celery -A app flower --port=$PORT",
        "celery -A app worker & python app.py",
        "rq info",
        "python manage.py my_own_server",
        "python bot.py",
    ],
)
def test_what_may_listen(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, command, "worker-as-web", **{"bot.py": ""}) == []


@pytest.mark.parametrize(
    "command", ["python manage.py migrate", "echo starting && python manage.py collectstatic"]
)
def test_a_command_that_is_soon_at_its_end(tmp_path: Path, command: str) -> None:
    (only,) = found(tmp_path, command, "process-ends")
    assert (only.level, only.values["sure"]) == (Level.FAIL, "likely")


@pytest.mark.parametrize(
    "command", ["tail -f log", "npm start", "python -c 'serve()'", "flask worker", "sleep 5; x"]
)
def test_a_command_of_which_that_is_not_known(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, command, "process-ends") == []
