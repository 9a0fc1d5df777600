"""The modules that the web process imports, from what its command names on, and what of them runs at boot.

A script or a notebook beside them can't fail the deploy. Modules that only functions import are `late`: they
are loaded by a request, if ever.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.sources.finder import Finder
from diag.collect.project.sources.parsed import SOURCE_BYTES, parse, skim
from diag.collect.project.sources.places import Place
from diag.collect.project.sources.scan import Call, Import, Scan, scan
from diag.collect.project.tree import Tree

MOST_MODULES = 5000
WHOLE_BYTES = 500_000  # of sources that are read whole; of what comes after, modules may be skimmed

_ADDS_PATH = ("sys.path.insert", "sys.path.append", "site.addsitedir")
_AT_START = (
    "on_event",
    "before_first_request",
    "before_serving",
    "on_startup",
    "listener",
    "before_server_start",
)


@dataclass(slots=True)
class Graph:
    """The web process's modules by their path. `entry` is the one that its command names.

    `runs_main` tells whether the entry's ``if __name__ == "__main__"`` is run, and `executed` holds the
    functions that run at boot, as (path, owner).
    """

    tree: Tree
    finder: Finder
    python: tuple[int, int]
    entry: str = ""
    runs_main: bool = False
    boot: dict[str, Scan] = field(default_factory=dict)
    late: dict[str, Scan] = field(default_factory=dict)
    executed: set[tuple[str, str]] = field(default_factory=set)
    settings: str = ""  # Django's settings module, dotted
    settings_where: str = ""
    _scans: dict[str, Scan] = field(default_factory=dict)
    _bytes: int = 0

    @property
    def all(self) -> Iterator[Scan]:
        """Every module, those of the boot first."""
        yield from self.boot.values()
        yield from self.late.values()

    def scan_of(self, path: str) -> Scan | None:
        """A module of the project, whether the web process imports it or not."""
        if path not in self._scans:
            data = self.tree.data(path, SOURCE_BYTES + 1)
            if data is None:
                return None
            self._bytes += len(data)
            module = skim(path, data) if self._bytes > WHOLE_BYTES else None
            module = module or parse(path, data, self.python)
            if module.skipped:
                self.tree.skipped[path] = module.skipped
            self._scans[path] = scan(module, self.finder.name_of(path), self.python)
        return self._scans[path]

    def whole(self, here: Scan) -> Scan:
        """The module, not skimmed."""
        if not here.module.is_skimmed:
            return here
        module = parse(here.path, here.module.text.encode(), self.python)
        self._scans[here.path] = scan(module, here.name, self.python)
        for modules in (self.boot, self.late):
            if here.path in modules:
                modules[here.path] = self._scans[here.path]
        return self._scans[here.path]

    def module(self, name: str) -> Scan | None:
        """The project's module of that dotted name."""
        found = self.finder.find(name)
        return self.scan_of(found.path) if found is not None and found.is_source else None

    def runs(self, place: Place, path: str) -> bool:
        """Whether what stands there runs at boot, conditions aside."""
        if path not in self.boot:
            return False
        if place.is_main and not (self.runs_main and path == self.entry):
            return False
        if place.owner.endswith("<lambda>"):
            return False
        return place.function is None or (path, place.owner) in self.executed

    def functions_called(self, here: Scan, call: Call) -> list[tuple[Scan, str]]:
        """The functions of the project that a call may run, by their module and name."""
        found = ((self.scan_of(path), owner) for path, owner in _targets(self, here, call))
        return [(scan_, owner) for scan_, owner in found if scan_ is not None]

    def functions_named(self, here: Scan, node: ast.expr) -> list[tuple[Scan, str]]:
        """The functions of the project that an expression is a name of."""
        found = ((self.scan_of(path), owner) for path, owner in _referred(self, here, node))
        return [(scan_, owner) for scan_, owner in found if scan_ is not None]

    def calls(self) -> Iterator[tuple[Scan, Call]]:
        """Every call in the web process's modules."""
        for each in self.all:
            for call in each.calls:
                yield each, call


def build(tree: Tree, web: WebProcess | None, python: tuple[int, int]) -> Graph:
    """The graph of the web process; without one it is empty."""
    search = web.path if web is not None else ("",)
    graph = Graph(tree, Finder(tree, search), python)
    if web is None:
        return graph
    waiting: deque[str] = deque()
    script = _script(graph.finder, web)
    if script in tree:
        graph.entry, graph.runs_main = script, True
        waiting.append(script)
        if web.module:
            waiting.extend(_with_parents(web.module, graph.finder))
    elif web.module and (found := graph.finder.find(web.module)) is not None:
        graph.entry = found.path if found.is_source else ""
        waiting.extend(_with_parents(web.module, graph.finder))
    if web.attribute and graph.entry:
        graph.executed.add((graph.entry, web.attribute))
    _follow(graph, waiting)
    return graph


def _script(finder: Finder, web: WebProcess) -> str:
    """The file that python runs as the main module: a script, a module, or a package's __main__."""
    if web.script or web.server not in ("python", "streamlit") or not web.module:
        return web.script
    found = finder.find(web.module)
    if found is not None and found.is_package:
        found = finder.find(f"{web.module}.__main__")
    return found.path if found is not None and found.is_source else ""


def _follow(graph: Graph, waiting: deque[str]) -> None:
    """Import what is waiting, and all that it imports, until nothing new runs at boot."""
    while waiting and len(graph.boot) < MOST_MODULES:
        while waiting and len(graph.boot) < MOST_MODULES:
            path = waiting.popleft()
            found = graph.scan_of(path) if path not in graph.boot else None
            if found is not None:
                graph.boot[path] = found
                waiting.extend(_run_by(graph, found))
        waiting.extend(_newly_run(graph))
        if _longer_path(graph):
            for here in graph.boot.values():
                waiting.extend(path for path in _run_by(graph, here) if path not in graph.boot)
        waiting.extend(path for path in _named(graph) if path not in graph.boot)
    _follow_late(graph)


def _run_by(graph: Graph, here: Scan) -> Iterator[str]:
    """The files that the imports of a module run at boot."""
    for each in here.imports:
        if graph.runs(each.place, here.path):
            yield from paths_of(each, graph.finder)


def _longer_path(graph: Graph) -> bool:
    """Whether code of the boot adds folders to sys.path that were not looked into yet."""
    from diag.collect.project.sources.values import Values

    values, is_longer = Values(graph), False
    for here in graph.boot.values():
        for call in here.calls:
            if call.name not in _ADDS_PATH or not graph.runs(call.place, here.path):
                continue
            folder = values.of(call.node.args[-1] if call.node.args else None, here, call.place)
            if folder.known and isinstance(folder.value, str) and not folder.value.startswith("/"):
                is_longer = graph.finder.add(folder.value.strip("./")) or is_longer
            else:
                graph.finder.is_open = True
    return is_longer


def _follow_late(graph: Graph) -> None:
    """What functions import that no boot runs."""
    waiting = deque(graph.boot.values())
    while waiting and len(graph.late) < MOST_MODULES:
        here = waiting.popleft()
        for each in here.imports:
            if each.place.is_main:
                continue
            for path in paths_of(each, graph.finder):
                if path not in graph.boot and path not in graph.late and (found := graph.scan_of(path)):
                    graph.late[path] = found
                    waiting.append(found)


def paths_of(each: Import, finder: Finder) -> list[str]:
    """The project's files that an import runs: the module, its packages, and submodules it names."""
    paths = _with_parents(each.module, finder)
    found = finder.find(each.module)
    if found is not None and found.is_package:
        for name in each.names:
            inner = finder.find(f"{each.module}.{name}") if name != "*" else None
            if inner is not None and inner.is_source:
                paths.append(inner.path)
    return paths


def _with_parents(name: str, finder: Finder) -> list[str]:
    parts = name.split(".")
    found = (finder.find(".".join(parts[: n + 1])) for n in range(len(parts)))
    return [each.path for each in found if each is not None and each.is_source]


def _newly_run(graph: Graph) -> list[str]:
    """Functions that code of the boot calls, and the files of what these import."""
    paths: list[str] = []
    again = True
    while again:
        again = False
        for path, here in list(graph.boot.items()):
            for target in _called(graph, path, here):
                if target in graph.executed:
                    continue
                graph.executed.add(target)
                again = True
                found = graph.scan_of(target[0])
                for each in found.imports if found is not None else ():
                    if each.place.owner == target[1]:
                        paths.extend(p for p in paths_of(each, graph.finder) if p not in graph.boot)
    return paths


def _called(graph: Graph, path: str, here: Scan) -> Iterator[tuple[str, str]]:
    for owner, function in here.functions.items():
        if ("." not in owner and any(_name(d) in _AT_START for d in function.decorator_list)) or (
            owner.endswith(".ready") and _is_app_config(here, owner)
        ):
            yield path, owner
    for call in here.calls:
        if graph.runs(call.place, path):
            yield from _targets(graph, here, call)
            for keyword in call.node.keywords:
                if keyword.arg in ("lifespan", "on_startup"):
                    yield from _referred(graph, here, keyword.value)


def _targets(graph: Graph, here: Scan, call: Call) -> Iterator[tuple[str, str]]:
    """The functions of the project that a call may mean."""
    name = call.name
    function = call.node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        owner = function.value.id
        if owner in ("self", "cls") and "." in call.place.owner:
            name = f"{call.place.owner.rpartition('.')[0]}.{function.attr}"
        elif owner not in here.aliases and owner not in here.classes:
            # An object: the method of that name, where the module has one class with it.
            having = [
                f"{each}.{function.attr}"
                for each in here.classes
                if f"{each}.{function.attr}" in here.functions
            ]
            if len(having) == 1:
                yield here.path, having[0]
            return
    yield from _by_name(graph, here, name)


def _referred(graph: Graph, here: Scan, node: ast.expr) -> Iterator[tuple[str, str]]:
    for each in node.elts if isinstance(node, ast.List | ast.Tuple) else (node,):
        if name := here.full(each):
            yield from _by_name(graph, here, name)


def _by_name(graph: Graph, here: Scan, name: str) -> Iterator[tuple[str, str]]:
    for scan_, inner in _readings(graph, here, name):
        if inner in scan_.functions:
            yield scan_.path, inner
        elif inner in scan_.classes:
            for method in ("__init__", "__call__", "__post_init__", "__new__"):
                if f"{inner}.{method}" in scan_.functions:
                    yield scan_.path, f"{inner}.{method}"


def _readings(graph: Graph, here: Scan, name: str) -> Iterator[tuple[Scan, str]]:
    """In which module a dotted name may be defined, and as what."""
    yield here, name
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = graph.module(".".join(parts[:cut]))
        if module is not None:
            inner = ".".join(parts[cut:])
            yield module, inner
            # ``from .factory import create_app`` in a package's __init__.
            passed_on = module.aliases.get(parts[cut])
            if passed_on and passed_on != name and cut == len(parts) - 1 and module is not here:
                yield from _readings_once(graph, passed_on)
            return


def _readings_once(graph: Graph, name: str) -> Iterator[tuple[Scan, str]]:
    parent, _, last = name.rpartition(".")
    module = graph.module(parent) if parent else None
    if module is not None:
        yield module, last


def _is_app_config(here: Scan, owner: str) -> bool:
    cls = here.classes.get(owner.rpartition(".")[0])
    return cls is not None and any("AppConfig" in here.full(base) for base in cls.bases)


def _name(decorator: ast.expr) -> str:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _named(graph: Graph) -> Iterable[str]:
    """The files of modules that code of the boot names in a string."""
    from diag.collect.project.sources.named import modules_named

    for name in modules_named(graph):
        yield from _with_parents(name, graph.finder)
