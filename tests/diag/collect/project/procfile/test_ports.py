"""Where the web server listens, by its command line and its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence, Level
from tests.diag.collect.project.procfile.web import Files, started

PORTS = ("bound-to-localhost", "hardcoded", "port-literal")
FILES: Files = {
    "app.py": "",
    "manage.py": "",
    "start.sh": "export PORT=${PORT:-8000}\ngunicorn app:app -b 0.0.0.0:$PORT\n",
    "fixed.sh": "export PORT=8000\nuvicorn main:app --host 0.0.0.0 --port $PORT\n",
    "setup.sh": "mkdir -p ~/.streamlit/\n"
    'echo "[server]\nheadless = true\nport = $PORT\n" > ~/.streamlit/config.toml\n',
}


def found(folder: Path, command: str, **files: str) -> list[Evidence]:
    evidence = started(folder, command, {**FILES, **files})[1]
    return [each for each in evidence if each.values["fault"] in PORTS]


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app",
        "gunicorn -b 0.0.0.0:$PORT app:app",
        "gunicorn -b :$PORT app:app",
        "gunicorn --bind [::]:$PORT app:app",
        'gunicorn --bind "0.0.0.0:${PORT}" app:app',
        "gunicorn --bind 0.0.0.0:${PORT:-8000} app:app",
        "gunicorn --bind 0.0.0.0:${PORT:-${WEBSITES_PORT:-8080}} app:app",
        "gunicorn --bind 0.0.0.0:${APP_PORT:-${PORT}} app:app",
        "gunicorn --bind $HOST:$PORT app:app",
        "gunicorn --bind $BIND app:app",
        "gunicorn --bind 0.0.0.0:5000 --bind 0.0.0.0:$PORT app:app",
        "gunicorn --bind 127.0.0.1:9000 -b 0.0.0.0:$PORT app:app",
        "gunicorn --bind unix:/tmp/nginx.socket app:app",
        "gunicorn -c python:some.package app:app",
        "bin/start-nginx gunicorn --bind 0.0.0.0:8000 app:app",
        "nginx -c conf & gunicorn -b 127.0.0.1:8000 app:app",
        "bash start.sh",
        "uvicorn main:app --host 0.0.0.0 --port $PORT",
        "uvicorn main:app --host=0.0.0.0 --port=${PORT}",
        "uvicorn main:app --uds /tmp/nginx.socket",
        "UVICORN_HOST=0.0.0.0 UVICORN_PORT=$PORT uvicorn main:app",
        "hypercorn main:app --bind 0.0.0.0:$PORT",
        "hypercorn main:app -c hypercorn.toml",
        "daphne -b 0.0.0.0 -p $PORT x.asgi:application",
        "daphne -u /tmp/nginx.socket x.asgi:application",
        "waitress-serve --port=$PORT x:app",
        "waitress-serve --listen=*:$PORT x:app",
        "granian x:app --host 0.0.0.0 --port $PORT",
        "flask run --host=0.0.0.0 --port=$PORT",
        "python manage.py runserver 0.0.0.0:$PORT",
        "python manage.py runserver 0:${PORT:-8000}",
        "streamlit run app.py --server.port $PORT",
        "streamlit run app.py --server.port=$PORT --server.address 0.0.0.0",
        "sh setup.sh && streamlit run app.py",
        "STREAMLIT_SERVER_PORT=$PORT streamlit run app.py",
        "panel serve --address=0.0.0.0 --port=$PORT app.py",
        "fastapi run app.py",
        "fastapi run app.py --port $PORT",
        "python -m http.server $PORT",
        "voila --port=$PORT app.ipynb",
        "uwsgi uwsgi.ini",
        "python app.py",
    ],
)
def test_a_healthy_address_is_none_or_the_port_on_all_interfaces(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, command) == []


@pytest.mark.parametrize(
    ("command", "fault", "sure"),
    [
        ("gunicorn -b 127.0.0.1:$PORT app:app", "bound-to-localhost", "certain"),
        ("gunicorn -b localhost:$PORT app:app", "bound-to-localhost", "certain"),
        ("gunicorn -b 127.0.0.1:8000 app:app", "bound-to-localhost", "certain"),
        ("gunicorn -b [::1]:$PORT app:app", "bound-to-localhost", "certain"),
        ("uvicorn main:app --host 127.0.0.1 --port $PORT", "bound-to-localhost", "certain"),
        ("uvicorn main:app --port $PORT", "bound-to-localhost", "likely"),
        ("uvicorn main:app", "bound-to-localhost", "likely"),
        ("hypercorn main:app", "bound-to-localhost", "certain"),
        ("daphne -p $PORT x.asgi:application", "bound-to-localhost", "certain"),
        ("granian x:app --port $PORT", "bound-to-localhost", "likely"),
        ("flask run", "bound-to-localhost", "likely"),
        ("flask run -p $PORT", "bound-to-localhost", "likely"),
        ("python manage.py runserver", "bound-to-localhost", "certain"),
        ("python manage.py runserver $PORT", "bound-to-localhost", "certain"),
        ("waitress-serve --listen=127.0.0.1:8000 x:app", "bound-to-localhost", "certain"),
        ("gunicorn -b 0.0.0.0:5000 app:app", "hardcoded", "certain"),
        ("gunicorn -b :5000 app:app", "hardcoded", "certain"),
        ("gunicorn -b 0.0.0.0 app:app", "hardcoded", "certain"),
        ("gunicorn -b $PORT app:app", "hardcoded", "certain"),
        ("PORT=5000 gunicorn app:app", "hardcoded", "certain"),
        ("bash fixed.sh", "hardcoded", "certain"),
        ("uvicorn main:app --host 0.0.0.0 --port 8000", "hardcoded", "certain"),
        ("uvicorn main:app --host 0.0.0.0", "hardcoded", "certain"),
        ("waitress-serve x:app", "hardcoded", "certain"),
        ("streamlit run app.py", "hardcoded", "likely"),
        ("panel serve app.py", "hardcoded", "likely"),
        ("python -m http.server", "hardcoded", "likely"),
        ("gunicorn -b '0.0.0.0:$PORT' app:app", "port-literal", "certain"),
        ("gunicorn -b 0.0.0.0:\\$PORT app:app", "port-literal", "certain"),
        ("gunicorn -b 0.0.0.0:%PORT% app:app", "port-literal", "certain"),
        ("gunicorn -b 0.0.0.0:{PORT} app:app", "port-literal", "certain"),
        ("gunicorn -b 0.0.0.0:PORT app:app", "port-literal", "certain"),
        ("gunicorn -b 0.0.0.0:$(PORT) app:app", "port-literal", "certain"),
        ("gunicorn -b 0.0.0.0:$port app:app", "port-literal", "likely"),
        ("gunicorn -b 0.0.0.0:${PORT app:app", "port-literal", "certain"),
        ("uvicorn main:app --host 0.0.0.0 --port '$PORT'", "port-literal", "certain"),
        ("mystery gunicorn -b 0.0.0.0:5000 app:app", "hardcoded", "likely"),
    ],
)
def test_an_address_that_the_router_does_not_reach(
    tmp_path: Path, command: str, fault: str, sure: str
) -> None:
    (only,) = found(tmp_path, command)
    assert (only.values["fault"], only.level, only.values["sure"]) == (fault, Level.FAIL, sure)
    assert only.values["expected"] == "$PORT"


def test_what_is_told_of_it(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "uvicorn main:app --host 127.0.0.1 --port 8000")
    assert (only.values["address"], only.values["server"]) == ("127.0.0.1", "uvicorn")
    assert only.text == "uvicorn listens on 127.0.0.1:8000, where only the dyno itself can reach it."
    (only,) = found(tmp_path, "gunicorn -b 0.0.0.0:5000 app:app")
    assert (only.values["port"], only.where) == ("5000", "Procfile:1")


def test_a_file_s_address_may_be_overridden_by_a_config_var(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn app:app", **{"gunicorn.conf.py": "\nbind = '127.0.0.1:8000'\n"})
    assert (only.values["fault"], only.values["sure"], only.where) == (
        "bound-to-localhost",
        "likely",
        "gunicorn.conf.py:2",
    )


@pytest.mark.parametrize(
    "conf",
    [
        "import os\nbind = f\"0.0.0.0:{os.environ.get('PORT', 8000)}\"\n",
        "import os\nbind = '0.0.0.0:' + os.environ['PORT']\n",
        "bind = address()\n",
        "import os\nif os.environ.get('DEV'):\n    bind = '127.0.0.1:8000'\n",
        "workers = 2\n",
        "from base import *\n",
    ],
)
def test_a_file_that_follows_the_port_or_can_t_be_read(tmp_path: Path, conf: str) -> None:
    assert found(tmp_path, "gunicorn app:app", **{"gunicorn.conf.py": conf}) == []


@pytest.mark.parametrize(
    ("config", "port", "where"),
    [
        ("[server]\nport = 8600\n", "8600", ".streamlit/config.toml"),
        ("[server]\nheadless = true\n", "8501", "Procfile:1"),
        ("[", "8501", "Procfile:1"),
    ],
)
def test_streamlit_s_own_file(tmp_path: Path, config: str, port: str, where: str) -> None:
    (only,) = found(tmp_path, "streamlit run app.py", **{".streamlit/config.toml": config})
    assert (only.values["port"], only.where) == (port, where)


def test_flask_s_own_file(tmp_path: Path) -> None:
    assert found(tmp_path, "flask run -p $PORT", **{".flaskenv": "FLASK_RUN_HOST=0.0.0.0\n"}) == []
