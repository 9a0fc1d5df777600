from __future__ import annotations

import pytest

from diag.collect.logs.command import target_of


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("gunicorn app:app", "app:app"),
        ("gunicorn shop.wsgi --log-file -", "shop.wsgi"),
        ("gunicorn --preload -w 2 --timeout 20 app:app", "app:app"),
        ("gunicorn -w4 wsgi", "wsgi"),
        ('gunicorn "app:create_app()"', "app:create_app()"),
        ("gunicorn -k uvicorn.workers.UvicornWorker main:app", "main:app"),
        ("gunicorn --bind=0.0.0.0:$PORT flask_app:app", "flask_app:app"),
        ("python -m gunicorn app:app", "app:app"),
        ("/app/.heroku/python/bin/gunicorn app:app", "app:app"),
        ("uvicorn main:app --host 0.0.0.0 --port $PORT", "main:app"),
        ("python -m diag.gunicorn app.wsgi:app", "app.wsgi:app"),
        ("python app.py", ""),
        ("celery -A tasks worker", ""),
        ("gunicorn", ""),
        ("", ""),
    ],
)
def test_the_module_a_server_is_told_to_import(command: str, target: str) -> None:
    assert target_of(command) == target
