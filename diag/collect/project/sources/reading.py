"""Everything that the web process's own code tells."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence
from diag.collect.project.app_json import AppJson
from diag.collect.project.installed import Installed
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.config_vars import find_config_vars
from diag.collect.project.sources.databases import find_databases, find_uploads, find_written
from diag.collect.project.sources.debug import find_debug
from diag.collect.project.sources.django import find_django
from diag.collect.project.sources.executed import find_literal_ports
from diag.collect.project.sources.files import find_missing_files
from diag.collect.project.sources.folders import find_missing_folders
from diag.collect.project.sources.generated import find_generated
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.imports import Provided, find_missing_modules, find_shadowed
from diag.collect.project.sources.models import find_models
from diag.collect.project.sources.needs import find_driver, find_needs
from diag.collect.project.sources.ports import find_ports
from diag.collect.project.sources.programs import find_programs
from diag.collect.project.sources.removed import find_removed
from diag.collect.project.sources.slow_start import find_slow_start
from diag.collect.project.sources.static_files import find_static_root
from diag.collect.project.sources.stopping import find_late_stops
from diag.collect.project.sources.syntax import find_syntax_errors
from diag.collect.project.sources.templates import find_missing_templates
from diag.collect.project.sources.unrun_main import find_unrun_loads
from diag.collect.project.sources.values import Values


def read_sources(
    graph: Graph, web: WebProcess, provided: Provided, installed: Installed, app_json: AppJson
) -> Iterator[Evidence]:
    """The findings in the order in which a boot would meet them."""
    values = Values(graph)
    yield from find_syntax_errors(graph)
    yield from find_shadowed(graph, provided)
    yield from find_missing_modules(graph, provided)
    yield from find_needs(graph, provided)
    yield from find_removed(graph, installed)
    yield from find_generated(graph, installed)
    yield from find_missing_files(graph, web, values)
    yield from find_missing_templates(graph, values)
    yield from find_missing_folders(graph, web, values)
    yield from find_ports(graph, web, values)
    yield from find_literal_ports(graph)
    yield from find_debug(graph, values)
    yield from find_databases(graph, values, installed)
    yield from find_driver(graph, values, provided)
    yield from find_config_vars(graph, values, app_json)
    yield from find_static_root(graph, app_json)
    yield from find_django(graph, values, provided, app_json)
    yield from find_models(graph, web)
    yield from find_unrun_loads(graph, web)
    yield from find_slow_start(graph, web, values)
    yield from find_uploads(graph, values)
    yield from find_written(graph, values)
    yield from find_programs(graph, values, app_json, graph.tree)
    yield from find_late_stops(graph, values)
