"""The command lines of servers other than gunicorn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.procfile.web import web_of


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        (
            "uvicorn main:app --host 0.0.0.0 --port $PORT --workers 2 --timeout-keep-alive 95",
            {"bind": "0.0.0.0:$PORT", "workers": "2", "keepalive": "95"},
        ),
        ("uvicorn main:app --host :: --port $PORT", {"bind": "[::]:$PORT"}),
        ("uvicorn main:app --fd 3 --timeout-graceful-shutdown 20", {"graceful_timeout": "20"}),
        (
            "hypercorn m:a -b 0.0.0.0:$PORT -w 2 --keep-alive 95",
            {"bind": "0.0.0.0:$PORT", "workers": "2", "keepalive": "95"},
        ),
        ("daphne -b 0.0.0.0 -p $PORT -v 2 a:b", {"bind": "0.0.0.0:$PORT"}),
        ("daphne -e tcp:port=80 a:b", {}),
        (
            "waitress-serve --listen='0.0.0.0:$PORT [::]:80' --threads=8 a:b",
            {"bind": "0.0.0.0:\ue000PORT,[::]:80", "threads": "8"},
        ),
        ("waitress-serve --unix-socket=/tmp/x a:b", {}),
        ("granian a:b --workers 2", {"bind": "127.0.0.1:8000", "workers": "2"}),
        ("fastapi run main.py", {"bind": "0.0.0.0:$PORT"}),
        ("python -m http.server 80 --bind 127.0.0.1", {"bind": "127.0.0.1:80"}),
        ("jupyter notebook --port=$PORT", {}),
    ],
)
def test_the_settings(tmp_path: Path, command: str, settings: dict[str, str]) -> None:
    assert {name: each.value for name, each in web_of(tmp_path, command).settings.items()} == settings


@pytest.mark.parametrize(
    "command", ["uvicorn main:app --uds /tmp/x", "jupyter notebook", "hypercorn -c x.toml a:b"]
)
def test_what_is_not_said_is_not_read(tmp_path: Path, command: str) -> None:
    assert web_of(tmp_path, command).is_unread("bind")


@pytest.mark.parametrize(
    ("command", "is_default"),
    [
        ("uvicorn main:app", True),
        ("uvicorn main:app --port $PORT", True),
        ("uvicorn main:app --host 127.0.0.1", False),
        ("waitress-serve a:b", True),
        ("waitress-serve --port 80 a:b", False),
    ],
)
def test_whether_it_was_told(tmp_path: Path, command: str, *, is_default: bool) -> None:
    assert web_of(tmp_path, command).settings["bind"].is_default is is_default


def test_variables_of_app_json_count(tmp_path: Path) -> None:
    files = {"app.json": '{"env": {"UVICORN_HOST": "0.0.0.0", "UVICORN_PORT": {"value": "80"}}}'}
    assert web_of(tmp_path, "uvicorn main:app", files).settings["bind"].value == "0.0.0.0:80"
