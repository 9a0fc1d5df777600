"""Config vars that the web process needs at boot and that nothing in the project declares."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.app_json import AppJson
from diag.collect.project.finding import LIKELY, POSSIBLE, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.places import Place
from diag.collect.project.sources.scan import Scan
from diag.collect.project.sources.settings_class import settings_fields
from diag.collect.project.sources.values import Values, reads_argument

# What Heroku or the Python buildpack sets. Dev Center `dynos`, the buildpack's profile.d scripts.
_PLATFORM = re.compile(
    r"PORT|DYNO(?:_RAM)?|HOME|PATH|PWD|USER|LANG|TERM|SHELL|TZ_|HOSTNAME|PYTHON\w*|WEB_CONCURRENCY|GUNICORN_CMD_ARGS"
    r"|FORWARDED_ALLOW_IPS|DJANGO_SETTINGS_MODULE|LD_LIBRARY_PATH|LIBRARY_PATH"
)
# What add-ons set that most apps of this kind have.
_OF_ADDONS = frozenset(("DATABASE_URL", "REDIS_URL"))
MOST = 12
_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,80}")


@dataclass(frozen=True, slots=True)
class _Read:
    variable: str
    here: Scan
    line: int
    at_boot: bool


def find_config_vars(graph: Graph, values: Values, app_json: AppJson) -> Iterator[Evidence]:
    """One finding that names them all: where the first is read, and whether app.json could have told."""
    reads = _required(graph, values)
    set_here = _set_by_code(graph, values)
    missing: dict[str, _Read] = {}
    for read in sorted(reads, key=lambda r: not r.at_boot):
        known = (
            _PLATFORM.fullmatch(read.variable) or app_json.brings(read.variable) or read.variable in set_here
        )
        if not known:
            missing.setdefault(read.variable, read)
    told = [read for read in missing.values() if read.at_boot] or list(missing.values())
    certain = [read for read in told if read.variable not in _OF_ADDONS]
    if not certain:
        return
    names = tuple(read.variable for read in certain)
    first = certain[0]
    declares = app_json.exists and bool(app_json.env)
    for read in certain[:MOST]:
        yield finding(
            Fact.PROJECT_CONFIG,
            "variable-needed",
            Level.WARN if read.at_boot else Level.INFO,
            LIKELY if declares else POSSIBLE,
            f"{read.variable} is read without a default"
            + (", and app.json does not declare it" if declares else ""),
            f"{read.here.path}:{read.line}",
            variable=first.variable,
            names=names,
            file=read.here.path,
            line=read.line,
        )


def _required(graph: Graph, values: Values) -> list[_Read]:
    found: list[_Read] = []
    for here in graph.all:
        for node, place in here.subscripts:
            if place.catches("KeyError", "LookupError") or not _counts(graph, place, here):
                continue
            value = values.of(node, here, place) if here.full(node.value) == "os.environ" else None
            if value is not None and value.is_required and isinstance(node.ctx, ast.Load):
                found.append(_Read(value.env, here, node.lineno, graph.runs(place, here.path)))
        for call in here.calls:
            if call.place.caught or not _counts(graph, call.place, here):
                continue
            value = values.environment(call, here, call.place)
            if value is not None and value.is_required:
                found.append(_Read(value.env, here, call.line, graph.runs(call.place, here.path)))
        found.extend(_of_settings(graph, here))
        found.extend(_of_helpers(graph, values, here))
    return found


def _of_helpers(graph: Graph, values: Values, here: Scan) -> Iterator[_Read]:
    """``get_env_variable("X")``: calls of a function of the project that raises without the config var."""
    for call in here.calls:
        if len(call.node.args) + len(call.node.keywords) != 1 or not _counts(graph, call.place, here):
            continue
        variable = values.of(call.argument(0, "name", "key", "var_name", "variable"), here, call.place).value
        if not isinstance(variable, str) or not _NAME.fullmatch(variable):
            continue
        if any(_raises_without(scan, owner) for scan, owner in graph.functions_called(here, call)):
            yield _Read(variable, here, call.line, graph.runs(call.place, here.path))


def _raises_without(here: Scan, owner: str) -> bool:
    """Whether a function reads the config var that its argument names, and raises when there is none."""
    function = here.functions[owner]
    first = function.args.args[0].arg if function.args.args else ""
    requires = any(
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Name)
        and node.slice.id == first
        and here.full(node.value) == "os.environ"
        for node in ast.walk(function)
    )
    raises = any(isinstance(node, ast.Raise) for node in ast.walk(function))
    catches = any(isinstance(node, ast.ExceptHandler) for node in ast.walk(function))
    return (requires and (raises or not catches)) or (raises and reads_argument(here, owner))


def _counts(graph: Graph, place: Place, here: Scan) -> bool:
    """Whether a dyno's web process may come there, other than by a condition."""
    is_other_main = place.is_main and not (graph.runs_main and here.path == graph.entry)
    return not place.is_conditional and not is_other_main


def _of_settings(graph: Graph, here: Scan) -> Iterator[_Read]:
    """The fields without default of a class of pydantic-settings that is made at boot."""
    for cls in here.classes:
        fields = settings_fields(here, cls)
        if not fields:
            continue
        made = any(
            call.name.rpartition(".")[2] == cls and graph.runs(call.place, other.path)
            for other in graph.all
            for call in other.calls
        )
        for name, (variable, default) in fields.items():
            if default is None:
                yield _Read(variable, here, _line_of(here, cls, name), made)


def _line_of(here: Scan, cls: str, name: str) -> int:
    for statement in here.classes[cls].body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=field)) if field == name:
                return statement.lineno
    return here.classes[cls].lineno


def _set_by_code(graph: Graph, values: Values) -> frozenset[str]:
    """Variables that the code itself sets: ``os.environ["X"] = …``, ``setdefault``."""
    found: set[str] = set()
    for here in graph.all:
        for key in here.assigned:
            name = key.rpartition("os.environ[")[2] if "os.environ[" in key else ""
            if name:
                found.add(name.rstrip("]"))
        for call in here.calls:
            if call.name.endswith("environ.setdefault") and call.node.args:
                name_ = values.of(call.node.args[0], here, call.place).value
                if isinstance(name_, str):
                    found.add(name_)
    return frozenset(found)
