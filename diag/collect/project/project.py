"""A project's folder to all that preflight finds in it, by area and in the order a deploy would meet it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from checks.evidence import Evidence, Result
from diag.collect.project.app_json import read_app_json
from diag.collect.project.buildpacks import read_buildpacks
from diag.collect.project.config import find_large_config
from diag.collect.project.dependencies.libraries import apt_packages
from diag.collect.project.dependencies.resolution import Resolution, needs_of, resolve
from diag.collect.project.dependencies.rules import check_dependencies
from diag.collect.project.dependencies.slug import estimate_slug
from diag.collect.project.installed import WillBeInstalled
from diag.collect.project.layout.reading import read_layout
from diag.collect.project.model_files import find_model_files
from diag.collect.project.procfile.declared import declared
from diag.collect.project.procfile.lacking import check_front
from diag.collect.project.procfile.load import check_memory
from diag.collect.project.procfile.modules import installs_itself
from diag.collect.project.procfile.reading import read_procfile
from diag.collect.project.procfile.required import check_server
from diag.collect.project.procfile.starting import read_web
from diag.collect.project.procfile.target import check_target
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.python.reading import read_python
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.secrets import find_secrets
from diag.collect.project.sources.graph import Graph, build
from diag.collect.project.sources.pretrained import find_pretrained
from diag.collect.project.sources.reading import read_sources
from diag.collect.project.sources.values import Values
from diag.collect.project.tree import Tree
from diag.collect.project.words import words_of
from diag.distributions.provided import provides

Started = Callable[[str], None]
# What installs, and then fails where it is imported.
_AT_IMPORT = words_of(
    "numpy-abi protobuf flask-family flask-addon sqlalchemy pkg-resources old-for-python shared-library "
    "django-removed"
)
_OF_REQUESTS = ("keepalive-race", "exit-timeout", "dev-server")


@dataclass(slots=True)
class _Areas:
    """What was found so far, and how long each area took."""

    started: Started
    results: list[Result] = field(default_factory=list)

    def add(self, name: str, found: Iterable[Evidence]) -> None:
        """One more area."""
        self.started(name)
        began = time.perf_counter()
        evidence = tuple(found)
        self.results.append(Result(name, evidence, time.perf_counter() - began))


def collect(
    tree: Tree, generation: str = "cedar", *, online: bool = False, started: Started = lambda name: None
) -> list[Result]:
    """Everything that can be told. `started` hears the name of each area as it begins."""
    areas = _Areas(started)
    python, of_python = read_python(tree, generation)
    requirements, of_requirements = read_requirements(tree, python, generation)
    app_json = read_app_json(tree)
    resolution = resolve(requirements, python.minor)
    provided = provides(requirements, needs_of(resolution, python.minor))
    installed = WillBeInstalled(requirements, resolution, python)
    procfile, of_procfile = read_procfile(tree, generation)
    web, of_web = read_web(tree, procfile)
    graph = build(tree, _with_src(web, tree, requirements), python.numbers)
    areas.add("layout", read_layout(tree, requirements, generation))
    areas.add("python", of_python)
    areas.add("requirements", of_requirements)
    started("dependencies")  # with `online` this takes its time
    required, taken = _required(tree, requirements, python, resolution, graph, generation, online=online)
    areas.add("dependencies", (each for each in required if each.values["fault"] not in _AT_IMPORT))
    areas.add("slug", _slug(tree, taken, python, resolution, generation))
    areas.add("procfile", of_procfile)
    if web is not None:
        of_web += check_target(tree, web, requirements)
        of_web += check_server(web, requirements)
        of_web += check_front(tree, web)
    # What slows or breaks single requests comes after what breaks a boot.
    areas.add("web", (each for each in of_web if each.values["fault"] not in _OF_REQUESTS))
    areas.add("imports", (each for each in required if each.values["fault"] in _AT_IMPORT))
    areas.add("source", read_sources(graph, web or WebProcess(""), provided, installed, app_json))
    areas.add("model", find_model_files(tree, graph, installed, provided))
    areas.add("memory", _memory(tree, web, requirements, graph, generation))
    areas.add("server", (each for each in of_web if each.values["fault"] in _OF_REQUESTS))
    areas.add("config", find_large_config(tree, app_json))
    areas.add("secrets", find_secrets(tree))
    return areas.results


def _required(  # noqa: PLR0913, PLR0917  what the rules go by
    tree: Tree,
    requirements: Requirements,
    python: DeployedPython,
    resolution: Resolution,
    graph: Graph,
    generation: str,
    *,
    online: bool,
) -> tuple[Iterable[Evidence], Requirements]:
    """What is wrong with what is required, and that itself, with `online` in the very versions of today.

    Nothing is wrong where Docker builds, whose Python nobody here knows.
    """
    if read_buildpacks(tree).is_container:
        return [], requirements
    imported = {each.module for here in graph.boot.values() for each in here.imports} if graph.entry else None
    apt = apt_packages(tree)
    if online:
        from diag.collect.project.dependencies.online import check_online  # brings the reader of build logs

        looked = check_online(requirements, python, generation, imported=imported, apt=apt)
        return looked.evidence, looked.exact or requirements
    return check_dependencies(
        requirements, python, generation, imported=imported, apt=apt, resolution=resolution
    ), requirements


def _slug(
    tree: Tree, requirements: Requirements, python: DeployedPython, resolution: Resolution, generation: str
) -> list[Evidence]:
    if read_buildpacks(tree).is_container:
        return []
    return estimate_slug(tree, requirements, python, resolution=resolution, generation=generation)


def _with_src(web: WebProcess | None, tree: Tree, requirements: Requirements) -> WebProcess | None:
    """The web process with the folder in which a project that is installed itself has its packages."""
    if web is None or not installs_itself(tree, requirements):
        return web
    return replace(web, path=(*web.path, "src"))


def _memory(
    tree: Tree, web: WebProcess | None, requirements: Requirements, graph: Graph, generation: str
) -> Iterator[Evidence]:
    if web is not None:
        dyno = declared(tree, generation)
        is_declared = dyno.size is not None
        yield from find_pretrained(graph, Values(graph), dyno.quota_mb, is_declared=is_declared)
        yield from check_memory(tree, web, requirements, generation)
