"""Django's settings as the web process will read them: hosts, debug, apps, the database's file."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.app_json import AppJson
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.imports import Provided
from diag.collect.project.sources.named import settings_modules
from diag.collect.project.sources.places import Place
from diag.collect.project.sources.scan import Scan
from diag.collect.project.sources.value import Value
from diag.collect.project.sources.values import Values

_LOCAL = ("localhost", "127.0.0.1", "0.0.0.0", "[::1]", "::1", "testserver", "")  # noqa: S104
_SETS_HOSTS = ("django_heroku", "django_on_heroku")
_OF_PRODUCTION = ("prod", "production", "heroku", "live", "deploy")


def find_django(graph: Graph, values: Values, provided: Provided, app_json: AppJson) -> Iterator[Evidence]:
    """What the settings say that can't work, or should not be."""
    modules = settings_modules(graph)
    if not modules:
        yield from _no_settings(graph)
        return
    replaced = _may_be_replaced(graph)
    yield from _apps(graph, modules, values, provided)
    yield from _hosts(modules, values, app_json, replaced=replaced)
    yield from _debug(modules, values, replaced=replaced)
    yield from _database(modules)
    yield from _secret_key(modules)


def _no_settings(graph: Graph) -> Iterator[Evidence]:
    if graph.settings and not graph.finder.find(graph.settings):
        top = graph.settings.partition(".")[0]
        if graph.finder.owns(top):
            yield finding(
                Fact.PROJECT_SOURCE,
                "own-module",
                Level.FAIL,
                LIKELY,
                f"DJANGO_SETTINGS_MODULE is {graph.settings}, and the project has no such module",
                graph.settings_where,
                module=graph.settings,
                maybe_own=graph.settings.rpartition(".")[2],
            )


def _may_be_replaced(graph: Graph) -> bool:
    """Whether a config var may well choose other settings: there are some for production."""
    folder = graph.settings.rpartition(".")[0].replace(".", "/")
    last = graph.settings.rpartition(".")[2]
    if any(word in last for word in _OF_PRODUCTION):
        return False
    names = (path.rpartition("/")[2].removesuffix(".py") for path in graph.tree.below(folder, ".py"))
    return any(
        name.lower().startswith(_OF_PRODUCTION) or name.lower().endswith(_OF_PRODUCTION) for name in names
    )


def _last(modules: list[Scan], name: str) -> tuple[Scan, ast.expr, Place] | None:
    """Where a setting gets its value, in the module that comes last; None when conditions decide."""
    for here in modules:
        given = here.assigned.get(name)
        if given:
            if len(given) > 1 or given[0][1].is_conditional:
                return None
            return here, given[0][0], given[0][1]
    return None


def _extended(modules: list[Scan], name: str) -> bool:
    """Whether code adds to a list of the settings."""
    return any(
        call.name in (f"{name}.append", f"{name}.extend", f"{name}.insert")
        for m in modules
        for call in m.calls
    )


def _sets_hosts(modules: list[Scan]) -> bool:
    return any(call.name.partition(".")[0] in _SETS_HOSTS for here in modules for call in here.calls)


def _hosts(modules: list[Scan], values: Values, app_json: AppJson, *, replaced: bool) -> Iterator[Evidence]:
    found = _last(modules, "ALLOWED_HOSTS")
    if found is None or _extended(modules, "ALLOWED_HOSTS") or _sets_hosts(modules):
        return
    here, node, place = found
    hosts = values.texts(node, here, place)
    value = values.of(node, here, place)
    if hosts is None or value.env or _reads_env(node, here, values, place):
        yield from _default_hosts(node, here, values, place, app_json)
        return
    if any(host == "*" or (host.endswith("herokuapp.com") and "*" not in host) for host in hosts):
        return
    wild = any(host.startswith("*.") for host in hosts)  # Django writes ".herokuapp.com"
    outside = [host for host in hosts if host not in _LOCAL and not wild]
    sure = POSSIBLE if replaced else LIKELY if outside or wild else SURE
    shown = ", ".join(repr(host) for host in hosts[:4])
    yield finding(
        Fact.PROJECT_CONFIG,
        "hosts",
        Level.INFO if outside else Level.WARN if replaced else Level.FAIL,
        sure,
        f"ALLOWED_HOSTS is [{shown}], without the app's name on herokuapp.com",
        f"{here.path}:{node.lineno}",
        host="YOUR-APP.herokuapp.com",
        settings=here.path,
        line=node.lineno,
        file=here.path,
    )


def _default_hosts(
    node: ast.expr, here: Scan, values: Values, place: Place, app_json: AppJson
) -> Iterator[Evidence]:
    """Hosts from a config var whose default lets nobody in."""
    for each in ast.walk(node):
        value = values.environment(each, here, place) if isinstance(each, ast.Call) else None
        if value is None or not value.known or not isinstance(value.value, str | tuple):
            continue
        if app_json.brings(value.env):
            return
        given = value.value.split(",") if isinstance(value.value, str) else _plain(value.value)
        if given and all(host.strip() in _LOCAL for host in given):
            yield finding(
                Fact.PROJECT_CONFIG,
                "hosts",
                Level.WARN,
                LIKELY,
                f"ALLOWED_HOSTS is {', '.join(given)!r} unless the config var {value.env} is set",
                f"{here.path}:{node.lineno}",
                host="YOUR-APP.herokuapp.com",
                variable=value.env,
                file=here.path,
                line=node.lineno,
            )
            return


def _plain(values: tuple[object, ...]) -> list[str]:
    """The strings of a list, or nothing when one of them is none."""
    texts = [getattr(each, "value", None) for each in values]
    return [text for text in texts if isinstance(text, str)] if all(isinstance(t, str) for t in texts) else []


def _reads_env(node: ast.expr, here: Scan, values: Values, place: Place) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Call | ast.Subscript | ast.Name) and values.of(each, here, place).env:
            return True
    return False


def _debug(modules: list[Scan], values: Values, *, replaced: bool) -> Iterator[Evidence]:
    found = _last(modules, "DEBUG")
    if found is None or replaced:
        return
    here, node, place = found
    value = values.of(node, here, place)
    if value.known and isinstance(value.value, str) and value.value and _is_text(node, here):
        yield _text_for_debug(value, here, node)
    if not value.known or value.value is not True:
        return
    named = f" unless the config var {value.env} says otherwise" if value.env else ""
    yield finding(
        Fact.PROJECT_CONFIG,
        "debug-on",
        Level.WARN if not value.env else Level.INFO,
        SURE if not value.env else POSSIBLE,
        f"DEBUG is True{named}",
        f"{here.path}:{node.lineno}",
        setting="DEBUG = True",
        setting_name="DEBUG",
        file=here.path,
        line=node.lineno,
    )


def _is_text(node: ast.expr, here: Scan) -> bool:
    """Whether nothing makes a number or a truth value of the text."""
    called = here.full(node.func) if isinstance(node, ast.Call) else ""
    return isinstance(node, ast.Constant) or called in ("os.environ.get", "os.getenv")


def _text_for_debug(value: Value, here: Scan, node: ast.expr) -> Evidence:
    """``DEBUG = os.environ.get("DEBUG", "False")``: every text but the empty one is true."""
    return finding(
        Fact.PROJECT_CONFIG,
        "debug-on",
        Level.WARN,
        SURE if not value.env else LIKELY,
        f"DEBUG is the text {value.value!r}, and every text is true",
        f"{here.path}:{node.lineno}",
        setting=f"DEBUG = {value.value!r}",
        setting_name="DEBUG",
        file=here.path,
        line=node.lineno,
    )


def _apps(graph: Graph, modules: list[Scan], values: Values, provided: Provided) -> Iterator[Evidence]:
    """Names in INSTALLED_APPS and MIDDLEWARE that nothing brings: Django imports them at the start."""
    told: set[str] = set()
    for here in modules:
        for name in (
            "INSTALLED_APPS",
            "MIDDLEWARE",
            "THIRD_PARTY_APPS",
            "DJANGO_APPS",
            "LOCAL_APPS",
            "PROJECT_APPS",
        ):
            for node, place in here.assigned.get(name, ()):
                elements = (
                    node.elts if isinstance(node, ast.List | ast.Tuple) and not place.is_conditional else []
                )
                for each in elements:
                    value = values.of(each, here, place).value
                    top = value.partition(".")[0] if isinstance(value, str) else ""
                    if not top or top in told or top == "django":
                        continue
                    told.add(top)
                    if not graph.finder.owns(top) and provided.has(top) is False:
                        yield finding(
                            Fact.PROJECT_SOURCE,
                            "module",
                            Level.FAIL,
                            SURE,
                            f"{name} has {value}, and nothing that is required brings it",
                            f"{here.path}:{each.lineno}",
                            module=top,
                            distribution=provided.distribution_for(top),
                        )


def _database(modules: list[Scan]) -> Iterator[Evidence]:
    """``django.db.backends.sqlite3`` as the only database."""
    found = _last(modules, "DATABASES")
    if found is None:
        return
    here, node, _ = found
    text = ast.unparse(node)
    if (
        "sqlite3" not in text
        or "environ" in text
        or "env(" in text
        or "config(" in text
        or "dj_database_url" in text
    ):
        return
    changed = any(key.startswith("DATABASES[") for m in modules for key in m.assigned)
    updated = any(call.name.startswith("DATABASES") for m in modules for call in m.calls)
    if changed or updated or _sets_hosts(modules) or any("dj_database_url" in m.module.text for m in modules):
        return
    yield finding(
        Fact.PROJECT_CONFIG,
        "sqlite",
        Level.WARN,
        LIKELY,
        "the database is an SQLite file, on a disk that is emptied at each restart",
        f"{here.path}:{node.lineno}",
        path="db.sqlite3",
        file=here.path,
        line=node.lineno,
        what="The database",
    )


def _secret_key(modules: list[Scan]) -> Iterator[Evidence]:
    found = _last(modules, "SECRET_KEY")
    if found is None:
        return
    here, node, _ = found
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) >= 30:
        yield finding(
            Fact.PROJECT_SECRET,
            "secret-key",
            Level.WARN,
            LIKELY,
            "SECRET_KEY stands in the source",
            f"{here.path}:{node.lineno}",
            variable="SECRET_KEY",
            file=here.path,
            line=node.lineno,
        )
