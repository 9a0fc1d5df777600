"""Whether the Python buildpack takes the root for an app, or the app lies in a folder below.

Source: heroku-buildpack-python `bin/detect` (v351); Fir's list is nearly the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.cause import Confidence
from diag.collect.project.buildpacks import Buildpacks
from diag.collect.project.finding import LIKELY, POSSIBLE, finding
from diag.collect.project.tree import Tree

DETECTED = frozenset(
    (
        *(".python-version", "__init__.py", "app.py", "main.py", "manage.py", "pdm.lock", "Pipfile"),
        *("Pipfile.lock", "poetry.lock", "pyproject.toml", "requirements.txt", "runtime.txt", "server.py"),
        *("setup.cfg", "setup.py", "uv.lock"),
        # slips that the buildpack knows, to say more than "not detected"
        *("requeriments.txt", "requirement.txt", "requirements", "requirements.text", "Requirements.txt"),
        *("requirements.txt.txt", "requirments.txt"),
    )
)
# Buildpacks that Heroku asks before or after Python's, by the file that each goes by.
OTHERS = (
    ("Gemfile", "Ruby"),
    ("package.json", "Node.js"),
    ("project.clj", "Clojure"),
    ("pom.xml", "Java"),
    ("build.gradle", "Java"),
    ("build.sbt", "Scala"),
    ("composer.json", "PHP"),
    ("index.php", "PHP"),
    ("go.mod", "Go"),
    ("Cargo.toml", "Rust"),
    ("mix.exs", "Elixir"),
)
_MISSPELT = re.compile(r"^requ[ei]rr?[ei]?ments?(?:\.te?xt){0,2}$", re.IGNORECASE)
_WEIGHTS = {
    "requirements.txt": 4,
    "Pipfile.lock": 4,
    "poetry.lock": 4,
    "uv.lock": 4,
    "Pipfile": 3,
    "manage.py": 3,
    "Procfile": 3,
    "pyproject.toml": 2,
    "setup.py": 2,
    "app.py": 2,
    "main.py": 2,
    "wsgi.py": 2,
    "server.py": 2,
    "runtime.txt": 1,
    ".python-version": 1,
}
_ENOUGH = 3  # a manifest, or two files of an app
_DEEPEST = 3
_NO_APP = frozenset(
    (
        *("test", "tests", "doc", "docs", "example", "examples", "sample", "samples", "script", "scripts"),
        *(
            "notebook",
            "notebooks",
            "node_modules",
            "vendor",
            "third_party",
            "site-packages",
            "static",
            "public",
        ),
        *(
            "template",
            "templates",
            "data",
            "dist",
            "build",
            "infra",
            "terraform",
            "ansible",
            "bench",
            "benchmarks",
        ),
        *("tool", "tools", "ci", "requirements", "migrations", "assets", "venv", "env", "fixtures"),
    )
)
_PYTHON_COMMAND = re.compile(
    r"^web\s{0,10}:?\s.{0,300}?\b(?:python3?|gunicorn|uvicorn|hypercorn|daphne|waitress-serve|granian|flask"
    r"|streamlit|uwsgi|fastapi)\b",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class App:
    """A folder below the root that looks like a Python app."""

    folder: str
    weight: int


def is_detected(tree: Tree) -> bool:
    """Whether a file in the root makes the Python buildpack take the app."""
    return any(name in DETECTED and tree.is_deployed(name) for name in tree.at_root())


def other_language(tree: Tree) -> tuple[str, str]:
    """The file of another language's buildpack in the root and that language; empty without any."""
    return next(((file, name) for file, name in OTHERS if tree.is_deployed(file)), ("", ""))


def misspelt(tree: Tree) -> str:
    """A file in the root that is meant to be requirements.txt, or empty."""
    names = (name for name in tree.at_root() if name != "requirements.txt")
    return next((name for name in sorted(names) if _MISSPELT.match(name) and tree.is_deployed(name)), "")


def runs_python(tree: Tree) -> bool:
    """Whether the Procfile's web process is one of Python's."""
    return (
        _PYTHON_COMMAND.search((tree.text("Procfile") or "")[:20_000]) is not None
        if "Procfile" in tree
        else False
    )


def apps_below(tree: Tree) -> list[App]:
    """Folders below the root that look like a Python app, the likeliest first."""
    weights: dict[str, int] = {}
    for path in tree.files:
        folder, _, name = path.rpartition("/")
        weight = _WEIGHTS.get(name)
        if weight is None or not folder or not tree.is_deployed(path):
            continue
        parts = folder.split("/")
        if len(parts) > _DEEPEST or any(part.lower() in _NO_APP or part.startswith(".") for part in parts):
            continue
        weights[folder] = weights.get(folder, 0) + weight
    apps = [App(folder, weight) for folder, weight in weights.items() if weight >= _ENOUGH]
    return sorted(apps, key=lambda app: (app.folder.count("/"), -app.weight, app.folder))


def undetected(tree: Tree, buildpacks: Buildpacks) -> Iterator[Evidence]:
    """At most one piece of evidence: why the build would not take the root for Python's."""
    if buildpacks.look_elsewhere or is_detected(tree):
        return
    apps = apps_below(tree)
    file, language = other_language(tree)
    if apps:
        more = f", and {file} makes it {language}'s" if language else ""
        if language and not runs_python(tree):
            yield _below(apps, Level.WARN, POSSIBLE, more)
        else:
            yield _below(apps, Level.FAIL, LIKELY, more)
        return
    name = _ignored(tree)
    if language and not runs_python(tree):
        text = f"No file in the root is Python's; {file} makes the app {language}'s"
        yield finding(Fact.PROJECT_LAYOUT, "no-python-files", Level.INFO, POSSIBLE, text, file)
        return
    text = "No file in the root tells the build that this is Python"
    if name:
        text += f"; {name} is here and left out of what is pushed"
    entries = sorted({path.partition("/")[0] for path in tree.files})[:20]
    yield finding(
        Fact.PROJECT_LAYOUT,
        "no-python-files",
        Level.FAIL,
        LIKELY,
        text,
        left_out=name,
        misspelt=misspelt(tree),
        entries=tuple(entries),
    )


def _below(apps: list[App], level: Level, sure: Confidence, more: str) -> Evidence:
    folder = apps[0].folder
    several = f" (or {', '.join(app.folder for app in apps[1:4])})" if len(apps) > 1 else ""
    text = f"The root has no file of a Python project{more}; the app seems to be in {folder}{several}"
    return finding(
        Fact.PROJECT_LAYOUT,
        "app-in-subdirectory",
        level,
        sure,
        text,
        folder,
        folder=folder,
        folders=tuple(app.folder for app in apps[:5]),
    )


def _ignored(tree: Tree) -> str:
    """A file of a package manager that is in the root and will not be pushed, or empty."""
    names = ("requirements.txt", "Pipfile.lock", "poetry.lock", "uv.lock")
    return next((name for name in names if tree.exists_here(name) and not tree.is_deployed(name)), "")


def within_a_repository(tree: Tree) -> Iterator[Evidence]:
    """A hint where the folder is not the repository's root, which is what git push deploys."""
    prefix = tree.git.prefix.rstrip("/") if tree.git is not None else ""
    if prefix:
        text = f"This folder is {prefix} of its repository, and git push deploys the repository's root"
        yield finding(
            Fact.PROJECT_LAYOUT,
            "app-in-subdirectory",
            Level.INFO,
            POSSIBLE,
            text,
            folder=prefix,
            prefix=prefix,
        )
