"""Modules that are named in strings: Django's settings and apps, uvicorn.run("main:app"), from_object."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from diag.collect.project.sources.places import Place
from diag.collect.project.sources.values import Values

if TYPE_CHECKING:
    from diag.collect.project.sources.graph import Graph
    from diag.collect.project.sources.scan import Scan

_SETTINGS = "DJANGO_SETTINGS_MODULE"
_IMPORTERS = ("importlib.import_module", "import_module", "__import__", "werkzeug.utils.import_string")
# What Django imports of each app, where it is there. `admin` is found by autodiscover.
_OF_APP = ("apps", "models", "admin", "signals")
_DOTTED = ("ROOT_URLCONF", "WSGI_APPLICATION", "ASGI_APPLICATION")


def modules_named(graph: Graph) -> Iterator[str]:
    """The dotted names of modules that code of the boot imports by a string."""
    values = Values(graph)
    for path, here in list(graph.boot.items()):
        _find_settings(graph, here, values)
        for call in here.calls:
            if not graph.runs(call.place, path):
                continue
            first = call.node.args[0] if call.node.args else None
            if call.name in ("uvicorn.run", "uvicorn.Config"):
                yield from _target(values.of(first, here, call.place).value)
            elif call.name.endswith(".config.from_pyfile"):
                file = values.of(first, here, call.place).value
                if isinstance(file, str):
                    yield graph.finder.name_of(f"{path.rpartition('/')[0]}/{file}".lstrip("/"))
            elif call.name in _IMPORTERS or call.name.endswith(".config.from_object"):
                yield from _dotted(values.of(first, here, call.place).value, graph)
    if graph.settings:
        yield graph.settings
        yield from _of_django(graph, values)


def _find_settings(graph: Graph, here: Scan, values: Values) -> None:
    """Where DJANGO_SETTINGS_MODULE is set, the first wins."""
    given = [
        (call.argument(1), call.place, call.line)
        for call in here.calls
        if call.name in ("os.environ.setdefault", "environ.setdefault")
        and graph.runs(call.place, here.path)
        and values.of(call.argument(0), here, call.place).value == _SETTINGS
    ]
    given += [(node, place, node.lineno) for node, place in here.assigned.get(f"os.environ[{_SETTINGS}]", ())]
    for node, place, line in given:
        module = values.of(node, here, place).value
        if isinstance(module, str) and not graph.settings:
            graph.settings, graph.settings_where = module, f"{here.path}:{line}"


def _target(value: object) -> Iterator[str]:
    if isinstance(value, str) and ":" in value:
        yield value.partition(":")[0]


def _dotted(value: object, graph: Graph) -> Iterator[str]:
    """``config.Production``: the module, or the module of a class."""
    if isinstance(value, str):
        yield value if graph.finder.find(value) else value.rpartition(".")[0]


def _of_django(graph: Graph, values: Values) -> Iterator[str]:
    for here in settings_modules(graph):
        for app in installed_apps(here, values):
            found = app if graph.finder.find(app) else app.rpartition(".apps.")[0]
            if found and graph.finder.find(found):
                yield app.rpartition(".")[0] if found != app else app
                yield from (f"{found}.{name}" for name in _OF_APP if graph.finder.find(f"{found}.{name}"))
        for name in _DOTTED:
            for node, place in here.assigned.get(name, ()):
                value = values.of(node, here, place).value
                if isinstance(value, str):
                    yield value if name == "ROOT_URLCONF" else value.rpartition(".")[0]
    for here in list(graph.boot.values()):
        yield from _included(here, values)


def _included(here: Scan, values: Values) -> Iterator[str]:
    """``include("shop.urls")`` in a URLconf."""
    for call in here.calls:
        if call.name in ("django.urls.include", "django.conf.urls.include") and call.node.args:
            value = values.of(call.node.args[0], here, call.place).value
            if isinstance(value, str):
                yield value


def settings_modules(graph: Graph) -> list[Scan]:
    """Django's settings module, and those it takes everything from (``from .base import *``)."""
    first = graph.module(graph.settings) if graph.settings else None
    found: list[Scan] = []
    waiting = [first] if first is not None else []
    while waiting and len(found) < 20:
        here = waiting.pop(0)
        found.append(here)
        bases = (graph.module(each.module) for each in here.imports if "*" in each.names)
        waiting.extend(base for base in bases if base is not None and base not in found)
    return found


def installed_apps(here: Scan, values: Values) -> list[str]:
    """The names in INSTALLED_APPS of one settings module, as far as they can be told."""
    apps: list[str] = []
    for key, given in here.assigned.items():
        if key.endswith("_APPS"):
            for node, place in given:
                elements = node.elts if isinstance(node, ast.List | ast.Tuple) else []
                if not place.is_conditional:
                    found = (values.of(each, here, Place()).value for each in elements)
                    apps.extend(each for each in found if isinstance(each, str))
    return apps
