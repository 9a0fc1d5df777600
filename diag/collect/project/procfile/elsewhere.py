"""What may start the app in the Procfile's place, and what tells that a web app is meant."""

from __future__ import annotations

import re
from typing import NamedTuple

from diag.collect.project.procfile.names import names_of
from diag.collect.project.tree import Tree

_MANIFESTS = ("requirements.txt", "Pipfile", "pyproject.toml", "poetry.lock", "uv.lock", "Pipfile.lock")
_FRAMEWORK = re.compile(
    r"^[\s\"']*(?:name\s*=\s*\")?(?P<name>flask|django|fastapi|dash|streamlit|gunicorn|uvicorn|starlette|bottle"
    r"|falcon|sanic|quart|litestar|panel|voila|gradio|pyramid|cherrypy|waitress|daphne|hypercorn|granian)(?![\w.-]*[\w])",
    re.IGNORECASE | re.MULTILINE,
)
_MAKES_APP = re.compile(
    r"\b(?:Flask|FastAPI|Quart|Starlette|Dash|Bottle|APIFlask)\s*\(|get_[aw]sgi_application"
)
MOST_FILES = 60
MOST_TEXT = 1 << 16
# Folders whose Python is no part of the app.
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|examples?|samples?|docs?|notebooks?|scripts?|migrations|venv|env)/"
)


class App(NamedTuple):
    """An app that a file makes: ``shop.wsgi`` and ``application``."""

    file: str
    module: str
    attribute: str

    @property
    def target(self) -> str:
        """As gunicorn takes it."""
        return f"{self.module}:{self.attribute}"

    @property
    def quoted(self) -> str:
        """As a shell takes it."""
        return f"'{self.target}'" if "(" in self.target else self.target


def container(tree: Tree) -> str:
    """The file by which the app may be deployed as a container, where no Procfile counts; or empty."""
    return next((name for name in ("heroku.yml", "Dockerfile") if name in tree), "")


def starts_by_itself(tree: Tree) -> str:
    """What another buildpack starts as web without a Procfile: Node.js runs the script ``start``."""
    if "package.json" in tree and '"start"' in (tree.text("package.json") or ""):
        return "package.json"
    return ""


class Framework(NamedTuple):
    """What serves the web, and the file that says so."""

    name: str
    file: str

    @property
    def said(self) -> str:
        """As a sentence has it: ``flask in requirements.txt``."""
        return f"{self.name} in {self.file}" if self.name else self.file


def framework(tree: Tree) -> Framework | None:
    """What is required that serves the web."""
    for path in _MANIFESTS:
        if path in tree:
            match = _FRAMEWORK.search((tree.text(path) or "")[: 1 << 18])
            if match is not None:
                return Framework(match["name"], path)
    return Framework("", "manage.py") if "manage.py" in tree else None


def apps(tree: Tree) -> list[App]:
    """The apps that files near the root make, Django's wsgi.py and the root's own files first."""
    paths = [
        path
        for path in tree.files
        if path.endswith(".py")
        and path.count("/") <= 2
        and not _ASIDE.search(path)
        and tree.is_deployed(path)
    ]
    paths.sort(key=lambda path: (not path.endswith(("wsgi.py", "asgi.py")), path.count("/"), path))
    found = []
    for path in paths[:MOST_FILES]:
        text = tree.text(path) or ""
        if len(text) <= MOST_TEXT and _MAKES_APP.search(text):
            app = app_in(path, text)
            if app is not None:
                found.append(app)
    return found


def app_in(path: str, text: str) -> App | None:
    """The app that this file makes, when a server can be told its name."""
    names = names_of(text)
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if names is None or not all(part.isidentifier() for part in module.split(".")):
        return None
    usual = [name for name in ("app", "application", "server", "api") if name in names.apps()]
    attribute = next(iter([*usual, *names.apps()]), "")
    if not attribute:
        factory = next((name for name, kind in names.factories.items() if kind != "dash"), "")
        bound = names.bound.get(factory)
        attribute = f"{factory}()" if bound is not None and bound.least == 0 else ""
    return App(path, module, attribute) if attribute else None
