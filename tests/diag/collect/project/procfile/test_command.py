"""What a command starts: lines as people write them into Procfiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.procfile.web import web_of

FILES = {
    "app.py": "",
    "manage.py": "",
    "backend/app.py": "",
    "start.sh": "#!/bin/bash\nset -e\nexport PORT=${PORT:-8000}\npython manage.py migrate\n"
    "exec gunicorn shop.wsgi -b 0.0.0.0:$PORT\n",
    "entry.sh": '#!/bin/sh\npython manage.py migrate --noinput\nexec "$@"\n',
    "choose.sh": '#!/bin/sh\nif [ "$ENV" = dev ]; then\n  flask run\nelse\n  gunicorn app:app\nfi\n',
    "backend/run.sh": '#!/bin/bash\ncd "$(dirname "$0")"\nexec uvicorn main:app --port $PORT\n',
    "both.sh": "celery -A app worker &\ngunicorn app:app\n",
}


@pytest.mark.parametrize(
    ("command", "server", "module", "attribute"),
    [
        ("gunicorn app:app", "gunicorn", "app", "app"),
        ("gunicorn shop.wsgi --log-file -", "gunicorn", "shop.wsgi", "application"),
        ("gunicorn -w 4 -b 0.0.0.0:$PORT --timeout 120 app:app", "gunicorn", "app", "app"),
        ("gunicorn -w4 -b:$PORT wsgi", "gunicorn", "wsgi", "application"),
        ("gunicorn --bind=0.0.0.0:$PORT --log-level=debug hello:api", "gunicorn", "hello", "api"),
        (
            "gunicorn --worker-class gthread --workers 2 --threads 8 site.wsgi:application -t 600",
            "gunicorn",
            "site.wsgi",
            "application",
        ),
        ("gunicorn -k uvicorn.workers.UvicornWorker app.main:app", "gunicorn", "app.main", "app"),
        ("gunicorn --preload --max-requests 100 --worker-tmp-dir /dev/shm app:app", "gunicorn", "app", "app"),
        ("gunicorn -c python:conf.gunicorn shop:app", "gunicorn", "shop", "app"),
        ("python -m gunicorn app:app", "gunicorn", "app", "app"),
        ("python3 -u -m gunicorn app:app", "gunicorn", "app", "app"),
        ("python -m diag.gunicorn app.wsgi:app", "gunicorn", "app.wsgi", "app"),
        ("exec gunicorn app:app", "gunicorn", "app", "app"),
        ("env A=1 gunicorn app:app", "gunicorn", "app", "app"),
        ("DJANGO_SETTINGS_MODULE=shop.settings gunicorn shop.wsgi", "gunicorn", "shop.wsgi", "application"),
        (
            "newrelic-admin run-program gunicorn --access-logfile - books.wsgi:application",
            "gunicorn",
            "books.wsgi",
            "application",
        ),
        ("ddtrace-run gunicorn app:app", "gunicorn", "app", "app"),
        ("opentelemetry-instrument --traces_exporter otlp gunicorn app:app", "gunicorn", "app", "app"),
        ("bin/start-nginx bin/start-pgbouncer gunicorn app:app", "gunicorn", "app", "app"),
        (
            "bin/start-pgbouncer-stunnel daphne --bind 0.0.0.0 --port $PORT chat.asgi:application",
            "daphne",
            "chat.asgi",
            "application",
        ),
        ("pipenv run gunicorn poster.wsgi -k gevent", "gunicorn", "poster.wsgi", "application"),
        ("poetry run gunicorn app.main:app", "gunicorn", "app.main", "app"),
        ("uv run --no-sync uvicorn app.main:app --port $PORT", "uvicorn", "app.main", "app"),
        ("honcho run gunicorn app:app", "gunicorn", "app", "app"),
        ("doppler run --token x -- gunicorn app:app", "gunicorn", "app", "app"),
        ("timeout 3600 gunicorn app:app", "gunicorn", "app", "app"),
        ("python manage.py migrate && gunicorn shop.wsgi", "gunicorn", "shop.wsgi", "application"),
        ("flask db upgrade; flask translate compile; gunicorn blog:app", "gunicorn", "blog", "app"),
        ("cd frontend && npm run build && cd .. && gunicorn app:app", "gunicorn", "app", "app"),
        ("python -c 'import setup' && uvicorn main:app", "uvicorn", "main", "app"),
        ("sh -c 'gunicorn app:app --workers 1 --bind 0.0.0.0:${PORT:-8080}'", "gunicorn", "app", "app"),
        ('bash -lc "exec gunicorn app:app"', "gunicorn", "app", "app"),
        ("gunicorn app:app 2>&1 | tee log.txt", "gunicorn", "app", "app"),
        ("uvicorn main:app --host 0.0.0.0 --port ${PORT:-5000} --proxy-headers", "uvicorn", "main", "app"),
        ("uvicorn --host=0.0.0.0 --port=$PORT --workers 2 src.main:api", "uvicorn", "src.main", "api"),
        ("python -m uvicorn app.main:app --host 0.0.0.0 --port $PORT", "uvicorn", "app.main", "app"),
        ("hypercorn app.main:app --bind [::]:$PORT", "hypercorn", "app.main", "app"),
        ("hypercorn -b 0.0.0.0:$PORT app/main:app", "hypercorn", "main", "app"),
        ("hypercorn wsgi:shop:app -b 0.0.0.0:$PORT", "hypercorn", "shop", "app"),
        (
            "daphne shop.asgi:application --port $PORT --bind 0.0.0.0 -v2",
            "daphne",
            "shop.asgi",
            "application",
        ),
        ("waitress-serve --port=$PORT shop.wsgi:application", "waitress-serve", "shop.wsgi", "application"),
        ("waitress-serve --listen=*:$PORT wsgi:app", "waitress-serve", "wsgi", "app"),
        ("granian --interface asgi main:app --host 0.0.0.0 --port $PORT", "granian", "main", "app"),
        ("flask run --host=0.0.0.0 --port=$PORT", "flask", "", ""),
        ("flask --app shop run -h 0.0.0.0", "flask", "shop", ""),
        ("flask --app 'shop:create_app()' run", "flask", "shop", "create_app"),
        ("FLASK_APP=shop.py flask run", "flask", "shop", ""),
        ("python -m flask run", "flask", "", ""),
        ("python manage.py runserver 0.0.0.0:$PORT", "django", "", ""),
        ("./manage.py runserver", "django", "", ""),
        ("python -m shop.server", "python", "shop.server", ""),
        ("bash start.sh", "gunicorn", "shop.wsgi", "application"),
        ("./start.sh", "gunicorn", "shop.wsgi", "application"),
        ("sh entry.sh gunicorn app:app", "gunicorn", "app", "app"),
        ("bash both.sh", "gunicorn", "app", "app"),
        ("celery -A app worker & gunicorn app:app", "gunicorn", "app", "app"),
        ("fastapi run app.py --port $PORT", "fastapi", "", ""),
        ("celery -A app worker", "", "", ""),
        ("npm start", "", "", ""),
        ("honcho start -f Procfile.real", "", "", ""),
        ("bin/rails server", "", "", ""),
    ],
)
def test_the_server_and_its_app(
    tmp_path: Path, command: str, server: str, module: str, attribute: str
) -> None:
    web = web_of(tmp_path, command, FILES)
    assert (web.server, web.module, web.attribute) == (server, module, attribute)


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("python app.py", "app.py"),
        ("python3 -u ./app.py", "app.py"),
        ("./backend/app.py", "backend/app.py"),
        ("cd backend && python app.py", "app.py"),
        ("uv run app.py", "app.py"),
        ("python seed.py && python app.py", "app.py"),
        ("streamlit run app.py --server.port $PORT", "app.py"),
        ("panel serve --address=0.0.0.0 --port=$PORT model/app.ipynb", "model/app.ipynb"),
        ("voila --port=$PORT --no-browser app.ipynb", "app.ipynb"),
    ],
)
def test_the_script(tmp_path: Path, command: str, script: str) -> None:
    assert web_of(tmp_path, command, FILES).script == script


@pytest.mark.parametrize(
    ("command", "is_factory"),
    [
        ("gunicorn 'app:create_app()'", True),
        ("gunicorn \"app:create_app('production')\" --log-file -", True),
        ("gunicorn shop:'create_app()'", True),
        ("uvicorn app:create_app --factory", True),
        ("waitress-serve --call app:create_app", True),
        ("hypercorn 'app:create_app()'", True),
        ("gunicorn app:create_app", False),
        ("uvicorn app:app", False),
    ],
)
def test_a_factory(tmp_path: Path, command: str, *, is_factory: bool) -> None:
    web = web_of(tmp_path, command)
    assert web.is_factory is is_factory
    assert "(" not in web.attribute


@pytest.mark.parametrize(
    ("command", "folder", "path"),
    [
        ("gunicorn app:app", "", ("",)),
        ("cd backend && gunicorn app:app", "backend", ("backend", "")),
        ("gunicorn --chdir backend app:app", "backend", ("backend", "")),
        ("gunicorn --chdir=./backend/ app:app", "backend", ("backend", "")),
        ("gunicorn --pythonpath src,lib app:app", "", ("lib", "src", "")),
        ("PYTHONPATH=src gunicorn app:app", "", ("", "src")),
        ("PYTHONPATH=$PYTHONPATH:$PWD/src gunicorn app:app", "", ("", "src")),
        ("PYTHONPATH=/app/backend uvicorn main:app", "", ("", "backend")),
        ("uvicorn --app-dir src main:app", "", ("src", "")),
        ("cd /app/backend && uvicorn main:app", "backend", ("backend", "")),
        ("cd backend/.. && gunicorn app:app", "", ("",)),
        ("(cd frontend; npm run build); gunicorn app:app", "", ("",)),
        ("bash backend/run.sh", "backend", ("backend", "")),
        ("python backend/app.py", "", ("backend", "")),
        ("hypercorn backend/app:app", "", ("backend", "")),
    ],
)
def test_where_it_runs_and_looks_for_modules(
    tmp_path: Path, command: str, folder: str, path: tuple[str, ...]
) -> None:
    web = web_of(tmp_path, command, FILES)
    assert (web.folder, web.path) == (folder, path)


@pytest.mark.parametrize(
    "command",
    [
        "bash choose.sh",
        'if [ "$X" ]; then flask run; else gunicorn app:app; fi',
        "cd $SOMEWHERE && gunicorn app:app",
        "mystery-wrapper gunicorn app:app",
        "gunicorn app:app & node server.js",
        "./unknown",
    ],
)
def test_what_a_shell_leaves_open_is_not_certain(tmp_path: Path, command: str) -> None:
    assert not web_of(tmp_path, command, FILES).is_certain


@pytest.mark.parametrize("command", ["gunicorn app:app", "bash start.sh", "cd backend; gunicorn app:app"])
def test_what_it_does_not_is(tmp_path: Path, command: str) -> None:
    assert web_of(tmp_path, command, FILES).is_certain


def test_a_server_in_a_script_is_where_it_stands(tmp_path: Path) -> None:
    web = web_of(tmp_path, "bash start.sh", FILES)
    assert (web.where, web.scripts) == ("start.sh:5", ("start.sh",))
    assert web.settings["bind"].value == "0.0.0.0:${PORT:-8000}"


def test_what_listens_in_front_is_told(tmp_path: Path) -> None:
    assert web_of(tmp_path, "bin/start-nginx gunicorn app:app").front == "bin/start-nginx"
    assert web_of(tmp_path, "nginx -c n.conf & gunicorn app:app").front == "nginx"
    assert web_of(tmp_path, "gunicorn app:app").front == ""


def test_scripts_that_run_each_other_come_to_an_end(tmp_path: Path) -> None:
    loop = {"a.sh": "bash b.sh\n", "b.sh": "bash a.sh\nsource a.sh\n"}
    assert web_of(tmp_path, "bash a.sh", loop).server == ""
