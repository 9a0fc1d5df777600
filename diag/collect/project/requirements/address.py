"""Requirements by an address: a folder or a file of the project, a URL, a repository.

Source: pip 26.2.1, `pip/_internal/req/constructors.py`. Paths are relative to the root, wherever the
requirements file lies, since that is where the build runs pip.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from checks.evidence import Value
from diag.cause import Confidence
from diag.collect.project.finding import LIKELY, SURE
from diag.collect.project.requirements.requirement import Requirement
from diag.collect.project.tree import Tree

URL = re.compile(r"(?:https?|file|ftp|(?:git|hg|svn|bzr)\+[a-z]{1,10}):", re.IGNORECASE)
VCS = re.compile(r"(?:git|hg|svn|bzr)(?:\+[a-z]{1,10})?:", re.IGNORECASE)  # without + after -e only
_BY_SSH = re.compile(
    r"^(?:git\+|hg\+|svn\+)?ssh://(?:[^/@\s]+@)?(?P<host>[\w.-]+)|^git\+git@(?P<other>[\w.-]+)[:/]"
)
_BY_GIT = re.compile(r"^(?:git\+)?git://(?P<host>github\.com)\b", re.IGNORECASE)
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz")
_EGG = re.compile(r"[?#&]egg=(?P<name>[^&]*)")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$", re.ASCII)
_EXTRAS = re.compile(r"^(?P<path>.+?)\s{0,20}\[(?P<extras>[^\]]{1,200})\]$")
_WHEEL = re.compile(
    r"^(?P<name>[\w.]+)-(?P<version>[\w.!+]+)(?:-\d[\w.]*)?-[\w.]+-[\w.]+-(?P<platform>[\w.]+)\.whl$"
)
_OF_THE_BUILD = ("/app/", "/workspace/")  # where the app itself is put: a path there may be right


@dataclass(frozen=True, slots=True)
class Problem:
    """Why pip refuses a line: `said` goes on after "requirements.txt, line 3"; `values` are for the texts."""

    said: str
    reason: str = "invalid"
    sure: Confidence = SURE
    fault: str = "requirements"
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that is in order. `applies` is False where its marker leaves the dyno out."""

    requirement: Requirement
    applies: bool = True
    folder: str | None = None  # of the project it names by its path: its requirements count as well


def looks_like_path(text: str) -> bool:
    """Whether pip would first look for a folder or a file of that name."""
    return "/" in text or text.startswith(".")


def of_path(text: str, where: str, tree: Tree, *, holds: bool) -> Entry | Problem | None:
    """A folder or an archive of the project; None when the text is neither."""
    match = _EXTRAS.match(text)
    path, extras = (match["path"], _listed(match["extras"])) if match else (text, ())
    at = posixpath.normpath(path)
    if at == "." or tree.is_folder(at):
        folder = "" if at == "." else at
        if not any(tree.is_deployed(posixpath.join(folder, name)) for name in ("pyproject.toml", "setup.py")):
            said = f"installs {path}, which has neither pyproject.toml nor setup.py"
            return Problem(said, "no-project", values={"what": path})
        return Entry(_named("", where, path, text, extras), holds, folder)
    if not path.lower().endswith(ARCHIVES) or (" @ " in path or "@" in path.split("/", 1)[0]):
        return None
    if holds and not tree.is_deployed(at):
        return no_such_path(path, tree)
    return _of_archive(path, where, text, holds=holds, extras=extras)


def no_such_path(path: str, tree: Tree) -> Problem:
    """A path that a push does not bring."""
    at = posixpath.normpath(path)
    here = not at.startswith(("/", "..")) and tree.exists_here(at)
    left = "is here and left out of what is pushed" if here else "is not in the project"
    return Problem(f"names {path}, which {left}", "local-path", values={"path": path})


def _of_archive(
    path: str, where: str, text: str, *, holds: bool, extras: tuple[str, ...] = ()
) -> Entry | Problem:
    """A file of one release, here or on the web: a wheel's name tells what it is."""
    file = unquote(posixpath.basename(path.partition("#")[0].partition("?")[0]))
    wheel = _WHEEL.match(file)
    if wheel is None:
        return Entry(_named("", where, path, text, extras), holds)
    system = _other_system(wheel["platform"])
    if system and holds:
        return Problem(
            f"installs {file}, a file for {system}",
            fault="platform-only",
            values={"package": file, "system": system},
        )
    named = _named(wheel["name"], where, path, text, extras)
    return Entry(
        Requirement(
            name=named.name,
            where=where,
            version=wheel["version"],
            extras=extras,
            source=path,
            as_written=text,
        ),
        holds,
    )


def _other_system(platform: str) -> str:
    if "linux" in platform or "any" in platform:
        return ""
    return "Windows" if platform.startswith("win") else "macOS" if platform.startswith("macosx") else ""


def of_url(url: str, where: str, tree: Tree, *, holds: bool, parsed: Parsed | None = None) -> Entry | Problem:
    """What is fetched from a URL; `parsed` is the requirement that names it, where one does."""
    name = parsed.name if parsed is not None else ""
    extras = tuple(sorted(parsed.extras)) if parsed is not None else ()
    if holds and (problem := _unreachable(url)) is not None:
        return problem
    egg = _EGG.search(url)
    if egg is not None and not _NAME.match(egg["name"]):
        said = f"has no plain name after egg=: {egg['name'][:80]}"
        return Problem(said, values={"instead": _instead_of_egg(url, egg["name"])})
    name = name or (egg["name"] if egg is not None else "")
    entry = Entry(_named(name, where, url, url, extras), holds)
    if url.lower().startswith("file:"):
        return _of_file_url(url, tree, entry)
    if VCS.match(url) or not _path_of(url).lower().endswith(ARCHIVES):
        return entry
    found = _of_archive(url, where, url, holds=holds, extras=extras)
    return entry if isinstance(found, Entry) and not found.requirement.name else found


def _instead_of_egg(url: str, name: str) -> str:
    """The form pip knows for a name with extras, ``#egg=name[extra]`` before pip 25."""
    return f"{name} @ {url.partition('#')[0]}" if re.match(r"[\w.-]+\[[\w, .-]*\]$", name) else ""


def _unreachable(url: str) -> Problem | None:
    ssh = _BY_SSH.match(url)
    if ssh:
        host = ssh["host"] or ssh["other"]
        said = f"fetches from {host} over SSH, and the build has no key"
        return Problem(said, "git", LIKELY, values={"git": host})
    git = _BY_GIT.match(url)
    if git:
        said = "fetches over git://, which GitHub no longer answers: write git+https://"
        return Problem(said, "git-protocol", LIKELY, values={"instead": f"git+https{url[url.index(':') :]}"})
    return None


def _of_file_url(url: str, tree: Tree, entry: Entry) -> Entry | Problem:
    """A path as a URL, which conda's `pip freeze` writes for each package it built itself."""
    path = unquote(url[5:].partition("#")[0])
    if not entry.applies or "${" in path:
        return entry
    if path.startswith("/"):
        absolute = "/" + path.lstrip("/")
        if absolute.startswith(_OF_THE_BUILD):
            return entry
        shown = absolute[1:] if re.match(r"^/[A-Za-z]:", absolute) else absolute
        said = f"names {shown}, a path of another machine"
        return Problem(said, "local-path", values={"path": shown})
    found = of_path(path or ".", entry.requirement.where, tree, holds=True)
    if isinstance(found, Entry) and entry.requirement.name:
        return replace(entry, folder=found.folder)
    return no_such_path(path, tree) if found is None else found


def _path_of(url: str) -> str:
    """The path of a URL; empty for what is none."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _named(name: str, where: str, source: str, text: str, extras: tuple[str, ...] = ()) -> Requirement:
    return Requirement(
        name=canonicalize_name(name) if name else "",
        where=where,
        extras=extras,
        source=source,
        as_written=text,
    )


def _listed(extras: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in extras.split(",") if each.strip())
