"""From the web process's command to the server it starts, its app and its settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from posixpath import dirname, join, relpath

from diag.collect.project.procfile import gunicorn, listeners
from diag.collect.project.procfile.declared import Declared
from diag.collect.project.procfile.paths import HOME, resolved
from diag.collect.project.procfile.programs import Kind
from diag.collect.project.procfile.simple import LITERAL, plain
from diag.collect.project.procfile.walk import Started, Walk
from diag.collect.project.procfile.web import Setting, WebProcess
from diag.collect.project.tree import Tree

_CALLED = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\s*\(.*\)", re.DOTALL)
# What a server takes for the app when it is told a module only.
_ATTRIBUTE = {"gunicorn": "application", "hypercorn": "app"}
_VARIABLE = re.compile(r"\$\{?PYTHONPATH\}?")


@dataclass(frozen=True, slots=True)
class Choice:
    """The program that counts, of all that the command starts; None where it starts nothing known."""

    started: Started | None = None
    is_certain: bool = True
    front: str = ""


def chosen(walk: Walk) -> Choice:
    """The web server; else the script of Python, which may hold one; else what comes last."""
    front = next((each.program.name for each in walk.started if each.program.kind is Kind.FRONT), "")
    for kind in (Kind.SERVER, Kind.PYTHON, Kind.WORKER):
        of_kind = [each for each in walk.started if each.program.kind is kind]
        if not of_kind:
            continue
        firm = [each for each in of_kind if each.is_certain and not each.is_background]
        # A server never returns, so the first counts; a script of Python may be done soon.
        pick = (firm[0] if kind is Kind.SERVER else firm[-1]) if firm else of_kind[-1]
        others = [each for each in of_kind if not each.is_certain and each is not pick]
        return Choice(pick, bool(firm) and (kind is not Kind.SERVER or not others), pick.front or front)
    if walk.started:
        return Choice(walk.started[-1], is_certain=False, front=front)
    return Choice(front=front)


def process_of(tree: Tree, walk: Walk, command: str, where: str, app_json: Declared) -> WebProcess:
    """The web process; `where` is the line of the Procfile."""
    choice = chosen(walk)
    started = choice.started
    web = WebProcess(plain(command), where, scripts=tuple(walk.scripts), front=choice.front)
    if started is None:
        return replace(web, is_certain=False)
    web = replace(
        web,
        where=started.where,
        folder=started.folder or "",
        is_certain=choice.is_certain and started.folder is not None,
        is_located=started.folder is not None,
        arguments=started.program.arguments,
        env=started.env,
        wrappers=started.wrappers,
        path=_path(started, (started.folder or "",)),
    )
    if started.program.kind is Kind.PYTHON:
        return _of_python(web, started)
    if started.program.kind is not Kind.SERVER:
        return web
    web = replace(web, server=started.program.name)
    return (
        _of_gunicorn(tree, web, started, app_json)
        if web.server == "gunicorn"
        else _of_listener(tree, web, started, app_json)
    )


def _of_python(web: WebProcess, started: Started) -> WebProcess:
    words = started.program.arguments
    if words[0] == "-m":
        return replace(web, server="python", module=words[1])
    file = resolved(started.folder, words[0])
    folder = dirname(file) if file else web.folder
    script = relpath(file, web.folder or ".") if file else words[0]
    return replace(web, server="python", script=script, path=_path(started, (folder,)))


def _of_gunicorn(tree: Tree, web: WebProcess, started: Started, app_json: Declared) -> WebProcess:
    found = gunicorn.settings_of(tree, started, app_json)
    settings = dict(found.settings)
    chdir, pythonpath = settings.pop("chdir", None), settings.pop("pythonpath", None)
    wsgi_app = settings.pop("wsgi_app", None)
    folder = web.folder
    if chdir is not None:
        there = resolved(started.folder, chdir.value)
        folder = there if there is not None else folder
        is_located = web.is_located and there is not None
        web = replace(web, is_certain=web.is_certain and is_located, is_located=is_located)
    entries = pythonpath.value.split(",") if pythonpath else []
    first = [entry for name in reversed(entries) if (entry := resolved(folder, name.strip())) is not None]
    if "bind" not in settings and "bind" not in found.unread and "*" not in found.unread:
        port = web.env.get("PORT", "$PORT")  # gunicorn listens on 0.0.0.0:$PORT by itself
        settings["bind"] = Setting(f"{listeners.ANYWHERE}:{port}", web.where, is_default=port == "$PORT")
    unread = frozenset(found.unread)
    web = replace(web, folder=folder, settings=settings, unread=unread)
    web = replace(web, config=found.config, missing_config=found.missing_config)
    target = found.app or (wsgi_app.value if wsgi_app else "")
    return _targeted(replace(web, path=_path(started, (*first, folder, started.folder or ""))), target)


def _of_listener(tree: Tree, web: WebProcess, started: Started, app_json: Declared) -> WebProcess:
    found = listeners.settings_of(tree, started, app_json, list(web.scripts))
    settings, unread = found.settings, frozenset(found.unread if found.listens else {*found.unread, "*"})
    web = replace(web, settings=settings, unread=unread)
    rest, given = found.rest, found.given
    if web.server in ("uvicorn", "hypercorn", "daphne", "waitress-serve", "granian"):
        folder = given.last("app_dir") or given.last("working_dir")
        there = resolved(started.folder, folder) if folder else None
        if there is not None:
            web = replace(web, path=_path(started, (there, web.folder)))
        web = _targeted(web, rest[0] if rest else "")
        web = _of_hypercorn(web) if web.server == "hypercorn" else web
        return replace(web, is_factory=web.is_factory or "factory" in given.flags)
    if web.server in ("flask", "quart"):
        named = given.last("app") or web.env.get(f"{web.server.upper()}_APP", "")
        return _of_flask(web, named)
    if web.server == "django":
        return replace(web, script=rest[0] if rest else "")
    script = next((word for word in rest if word.endswith((".py", ".ipynb"))), "")
    return replace(web, script=script)


def _of_hypercorn(web: WebProcess) -> WebProcess:
    """``asgi:shop:app`` names the kind before; ``folder/main:app`` and ``main.py:app`` are paths."""
    kind, _, rest = web.target.partition(":")
    if kind in ("asgi", "wsgi") and ":" in rest:
        web = _targeted(web, rest)
    folder, slash, module = web.module.rpartition("/")
    path = (join(web.folder, folder), *web.path) if slash else web.path
    return replace(web, module=module.removesuffix(".py"), path=path)


def _of_flask(web: WebProcess, named: str) -> WebProcess:
    """``--app src/shop:app``: a folder to work in, a module or a file, maybe a name or a factory."""
    folder, _, last = named.rpartition("/")
    module, _, attribute = last.partition(":")
    module = module.removesuffix(".py")
    path = (join(web.folder, folder), *web.path) if folder else web.path
    called = _CALLED.fullmatch(attribute)
    return replace(
        web,
        target=named,
        module=module,
        attribute=called["name"] if called else attribute,
        is_factory=called is not None,
        path=path,
    )


def _targeted(web: WebProcess, target: str) -> WebProcess:
    """With the app that the server is told: ``shop.wsgi``, ``shop:app``, ``shop:create_app("x")``."""
    module, _, attribute = target.partition(":")
    called = _CALLED.fullmatch(attribute)
    return replace(
        web,
        target=target.replace(LITERAL, "$"),
        module=module,
        attribute=called["name"] if called else attribute or _ATTRIBUTE.get(web.server, ""),
        is_factory=called is not None,
    )


def _path(started: Started, first: tuple[str, ...]) -> tuple[str, ...]:
    """Where imports are looked for: where the server looks first, then PYTHONPATH, by default the root."""
    given = _VARIABLE.sub(HOME, started.env.get("PYTHONPATH", HOME))
    entries = (resolved(started.folder, entry) for entry in given.split(":") if entry)
    return tuple(dict.fromkeys((*first, *(entry for entry in entries if entry is not None))))
