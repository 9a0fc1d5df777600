"""Buildpacks other than Python's: those that take the app, and those that a file asks for.

Heroku asks Ruby, Node.js and Clojure before Python when no buildpack is set. Dev Center `buildpacks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.buildpacks import Buildpacks
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.layout.detection import DETECTED, runs_python
from diag.collect.project.requirements.managers import manager_files
from diag.collect.project.tree import Tree

_BEFORE_PYTHON = (("Gemfile", "Ruby"), ("package.json", "Node.js"), ("project.clj", "Clojure"))
_LANGUAGES = (
    ("nodejs", "Node.js"),
    ("ruby", "Ruby"),
    ("php", "PHP"),
    ("java", "Java"),
    ("gradle", "Java"),
    ("scala", "Scala"),
    ("clojure", "Clojure"),
    ("dotnet", ".NET"),
    ("/go", "Go"),
    ("-go", "Go"),
    ("static", "static files"),
    ("nginx", "static files"),
)


def other_buildpack(tree: Tree, buildpacks: Buildpacks) -> Iterator[Evidence]:
    """At most one piece of evidence: a buildpack that leaves Python out."""
    if not (runs_python(tree) or ("Procfile" not in tree and not _starts_node(tree))):
        return
    ours = tuple(name for name in sorted(tree.at_root()) if name in DETECTED and tree.is_deployed(name))
    if not manager_files(tree) or buildpacks.may_build_python:
        return
    if buildpacks.named:
        languages = [_language(name) for name in buildpacks.named]
        if all(languages):
            text = f"{buildpacks.where} names {', '.join(buildpacks.named[:4])}, and not Python's buildpack"
            yield finding(
                Fact.PROJECT_LAYOUT,
                "other-buildpack",
                Level.FAIL,
                LIKELY,
                text,
                buildpacks.where,
                language=languages[-1],
                python_files=ours[:5],
                listed_in="buildpacks" if buildpacks.where == "app.json" else "",
            )
        return
    for file, language in _BEFORE_PYTHON:
        if tree.is_deployed(file):
            text = f"{file} in the root makes the app {language}'s where no buildpack is set on it"
            yield finding(
                Fact.PROJECT_LAYOUT,
                "other-buildpack",
                Level.WARN,
                LIKELY,
                text,
                file,
                language=language,
                python_files=ours[:5],
                first_file=file,
            )
            return


def _language(name: str) -> str:
    """The language of a buildpack that is known to bring no Python; empty for any other."""
    return next((language for word, language in _LANGUAGES if word in name), "")


def _starts_node(tree: Tree) -> bool:
    """Whether package.json starts something: without a Procfile that is the web process."""
    text = tree.text("package.json") if tree.is_deployed("package.json") else None
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return False
    scripts = data.get("scripts") if isinstance(data, dict) else None
    return isinstance(scripts, dict) and isinstance(scripts.get("start"), str)


def apt_packages(tree: Tree, buildpacks: Buildpacks, generation: str) -> Iterator[Evidence]:
    """A hint where an Aptfile needs a buildpack that no file names, or names too late."""
    if not tree.is_deployed("Aptfile"):
        return
    text = ""
    if generation == "fir":
        text = "Aptfile is not read on Fir: heroku/deb-packages in project.toml is its successor"
    elif not buildpacks.have("apt"):
        text = "Aptfile needs heroku-community/apt before Python's buildpack: heroku buildpacks shows it"
    elif _position(buildpacks, "apt") > _position(buildpacks, "python"):
        text = f"{buildpacks.where} names the apt buildpack after Python's, which then lacks its packages"
    if text:
        yield finding(Fact.PROJECT_LAYOUT, "aptfile", Level.INFO, LIKELY, text, "Aptfile")


def _position(buildpacks: Buildpacks, word: str) -> int:
    found = (index for index, name in enumerate(buildpacks.named) if word in name)
    return next(found, len(buildpacks.named))
