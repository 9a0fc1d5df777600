"""The app that the server is told, against the files of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence, Level
from diag.collect.project.procfile.target import check_target
from diag.collect.project.requirements.requirement import Requirement, Requirements
from tests.diag.collect.project.procfile.web import Files, requiring, tree_of, web_of

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FACTORY = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n"
DASH = "import dash\napp = dash.Dash(__name__)\nserver = app.server\n"
WSGI = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
ASGI = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"
ASKS = requiring("flask gunicorn")


def found(folder: Path, command: str, files: Files, requirements: Requirements = ASKS) -> list[Evidence]:
    web = web_of(folder, command, files)
    return check_target(tree_of(folder, command, files), web, requirements)


@pytest.mark.parametrize(
    ("command", "files", "requires"),
    [
        ("gunicorn app:app", {"app.py": FLASK}, "flask gunicorn"),
        ("gunicorn shop.wsgi", {"shop/wsgi.py": WSGI}, "django gunicorn"),
        ("gunicorn shop.wsgi:application", {"shop/__init__.py": "", "shop/wsgi.py": WSGI}, "django gunicorn"),
        (
            "gunicorn shop.asgi -k uvicorn.workers.UvicornWorker",
            {"shop/asgi.py": ASGI},
            "django gunicorn uvicorn",
        ),
        ("daphne shop.asgi:application -b 0.0.0.0 -p $PORT", {"shop/asgi.py": ASGI}, "django daphne"),
        ("gunicorn 'app:create_app()'", {"app.py": FACTORY}, "flask gunicorn"),
        (
            "gunicorn \"shop:create_app('prod')\"",
            {"shop/__init__.py": "def create_app(name): ..."},
            "flask gunicorn",
        ),
        ("gunicorn wsgi", {"wsgi.py": "from shop import app as application\n", "shop.py": FLASK}, "gunicorn"),
        ("gunicorn wsgi:app", {"wsgi.py": "from shop import *\n", "shop.py": FLASK}, "gunicorn"),
        (
            "gunicorn wsgi:app",
            {"wsgi.py": "try:\n    from a import app\nexcept ImportError:\n    app = None\n"},
            "x",
        ),
        ("gunicorn wsgi:app", {"wsgi.py": "def __getattr__(name): return load(name)\n"}, "gunicorn"),
        ("gunicorn wsgi:app", {"wsgi.py": "from werkzeug import x\napp = x(y)\n"}, "gunicorn"),
        ("gunicorn wsgi:app", {"wsgi.py": "def app(environ, start_response): ...\n"}, "gunicorn"),
        ("gunicorn wsgi:app", {"wsgi.py": "@wrapped\ndef app(): ...\n"}, "gunicorn"),
        ("gunicorn wsgi:App", {"wsgi.py": "class App: ...\n"}, "gunicorn"),
        ("gunicorn app:server", {"app.py": DASH}, "dash gunicorn"),
        ("gunicorn app:app.server", {"app.py": DASH}, "dash gunicorn==19.9.0"),
        (
            "gunicorn main:app -k uvicorn.workers.UvicornWorker",
            {"main.py": FASTAPI},
            "fastapi gunicorn uvicorn",
        ),
        ("gunicorn main:app -k asgi", {"main.py": FASTAPI}, "fastapi gunicorn"),
        ("gunicorn main:app -k my.Worker", {"main.py": FASTAPI}, "fastapi gunicorn"),
        ("gunicorn main:app -c python:conf", {"main.py": FASTAPI}, "fastapi gunicorn"),
        ("uvicorn main:app --host 0.0.0.0 --port $PORT", {"main.py": FASTAPI}, "fastapi uvicorn"),
        ("uvicorn main:create --factory", {"main.py": "def create(): ..."}, "uvicorn"),
        ("uvicorn main:create", {"main.py": "def create(): ..."}, "uvicorn"),
        ("uvicorn main:server.app", {"main.py": "server = make()\n"}, "uvicorn"),
        ("uvicorn app:app --interface wsgi", {"app.py": FLASK}, "flask uvicorn"),
        ("hypercorn app:app", {"app.py": FLASK}, "flask hypercorn"),
        ("hypercorn src/main:app", {"src/main.py": FASTAPI}, "fastapi hypercorn"),
        ("waitress-serve --port=$PORT --call app:create_app", {"app.py": FACTORY}, "flask waitress"),
        ("waitress-serve --port=$PORT wsgi:app", {"wsgi.py": FLASK}, "flask waitress"),
        ("gunicorn mlflow.server:app", {"x.py": ""}, "mlflow gunicorn"),
        ("gunicorn 'superset.app:create_app()'", {"x.py": ""}, "apache-superset gunicorn"),
        ("gunicorn wsgiref.simple_server:demo_app", {"x.py": ""}, "gunicorn"),
        ("gunicorn --chdir backend app:app", {"backend/app.py": FLASK}, "gunicorn"),
        ("cd backend && gunicorn app:app", {"backend/app.py": FLASK}, "gunicorn"),
        ("gunicorn --pythonpath src pkg.wsgi:app", {"src/pkg/wsgi.py": FLASK}, "gunicorn"),
        ("PYTHONPATH=src gunicorn pkg.wsgi:app", {"src/pkg/wsgi.py": FLASK}, "gunicorn"),
        ("cd $WHERE && gunicorn app:app", {"x.py": ""}, "gunicorn"),
        ("gunicorn $APP", {"x.py": ""}, "gunicorn"),
        ("gunicorn my-app.wsgi:app", {"my-app/wsgi.py": FLASK}, "gunicorn"),
        ("gunicorn app:app", {"app.cpython-313-x86_64-linux-gnu.so": b""}, "gunicorn"),
        ("gunicorn app:app", {"app.py": "type X = int\nmatch = (\n"}, "gunicorn"),
        ("gunicorn pkg:wsgi", {"pkg/__init__.py": "", "pkg/wsgi.py": ""}, "gunicorn"),
        ("flask --app shop run", {"shop.py": FLASK}, "flask"),
        ("flask --app src/shop.py run", {"src/shop.py": FLASK}, "flask"),
        ("FLASK_APP=shop.py flask run", {"shop.py": FLASK}, "flask"),
        ("flask run", {"app.py": FLASK}, "flask"),
        ("python -m shop", {"shop/__init__.py": "", "shop/__main__.py": ""}, "flask"),
        ("python -m shop.server", {"shop/server.py": ""}, "flask"),
        ("python -m chainlit run app.py", {"app.py": ""}, "chainlit"),
        ("python -m some_tool", {"app.py": ""}, "some-tool"),
        ("python app.py", {"app.py": ""}, "flask"),
        ("npm start", {"app.py": ""}, "flask"),
        ("gunicorn", {"gunicorn.conf.py": "wsgi_app = 'app:app'\n", "app.py": FLASK}, "gunicorn"),
        ("gunicorn -c python:conf", {"app.py": FLASK}, "gunicorn"),
    ],
)
def test_a_healthy_target(tmp_path: Path, command: str, files: Files, requires: str) -> None:
    assert found(tmp_path, command, files, requiring(requires)) == []


@pytest.mark.parametrize(
    ("command", "files", "sure", "right"),
    [
        ("gunicorn app.py", {"app.py": FLASK}, "certain", "app:app"),
        ("gunicorn app.py:app", {"app.py": FLASK}, "certain", "app:app"),
        ("uvicorn main.py:app", {"main.py": FASTAPI}, "certain", "main:app"),
        ("gunicorn app/main:app", {"app/main.py": FLASK}, "certain", "app.main:app"),
        ("gunicorn App:app", {"app.py": FLASK}, "certain", "app:app"),
        ("gunicorn Shop.wsgi", {"shop/wsgi.py": WSGI}, "certain", "shop.wsgi"),
        ("gunicorn shop.wsg", {"shop/__init__.py": "", "shop/wsgi.py": WSGI}, "certain", "shop.wsgi"),
        ("gunicorn shop.wsgi", {"shop/__init__.py": "", "shop/other.py": ""}, "certain", None),
        ("gunicorn main:app", {"app.py": FLASK}, "likely", "app:app"),
        ("gunicorn ap:app", {"app.py": FLASK}, "likely", "app:app"),
        ("gunicorn main:app", {"run.py": ""}, "likely", None),
        ("gunicorn wsgi:app", {"backend/wsgi.py": FLASK}, "likely", "--chdir backend wsgi:app"),
        ("gunicorn wsgi:app", {"shop/wsgi.py": FLASK, "shop/__init__.py": ""}, "likely", "shop.wsgi:app"),
        (
            "gunicorn shop.wsgi",
            {"shop/shop/wsgi.py": WSGI, "shop/manage.py": ""},
            "likely",
            "--chdir shop shop.wsgi",
        ),
        ("gunicorn pkg.wsgi:app", {"src/pkg/wsgi.py": FLASK}, "likely", "--chdir src pkg.wsgi:app"),
        ("uvicorn main:app", {"api/main.py": FASTAPI}, "likely", "api.main:app"),
        ("gunicorn dash_app:server", {"app.py": DASH}, "likely", "app:server"),
        ("gunicorn app.main:app", {"app.py": "", "app/main.py": FLASK}, "certain", None),
        ("flask --app missing run", {"app.py": FLASK}, "likely", "app:app"),
    ],
)
def test_a_module_that_is_not_there(
    tmp_path: Path, command: str, files: Files, sure: str, right: str | None
) -> None:
    (only,) = found(tmp_path, command, files)
    assert (only.values["fault"], only.level) == ("wrong-target-module", Level.FAIL)
    assert (only.values["sure"], only.values.get("right")) == (sure, right)


@pytest.mark.parametrize(
    ("command", "files", "sure", "right"),
    [
        ("gunicorn app:application", {"app.py": FLASK}, "certain", "app:app"),
        ("gunicorn app", {"app.py": FLASK}, "certain", "app:app"),
        ("gunicorn shop.wsgi:app", {"shop/wsgi.py": WSGI}, "certain", "shop.wsgi:application"),
        (
            "gunicorn wsgi:app",
            {"wsgi.py": "from shop import app as application\n"},
            "certain",
            "wsgi:application",
        ),
        ("gunicorn app:app", {"app.py": FACTORY}, "certain", "'app:create_app()'"),
        ("gunicorn app:app", {"app.py": "if __name__ == '__main__':\n    app = 1\n"}, "certain", None),
        ("gunicorn app:app", {"app.py": ""}, "certain", None),
        ("gunicorn app:app", {"app/main.py": FLASK}, "certain", None),
        ("gunicorn app:create_app", {"app.py": FACTORY}, "likely", "'app:create_app()'"),
        ("gunicorn 'app:create_app()'", {"app.py": "def create_app(config): ..."}, "certain", None),
        ("gunicorn 'app:app()'", {"app.py": FLASK}, "likely", "app:app"),
        ("gunicorn app:app.server", {"app.py": DASH}, "likely", "app:server"),
        ("gunicorn app:app", {"app.py": "app = None\n"}, "likely", None),
        ("gunicorn main:app", {"main.py": FASTAPI}, "likely", None),
        ("gunicorn main:app --threads 4", {"main.py": FASTAPI}, "likely", None),
        ("gunicorn wsgi:app", {"wsgi.py": "from main import app\n", "main.py": FASTAPI}, "likely", None),
        (
            "gunicorn wsgi:app",
            {"wsgi.py": "from api.main import app\n", "api/main.py": FASTAPI},
            "likely",
            None,
        ),
        (
            "gunicorn api:app",
            {"api/__init__.py": "from .main import app\n", "api/main.py": FASTAPI},
            "likely",
            None,
        ),
        ("uvicorn app:app", {"app.py": FLASK}, "likely", None),
        ("gunicorn app:app -k uvicorn.workers.UvicornWorker", {"app.py": FLASK}, "likely", None),
        ("waitress-serve --port=$PORT main:app", {"main.py": FASTAPI}, "likely", None),
        ("daphne shop.wsgi:application", {"shop/wsgi.py": WSGI}, "likely", None),
        ("uvicorn main", {"main.py": FASTAPI}, "certain", "main:app"),
        ("gunicorn", {"app.py": FLASK}, "certain", None),
        ("gunicorn --bind 0.0.0.0:$PORT", {"app.py": FLASK}, "certain", None),
    ],
)
def test_an_attribute_that_will_not_do(
    tmp_path: Path, command: str, files: Files, sure: str, right: str | None
) -> None:
    (only,) = found(tmp_path, command, files)
    assert (only.values["fault"], only.level) == ("wrong-target-attribute", Level.FAIL)
    assert (only.values["sure"], only.values.get("right")) == (sure, right)


@pytest.mark.parametrize(("version", "is_old"), [("2.18.2", True), ("3.0.4", True), ("3.1.0", False)])
def test_a_dash_object_can_be_called_since_dash_3_1(tmp_path: Path, version: str, *, is_old: bool) -> None:
    told = found(tmp_path, "gunicorn app:app", {"app.py": DASH}, requiring(f"dash=={version} gunicorn"))
    assert [e.values.get("right") for e in told] == (["app:server"] if is_old else [])


@pytest.mark.parametrize(
    ("command", "files", "instead"),
    [
        ("gunicorn main:app", {"main.py": FASTAPI}, "uvicorn main:app --host 0.0.0.0 --port $PORT"),
        ("uvicorn app:app", {"app.py": FLASK}, "gunicorn app:app"),
    ],
)
def test_another_server_fits_the_app(tmp_path: Path, command: str, files: Files, instead: str) -> None:
    (only,) = found(tmp_path, command, files)
    assert only.values["instead"] == instead


def test_what_is_told_of_it(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn app:application", {"app.py": FLASK})
    assert only.text == "gunicorn is told app:application, and app.py has no application, but app."
    (only,) = found(tmp_path, "gunicorn main:app", {"main.py": FASTAPI})
    assert only.values["reason"] == (
        "app is made by FastAPI (ASGI), while gunicorn's sync workers call it as WSGI"
    )
    main = {"app.py": FACTORY + "if __name__ == '__main__':\n    app = create_app()\n"}
    (only,) = found(tmp_path, "gunicorn app:app", main)
    assert 'only below if __name__ == "__main__"' in only.text


def test_a_module_that_git_or_slugignore_leaves_out(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn app:app", {"app.py": FLASK, ".slugignore": "app.py\n"})
    assert "leaves app.py out of the slug" in only.text
    assert only.values["sure"] == "likely"


def test_with_requirements_that_can_t_be_read_a_module_may_come_from_them(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn shop:app", {"x.py": ""}, requiring("gunicorn", is_whole=False))
    assert only.values["sure"] == "possible"


def test_without_a_file_of_requirements_nothing_is_known(tmp_path: Path) -> None:
    assert found(tmp_path, "gunicorn shop:app", {"x.py": ""}, Requirements()) == []


@pytest.mark.parametrize(
    ("manager", "manifest", "is_installed"),
    [
        ("uv", "[build-system]\n", True),
        ("uv", '[project]\nname = "shop"\n\n[tool.uv]\npackage = true\n', True),
        ("uv", '[project]\nname = "shop"\n', False),
        ("poetry", '[tool.poetry]\nname = "shop"\n', True),
        ("poetry", "[tool.poetry]\npackage-mode = false\n", False),
    ],
)
def test_a_project_that_is_installed_itself_is_found_below_src(
    tmp_path: Path, manager: str, manifest: str, *, is_installed: bool
) -> None:
    files = {"src/shop/wsgi.py": FLASK, "pyproject.toml": manifest}
    told = found(tmp_path, "gunicorn shop.wsgi:app", files, requiring("gunicorn", manager=manager))
    assert [e.values["sure"] for e in told] == ([] if is_installed else ["likely"])


def test_so_is_one_that_is_required_by_its_path(tmp_path: Path) -> None:
    local = Requirement("", "requirements.txt:1", source=".")
    requirements = Requirements("pip", "requirements.txt", {}, is_whole=False, unnamed=(local,))
    assert found(tmp_path, "gunicorn shop.wsgi:app", {"src/shop/wsgi.py": FLASK}, requirements) == []


def test_python_m_is_a_command(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "python -m shop.run", {"shop/__init__.py": ""})
    assert (only.values["fault"], only.values["command"]) == ("command-not-found", "python -m shop.run")
    (only,) = found(tmp_path, "python -m pack", {"pack/__init__.py": ""})
    assert only.values["because"] == "the package pack has no __main__.py"


def test_where_the_shell_leaves_it_open_it_is_likely_at_most(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "mystery gunicorn app:application", {"app.py": FLASK})
    assert only.values["sure"] == "likely"


def test_imports_that_go_round_come_to_an_end(tmp_path: Path) -> None:
    files = {"a.py": "from b import app\n", "b.py": "from a import app\n"}
    assert found(tmp_path, "gunicorn a:app", files) == []


def test_a_factory_without_quotes_is_told_once(tmp_path: Path) -> None:
    assert found(tmp_path, "gunicorn app:create_app()", {"app.py": FACTORY}) == []  # the shell's part told it
