"""Whether the server that web starts is installed, and what else its command needs installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import basename

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.procfile.finding import CERTAIN, LIKELY, POSSIBLE, at_most, exchange, in_command
from diag.collect.project.procfile.simple import plain
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.words import words_of

# The distribution of each server.
_DISTRIBUTION = {
    name: name
    for name in words_of(
        "gunicorn uvicorn hypercorn daphne granian flask quart django streamlit panel bokeh voila sanic"
    )
} | {"waitress-serve": "waitress", "fastapi": "fastapi[standard]", "run_gunicorn": "gunicorn"}
# Distributions that require a server themselves; a bracket names the extra that does.
_BROUGHT_BY: Mapping[str, frozenset[str]] = {
    "gunicorn": words_of(
        "uvicorn-worker apache-superset apache-airflow mlflow inboard functions-framework reflex"
    ),
    "uvicorn": words_of(
        "fastapi[standard] fastapi[all] fastapi-cli uvicorn-worker gradio chainlit prefect mcp fastmcp"
        " python-fasthtml nicegui bentoml chromadb datasette litestar[standard] connexion[uvicorn] solara"
        " solara-server ray[serve] marimo jina reflex litellm[proxy] shiny langflow inboard dagster-webserver"
        " arize-phoenix google-adk functions-framework mlflow apache-airflow evidently"
    ),
    "hypercorn": words_of("quart"),
    "daphne": words_of("channels[daphne]"),
    "granian": words_of("reflex emmett"),
    "flask": words_of("dash connexion apiflask mlflow eve quart apache-superset apache-airflow"),
    "django": words_of("djangorestframework wagtail channels mezzanine"),
    "fastapi[standard]": words_of("fastapi[standard] fastapi[all] fastapi-cli"),
    "quart": words_of("quart-cors quart-auth"),
    "bokeh": words_of("panel hvplot"),
}
# What only some versions required themselves.
_ONCE = (
    ("fastapi", ("uvicorn", "fastapi[standard]"), ("0.111.",)),
    ("channels", ("daphne",), ("1.", "2.", "3.")),
)
_FAMILIES = ("flask", "django", "streamlit")  # what extends them is named after them, and requires them
# Of these it is known that they bring no web server: neither they nor what they require.
_PLAIN = words_of(
    "flask werkzeug jinja2 markupsafe itsdangerous click blinker flask-cors flask-sqlalchemy flask-login"
    " flask-wtf flask-migrate flask-bcrypt flask-mail flask-restful flask-jwt-extended flask-caching wtforms"
    " django asgiref sqlparse djangorestframework django-cors-headers django-environ django-filter"
    " dj-database-url django-crispy-forms django-storages whitenoise psycopg2 psycopg2-binary psycopg pymysql"
    " mysqlclient sqlalchemy alembic mako redis celery kombu billiard vine amqp pymongo dnspython requests"
    " urllib3 certifi idna charset-normalizer chardet httpx httpcore h11 anyio sniffio numpy pandas scipy"
    " scikit-learn joblib threadpoolctl matplotlib seaborn pillow opencv-python opencv-python-headless"
    " tensorflow tensorflow-cpu keras h5py protobuf torch torchvision transformers onnxruntime nltk spacy"
    " textblob xgboost lightgbm boto3 botocore s3transfer jmespath python-dateutil pytz six python-dotenv"
    " python-decouple pyyaml beautifulsoup4 lxml soupsieve openpyxl bcrypt cryptography cffi pycparser pyjwt"
    " marshmallow pydantic pydantic-core annotated-types typing-extensions attrs packaging setuptools wheel"
    " psutil tqdm gunicorn uvicorn gevent greenlet eventlet simplejson ujson stripe twilio sendgrid tweepy"
    " google-api-python-client google-auth openai starlette python-multipart email-validator"
)
# What a worker class of gunicorn runs on; gunicorn brings sync, gthread and, since 24, asgi itself.
_WORKER_NEEDS = {
    "gevent": "gevent",
    "gevent_wsgi": "gevent",
    "gevent_pywsgi": "gevent",
    "eventlet": "eventlet",
    "tornado": "tornado",
    "uvicorn": "uvicorn",
    "uvicorn_worker": "uvicorn-worker",
    "aiohttp": "aiohttp",
}
_BRINGS_TOO = {
    "uvicorn": _BROUGHT_BY["uvicorn"],
    "gevent": words_of(
        "gunicorn[gevent] gevent-websocket locust flask-sockets grequests geventhttpclient zerorpc"
    ),
    "eventlet": words_of("gunicorn[eventlet] nameko"),
    "tornado": words_of(
        "gunicorn[tornado] bokeh panel jupyter notebook jupyter-server streamlit distributed flower"
    ),
}
WITHOUT_EVENTLET = "27.0.1"  # a gunicorn that has no eventlet worker any more: gunicorn/workers
_WRAPPERS = {
    "newrelic-admin": "newrelic",
    "ddtrace-run": "ddtrace",
    "opentelemetry-instrument": "opentelemetry-distro",
    "honcho": "honcho",
    "librato-launch": "librato-python-web",
}
_RUN_BY_MANAGER = ("poetry", "uv", "pipenv", "pdm")


def check_server(web: WebProcess, requirements: Requirements) -> list[Evidence]:
    """What the command starts and nothing that is required brings."""
    if not requirements.file:
        return []
    return [*_server(web, requirements), *_worker_class(web, requirements), *_wrappers(web, requirements)]


def _server(web: WebProcess, requirements: Requirements) -> Iterator[Evidence]:
    name = _DISTRIBUTION.get(web.server, "")
    if not name or _is_brought(name, requirements, _BROUGHT_BY.get(name, frozenset())):
        return
    text = f"web starts {web.server}, and nothing in {requirements.file} brings it."
    sure = _sure(web, requirements)
    level = Level.FAIL if sure is not POSSIBLE else Level.WARN
    yield in_command("server-missing", level, sure, text, web.where, command=name)


def _is_brought(name: str, requirements: Requirements, by: frozenset[str]) -> bool:
    if name in requirements:
        return True
    for of, brings, versions in _ONCE:
        required = requirements.get(of)
        if name in brings and required is not None and required.version.startswith(versions):
            return True
    if name in _FAMILIES and any(each.name.startswith(name) for each in requirements):
        return True
    for requirement in requirements:
        if requirement.name in by or any(
            f"{requirement.name}[{extra}]" in by for extra in requirement.extras
        ):
            return True
    return False


def _sure(web: WebProcess, requirements: Requirements) -> Confidence:
    """A lock file has all that is installed; else a requirement may bring what it does not name."""
    if not requirements.is_whole:
        return POSSIBLE
    is_all = requirements.is_locked or all(each.name in _PLAIN and not each.extras for each in requirements)
    return at_most(CERTAIN if is_all else LIKELY, CERTAIN if web.is_certain else LIKELY)


def _worker_class(web: WebProcess, requirements: Requirements) -> Iterator[Evidence]:
    given = web.setting("worker_class") if web.server == "gunicorn" else None
    if given is None or "$" in given.value:
        return
    worker = given.value
    if worker == "eventlet" and (version := _without_eventlet(requirements)):
        text = f"gunicorn {version} has no eventlet worker any more, and web asks for it."
        yield in_command("worker-class-invalid", Level.FAIL, LIKELY, text, given.where, worker=worker)
        return
    needed = _WORKER_NEEDS.get(worker.partition(".")[0])
    if needed is None or _is_brought(needed, requirements, _BRINGS_TOO.get(needed, frozenset())):
        return
    text = f"The worker class {worker} runs on {needed}, and nothing in {requirements.file} brings it."
    sure = _sure(web, requirements)
    level = Level.FAIL if sure is not POSSIBLE else Level.WARN
    yield in_command("worker-class-invalid", level, sure, text, given.where, worker=worker, needed=needed)


def _without_eventlet(requirements: Requirements) -> str:
    """The gunicorn that would be installed, when it is known to lack the eventlet worker; or empty."""
    gunicorn = requirements.get("gunicorn")
    if gunicorn is None or gunicorn.source:
        return ""
    if gunicorn.version:
        major = gunicorn.version.partition(".")[0]
        return gunicorn.version if major.isdigit() and int(major) >= 27 else ""
    return WITHOUT_EVENTLET if gunicorn.specifier.contains(WITHOUT_EVENTLET) else ""


def _wrappers(web: WebProcess, requirements: Requirements) -> Iterator[Evidence]:
    for wrapper in web.wrappers:
        name = basename(wrapper)
        if name in _RUN_BY_MANAGER:
            yield from _manager(web, name, requirements)
        elif name in _WRAPPERS and not any(
            _WRAPPERS[name].split("-")[0] in each.name for each in requirements
        ):
            text = f"web starts {name}, and nothing in {requirements.file} brings {_WRAPPERS[name]}."
            sure = _sure(web, requirements)
            level = Level.FAIL if sure is not POSSIBLE else Level.WARN
            yield in_command(
                "command-not-found",
                level,
                sure,
                text,
                web.where,
                command=name,
                because=f"{name} is not installed",
            )


def _manager(web: WebProcess, name: str, requirements: Requirements) -> Iterator[Evidence]:
    """The Python buildpack keeps Poetry and uv for the build, and Pipenv in the slug of its own apps only.

    heroku/heroku-buildpack-python, lib/poetry.sh, lib/uv.sh and lib/pipenv.sh.
    """
    if name in requirements or (name == "pipenv" and requirements.manager == "pipenv"):
        return
    why = (
        f"{requirements.file} does not bring it"
        if name in ("pipenv", "pdm")
        else "it is there in the build only"
    )
    text = f"web starts {name} run, and on a dyno there is no {name}: {why}."
    program = {"django": "python", "": "python"}.get(web.server, web.server)
    without = " ".join((program, *map(plain, web.arguments)))
    yield in_command(
        "command-not-found",
        Level.FAIL,
        LIKELY,
        text,
        web.where,
        command=name,
        because=f"there is no {name} on a dyno",
        **exchange(web.where, f"{name} run {without}", without),
    )
