"""Whether the module and the attribute that the web server is told are there, and fit the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.procfile.elsewhere import app_in, apps
from diag.collect.project.procfile.finding import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    at_most,
    exchange,
    in_command,
    shown,
)
from diag.collect.project.procfile.modules import (
    dotted,
    elsewhere,
    file_of,
    folder_of,
    has_top,
    hidden,
    installs_itself,
    left_out,
    may_be_installed,
    near,
    other_case,
)
from diag.collect.project.procfile.names import Names, names_of
from diag.collect.project.procfile.suits import check_kind, check_missing
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.requirements.requirement import Requirements
from diag.collect.project.tree import Tree

_IMPORT_BY_NAME = (
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "daphne",
    "waitress-serve",
    "granian",
    "flask",
    "quart",
)
_MODULE = re.compile(r"[A-Za-z_][\w.-]*")


def check_target(tree: Tree, web: WebProcess, requirements: Requirements) -> list[Evidence]:
    """What is wrong with the app that the server is told; nothing for a script of Python."""
    if not web.is_located or "$" in web.target or "`" in web.target:
        return []
    if web.server == "python" and web.module:
        return list(_module_of_python(tree, web, requirements))
    if web.server not in _IMPORT_BY_NAME:
        return []
    if not web.module:
        return list(_untold(web))
    file = file_of(tree, web.path, web.module) if _MODULE.fullmatch(web.module) else None
    return list(_no_module(tree, web, requirements) if file is None else _in(tree, web, file, requirements))


def _in(tree: Tree, web: WebProcess, file: str, requirements: Requirements) -> Iterator[Evidence]:
    """What is wrong with the attribute of a module that is there."""
    names = _names(tree, file)
    if names is not None and web.server not in ("flask", "quart"):  # these look for the app themselves
        yield from check_missing(tree, web, names, file, requirements)
        yield from check_kind(tree, web, names, file, requirements)


def _names(tree: Tree, file: str) -> Names | None:
    if file.endswith("/"):
        return Names()
    source = tree.text(file)
    return names_of(source) if source is not None else None


def _untold(web: WebProcess) -> Iterator[Evidence]:
    if web.server == "gunicorn" and not web.target and not web.is_unread("wsgi_app"):
        reason = "gunicorn is told no app, only its options"
        text = "gunicorn stands without module:attribute, and no configuration file names one."
        sure = CERTAIN if web.is_certain else LIKELY
        yield in_command(
            "wrong-target-attribute", Level.FAIL, sure, text, web.where, reason=reason, by="gunicorn"
        )


def _module_of_python(tree: Tree, web: WebProcess, requirements: Requirements) -> Iterator[Evidence]:
    """What ``python -m shop`` runs: a module, or the __main__.py of a package."""
    file = file_of(tree, web.path, web.module)
    if file is None:
        yield from _no_module(tree, web, requirements)
    elif file.endswith(("/", "__init__.py")) and not may_be_installed(tree, web.module, requirements):
        folder = file.removesuffix("__init__.py").rstrip("/")
        if not tree.is_deployed(f"{folder}/__main__.py"):
            yield _finding(tree, web, CERTAIN, f"the package {folder} has no __main__.py", "", folder)


def _no_module(tree: Tree, web: WebProcess, requirements: Requirements) -> Iterator[Evidence]:
    module = web.module
    as_file = module.removesuffix(".py").replace("/", ".").strip(".")
    file = file_of(tree, web.path, as_file) if as_file != module and _MODULE.fullmatch(as_file) else None
    if file is not None and not (module.endswith(".py") and web.server in ("flask", "quart", "hypercorn")):
        yield _finding(
            tree, web, CERTAIN, f"{shown(module)} is a path, and a module is written {as_file}", as_file, file
        )
        return
    if may_be_installed(tree, module, requirements) and not has_top(tree, web.path, module):
        return
    known = _known(tree, web)
    if known is not None:
        yield known
        return
    others = elsewhere(tree, module)
    if others:
        folder = folder_of(others[0], module)
        why = f"it is in {folder}, where nothing looks for it"
        yield _finding(tree, web, LIKELY, why, module, others[0], folder=folder)
        return
    close = near(tree, web.path, module)
    sure: Confidence = POSSIBLE
    if has_top(tree, web.path, module):
        sure = CERTAIN
    elif requirements.is_whole and not installs_itself(tree, requirements):
        sure = LIKELY
    if close:
        why = f"the project has no {shown(module)}, and has {close}"
        yield _finding(tree, web, sure, why, close, file_of(tree, web.path, close) or "")
        return
    yield _finding(tree, web, sure, f"the project has no {shown(module)}", "", "")


def _known(tree: Tree, web: WebProcess) -> Evidence | None:
    """A module that is there, and yet can't be imported, for a reason that its files tell."""
    module = web.module
    before = hidden(tree, web.path, module)
    if before:
        why = f"{before} stands before the folder of that name, which has no __init__.py"
        return _finding(tree, web, CERTAIN, why, "", before)
    out = left_out(tree, web.path, module)
    if out:
        by = ".slugignore" if out in tree else "git"
        return _finding(tree, web, LIKELY, f"{by} leaves {out} out of the slug", module, out)
    same = other_case(tree, web.path, module)
    if same:
        why = f"the project has {same}, and Linux tells capitals apart"
        return _finding(tree, web, CERTAIN, why, same, file_of(tree, web.path, same) or "")
    return None


def _finding(  # noqa: PLR0913, PLR0917  each is a part of the sentence
    tree: Tree, web: WebProcess, sure: Confidence, why: str, module: str, file: str, folder: str = ""
) -> Evidence:
    """A module that is not there; `module` and `file` are what was meant, empty when that is not known."""
    right, own = "", file
    if module:
        right = module if web.server == "python" else _right(tree, web, module, file, folder)
    elif not file and web.server != "python":
        found = apps(tree)
        right, own = (found[0].quoted, found[0].file) if len(found) == 1 else ("", "")
    sure = sure if web.is_certain else at_most(sure, LIKELY)
    if web.server == "python":
        told = f"python -m {shown(web.module)}"
        text = f"web starts {told}, and {why}."
        return in_command(
            "command-not-found",
            Level.FAIL,
            sure,
            text,
            web.where,
            command=told,
            because=why,
            **exchange(web.where, told, f"python -m {right}" if right else ""),
        )
    text = f"{web.server} is told {shown(web.target)}, and {why}."
    return in_command(
        "wrong-target-module",
        Level.FAIL,
        sure,
        text,
        web.where,
        by=web.server,
        told=shown(web.target),
        found_in=own or None,
        **exchange(web.where, web.target, right),
    )


def _right(tree: Tree, web: WebProcess, module: str, file: str, folder: str) -> str:
    """How the app is told to the server, as the shell takes it."""
    attribute = web.target.partition(":")[2]
    text = tree.text(file) if file and not file.endswith("/") else None
    found = app_in(file, text) if text else None
    if found is not None and (not attribute or attribute.partition("(")[0] not in _bound(text or "")):
        attribute = "" if found.attribute == "application" and web.server == "gunicorn" else found.attribute
    target = f"{module}:{attribute}" if attribute else module
    target = f"'{target}'" if "(" in target else target
    if not folder:
        return target
    if web.server == "gunicorn" and f"{folder}/__init__.py" not in tree:
        return f"--chdir {folder} {target}"
    whole = f"{dotted(file)}:{attribute}" if attribute else dotted(file)
    return f"'{whole}'" if "(" in whole else whole


def _bound(source: str) -> set[str]:
    names = names_of(source)
    return set(names.bound) if names else set()
