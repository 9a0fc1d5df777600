"""Whether a module has the attribute that the server is told, and whether the server can call it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from posixpath import join
from typing import NamedTuple

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.procfile.finding import (
    CERTAIN,
    LIKELY,
    at_most,
    exchange,
    in_command,
    several,
    shown,
)
from diag.collect.project.procfile.kinds import called
from diag.collect.project.procfile.modules import file_of
from diag.collect.project.procfile.names import Bound, Names, names_of
from diag.collect.project.procfile.serving import worker_class
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree

DEEPEST = 4
# What a server calls: (environ, start_response) or (scope, receive, send).
_ARGUMENTS = {"wsgi": 2, "asgi": 3}
_OF_ASGI = ("uvicorn", "daphne")
_OF_WSGI = ("waitress-serve",)
_WSGI_WORKERS = (
    "sync",
    "gthread",
    "gevent",
    "geventworker",
    "eventlet",
    "eventletworker",
    "gevent_pywsgi",
    "gevent_wsgi",
)
_ASGI_WORKERS = ("uvicornworker", "uvicornh11worker", "asgi", "asgiworker")


class Meant(NamedTuple):
    """What to write: another target, or another command in place of the whole."""

    target: str = ""
    instead: str = ""


def check_missing(
    tree: Tree, web: WebProcess, names: Names, file: str, requirements: Requirements
) -> Iterator[Evidence]:
    """The module has no such attribute when it is imported."""
    attribute = web.attribute
    if not attribute:
        if web.server == "uvicorn":
            yield _finding(
                web, names, CERTAIN, f"{web.server} wants module:attribute, and has the module only"
            )
        return
    first, _, further = attribute.partition(".")
    if further and web.server == "gunicorn" and _is_strict(requirements):
        reason = f"gunicorn takes a name or a call, not {shown(attribute)}"
        yield _finding(web, names, LIKELY, reason)
        return
    if first in names.bound or names.is_open:
        return
    if file.endswith("__init__.py") and _is_submodule(tree, file, first):
        return
    place = file.removesuffix("/") if file.endswith("/") else file
    if first in names.under_main:
        reason = f'{place} binds {first} only below if __name__ == "__main__", so not when it is imported'
    elif first in names.local:
        reason = f"{place} binds {first} only within {names.local[first]}()"
    else:
        have = [n for n, b in names.bound.items() if n[0] != "_" and b.kind not in ("import", "module")]
        reason = f"{place} has no {shown(first)}" + (
            f", but {several(have, 4)}" if 0 < len(have) <= 4 else ""
        )
    yield _finding(web, names, CERTAIN, reason)


def check_kind(
    tree: Tree, web: WebProcess, names: Names, file: str, requirements: Requirements
) -> Iterator[Evidence]:
    """The attribute is there, and the server can't call it."""
    bound = names.bound.get(web.attribute)
    if bound is None:
        return
    if bound.kind == "import":
        bound = _followed(tree, web, bound, file)
    server = interface(web)
    if web.is_factory or not server:
        yield from _factory(web, names, bound)
        return
    if bound.kind == "dash":
        if _is_callable_dash(requirements):
            return
        reason = f"{web.attribute} is a Dash object, which no server can call; its Flask app is its server"
        yield _finding(web, names, LIKELY, reason, Meant(_of_dash(names, web)))
    elif bound.kind == "function":
        yield from _function(web, names, bound, server)
    elif bound.kind in ("wsgi", "asgi") and bound.kind != server:
        yield _mismatch(web, names, bound, server)
    elif bound.kind in ("none", "constant", "module"):
        what = {"none": "None", "constant": "a plain value", "module": "a module"}[bound.kind]
        yield _finding(web, names, LIKELY, f"{web.attribute} is {what}, which no server can call")


def _is_callable_dash(requirements: Requirements) -> bool:
    """Whether a Dash object can be called like a WSGI app: since Dash 3.1 (its wheels, 3.0.4 and 3.1.0)."""
    dash = requirements.get("dash")
    numbers = re.findall(r"\d+", dash.version)[:2] if dash is not None and dash.version else []
    return not numbers or [int(each) for each in numbers] >= [3, 1]


def interface(web: WebProcess) -> str:
    """How the server calls an app: ``wsgi`` or ``asgi``; empty where that can't be told."""
    if web.server in _OF_WSGI:
        return "wsgi"
    if web.server in _OF_ASGI:
        told = any(word.startswith("--interface") for word in web.arguments)
        return "" if told or "UVICORN_INTERFACE" in web.env else "asgi"
    if web.server != "gunicorn":
        return ""
    kind = worker_class(web)
    return "wsgi" if kind in _WSGI_WORKERS else "asgi" if kind in _ASGI_WORKERS else ""


def _mismatch(web: WebProcess, names: Names, bound: Bound, server: str) -> Evidence:
    """It boots, and fails at each request."""
    who = (
        f"gunicorn's {worker_class(web)} workers call" if web.server == "gunicorn" else f"{web.server} calls"
    )
    what = f"{called(bound.origin)} ({bound.kind.upper()})"
    reason = f"{web.attribute} is made by {what}, while {who} it as {server.upper()}"
    options = " --host 0.0.0.0 --port $PORT" if bound.kind == "asgi" else ""
    instead = f"{'uvicorn' if bound.kind == 'asgi' else 'gunicorn'} {shown(web.target)}{options}"
    return _finding(web, names, LIKELY, reason, Meant(instead=instead))


def _function(web: WebProcess, names: Names, bound: Bound, server: str) -> Iterator[Evidence]:
    """A factory without brackets is called as the app itself, at each request."""
    if web.server == "uvicorn":
        return  # it notices, warns and calls it
    needed = _ARGUMENTS[server]
    if bound.most is not None and bound.most < needed:
        reason = f"{web.attribute} is a function that takes {bound.most} arguments, and an app takes {needed}"
        sure: Confidence = LIKELY
        right = f"'{web.module}:{web.attribute}()'" if bound.least == 0 and web.server == "gunicorn" else ""
        yield _finding(web, names, sure, reason, Meant(right))


def _factory(web: WebProcess, names: Names, bound: Bound) -> Iterator[Evidence]:
    """A call with too few arguments, or of what is no function."""
    if not web.is_factory or bound.kind not in ("function", "wsgi", "asgi"):
        return
    if bound.kind == "function":
        given = _arguments(web)
        if given is not None and given < bound.least:
            reason = f"{web.attribute}() is given {given} of the {bound.least} arguments that it needs"
            yield _finding(web, names, CERTAIN, reason, Meant())
    elif web.server == "gunicorn":
        reason = f"{web.attribute} is the app itself ({called(bound.origin)}), and is called once more"
        yield _finding(web, names, LIKELY, reason, Meant(f"{web.module}:{web.attribute}"))


def _arguments(web: WebProcess) -> int | None:
    """How many arguments stand in the brackets."""
    try:
        call = ast.parse(web.target.partition(":")[2].strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call) or any(keyword.arg is None for keyword in call.keywords):
        return 0 if isinstance(call, ast.Name) else None
    if any(isinstance(each, ast.Starred) for each in call.args):
        return None
    return len(call.args) + len(call.keywords)


def _followed(tree: Tree, web: WebProcess, bound: Bound, file: str) -> Bound:
    """What an imported name is bound to in its own module, as far as that is one of the project."""
    seen = bound
    for _ in range(DEEPEST):
        if seen.kind != "import":
            break
        module, _, name = _absolute(seen.origin, file).rpartition(".")
        found = file_of(tree, web.path, module) if module else None
        source = tree.text(found) if found and not found.endswith("/") else None
        names = names_of(source) if source is not None else None
        if names is None or found is None or name not in names.bound:
            return Bound()
        seen, file = names.bound[name], found
    return seen if seen.kind != "import" else Bound()


def _absolute(origin: str, file: str) -> str:
    """``.factory.app`` in shop/wsgi.py is ``shop.factory.app``, as imported from the root."""
    dots = len(origin) - len(origin.lstrip("."))
    if not dots:
        return origin
    package = file.split("/")[:-1]
    package = package[: len(package) - dots + 1]
    return ".".join([*package, origin[dots:]])


def _is_strict(requirements: Requirements) -> bool:
    """Whether gunicorn is one that no longer evaluates the attribute: 20.1 and later."""
    required = requirements.get("gunicorn")
    numbers = re.match(r"(\d+)\.(\d+)", required.version) if required else None
    return numbers is None or (int(numbers[1]), int(numbers[2])) >= (20, 1)


def _is_submodule(tree: Tree, file: str, name: str) -> bool:
    folder = file.removesuffix("/__init__.py")
    return tree.is_deployed(join(folder, f"{name}.py")) or tree.is_folder(join(folder, name))


def _of_dash(names: Names, web: WebProcess) -> str:
    server = next((name for name, bound in names.bound.items() if bound.origin == "dash.Dash.server"), "")
    return f"{web.module}:{server}" if server else ""


def _candidate(names: Names, web: WebProcess) -> str:
    """The name that was meant, when the module has one app, or one factory."""
    usual_names = ("app", "application", "server")
    found = names.apps() or [n for n in usual_names if names.bound.get(n, Bound()).kind == "import"]
    usual = [name for name in found if name in usual_names]
    if len(found) == 1 or usual:
        return (usual or found)[0]
    if not found and len(names.factories) == 1 and web.server == "gunicorn":
        factory = next(iter(names.factories))
        bound = names.bound.get(factory)
        return f"{factory}()" if bound is not None and bound.least == 0 else ""
    return ""


def _finding(
    web: WebProcess, names: Names, sure: Confidence, reason: str, meant: Meant | None = None
) -> Evidence:
    """An attribute that will not do; what was meant is looked for when it is not given."""
    right = meant.target if meant is not None else ""
    if meant is None:
        candidate = _candidate(names, web)
        right = f"{web.module}:{candidate}" if candidate else ""
        right = f"'{right}'" if "(" in right else right
    return in_command(
        "wrong-target-attribute",
        Level.FAIL,
        sure if web.is_certain else at_most(sure, LIKELY),
        f"{web.server} is told {shown(web.target)}, and {reason}.",
        web.where,
        reason=reason,
        by=web.server,
        instead=meant.instead or None if meant else None,
        **exchange(web.where, web.target, right),
    )
