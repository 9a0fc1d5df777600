"""What preflight finds in the code of a project that is made for a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checks.evidence import Evidence
from diag.collect.project.app_json import read_app_json
from diag.collect.project.installed import Version
from diag.collect.project.procfile.web import Setting, WebProcess
from diag.collect.project.sources.graph import Graph, build
from diag.collect.project.sources.reading import read_sources
from tests.projects import project

GUNICORN = WebProcess("gunicorn app:app", server="gunicorn", module="app", attribute="app")
SCRIPT = WebProcess("python app.py", server="python", script="app.py")
PRELOADED = WebProcess(
    "gunicorn app:app --preload",
    server="gunicorn",
    module="app",
    attribute="app",
    settings={"preload_app": Setting("True", "Procfile:1")},
)
DJANGO = WebProcess("gunicorn shop.wsgi", server="gunicorn", module="shop.wsgi", attribute="application")


@dataclass(frozen=True)
class Gives:
    """Requirements that bring these top-level modules; `unsure` may or may not be brought."""

    modules: frozenset[str]
    unsure: frozenset[str] = frozenset()

    def has(self, module: str) -> bool | None:
        top = module.partition(".")[0]
        return None if top in self.unsure else top in self.modules

    def is_namespace(self, module: str) -> bool:
        return module == "google"

    def distribution_for(self, module: str) -> str:
        return module.partition(".")[0]


@dataclass(frozen=True)
class Versions:
    """What will be installed, pinned unless the version ends in a +."""

    known: Mapping[str, str] = field(default_factory=dict)

    def version(self, name: str) -> Version | None:
        text = self.known.get(name)
        if text is None:
            return None
        numbers = tuple(int(part) for part in text.rstrip("+").split("."))
        return Version(numbers, text.rstrip("+"), is_pinned=not text.endswith("+"))


def graph_of(folder: Path, files: Mapping[str, str | bytes], web: WebProcess = GUNICORN) -> Graph:
    return build(project(folder, files), web, (3, 13))


def findings(  # noqa: PLR0913  each is a part of the project
    folder: Path,
    files: Mapping[str, str | bytes],
    web: WebProcess = GUNICORN,
    *,
    gives: Iterable[str] = ("flask", "django", "tensorflow", "fastapi", "uvicorn", "sqlalchemy"),
    unsure: Iterable[str] = (),
    versions: Mapping[str, str] | None = None,
) -> list[Evidence]:
    graph = graph_of(folder, files, web)
    provided = Gives(frozenset(gives), frozenset(unsure))
    return list(read_sources(graph, web, provided, Versions(versions or {}), read_app_json(graph.tree)))


def told(evidence: Iterable[Evidence]) -> list[str]:
    """``fail certain module app.py:3`` for each."""
    return [f"{e.level.word} {e.values['sure']} {e.values['fault']} {e.where}" for e in evidence]
