"""What the web process's command needs and the slug does not have, and words that are no commands."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from posixpath import basename

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.buildpacks import may_make_files, read_buildpacks
from diag.collect.project.git import Unusable, staged
from diag.collect.project.procfile.finding import CERTAIN, LIKELY, exchange, in_command, in_procfile, shown
from diag.collect.project.procfile.programs import Kind
from diag.collect.project.procfile.simple import plain
from diag.collect.project.procfile.walk import Lacking, Started, Walk
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.tree import Tree
from diag.collect.project.words import words_of

MOST = 5
_KNOWN = words_of(
    "gunicorn uvicorn python python3 daphne hypercorn waitress-serve granian streamlit flask celery"
)
_OF_WINDOWS = words_of("py start call cmd powershell set-location")
_VENV = re.compile(r"(?:.*/)?\.?v?env\w*/(?:bin|Scripts)/\w")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def check_lacking(tree: Tree, walk: Walk) -> Iterator[Evidence]:
    """Files and folders that the command comes to and does not find, or can't run."""
    found = (each for lacking in dict.fromkeys(walk.lacking) if (each := _check(tree, lacking)) is not None)
    for _, evidence in zip(range(MOST), found, strict=False):
        yield evidence


def check_words(tree: Tree, walk: Walk) -> Iterator[Evidence]:
    """First words that no dyno has for a command."""
    for started in walk.started:
        word = started.led_by or (started.words[0] if started.is_certain and started.words else "")
        if word and (started.led_by or started.program.kind is Kind.UNKNOWN):
            wrong = _no_command(tree, started, plain(word))
            if wrong is not None:
                yield wrong
                return


def check_front(tree: Tree, web: WebProcess) -> list[Evidence]:
    """``bin/start-nginx`` without the buildpack that brings it, where the project names its buildpacks."""
    name = basename(web.front)
    word = name.removeprefix("start-").partition("-")[0]
    buildpacks = read_buildpacks(tree)
    if not word or not buildpacks.named or buildpacks.have(word) or f"bin/{name}" in tree:
        return []
    text = f"The command starts {name}, and none of the buildpacks in {buildpacks.where} brings it."
    because = f"{name} comes with the {word} buildpack, which {buildpacks.where} does not name"
    return [
        in_command(
            "command-not-found",
            Level.FAIL,
            LIKELY,
            text,
            web.where,
            command=shown(web.front),
            because=because,
        )
    ]


def _check(tree: Tree, lacking: Lacking) -> Evidence | None:
    if not lacking.is_certain:
        return None
    if lacking.what == "mode":
        return _not_executable(tree, lacking)
    if lacking.what == "carriage-return":
        return _carriage_return(tree, lacking)
    return _not_there(tree, lacking)


def _not_there(tree: Tree, lacking: Lacking) -> Evidence | None:
    kind = "folder" if lacking.what == "cd" else "file"
    written = shown(plain(lacking.written))
    other = _other_case(tree, lacking.path)
    if _in_submodule(tree, lacking.path):
        return None
    sure: Confidence = CERTAIN
    if other:
        why = f"the project has {other}, and Linux tells capitals apart"
    elif lacking.path in tree:
        why = ".slugignore leaves it out of the slug"
    elif tree.exists_here(lacking.path):
        why, sure = "it is here, but git ignores it, so it is not pushed", LIKELY
    else:
        why = f"the project has no such {kind}"
        is_code = lacking.path.endswith((".py", ".sh")) or lacking.what == "source" or "/bin/" in lacking.path
        sure = CERTAIN if is_code and not may_make_files(tree) else LIKELY
    text = f"The command needs {written}, and {why}."
    right = plain(lacking.written).replace(lacking.path, other) if other else ""
    venv = _VENV.match(lacking.path)
    if venv is not None and lacking.what == "script":
        right = basename(lacking.path)
    return in_command(
        "command-not-found",
        Level.FAIL,
        sure,
        text,
        lacking.where,
        command=written,
        because=f"{written} is not in the slug",
        script=None if right or venv else basename(lacking.path),
        venv=f"source {written}" if venv and lacking.what == "source" else None,
        **exchange(lacking.where, plain(lacking.written), right),
    )


def _not_executable(tree: Tree, lacking: Lacking) -> Evidence | None:
    """git tells the mode that is pushed; without git the folder does."""
    try:
        if tree.git is not None and lacking.path in tree.git.tracked:
            index = staged(tree.root, lacking.path)
            if index is None or index.is_executable:
                return None
            sure: Confidence = CERTAIN
        else:
            if os.name == "nt" or (tree.root / lacking.path).stat().st_mode & stat.S_IXUSR:
                return None
            sure = LIKELY
    except (Unusable, OSError, ValueError):
        return None
    written = shown(lacking.written)
    text = f"{lacking.path} may not be executed (its mode has no x), so the shell answers Permission denied."
    return in_command(
        "command-not-found",
        Level.FAIL,
        sure,
        text,
        lacking.where,
        command=written,
        because=f"{lacking.path} may not be executed",
        mode_of=lacking.path,
    )


def _carriage_return(tree: Tree, lacking: Lacking) -> Evidence | None:
    sure: Confidence = LIKELY
    if tree.git is not None:
        try:
            index = staged(tree.root, lacking.path)
        except Unusable:
            return None
        if index is None or index.line_ends not in ("crlf", "mixed"):
            return None
        sure = CERTAIN
    text = f"{lacking.path} has Windows line ends, so the last word of each line ends with a carriage return."
    return in_procfile(
        "bad-encoding",
        Level.FAIL,
        sure,
        text,
        f"{lacking.path}:1",
        looks=f"{lacking.path} has Windows line ends",
        script=lacking.path,
    )


def _other_case(tree: Tree, path: str) -> str:
    """The same path in other capitals, as a file or folder of the project."""
    lower = path.lower()
    for each in tree.files:
        if each.lower().startswith(lower) and each[len(path) : len(path) + 1] in ("", "/"):
            same = each[: len(path)]
            return same if same != path else ""
    return ""


def _in_submodule(tree: Tree, path: str) -> bool:
    return tree.git is not None and any(
        path == each or path.startswith(f"{each}/") for each in tree.git.submodules
    )


def _no_command(tree: Tree, started: Started, word: str) -> Evidence | None:
    if "/" in word or "$" in word or "`" in word:
        return None
    sure: Confidence = CERTAIN
    meant = ""
    if word.endswith(":") or _TARGET.fullmatch(word):
        why, meant = "a command has no colon in its name", word[:-1] if word[:-1] in _KNOWN else ""
    elif any(blank in word for blank in " \t"):
        why, meant = "the quotes make one word of it, and so the name of one command", word
        word = f'"{word}"'
    elif word.startswith("-"):
        why = "an option is no command"
    elif word in _OF_WINDOWS:
        why, meant = "that is a command of Windows", "python" if word == "py" else ""
    elif started.folder is not None and _is_file_here(tree, started.folder, word):
        why = "a file of the project is found by its path only"
        meant = f"python {word}" if word.endswith(".py") else f"bash {word}"
        sure = LIKELY if _changes_path(tree) else CERTAIN
    elif word.endswith((".py", ".sh")):
        why = "no such file is a command"
        sure = LIKELY
    else:
        import difflib

        near = difflib.get_close_matches(word.lower(), _KNOWN, n=1, cutoff=0.8)
        if not near or near[0] == word:
            return None
        why, meant, sure = f"near to it is {near[0]}", near[0], LIKELY
    text = f"The command begins with {shown(word)}, and {why}."
    return in_command(
        "command-not-found",
        Level.FAIL,
        sure,
        text,
        started.where,
        command=shown(word),
        because=f"{shown(word)} is the name of no command",
        **exchange(started.where, word, meant),
    )


def _is_file_here(tree: Tree, folder: str, word: str) -> bool:
    return tree.is_deployed(f"{folder}/{word}" if folder else word)


def _changes_path(tree: Tree) -> bool:
    """Whether the project puts folders of its own among those where commands are looked for."""
    return ".profile" in tree or any(tree.below(".profile.d"))
