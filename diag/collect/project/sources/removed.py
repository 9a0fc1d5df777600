"""APIs that Flask, Werkzeug, Jinja2, MarkupSafe, itsdangerous, Django, NumPy … had once: data and one rule.

Each was looked for in the packages themselves: it is in the release before the one named, and not in it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.installed import Installed, Version
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.places import Place
from diag.collect.project.sources.scan import Call, Import, Scan


@dataclass(frozen=True, slots=True)
class _Gone:
    """A module or a name of one, gone from a distribution since a version. `key` is for the cause's texts."""

    name: str  # dotted; ends in ``.*`` for a module with all that is below
    distribution: str
    since: tuple[int, ...]
    fault: str
    key: str


def _gone(  # noqa: PLR0913, PLR0917  a row of the table below
    distribution: str, fault: str, since: tuple[int, ...], module: str, names: str, key: str
) -> tuple[_Gone, ...]:
    return tuple(_Gone(f"{module}.{name}", distribution, since, fault, key) for name in names.split())


_FLASK, _FAMILY, _DJANGO = "flask-removed", "flask-family-code", "django-removed"
_GONE = (
    *_gone("flask", _FLASK, (2, 3), "flask.json", "JSONEncoder JSONDecoder", "json"),
    *_gone("flask", _FLASK, (3, 0), "flask", "Markup escape", "markup"),
    *_gone("flask", _FLASK, (3, 0), "flask", "_app_ctx_stack _request_ctx_stack", "context"),
    *_gone("flask", _FLASK, (2, 1), "flask", "safe_join", "helper"),
    *_gone("flask", _FLASK, (2, 1), "flask.helpers", "safe_join total_seconds", "helper"),
    *_gone("flask", _FLASK, (1, 0), "flask", "ext.*", "part"),
    *_gone("flask", _FLASK, (2, 0), "flask", "_compat.*", "part"),
    *_gone(
        "werkzeug",
        _FAMILY,
        (1, 0),
        "werkzeug",
        "secure_filename generate_password_hash check_password_hash FileStorage cached_property "
        "BaseRequest BaseResponse ImmutableMultiDict MultiDict redirect contrib.*",
        "name",
    ),
    *_gone("werkzeug", _FAMILY, (2, 1), "werkzeug.security", "safe_str_cmp", "name"),
    *_gone("werkzeug", _FAMILY, (2, 1), "werkzeug.wrappers", "BaseRequest BaseResponse", "name"),
    *_gone(
        "werkzeug",
        _FAMILY,
        (3, 0),
        "werkzeug.urls",
        "url_quote url_quote_plus url_unquote url_unquote_plus url_encode url_decode url_parse url_join "
        "url_unparse url_fix",
        "name",
    ),
    *_gone(
        "jinja2",
        _FAMILY,
        (3, 1),
        "jinja2",
        "Markup escape contextfunction contextfilter "
        "evalcontextfunction evalcontextfilter environmentfunction environmentfilter",
        "name",
    ),
    *_gone("markupsafe", _FAMILY, (2, 1), "markupsafe", "soft_unicode", "name"),
    *_gone(
        "itsdangerous",
        _FAMILY,
        (2, 1),
        "itsdangerous",
        "json TimedJSONWebSignatureSerializer JSONWebSignatureSerializer",
        "name",
    ),
    *_gone("django", _DJANGO, (4, 0), "django.conf.urls", "url", "import"),
    *_gone("django", _DJANGO, (1, 10), "django.conf.urls", "patterns", "import"),
    *_gone("django", _DJANGO, (1, 6), "django.conf.urls", "defaults.*", "part"),
    *_gone("django", _DJANGO, (2, 0), "django.core", "urlresolvers.*", "part"),
    *_gone("django", _DJANGO, (1, 10), "django.core", "context_processors.*", "part"),
    *_gone(
        "django",
        _DJANGO,
        (4, 0),
        "django.utils.translation",
        "ugettext ugettext_lazy ugettext_noop ungettext ungettext_lazy",
        "import",
    ),
    *_gone("django", _DJANGO, (2, 0), "django.utils.translation", "string_concat", "import"),
    *_gone("django", _DJANGO, (4, 0), "django.utils.encoding", "force_text smart_text", "import"),
    *_gone("django", _DJANGO, (3, 0), "django.utils.encoding", "python_2_unicode_compatible", "import"),
    *_gone(
        "django",
        _DJANGO,
        (4, 0),
        "django.utils.http",
        "urlquote urlquote_plus urlunquote urlunquote_plus is_safe_url",
        "import",
    ),
    *_gone("django", _DJANGO, (3, 0), "django.utils", "six.* lru_cache.* importlib.* tzinfo.*", "part"),
    *_gone(
        "django", _DJANGO, (3, 0), "django.utils.decorators", "available_attrs ContextDecorator", "import"
    ),
    *_gone("django", _DJANGO, (3, 0), "django.utils.functional", "curry", "import"),
    *_gone("django", _DJANGO, (3, 0), "django.shortcuts", "render_to_response", "import"),
    *_gone("django", _DJANGO, (5, 0), "django.utils.timezone", "utc", "import"),
    *_gone("django", _DJANGO, (5, 0), "django.utils", "datetime_safe.* baseconv.*", "part"),
    *_gone("django", _DJANGO, (5, 1), "django.core.files.storage", "get_storage_class", "import"),
    *_gone("django", _DJANGO, (3, 1), "django.db.models.fields", "FieldDoesNotExist", "import"),
    *_gone("django", _DJANGO, (3, 0), "django.contrib.staticfiles", "templatetags.*", "part"),
    *_gone("django", _DJANGO, (3, 0), "django.contrib.admin.templatetags", "admin_static.*", "part"),
    *_gone(
        "django",
        _DJANGO,
        (2, 1),
        "django.contrib.auth.views",
        "login logout password_change password_reset",
        "import",
    ),
    *_gone("django", _DJANGO, (3, 0), "django.db.backends", "postgresql_psycopg2.*", "part"),
)
_BY_NAME = {each.name.removesuffix(".*"): each for each in _GONE}
# Methods and attributes of the app itself, by what they stand on.
_OF_APP = {
    "before_first_request": ("flask", (2, 3)),
    "before_app_first_request": ("flask", (2, 3)),
}
_NAMES_OF_APPS = ("app", "flask_app", "application", "bp", "blueprint")
_APPS = ("flask.Flask", "flask.Blueprint")
_ENCODERS = ("json_encoder", "json_decoder")  # setting one is ignored; reading it raises


def find_removed(graph: Graph, installed: Installed) -> Iterator[Evidence]:
    """What the code of the web process takes from a release that no longer has it."""
    for here in graph.all:
        told: set[str] = set()
        for taken in (*_taken(here), *_of_bases(here)):
            version = installed.version(taken.gone.distribution)
            if version is None or not version.at_least(*taken.gone.since) or taken.what in told:
                continue
            told.add(taken.what)
            yield _said(graph, here, taken, version)
        yield from _of_app(graph, here, installed)
        yield from _of_django_models(graph, here, installed)


@dataclass(frozen=True, slots=True)
class _Taken:
    gone: _Gone
    line: int
    place: Place
    what: str


def _taken(here: Scan) -> Iterator[_Taken]:
    for each in here.imports:
        for name in _names(each):
            gone = _known(name)
            if gone is not None and not each.place.catches("ImportError", "ModuleNotFoundError"):
                yield _Taken(gone, each.line, each.place, name)
    for call in here.calls:
        # flask.json.JSONEncoder, jinja2.Markup(…): an attribute of the module.
        gone = _BY_NAME.get(call.name)
        if gone is not None and not _is_from_import(here, call.name):
            yield _Taken(gone, call.line, call.place, call.name)


def _of_bases(here: Scan) -> Iterator[_Taken]:
    """``class Encoder(flask.json.JSONEncoder)``: an attribute of the module that is no call."""
    for owner, cls in here.classes.items():
        for base in cls.bases:
            name = here.full(base)
            gone = _BY_NAME.get(name)
            if gone is not None and not _is_from_import(here, name):
                yield _Taken(gone, cls.lineno, Place(owner=owner.rpartition(".")[0]), name)


def _is_from_import(here: Scan, name: str) -> bool:
    return any(meant == name for meant in here.aliases.values())


def _names(each: Import) -> Iterator[str]:
    if not each.names:
        yield each.module
    for name in each.names:
        yield f"{each.module}.{name}" if name != "*" else each.module


def _known(name: str) -> _Gone | None:
    """The entry of a dotted name, or of a module above it that is gone with all it had."""
    if (exact := _BY_NAME.get(name)) is not None:
        return exact
    parts = name.split(".")
    for cut in range(len(parts) - 1, 1, -1):
        above = _BY_NAME.get(".".join(parts[:cut]))
        if above is not None and above.name.endswith(".*"):
            return above
    return None


def _said(graph: Graph, here: Scan, taken: _Taken, version: Version) -> Evidence:
    gone, line, place, what = taken.gone, taken.line, taken.place, taken.what
    at_boot = graph.runs(place, here.path) and not place.is_conditional
    values: dict[str, Value] = {gone.key: what if gone.key == "part" else what.rpartition(".")[2]}
    if gone.fault == _FAMILY:
        values["sister"] = gone.distribution
    return finding(
        Fact.PROJECT_SOURCE,
        gone.fault,
        Level.FAIL if at_boot else Level.WARN,
        SURE if at_boot and version.is_pinned else LIKELY,
        f"uses {what}, which left {_shown(gone.distribution)} in {'.'.join(map(str, gone.since))}; "
        f"{_will_be(version)}",
        f"{here.path}:{line}",
        file=here.path,
        line=line,
        installed_version=version.text,
        **values,
    )


def _will_be(version: Version) -> str:
    return f"{version.text} is required" if version.is_pinned else f"a build today takes {version.text}"


def _shown(distribution: str) -> str:
    proper = {"jinja2": "Jinja2", "markupsafe": "MarkupSafe", "itsdangerous": "itsdangerous"}
    return proper.get(distribution, distribution.capitalize())


def _of_app(graph: Graph, here: Scan, installed: Installed) -> Iterator[Evidence]:
    """``@app.before_first_request`` and its like, on a Flask app or a blueprint."""
    flask = installed.version("flask")
    if flask is None or not flask.at_least(2, 3):
        return
    found: list[tuple[str, int, Place]] = []
    for owner, function in here.functions.items():
        place = Place(owner=owner.rpartition(".")[0])
        for decorator in function.decorator_list:
            node = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(node, ast.Attribute) and node.attr in _OF_APP and _is_app(graph, here, node.value):
                found.append((node.attr, node.lineno, place))
    for call in here.calls:
        node = call.node.func
        if call.place.is_conditional or call.place.catches("AttributeError"):
            continue
        if not isinstance(node, ast.Attribute) or node.attr not in _OF_APP:
            continue
        if _is_app(graph, here, node.value) or _is_passed(node.value, call.place):
            found.append((node.attr, call.line, call.place))
    for name, line, place in dict.fromkeys(found):
        runs = not place.owner or (here.path, place.owner) in graph.executed
        at_boot = here.path in graph.boot and runs
        yield finding(
            Fact.PROJECT_SOURCE,
            _FLASK,
            Level.FAIL if at_boot else Level.WARN,
            SURE if at_boot and flask.is_pinned else LIKELY,
            f"uses {name}, which left Flask in 2.3; {_will_be(flask)}",
            f"{here.path}:{line}",
            attribute=name,
            file=here.path,
            line=line,
            installed_version=flask.text,
        )


def _is_passed(node: ast.expr, place: Place) -> bool:
    """Whether it is the app that a function is given: ``def register(app)``."""
    if place.function is None or not isinstance(node, ast.Name):
        return False
    names = [argument.arg for argument in place.function.args.args]
    return node.id in names and node.id in _NAMES_OF_APPS


def _is_app(graph: Graph, here: Scan, node: ast.expr) -> bool:
    """Whether an expression is a Flask app or blueprint, by what its name is set to."""
    name = here.full(node)
    module, _, last = name.rpartition(".")
    scan = graph.module(module) if module else here
    if scan is None:
        return False
    for key, values in scan.assigned.items():
        if key.rpartition(".")[2] == last:
            for value, _ in values:
                if isinstance(value, ast.Call) and (
                    scan.full(value.func) in _APPS or scan.full(value.func).endswith("create_app")
                ):
                    return True
    return False


_MODEL_FIELDS = ("django.db.models.ForeignKey", "django.db.models.OneToOneField")


def _is_old_signal(call: Call) -> bool:
    return call.name == "django.dispatch.Signal" and call.argument(-1, "providing_args") is not None


def _of_django_models(graph: Graph, here: Scan, installed: Installed) -> Iterator[Evidence]:
    """What Django requires since 2.0, and what it refuses since 4.0 and 5.1; the first of a module."""
    django = installed.version("django")
    if django is None:
        return
    for key, name, text, line, place in _of_models(here, django):
        at_boot = graph.runs(place, here.path)
        yield finding(
            Fact.PROJECT_SOURCE,
            _DJANGO,
            Level.FAIL if at_boot else Level.WARN,
            SURE if at_boot and django.is_pinned else LIKELY,
            f"{text}; {_will_be(django)}",
            f"{here.path}:{line}",
            file=here.path,
            line=line,
            installed_version=django.text,
            **{key: name},
        )
        return


def _of_models(here: Scan, django: Version) -> Iterator[tuple[str, str, str, int, Place]]:
    """The placeholder of the cause's texts, the name, what stands there, and where."""
    for call in here.calls:
        if call.name in _MODEL_FIELDS and django.at_least(2, 0) and not call.has_unseen:
            if call.argument(1, "on_delete") is None:
                field = call.name.rpartition(".")[2]
                yield "required", "on_delete", f"makes a {field} without on_delete", call.line, call.place
        elif _is_old_signal(call) and django.at_least(4, 0):
            yield "argument", "providing_args", "makes a Signal with providing_args", call.line, call.place
    if django.at_least(5, 1):
        for key, given in here.assigned.items():
            if key.endswith(".Meta.index_together"):
                yield (
                    "argument",
                    "index_together",
                    "has index_together in Meta",
                    given[0][0].lineno,
                    given[0][1],
                )
