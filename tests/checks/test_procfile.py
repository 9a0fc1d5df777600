"""The web process as the Procfile declares it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.procfile import is_started_by, server_target, web_command, wsgi_target


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("gunicorn web:app", "web:app"),
        ("python -m diag.gunicorn app.wsgi:app", "app.wsgi:app"),
        ("gunicorn -c python:diag.gunicorn web:app", "web:app"),
        ("gunicorn web:app --bind 0.0.0.0:$PORT --timeout 20", "web:app"),
        ("gunicorn --log-file - 'web:create_app()'", "web:create_app()"),
        ("uvicorn main:api --host 0.0.0.0 --port ${PORT}", "main:api"),
        ("bin/start-nginx gunicorn -c config/gunicorn.py web:app", "web:app"),
        ("waitress-serve --port=$PORT web:app", "web:app"),
        ("python app.py", ""),
        ("flask run -h 0.0.0.0:5000", ""),
        ("", ""),
    ],
)
def test_the_target_in_a_command(command: str, target: str) -> None:
    assert wsgi_target(command) == target
    assert server_target(command) == target


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("gunicorn app:app", "app:app"),
        ("gunicorn shop.wsgi --log-file -", "shop.wsgi"),
        ("gunicorn --preload -w 2 --timeout 20 app:app", "app:app"),
        ("gunicorn -w4 wsgi", "wsgi"),
        ('gunicorn "app:create_app()"', "app:create_app()"),
        ("gunicorn -k uvicorn.workers.UvicornWorker main:app", "main:app"),
        ("gunicorn main:app -k my.workers:Worker", "main:app"),
        ("gunicorn --bind=0.0.0.0:$PORT flask_app:app", "flask_app:app"),
        ("gunicorn --an-option-to-come app:app", "app:app"),
        ("python -m gunicorn app:app", "app:app"),
        ("/app/.heroku/python/bin/gunicorn app:app", "app:app"),
        ("uvicorn main:app --host 0.0.0.0 --port $PORT", "main:app"),
        ("uvicorn main:server.app", "main:server.app"),
        ("daphne shop.asgi:application --port $PORT --bind 0.0.0.0", "shop.asgi:application"),
        ("waitress-serve --port=$PORT --call shop:create_app", "shop:create_app"),
        ("celery -A tasks worker", ""),
        ("gunicorn", ""),
    ],
)
def test_what_a_server_is_told_to_import(command: str, target: str) -> None:
    assert server_target(command) == target


@pytest.mark.parametrize(
    ("content", "command"),
    [
        ("web: gunicorn a:b\nworker: c\n", "gunicorn a:b"),
        ("worker: c\r\nweb:   gunicorn a:b  \r\n", "gunicorn a:b"),
        ("worker: web: x\n", ""),
        ("webs: gunicorn a:b\n", ""),
        ("", ""),
    ],
)
def test_the_web_line_of_a_procfile(tmp_path: Path, content: str, command: str) -> None:
    (tmp_path / "Procfile").write_bytes(content.encode())
    assert web_command(tmp_path) == command


@pytest.mark.parametrize(
    ("command", "arguments", "holds"),
    [
        ("gunicorn web:app", ["/v/bin/python", "/v/bin/gunicorn", "web:app"], True),
        ("python -m diag.gunicorn app.wsgi:app", ["python3", "-m", "diag.gunicorn", "app.wsgi:app"], True),
        ("python app.py", ["/usr/bin/python3", "app.py"], True),
        ("python app.py", ["/usr/bin/python3", "/app/app.py", "--debug"], True),
        ("gunicorn web:app", ["/v/bin/python", "/v/bin/jupyter-lab", "--port", "8888"], False),
        ("python app.py", ["/usr/bin/python3", "-m", "http.server"], False),
        ("uvicorn main:api --port $PORT", ["node", "server.js", "--port", "3000"], False),
    ],
)
def test_a_process_of_the_command_is_known_by_its_arguments(
    command: str, arguments: list[str], holds: bool
) -> None:
    assert is_started_by(command, arguments) is holds
