"""Whole projects that are healthy: none of them may get a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Level
from diag.collect.project.procfile.load import check_memory
from diag.collect.project.procfile.reading import read_procfile
from diag.collect.project.procfile.required import check_server
from diag.collect.project.procfile.starting import read_web
from diag.collect.project.procfile.target import check_target
from tests.diag.collect.project.procfile.web import Files, requiring
from tests.projects import project

FLASK = "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run()\n"
FACTORY = "from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n"
WSGI = "import os\nfrom django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
CONF = (
    "import multiprocessing\nimport os\n\nbind = f\"0.0.0.0:{os.getenv('PORT', '8000')}\"\n"
    "workers = int(os.getenv('WEB_CONCURRENCY', multiprocessing.cpu_count() * 2))\nthreads = 4\n"
    "keepalive = 95\n"
    "graceful_timeout = 20\n\n\ndef on_starting(server):\n    pass\n"
)
PROJECTS: dict[str, tuple[Files, str]] = {
    "flask": ({"Procfile": "web: gunicorn app:app\n", "app.py": FLASK}, "flask gunicorn"),
    "flask with options": (
        {"Procfile": "web: gunicorn --workers=2 --timeout 60 --log-file - app:app\n", "app.py": FLASK},
        "flask gunicorn",
    ),
    "flask with a factory and migrations": (
        {
            "Procfile": "web: flask db upgrade; gunicorn 'shop:create_app()'\n",
            "shop/__init__.py": FACTORY,
            "shop/models.py": "",
        },
        "flask gunicorn flask-migrate",
    ),
    "flask on windows": (
        {
            "Procfile": "web: waitress-serve --port=$PORT app:app\n",
            "Procfile.windows": "web: x\n",
            "app.py": FLASK,
        },
        "flask waitress",
    ),
    "django": (
        {
            "Procfile": "release: python manage.py migrate\nweb: gunicorn shop.wsgi --log-file -\n"
            "worker: celery -A shop worker\n",
            "manage.py": "",
            "shop/__init__.py": "",
            "shop/wsgi.py": WSGI,
        },
        "django gunicorn celery",
    ),
    "django in a folder": (
        {
            "Procfile": "web: cd backend && python manage.py migrate --noinput"
            " && gunicorn shop.wsgi -b 0.0.0.0:$PORT\n",
            "backend/manage.py": "",
            "backend/shop/wsgi.py": WSGI,
        },
        "django gunicorn",
    ),
    "django with channels": (
        {
            "Procfile": "web: daphne -b 0.0.0.0 -p $PORT chat.asgi:application\n"
            "worker: python manage.py runworker\n",
            "manage.py": "",
            "chat/asgi.py": "from channels.routing import ProtocolTypeRouter\n"
            "application = ProtocolTypeRouter({})\n",
        },
        "django channels[daphne]",
    ),
    "fastapi": (
        {
            "Procfile": "web: uvicorn app.main:app --host 0.0.0.0 --port ${PORT:-8000}\n",
            "app/__init__.py": "",
            "app/main.py": FASTAPI,
        },
        "fastapi uvicorn[standard]",
    ),
    "fastapi on gunicorn": (
        {
            "Procfile": "web: gunicorn -k uvicorn.workers.UvicornWorker main:app --keep-alive 95\n",
            "main.py": FASTAPI,
        },
        "fastapi uvicorn gunicorn",
    ),
    "a configuration file": (
        {
            "Procfile": "web: gunicorn -c gunicorn.conf.py wsgi:app\n",
            "gunicorn.conf.py": CONF,
            "wsgi.py": FLASK,
        },
        "flask gunicorn",
    ),
    "a start script": (
        {
            "Procfile": "web: bash scripts/start.sh\n",
            "scripts/start.sh": '#!/usr/bin/env bash\nset -euo pipefail\ncd "$(dirname "$0")/.."\n'
            "if [ -f .env ]; then\n  source .env\nfi\npython manage.py migrate\n"
            'exec gunicorn shop.wsgi:application --bind "0.0.0.0:${PORT:-8000}" -w "${WEB_CONCURRENCY:-2}"\n',
            "manage.py": "",
            "shop/wsgi.py": WSGI,
        },
        "django gunicorn",
    ),
    "nginx and pgbouncer": (
        {
            "Procfile": "web: bin/start-nginx bin/start-pgbouncer gunicorn -c conf/gunicorn.py app:app\n",
            "conf/gunicorn.py": "def when_ready(server):\n    open('/tmp/app-initialized', 'w').close()\n"
            "bind = 'unix:///tmp/nginx.socket'\n",
            "app.py": FLASK,
        },
        "flask gunicorn",
    ),
    "a src layout that poetry installs": (
        {
            "Procfile": "web: gunicorn shop.wsgi:app\n",
            "pyproject.toml": "[tool.poetry]\n",
            "src/shop/wsgi.py": FLASK,
        },
        "flask gunicorn",
    ),
    "streamlit": (
        {
            "Procfile": "web: sh setup.sh && streamlit run app.py\n",
            "setup.sh": 'mkdir -p ~/.streamlit/\necho "[server]\\n'
            'port = $PORT\\n" > ~/.streamlit/config.toml\n',
            "app.py": "import streamlit\n",
        },
        "streamlit",
    ),
    "dash": (
        {
            "Procfile": "web: gunicorn app:server\n",
            "app.py": "from dash import Dash\napp = Dash(__name__)\nserver = app.server\n",
        },
        "dash gunicorn",
    ),
    "a notebook": ({"Procfile": "web: voila --port=$PORT --no-browser a.ipynb\n", "a.ipynb": "{}"}, "voila"),
    "a script": ({"Procfile": "web: python app.py\n", "app.py": FLASK}, "flask"),
    "a bot": ({"Procfile": "worker: python bot.py\n", "bot.py": ""}, "discord.py"),
    "node with some python": (
        {"Procfile": "web: npm start\n", "package.json": '{"scripts": {"start": "node ."}}', "tool.py": ""},
        "numpy",
    ),
    "monitoring": (
        {
            "Procfile": "web: NEW_RELIC_CONFIG_FILE=n.ini newrelic-admin run-program gunicorn app:app\n",
            "app.py": FLASK,
        },
        "flask gunicorn newrelic",
    ),
    "a monorepo": (
        {
            "Procfile": "web: gunicorn --chdir services/api api.wsgi:app\n",
            "services/api/api/wsgi.py": FLASK,
            "services/web/package.json": "{}",
            "services/api/Procfile": "web: gunicorn api.wsgi:app\n",
        },
        "flask gunicorn",
    ),
    "one process for all": (
        {
            "Procfile": "web: trap '' SIGTERM; celery -A app worker & gunicorn app:app & wait -n;"
            " kill -SIGTERM -$$; wait\n",
            "app.py": FLASK,
        },
        "flask gunicorn celery",
    ),
    "tensorflow": (
        {"Procfile": "web: gunicorn app:app -w 1 --threads 4 --keep-alive 95\n", "app.py": FLASK},
        "flask gunicorn tensorflow-cpu",
    ),
}


@pytest.mark.parametrize("name", PROJECTS)
@pytest.mark.parametrize("generation", ["cedar", "fir"])
def test_a_healthy_project_has_no_failure(tmp_path: Path, name: str, generation: str) -> None:
    files, requires = PROJECTS[name]
    manager = "poetry" if "pyproject.toml" in files else "pip"
    requirements = requiring(requires, manager=manager)
    tree = project(tmp_path, {**files, "requirements.txt": "\n".join(requires.split())})
    procfile, found = read_procfile(tree, generation)
    web, more = read_web(tree, procfile)
    found += more
    if web is not None:
        found += check_target(tree, web, requirements)
        found += check_server(web, requirements)
        found += check_memory(tree, web, requirements, generation)
    assert [
        (each.level, each.text) for each in found if each.level > Level.INFO and not possible(each.values)
    ] == []
    assert [each.text for each in found if each.level >= Level.FAIL] == []


def possible(values: object) -> bool:
    return isinstance(values, dict) and values["sure"] == "possible"
