"""What git holds that it should not, and what it does not hold yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree

_REFUSED = (
    "venv",
    ".venv",
)  # in the root; heroku-buildpack-python `lib/checks.sh` looks for their pyvenv.cfg
_PLACE = ".heroku/python"
_SITE = re.compile(r"^(?P<folder>(?:[^/]+/){1,4}?)(?:lib|lib64|Lib)/(?:python3\.\d+/)?site-packages/")
NAMED = 6  # files that one piece of evidence names

# What decides how the build and the app go: one of these alone is worth a warning.
_DECIDING = frozenset(
    (
        *("Procfile", "requirements.txt", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock"),
        *("pyproject.toml", "setup.py", "setup.cfg", ".python-version", "runtime.txt", "app.json"),
        *("project.toml", "Aptfile", "nltk.txt", "heroku.yml", ".slugignore", "manage.py"),
        *("bin/pre_compile", "bin/post_compile", "gunicorn.conf.py"),
    )
)
_OF_THE_APP = (
    *(".py", ".pyi", ".html", ".jinja", ".jinja2", ".j2", ".css", ".js", ".sql", ".yaml", ".yml"),
    *(".h5", ".keras", ".onnx", ".tflite", ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".npy", ".csv"),
)
_ASIDE = frozenset(
    (
        *(
            "test",
            "tests",
            "doc",
            "docs",
            "example",
            "examples",
            "script",
            "scripts",
            "notebook",
            "notebooks",
        ),
        *("bench", "benchmarks", "node_modules", "__pycache__", "scratch", "tmp", "sandbox", "logs"),
    )
)


def committed_pythons(tree: Tree, generation: str) -> Iterator[Evidence]:
    """Installed Pythons in what is pushed: virtual environments, the buildpack's own folder."""
    tracked = tree.git.tracked if tree.git is not None else ()
    if any(path.startswith(f"{_PLACE}/") or path == _PLACE for path in tracked):
        level, sure = (Level.WARN, LIKELY) if generation == "fir" else (Level.FAIL, SURE)
        text = f"{_PLACE} is committed, where the buildpack installs Python"
        yield finding(Fact.PROJECT_LAYOUT, "venv-committed", level, sure, text, _PLACE, folder=_PLACE)
    found = [venv for venv in tree.venvs if not _ignores_itself(tree, venv)]
    for venv in found[:NAMED]:
        yield _venv(tree, venv, generation)
    if not found:
        yield from _without_config(tree)
        yield from _waiting(tree)


def _venv(tree: Tree, venv: str, generation: str) -> Evidence:
    config = f"{venv}/pyvenv.cfg" if venv else "pyvenv.cfg"
    refused = venv in _REFUSED and generation != "fir" and not tree.slugignore.match(config)
    name = venv or "The root itself"
    waiting = ""
    if tree.git is None:
        level, sure, waiting = Level.WARN, LIKELY, venv
        text = f"{name} is a virtual environment, and no .gitignore leaves it out"
    elif refused:
        level, sure = Level.FAIL, SURE
        text = f"{name} is a virtual environment, and it is committed"
    else:
        level, sure = Level.WARN, SURE
        text = f"{name} is a virtual environment, and it is committed: of no use, and large"
    return finding(
        *(Fact.PROJECT_LAYOUT, "venv-committed", level, sure, text, config),
        folder=venv or "lib",
        waiting=waiting,
    )


def _ignores_itself(tree: Tree, venv: str) -> bool:
    """Whether the folder has a .gitignore of its own that leaves all of it out, as venv and uv write it."""
    if tree.git is not None:
        return False  # git was asked
    return any(line.strip() == "*" for line in tree.lines(f"{venv}/.gitignore"))


def _without_config(tree: Tree) -> Iterator[Evidence]:
    """A committed site-packages whose pyvenv.cfg was left out: the build does not stop at it."""
    for path in tree.files:
        match = _SITE.match(path)
        if match is None or (tree.git is not None and path not in tree.git.tracked):
            continue
        folder = match["folder"].rstrip("/")
        text = f"{folder} holds installed packages, which are of no use on a dyno"
        yield finding(Fact.PROJECT_LAYOUT, "venv-committed", Level.WARN, LIKELY, text, path, folder=folder)
        return


def _waiting(tree: Tree) -> Iterator[Evidence]:
    """A virtual environment that the next ``git add .`` would take in."""
    untracked = tree.git.untracked if tree.git is not None else ()
    config = next((path for path in untracked if path.endswith("/pyvenv.cfg")), "")
    if config:
        folder = config.rpartition("/")[0]
        text = f"{folder} is a virtual environment that no .gitignore leaves out"
        yield finding(
            Fact.PROJECT_LAYOUT,
            "venv-committed",
            Level.INFO,
            POSSIBLE,
            text,
            config,
            folder=folder,
            waiting=folder,
        )


def uncommitted(tree: Tree, requirements: Requirements) -> Iterator[Evidence]:
    """What is saved here and would not be pushed, as far as it matters to the app."""
    git = tree.git
    if git is None:
        return
    if not git.has_commit:
        text = "Nothing is committed yet, and a push deploys commits"
        yield finding(Fact.PROJECT_GIT, "uncommitted", Level.WARN, SURE, text, files=("all of it",))
        return
    deciding = _DECIDING | {each.where.partition(":")[0] for each in requirements}
    kinds = (
        ("is not committed", "are not committed", git.untracked),
        ("was changed since the last commit", "were changed since the last commit", git.changed),
        ("is committed and deleted here", "are committed and deleted here", git.deleted),
    )
    chosen = [(one, several, _chosen(tree, paths, deciding)) for one, several, paths in kinds]
    together = [path for _, _, paths in chosen for path in paths]
    for one, several, paths in chosen:
        if not paths:
            continue
        names = _shown(paths)
        text = f"{', '.join(names)} {one if len(paths) == 1 else several}"
        level = Level.WARN if any(_weighs(path, deciding) for path in paths) else Level.INFO
        yield finding(
            Fact.PROJECT_GIT, "uncommitted", level, SURE, text, paths[0], files=tuple(_shown(together))
        )


def _chosen(tree: Tree, paths: Iterable[str], deciding: frozenset[str]) -> list[str]:
    """Those of the paths that matter to the app, the weightiest first."""
    matter = [path for path in paths if _matters(path, deciding) and not tree.slugignore.match(path)]
    return sorted(matter, key=lambda path: (path not in deciding, not path.endswith(".py"), path))


def _matters(path: str, deciding: frozenset[str]) -> bool:
    if path in deciding:
        return True
    parts = path.split("/")
    if any(part.lower() in _ASIDE or part.startswith(".") or part == "site-packages" for part in parts):
        return False
    return path.endswith(_OF_THE_APP) and not parts[-1].startswith("test_")


def _weighs(path: str, deciding: frozenset[str]) -> bool:
    return path in deciding or path.endswith(".py")


def _shown(paths: list[str]) -> list[str]:
    more = len(paths) - NAMED
    return [*paths[:NAMED], *([f"{more} more"] if more > 0 else [])]
