"""Which Python a push would get, and what is wrong with the way it is asked for.

Order of the places: runtime.txt, .python-version, Pipfile.lock (with Pipenv), the default. An app that was
built before keeps the version of its last build where nothing names one; no file shows that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence import Evidence, Level
from checks.facts import Fact
from checks.secrets import mask
from diag.cause import Confidence
from diag.collect.project.buildpacks import read_buildpacks
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.layout.detection import is_detected
from diag.collect.project.python import supported
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.python.here import versions_here
from diag.collect.project.python.misspelt import like_runtime, means_runtime, overlooked, refused
from diag.collect.project.python.ranges import MANIFEST, range_against
from diag.collect.project.python.version_files import Asked, Fault, read, version
from diag.collect.project.requirements.documents import json_of, table
from diag.collect.project.requirements.managers import is_committed, manager_of
from diag.collect.project.tree import Tree

RUNTIME, VERSION, LOCK = "runtime.txt", ".python-version", "Pipfile.lock"
_MOST = 64 << 10  # bytes of a version file
_FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S{1,80}[ \t]+)?(?:[\w.-]{1,80}/){0,4}python:(?P<minor>3\.\d{1,2})\b",
    re.IGNORECASE | re.MULTILINE,
)
_SAID = {
    Fault.ENCODING: "is {found}, and must be UTF-8 without a byte order mark",
    Fault.EMPTY: "names no version",
    Fault.SEVERAL: "names more than one version: {found}",
    Fault.GRAMMAR: "holds {found}, which is no version as the build reads it",
}


@dataclass(frozen=True, slots=True)
class _Project:
    tree: Tree
    generation: str
    manager: str

    @property
    def is_fir(self) -> bool:
        return self.generation == "fir"


def read_python(tree: Tree, generation: str = "cedar") -> tuple[DeployedPython, list[Evidence]]:
    """The deployed Python, and the evidence on it, what ends the build first at the front."""
    if read_buildpacks(tree).is_container:
        return _of_docker(tree), []
    project = _Project(tree, generation, manager_of(tree, generation)[0])
    found: list[Evidence] = []
    asked, file = _asked(project, found)
    if asked is None:
        python = DeployedPython(supported.DEFAULT)
        if is_detected(tree):
            found += _unpinned(project)
    else:
        python = DeployedPython(asked.minor or supported.DEFAULT, f"{file}:{asked.line}")
        if asked.fault is None:
            found += _supported(asked, python.where, generation)
    found += _excluded(project, python, asked.patch if asked is not None else None)
    found += _other_here(tree, python)
    return python, sorted(found, key=lambda each: -each.level)


def _asked(project: _Project, found: list[Evidence]) -> tuple[Asked | None, str]:
    """What the first place that says something asks for, and its file."""
    tree = project.tree
    names = [name for name in tree.at_root() if tree.is_deployed(name)]
    if RUNTIME in names:
        found += _runtime_txt(project)
        if not project.is_fir and project.manager != "uv":
            return _checked(project, RUNTIME, "python-", found), RUNTIME
    found += _misspelt(project, names)
    if VERSION in names:
        return _checked(project, VERSION, "", found), VERSION
    if RUNTIME in names:  # refused, and yet what was meant
        return read(tree.data(RUNTIME, _MOST) or b"", prefix="python-"), RUNTIME
    if project.manager == "pipenv" and (asked := _of_lock(project, found)) is not None:
        return asked, LOCK
    return None, ""


def _checked(project: _Project, file: str, prefix: str, found: list[Evidence]) -> Asked:
    asked = read(project.tree.data(file, _MOST) or b"", prefix=prefix)
    if asked.fault is not None:
        found.append(_invalid(file, asked, sure=SURE if is_committed(project.tree, file) else LIKELY))
    return asked


def _invalid(file: str, asked: Asked, more: str = "", *, sure: Confidence = SURE) -> Evidence:
    fault = asked.fault or Fault.GRAMMAR
    said = _SAID[fault].format(found=mask(asked.found, {}))
    return finding(
        Fact.PROJECT_PYTHON,
        "version-file",
        Level.FAIL,
        sure,
        f"{file} {said}{more}",
        f"{file}:{asked.line}" if fault is not Fault.EMPTY else file,
        file=file,
        found=mask(asked.found, {}),
        problem=fault.value,
        pin=_pin(asked.minor),
    )


def _pin(minor: str) -> str:
    return minor if supported.is_known(minor) and minor not in supported.LEAVES else "3.13"


def _runtime_txt(project: _Project) -> Iterator[Evidence]:
    refusing = "on Fir" if project.is_fir else "with uv" if project.manager == "uv" else ""
    text = f"runtime.txt is refused {refusing}" if refusing else "runtime.txt is deprecated"
    asked = read(project.tree.data(RUNTIME, _MOST) or b"", prefix="python-")
    if project.tree.is_deployed(VERSION) and not refusing:
        other = read(project.tree.data(VERSION, _MOST) or b"")
        if other.full and asked.full and other.full != asked.full:
            text += f", and its {asked.full} wins over the {other.full} of .python-version"
    yield finding(
        Fact.PROJECT_PYTHON,
        "runtime-txt",
        Level.FAIL if refusing else Level.WARN,
        SURE,
        text,
        RUNTIME,
        file=RUNTIME,
        pin=_pin(asked.minor),
    )


def _misspelt(project: _Project, names: list[str]) -> Iterator[Evidence]:
    name = refused(names)
    if name:
        text = f"{name!r} is meant to be .python-version, which is spelt otherwise"
        yield _misnamed(text, name, Level.WARN if project.is_fir else Level.FAIL, likely=project.is_fir)
    for name in overlooked(names)[:3]:
        yield _misnamed(f"{name!r} is near .python-version, and is not read", name, Level.WARN, likely=True)
    for name in like_runtime(names)[:3]:
        if means_runtime(project.tree.text(name) or ""):
            yield _misnamed(f"{name!r} is near runtime.txt, and is not read", name, Level.WARN, likely=True)


def _misnamed(text: str, name: str, level: Level, *, likely: bool) -> Evidence:
    sure = LIKELY if likely else SURE
    return finding(
        Fact.PROJECT_PYTHON, "version-file", level, sure, text, name, file=name.strip(), misspelt=name
    )


def _of_lock(project: _Project, found: list[Evidence]) -> Asked | None:
    document = json_of(project.tree, LOCK)
    requires = table(document.data if document else {}, "_meta", "requires")
    given = requires.get("python_full_version") or requires.get("python_version")
    if given is None or isinstance(given, dict | list):
        return None
    asked = version(str(given))
    if asked is None:
        wrong = Asked(fault=Fault.GRAMMAR, found=str(given)[:60])
        found.append(_invalid(LOCK, wrong, " (python_version of the Pipfile)"))
        return wrong
    return asked


def _unpinned(project: _Project) -> Iterator[Evidence]:
    default = supported.DEFAULT
    if project.manager == "uv":
        text = "Nothing names a version of Python, and with uv .python-version must"
        level = Level.FAIL
    elif project.is_fir:
        text = f"Nothing names a version of Python, so each build takes the default, {default}"
        level = Level.WARN
    else:
        text = (
            f"Nothing names a version of Python: a new app gets the default, {default}, and one that was "
            "built before keeps its own"
        )
        level = Level.WARN
    if project.tree.exists_here(".python-version"):
        text += " (.python-version is here, and is not committed: .gitignore keeps it out)"
    yield finding(Fact.PROJECT_PYTHON, "version-unpinned", level, SURE, text, python=default)


def _supported(asked: Asked, where: str, generation: str) -> Iterator[Evidence]:
    known = f"{supported.MINORS[0]} to {supported.MINORS[-1]}"
    newest = supported.newest_patch(asked.minor, generation)
    file = where.partition(":")[0]
    fault, level, sure = "python-unsupported", Level.FAIL, LIKELY
    if supported.is_past(asked.minor):
        sure = SURE
        problem, text = "has reached its end of life", f"Python {asked.full} is no longer built, only {known}"
    elif not supported.is_known(asked.minor):
        if supported.is_next(asked.minor):
            level = Level.WARN
        problem = "is not known to the buildpack"
        text = f"Python {asked.full} was unknown on {supported.AS_OF}, when there were {known}"
    elif asked.patch is not None and asked.patch > newest:
        if supported.may_have_come(asked.minor, asked.patch, generation):
            level, sure = Level.INFO, POSSIBLE
        problem = "may not be available"
        text = f"The newest Python {asked.minor} known on {supported.AS_OF} is {asked.minor}.{newest}"
    elif asked.patch is not None and supported.is_on_no_stack(asked.minor, asked.patch):
        problem = "is not available"
        text = f"Python {asked.full} is older than all stacks, which have the releases since they came"
    elif asked.patch is not None and supported.is_on_heroku_22_only(asked.minor, asked.patch):
        level = Level.WARN
        problem = "is not available on the stacks of new apps"
        text = f"Python {asked.full} is older than heroku-24, which has the releases since it came"
    elif asked.minor in supported.LEAVES:
        fault, level, sure = "python-ending", Level.WARN, SURE
        problem = "is about to lose its support"
        text = f"Python {asked.minor} leaves the buildpack on {supported.LEAVES[asked.minor]}"
    else:
        return
    pin = _pin(asked.minor)
    yield finding(
        Fact.PROJECT_PYTHON,
        fault,
        level,
        sure,
        text,
        where,
        python=asked.full,
        problem=problem,
        pin=pin,
        file=file,
    )


def _excluded(project: _Project, python: DeployedPython, patch: int | None) -> Iterator[Evidence]:
    outside = range_against(project.tree, project.manager, python.minor, patch, project.generation)
    if outside is None:
        return
    who = {"poetry": "Poetry", "uv": "uv"}.get(project.manager, "pip")
    kept = " (unless an earlier build chose another)" if python.is_default and not project.is_fir else ""
    yield finding(
        Fact.PROJECT_PYTHON,
        "python-range",
        Level.FAIL,
        LIKELY,
        f"{MANIFEST} allows Python {outside.text}, the app gets {python.minor}{kept}, and {who} refuses that",
        python.where or MANIFEST,
        python=python.minor,
        problem="is not allowed by the project",
        range=outside.text,
        manifest=MANIFEST,
        pin=outside.fits,
    )


def _other_here(tree: Tree, python: DeployedPython) -> Iterator[Evidence]:
    here = versions_here(tree)
    if not here or python.minor in here.values():
        return
    folder, minor = next(iter(here.items()))
    yield finding(
        Fact.PROJECT_PYTHON,
        "other-here",
        Level.WARN,
        LIKELY,
        f"{folder} has Python {minor}, and the app is deployed with {python.minor}",
        f"{folder}/pyvenv.cfg",
        local=minor,
        python=python.minor,
        pin=minor if supported.is_known(minor) else "",
    )


def _of_docker(tree: Tree) -> DeployedPython:
    """What the Dockerfile begins from, where it is an image of Python."""
    text = tree.text("Dockerfile") if tree.is_deployed("Dockerfile") else None
    match = _FROM.search((text or "")[:200_000])
    if match is None:
        return DeployedPython(supported.DEFAULT)
    line = (text or "").count("\n", 0, match.start("minor")) + 1
    return DeployedPython(match["minor"], f"Dockerfile:{line}")
