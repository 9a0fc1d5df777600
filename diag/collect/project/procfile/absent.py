"""No Procfile where the platform looks for it: none at all, under another name, or left out of the push."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.buildpacks import read_buildpacks
from diag.collect.project.procfile.elsewhere import apps, container, framework, starts_by_itself
from diag.collect.project.procfile.finding import CERTAIN, LIKELY, POSSIBLE, in_procfile, several
from diag.collect.project.tree import Tree

NAME = "Procfile"
# Of another tool, or a model to copy: not meant for Heroku.
_ON_PURPOSE = re.compile(
    r"procfile[._-](?:dev\w*|local|windows|win|test\w*|ci|docker|compose|example|sample|template|tmpl|tpl|dist"
    r"|old|bak|orig|erb|j2|jinja2?|debug|hivemind|overmind|foreman|honcho|tmp|swp|lock|lua|py|sh)"
)
_NEARLY = re.compile(
    r"\W*(?:pro[ck]?[ck]?[_ -]?fil[el]{0,2}|procefile|porcfile|procfle|profile)s?\W*(?:\.\w{1,10})?\W*"
)
_DECLARES = re.compile(r"^[ \t\ufeff]*(?:web|worker|release)[ \t]*:", re.MULTILINE)
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|fixtures?|examples?|samples?|docs?|demos?|templates?|vendor|archive|node_modules"
    r"|site-packages|cookiecutter[\w-]*|\{\{.*)/"
)
_INSTALLED = (
    "requirements.txt",
    "Pipfile",
    "Pipfile.lock",
    "poetry.lock",
    "uv.lock",
    "pyproject.toml",
    "setup.py",
)


def without_procfile(tree: Tree) -> Iterator[Evidence]:
    """What to say where the root has none."""
    buildpacks = read_buildpacks(tree)
    if container(tree) == "heroku.yml" or buildpacks.is_container or buildpacks.look_elsewhere:
        return
    if tree.exists_here(NAME):
        yield _left_out(tree)
        return
    misnamed = _misnamed(tree)
    if misnamed:
        yield misnamed
        return
    below = [path for path in tree.files if basename(path) == NAME and not _ASIDE.search(path)]
    if below:
        yield from _in_a_folder(tree, sorted(below, key=lambda path: (path.count("/"), path)))
        return
    yield from _missing(tree)


def _left_out(tree: Tree) -> Evidence:
    by = ".slugignore" if NAME in tree else ".gitignore"
    text = f"The folder has a Procfile, and {by} leaves it out, so Heroku gets none."
    looked = f"{by} leaves the Procfile out"
    return in_procfile("procfile-missing", Level.FAIL, LIKELY, text, by, ignored_by=by, looked=looked)


def _misnamed(tree: Tree) -> Evidence | None:
    for path in sorted(tree.at_root()):
        name = path.lower()
        is_meant = name.strip(" .") in ("procfile", "procfile.txt", "procfile.web", "procfile.text")
        if not is_meant and (_ON_PURPOSE.fullmatch(name) or not _NEARLY.fullmatch(name)):
            continue
        declares = _DECLARES.search((tree.text(path) or "")[:10_000]) is not None
        if not declares and not is_meant:
            continue
        sure: Confidence = CERTAIN if declares and is_meant else LIKELY
        text = f"The root has {path} and no Procfile: the name is not what Heroku looks for."
        return in_procfile("procfile-misnamed", Level.FAIL, sure, text, path, file=_quoted(path))
    return None


def _in_a_folder(tree: Tree, below: list[str]) -> Iterator[Evidence]:
    folder = dirname(below[0])
    here = any(name in tree for name in _INSTALLED)
    if not here and any(f"{folder}/{name}" in tree for name in _INSTALLED):
        return  # the whole project lies there: not only its Procfile is in another place
    sure: Confidence = LIKELY if len(below) == 1 and framework(tree) else POSSIBLE
    level = Level.FAIL if sure is LIKELY else Level.WARN
    text = f"The root has no Procfile; there is {several(below, 3)}. Heroku looks in the root only."
    yield in_procfile("procfile-misnamed", level, sure, text, below[0], file=_quoted(below[0]))


def _missing(tree: Tree) -> Iterator[Evidence]:
    """A web app without one gets no web process; of any other it is not known what it is to be."""
    serves = framework(tree)
    found = apps(tree)
    other = container(tree) or starts_by_itself(tree)
    is_web = bool(serves or found) and not other
    level, sure = (Level.FAIL, LIKELY) if is_web else (Level.WARN, POSSIBLE)
    says = serves.said if serves else found[0].file if found else ""
    text = "The project has no Procfile in its root" + (
        f", and {says} says that it is a web app." if says else "."
    )
    if other:
        text = f"The project has no Procfile in its root; {other} may start the app in its place."
    app = found[0] if found else None
    yield in_procfile(
        "procfile-missing",
        level,
        sure,
        text,
        other or (serves.file if serves else app.file if app else ""),
        looked="The project has no Procfile in its root",
        guess=app.quoted if app and app.target != "app:app" else None,
        guess_file=app.file if app else None,
    )


def _quoted(path: str) -> str:
    """A path as a shell takes it."""
    return path if re.fullmatch(r"[\w./-]+", path) else "'" + path.replace("'", "'\\''") + "'"
