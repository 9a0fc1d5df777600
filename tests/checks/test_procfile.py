"""The web process as the Procfile declares it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.procfile import is_started_by, web_command, wsgi_target


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
