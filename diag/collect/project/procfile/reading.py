"""The Procfile as both generations of the platform read it, and what they make of it unlike its author."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from checks.evidence import Evidence, Level
from checks.procfile import PROCFILE_BYTES
from diag.cause import Confidence
from diag.collect.project.buildpacks import read_buildpacks
from diag.collect.project.git import Unusable, staged
from diag.collect.project.procfile.absent import NAME, without_procfile
from diag.collect.project.procfile.elsewhere import container, framework
from diag.collect.project.procfile.encoding import Decoded, decoded
from diag.collect.project.procfile.finding import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    exchange,
    in_procfile,
    several,
    shown,
)
from diag.collect.project.procfile.lines import Line, Procfile, lines_of
from diag.collect.project.tree import Tree

MOST_OF_A_KIND = 5
_NAMES_APP = re.compile(r"\w:\w|\.[aw]sgi\b|\.py\b")
_OPEN_END = re.compile(r"(?:&&|\|\||;|\|)\s*\\$|^[^'\"]*(?:'[^']*|\"[^\"]*)$")
# Words that no process type is named by, so that the line was meant to be a command, or part of one.
_SERVERS = (
    "gunicorn|uvicorn|hypercorn|daphne|waitress-serve|granian|streamlit|chainlit|panel|bokeh|voila"
    "|solara|sanic"
)
_COMMANDS = re.compile(
    rf"(?:python[\d.]*|{_SERVERS}|pip3?|echo|cd|export|heroku|git|bash|sh|npm|manage|flask|fastapi|uv|poetry)$|-"
)
_SERVES = re.compile(rf"\b(?:{_SERVERS}|runserver|flask run|fastapi run)\b")


def read_procfile(tree: Tree, generation: str = "cedar") -> tuple[Procfile, list[Evidence]]:
    """The Procfile as that generation (``cedar`` or ``fir``) reads it, and what is wrong with it."""
    if not tree.is_deployed(NAME):
        found = list(without_procfile(tree))
        return _meant(tree, generation, found), found
    data = tree.data(NAME, PROCFILE_BYTES)
    if data is None:
        return Procfile(generation, NAME, is_certain=False), []
    read = decoded(data)
    lines = _as_read(read, generation)
    buildpacks = read_buildpacks(tree)
    is_elsewhere = container(tree) == "heroku.yml" or buildpacks.is_container or buildpacks.look_elsewhere
    procfile = Procfile(generation, NAME, lines, is_certain=not is_elsewhere)
    webs = [line for line in lines if not line.is_silent and _type(line, generation) == "web"]
    if len(webs) > 1:
        procfile = replace(procfile, is_certain=False)
    found = [
        *_encoding(tree, read, procfile),
        *_lines(procfile, read),
        *_twice(webs, generation),
        *_no_web(tree, procfile, read),
    ]
    return procfile, [_capped(each, procfile) for each in found]


def _meant(tree: Tree, generation: str, found: list[Evidence]) -> Procfile:
    """What a file of the root says that means to be the Procfile: renamed, it will count."""
    path = next((each.where for each in found if each.values["fault"] == "procfile-misnamed"), "")
    if not path or "/" in path:
        return Procfile(generation)
    lines = lines_of(decoded(tree.data(path, PROCFILE_BYTES) or b"").text)
    return Procfile(generation, path, lines, is_certain=False)


def _as_read(read: Decoded, generation: str) -> tuple[Line, ...]:
    """The lines, without a reading where the encoding hides them."""
    lines = lines_of(read.text)
    if read.problem == "utf-16" or (read.problem and generation == "fir"):
        return tuple(_unread(line) for line in lines)
    if read.problem == "byte-order-mark" and lines:
        return (_unread(lines[0]), *lines[1:])
    return lines


def _unread(line: Line) -> Line:
    return replace(line, cedar=None, fir=None, meant=line.cedar or line.fir or line.meant)


def _type(line: Line, generation: str) -> str:
    reading = line.read(generation)
    return reading.type if reading else ""


def _capped(evidence: Evidence, procfile: Procfile) -> Evidence:
    """Docker, and buildpacks that look in other folders, may not go by this Procfile."""
    if procfile.is_certain or evidence.values.get("sure") != CERTAIN.value:
        return evidence
    return replace(evidence, values={**evidence.values, "sure": LIKELY.value})


def _encoding(tree: Tree, read: Decoded, procfile: Procfile) -> Iterator[Evidence]:
    is_fir = procfile.generation == "fir"
    if read.problem == "utf-16":
        text = (
            "The Procfile is in UTF-16, as PowerShell writes it, so the platform can read none of its lines."
        )
        yield in_procfile(
            "bad-encoding", Level.FAIL, CERTAIN, text, NAME, looks="The Procfile is in UTF-16", utf_16=NAME
        )
    elif read.problem == "byte-order-mark" and (is_fir or _hides(procfile)):
        first = "stops the build" if is_fir else f"hides line 1: {shown(read.text.partition(chr(10))[0])}"
        text = f"The Procfile begins with a byte order mark, which {first}."
        yield in_procfile(
            "bad-encoding",
            Level.FAIL,
            CERTAIN if is_fir else LIKELY,
            text,
            f"{NAME}:1",
            looks="The Procfile begins with a byte order mark",
            marked=NAME,
        )
    elif read.problem == "no-utf-8" and is_fir:
        text = "The Procfile is not UTF-8, so the build can't read it."
        yield in_procfile("bad-encoding", Level.FAIL, CERTAIN, text, NAME, looks="The Procfile is not UTF-8")
    if "\r" in read.text and not is_fir:
        yield from _carriage_returns(tree, read.text, procfile)


def _hides(procfile: Procfile) -> bool:
    """Whether the first line would have declared something."""
    return bool(procfile.lines) and not procfile.lines[0].is_silent and procfile.lines[0].meant is not None


def _carriage_returns(tree: Tree, text: str, procfile: Procfile) -> Iterator[Evidence]:
    """Whether those of the working tree are pushed, git decides."""
    if "\n" not in text.strip("\r\n") and "\r" in text.strip("\r\n"):
        said = "The Procfile ends its lines with a carriage return alone, so all of it is one line."
        yield in_procfile(
            "bad-encoding", Level.FAIL, LIKELY, said, NAME, looks="The Procfile is one line to the platform"
        )
        return
    web = procfile.processes.get("web")
    number = int(web.where.rpartition(":")[2]) if web else 0
    if web is None or not text.split("\n")[number - 1].endswith("\r"):
        return
    if tree.git is not None:
        try:
            index = staged(tree.root, NAME)
        except Unusable:
            index = None
        if index is None or index.line_ends not in ("crlf", "mixed"):
            return
    said = "The line of web ends with a carriage return, as Windows writes it, which may reach the command."
    yield in_procfile(
        "bad-encoding", Level.WARN, POSSIBLE, said, web.where, looks="The Procfile has Windows line ends"
    )


def _lines(procfile: Procfile, read: Decoded) -> Iterator[Evidence]:
    if read.problem == "utf-16" or (read.problem and procfile.generation == "fir"):
        return
    yield from _continued(procfile)
    continued = procfile.continued
    spoken = [line for line in procfile.lines if not line.is_silent and line not in continued]
    if read.problem == "byte-order-mark":
        spoken = [line for line in spoken if line.number > 1]
    if procfile.generation == "fir":
        broken = [line for line in spoken if line.fir is None]
    else:
        broken = [line for line in spoken if line.cedar is None or _is_no_type(line)]
    has_web = procfile.processes.get("web") is not None
    if not has_web and procfile.generation == "cedar":
        broken = [line for line in broken if not _starts_web(line)]  # told as a Procfile without web
    for line in broken[:MOST_OF_A_KIND]:
        yield _broken(line, procfile.generation, has_web=has_web)
    if procfile.generation == "cedar":
        others = [str(line.number) for line in spoken if line.cedar and not line.fir and line not in broken]
        if others:
            text = f"Fir would stop the build at line {several(others)}: there a colon must follow the name."
            yield in_procfile("fir-would-refuse", Level.INFO, CERTAIN, text, f"{NAME}:{others[0]}")


def _is_no_type(line: Line) -> bool:
    """Whether Cedar takes for a process type what is a command, or the rest of one."""
    if line.cedar is None or ":" in line.text.partition(" ")[0]:
        return False
    return _COMMANDS.match(line.cedar.type) is not None or line.cedar.command.startswith(":")


def _starts_web(line: Line) -> bool:
    """Whether ``web:`` was left out before a command that may well be meant for it."""
    may_serve = _SERVES.search(line.text) is not None or line.text.startswith("python")
    return _is_no_type(line) and line.meant is None and may_serve


def _broken(line: Line, generation: str, *, has_web: bool) -> Evidence:
    meant = line.meant or line.cedar
    is_web = meant is not None and meant.type.lower() == "web"
    mended = None
    if meant is not None and (is_web or not _is_no_type(line)):
        mended = f"{meant.type.lower()}: {meant.command}"
    said = shown(line.text)
    level = Level.FAIL if is_web and not has_web else Level.WARN
    sure: Confidence = LIKELY
    if generation == "fir":
        text = f"Fir stops the build at this line, which is no name, colon and command: {said}"
        level, sure = Level.FAIL, CERTAIN
    elif line.cedar is not None and line.cedar.command.startswith(":"):
        text = f"Cedar takes the colon for a part of the command, as there is a blank before it: {said}"
        level = Level.FAIL if is_web else Level.WARN
    elif line.cedar is not None:
        text = f"Cedar reads this line as a process type {line.cedar.type} with a command of its own: {said}"
    else:
        is_tight = re.match(r"[ \t]*[\w-]+:\S", line.text) is not None
        sure = CERTAIN if is_tight else LIKELY
        reason = "has no blank after the colon" if is_tight else "is no name, colon, blank and command"
        text = f"Cedar drops this line without a word, for it {reason}: {said}"
    where = f"{NAME}:{line.number}"
    return in_procfile(
        "line-ignored",
        level,
        sure,
        text,
        where,
        as_written=said,
        **exchange(where, line.text.strip(), mended or ""),
    )


def _continued(procfile: Procfile) -> Iterator[Evidence]:
    """A backslash at the end continues no line of a Procfile."""
    web = procfile.processes.get("web")
    if web is None or not web.command.endswith("\\"):
        return
    said = shown(web.command)
    text = f"The line of web ends with a backslash, and no line of a Procfile goes on in the next: {said}"
    is_whole = _NAMES_APP.search(web.command) is not None and _OPEN_END.search(web.command) is None
    is_fatal = not is_whole or procfile.generation == "fir"
    meant = procfile.web
    yield in_procfile(
        "line-ignored",
        Level.FAIL if is_fatal else Level.WARN,
        LIKELY,
        text,
        web.where,
        as_written=said,
        **exchange(web.where, f"web: {web.command}", f"web: {meant.command}" if meant else ""),
    )


def _twice(webs: list[Line], generation: str) -> Iterator[Evidence]:
    commands = {reading.command for line in webs if (reading := line.read(generation)) is not None}
    if len(commands) > 1:
        numbers = [str(line.number) for line in webs]
        text = f"Lines {several(numbers)} declare web; only one counts, the last as far as is known."
        said = shown(webs[0].text)
        yield in_procfile("line-ignored", Level.WARN, LIKELY, text, f"{NAME}:{numbers[0]}", as_written=said)


def _no_web(tree: Tree, procfile: Procfile, read: Decoded) -> Iterator[Evidence]:
    """Types without web: a mistake, or an app of workers only, which is a healthy one."""
    types = procfile.processes
    meant = procfile.web
    if "web" in types or (meant is not None and meant.type == "web") or read.problem == "utf-16":
        return
    names = several(sorted(types)) or "nothing"
    bare = next((line for line in procfile.lines if not line.is_silent and _starts_web(line)), None)
    if bare is not None and procfile.generation == "cedar":
        said = shown(bare.text.strip())
        text = f"web: is missing before the command, so Cedar takes its first word for a process type: {said}"
        where = f"{NAME}:{bare.number}"
        yield in_procfile(
            "no-web-process",
            Level.FAIL,
            CERTAIN if _SERVES.search(bare.text) else LIKELY,
            text,
            where,
            types=names,
            **exchange(where, bare.text.strip(), f"web: {bare.text.strip()}"),
        )
        return
    upper = next((each for name, each in types.items() if name.lower() == "web"), None)
    serving = upper or next((each for each in types.values() if _SERVES.search(each.command)), None)
    where = serving.where if serving else NAME
    level, sure = Level.FAIL, LIKELY
    serves = None if serving else framework(tree)
    if upper is not None:
        text = f"The process type is written {upper.type}; the one that gets requests is web."
    elif serving is not None:
        text = f"{serving.type} starts a web server, and only a process type named web gets requests."
    elif serves and not set(types) - {"release"}:
        text = f"The Procfile declares {names}, and {serves.said} says that it is a web app."
    elif serves and types:
        text = f"The Procfile declares {names} and no web: right for workers, and there is {serves.said}."
        level, sure = Level.INFO, POSSIBLE
    else:
        return
    wrong = f"{serving.type}: {serving.command}" if serving else ""
    right = f"web: {serving.command}" if serving else ""
    yield in_procfile(
        "no-web-process", level, sure, text, where, types=names, **exchange(where, wrong, right)
    )
