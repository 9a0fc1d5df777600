"""Command lines are mended word by word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.fixes.mending import fixes, found, mended

HARDCODED, LOCALHOST = "port/hardcoded", "port/bound-to-localhost"


def command(folder: Path, text: str, *causes: str, where: str = "Procfile:1") -> str:
    """The Procfile's first line after the fixes of these causes."""
    name = where.partition(":")[0]
    return (
        mended(folder, {name: text}, *(found(cause, where) for cause in causes))
        .get(name, text.encode())
        .decode()
    )


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("web: gunicorn app:app --bind 127.0.0.1:8000", "web: gunicorn app:app --bind 0.0.0.0:$PORT"),
        (
            "web: gunicorn app:app --bind=127.0.0.1:8000 -w 2",
            "web: gunicorn app:app --bind=0.0.0.0:$PORT -w 2",
        ),
        ("web: gunicorn -b :5000 app:app", "web: gunicorn -b 0.0.0.0:$PORT app:app"),
        ("web: gunicorn -b127.0.0.1:$PORT app:app", "web: gunicorn -b0.0.0.0:$PORT app:app"),
        ("web: gunicorn -b 0.0.0.0:8000 'app:create()'", "web: gunicorn -b 0.0.0.0:$PORT 'app:create()'"),
        ("web: gunicorn -b localhost app:app", "web: gunicorn -b 0.0.0.0:$PORT app:app"),
        ("web: gunicorn -b [::]:8000 app:app", "web: gunicorn -b [::]:$PORT app:app"),
        ("web: gunicorn -b 127.0.0.1:${PORT:-8000} a:b", "web: gunicorn -b 0.0.0.0:${PORT:-8000} a:b"),
        ("web: gunicorn -b '0.0.0.0:$PORT' app:app", "web: gunicorn -b 0.0.0.0:$PORT app:app"),
        ('web: gunicorn -b "127.0.0.1:8000" app:app', "web: gunicorn -b 0.0.0.0:$PORT app:app"),
        ("web: A=1 exec bin/gunicorn -b :80 a:b", "web: A=1 exec bin/gunicorn -b 0.0.0.0:$PORT a:b"),
        ("web: python -m gunicorn -b :80 a:b", "web: python -m gunicorn -b 0.0.0.0:$PORT a:b"),
        (
            "web: flask db upgrade && gunicorn -b :80 a:b",
            "web: flask db upgrade && gunicorn -b 0.0.0.0:$PORT a:b",
        ),
        ("web: gunicorn a:b -b :80 & worker", "web: gunicorn a:b -b 0.0.0.0:$PORT & worker"),
        ("web: gunicorn a:b -b :80 # comment -b", "web: gunicorn a:b -b 0.0.0.0:$PORT # comment -b"),
        ("web: uvicorn main:app", "web: uvicorn main:app --host 0.0.0.0 --port $PORT"),
        ("web: uvicorn main:app --port 8000", "web: uvicorn main:app --port $PORT --host 0.0.0.0"),
        (
            "web: uvicorn main:app --host 127.0.0.1 --port=$PORT",
            "web: uvicorn main:app --host 0.0.0.0 --port=$PORT",
        ),
        (
            "web: uvicorn main:app --host=0.0.0.0 --port '$PORT'",
            "web: uvicorn main:app --host=0.0.0.0 --port $PORT",
        ),
        (
            "web: uvicorn main:app && echo done",
            "web: uvicorn main:app --host 0.0.0.0 --port $PORT && echo done",
        ),
        ("web: flask --app x run -p 5000", "web: flask --app x run -p $PORT --host 0.0.0.0"),
        ("web: hypercorn main:app -b 127.0.0.1:8000", "web: hypercorn main:app -b 0.0.0.0:$PORT"),
        (
            "web: daphne -b 127.0.0.1 -p 8001 a.asgi:application",
            "web: daphne -b 0.0.0.0 -p $PORT a.asgi:application",
        ),
        ("web: waitress-serve --listen=127.0.0.1:8080 a:b", "web: waitress-serve --listen=0.0.0.0:$PORT a:b"),
        ("web: waitress-serve --port=8080 a:b", "web: waitress-serve --port=$PORT a:b"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\nworker: x\r\n"])
def test_a_server_listens_where_the_router_calls(tmp_path: Path, line: str, becomes: str, end: str) -> None:
    assert command(tmp_path, line + end, HARDCODED, LOCALHOST) == becomes + end


@pytest.mark.parametrize(
    "line",
    [
        "web: gunicorn app:app",
        "web: gunicorn app:app --bind unix:/tmp/nginx.socket",
        "web: gunicorn app:app --bind $HOST:8000",
        "web: gunicorn app:app --bind 10.1.2.3:8000",
        "web: gunicorn app:app --bind 0.0.0.0:$PORT",
        "web: gunicorn app:app --bind 127.0.0.1:8000 --bind 0.0.0.0:9000",
        "web: gunicorn a:b -b :80 -w $(nproc)",
        "web: gunicorn a:b -b :80 > log.txt",
        "web: gunicorn a:b -b :80 \\",
        "web: uvicorn main:app `cat options`",
        "web: gunicorn a:b -b :80 & uvicorn main:app",
        "web: pip install gunicorn && gunicorn a:b -b :80",
        "web: flask db upgrade",
        "web: python app.py --port 5000",
        "web: gunicorn --bind",
        "web: gunicorn '--bind=127.0.0.1:80' a:b",
        "",
    ],
)
def test_what_is_not_plain_stays_as_it_is(tmp_path: Path, line: str) -> None:
    assert fixes(tmp_path, {"Procfile": f"{line}\n"}, found(HARDCODED, "Procfile:1")).edits == ()


def test_a_shell_script_is_mended_at_its_line(tmp_path: Path) -> None:
    script = "#!/bin/sh\nset -e\nexec gunicorn app:app -b :8000\n"
    changed = command(tmp_path, script, HARDCODED, where="start.sh:3")
    assert changed == script.replace(":8000", "0.0.0.0:$PORT")


def test_without_a_line_the_web_process_is_meant(tmp_path: Path) -> None:
    text = "worker: gunicorn a:b -b :1\nweb: gunicorn a:b -b :2\n"
    assert command(tmp_path, text, HARDCODED, where="Procfile") == text.replace(":2", "0.0.0.0:$PORT")


@pytest.mark.parametrize(
    ("cause", "line", "becomes"),
    [
        ("model/fork-deadlock", "gunicorn --preload a:b", "gunicorn a:b"),
        ("model/fork-deadlock", "gunicorn a:b  --preload", "gunicorn a:b"),
        ("model/fork-deadlock", "uvicorn a:b --preload", "uvicorn a:b --preload"),
        ("request/keepalive-race", "gunicorn a:b --keep-alive 5", "gunicorn a:b --keep-alive 95"),
        ("request/keepalive-race", "gunicorn a:b --keep-alive=5 -w 1", "gunicorn a:b --keep-alive=95 -w 1"),
        ("request/keepalive-race", "gunicorn -k gthread a:b", "gunicorn -k gthread a:b --keep-alive 95"),
        ("request/keepalive-race", "gunicorn a:b --keep-alive $K", "gunicorn a:b --keep-alive $K"),
        ("shutdown/exit-timeout", "gunicorn a:b --graceful-timeout 90", "gunicorn a:b --graceful-timeout 20"),
        ("shutdown/exit-timeout", "gunicorn a:b", "gunicorn a:b"),
        ("request/keepalive-race", "uvicorn a:b", "uvicorn a:b --timeout-keep-alive 95"),
        ("request/keepalive-race", "hypercorn a:b --keep-alive 5", "hypercorn a:b --keep-alive 95"),
        ("request/keepalive-race", "waitress-serve a:b", "waitress-serve a:b"),
        (
            "shutdown/exit-timeout",
            "uvicorn a:b --timeout-graceful-shutdown=60",
            "uvicorn a:b --timeout-graceful-shutdown=20",
        ),
    ],
)
def test_options_of_gunicorn_fit_the_platform(tmp_path: Path, cause: str, line: str, becomes: str) -> None:
    assert command(tmp_path, f"web: {line}\n", cause) == f"web: {becomes}\n"


def test_several_fixes_of_one_line_are_made_together(tmp_path: Path) -> None:
    line = "web: gunicorn --preload a:b -b :80 --graceful-timeout 60\n"
    causes = (HARDCODED, "model/fork-deadlock", "shutdown/exit-timeout", "request/keepalive-race")
    wanted = "web: gunicorn a:b -b 0.0.0.0:$PORT --graceful-timeout 20 --keep-alive 95\n"
    assert command(tmp_path, line, *causes) == wanted


def test_preload_is_taken_out_where_it_is_set(tmp_path: Path) -> None:
    files = {"app.py": "model.predict(x)\n", "Procfile": "web: gunicorn --preload a:b\n"}
    diagnosis = found("model/fork-deadlock", "app.py:1", preload="Procfile:1")
    assert mended(tmp_path, files, diagnosis) == {"Procfile": b"web: gunicorn a:b\n"}
