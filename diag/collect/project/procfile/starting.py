"""The web process: what its command starts, and what will not do about that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from checks.evidence import Evidence, Level
from checks.limits import BOOT_SECONDS
from diag.collect.project.procfile.command import chosen, process_of
from diag.collect.project.procfile.declared import declared
from diag.collect.project.procfile.encoding import typeset, untypeset
from diag.collect.project.procfile.finding import (
    CERTAIN,
    LIKELY,
    at_most,
    exchange,
    in_command,
    in_procfile,
    shown,
)
from diag.collect.project.procfile.lacking import check_lacking, check_words
from diag.collect.project.procfile.lines import Process, Procfile
from diag.collect.project.procfile.ports import check_ports
from diag.collect.project.procfile.programs import Kind, program
from diag.collect.project.procfile.serving import check_serving
from diag.collect.project.procfile.shell import parse
from diag.collect.project.procfile.simple import Parsed, plain
from diag.collect.project.procfile.walk import Started, Walk
from diag.collect.project.procfile.web import WebProcess
from diag.collect.project.tree import Tree

# A factory without quotes: bash ends at its bracket.
_FACTORY = re.compile(r"(?<![\w'\"])(?P<target>[A-Za-z_][\w.]*:[A-Za-z_]\w*\([^()'\"]*\))(?![\w'\"])")
_QUOTED = re.compile(r"(?<![\w'\"])[A-Za-z_][\w.]*:[A-Za-z_]\w*\([^()]*\)")
_SERVER = re.compile(r"\b(?:gunicorn|uvicorn|hypercorn|waitress-serve|daphne|granian)\b")
_SLEEP = re.compile(r"(?:\$\{\w+:?-)?(?P<number>\d{1,5}(?:\.\d+)?)\}?(?P<unit>[sm]?)")
_SOON_DONE = re.compile(r"manage\.py |echo$|printf$|pip3?$|alembic$|nltk\.downloader$|mkdir$")


def read_web(tree: Tree, procfile: Procfile) -> tuple[WebProcess | None, list[Evidence]]:
    """What `web` starts, as far as it can be told without running it, and what is wrong with that."""
    process = procfile.web
    if process is None:
        return None, []
    command = process.command
    parsed = parse(command)
    found: list[Evidence] = []
    word = _typeset(parsed, command)
    if word:
        text = f"{shown(word)} has a typographic dash, quote or blank, which the shell does not know."
        sure = LIKELY
        found.append(
            in_procfile(
                "bad-encoding",
                Level.FAIL,
                sure,
                text,
                process.where,
                looks=f"The command has characters of a word processor ({shown(word)})",
                **exchange(process.where, process.command, untypeset(process.command)),
            )
        )
        command = untypeset(command)
        parsed = parse(command)
    if parsed.error:
        parsed, broken = _mended(process._replace(command=command), parsed)
        found.append(broken)
    app_json = declared(tree)
    walk = Walk(tree)
    walk.through(parsed, process.where)
    web = process_of(tree, walk, process.command, process.where, app_json)
    web = replace(web, is_certain=web.is_certain and procfile.is_certain)
    found += check_lacking(tree, walk)
    found += check_words(tree, walk)
    found += _config(tree, web)
    found += _never_listens(web, walk)
    found += _left_alone(walk)
    found += _waits(walk)
    found += check_ports(web)
    found += check_serving(web)
    limit = CERTAIN if procfile.is_certain else LIKELY
    return web, [_limited(each, limit) for each in found]


def _limited(evidence: Evidence, limit: str) -> Evidence:
    if limit == CERTAIN or evidence.values.get("sure") != CERTAIN.value:
        return evidence
    return replace(evidence, values={**evidence.values, "sure": at_most(CERTAIN, LIKELY).value})


def _mended(process: Process, parsed: Parsed) -> tuple[Parsed, Evidence]:
    """The command as it was meant, where that can be told, and what bash says of it."""
    command = process.command
    factory = _QUOTED.search(command)
    if factory is not None and "(" in parsed.error:
        target = factory[0]
        attribute = target.partition(":")[2]
        server = _SERVER.search(command)
        quoted = f"'{target}'" if "'" not in target else f'"{target}"'
        evidence = in_command(
            "wrong-target-attribute",
            Level.FAIL,
            CERTAIN,
            f"Without quotes the shell reads the brackets of {shown(target)} itself: syntax error near '('.",
            process.where,
            reason=f"the shell stops at the brackets of {shown(attribute)}, which stand without quotes",
            by=server[0] if server else "The server",
            **exchange(process.where, target, quoted),
        )
        return parse(command.replace(target, quoted, 1)), evidence
    unclosed = re.search(r"\$\{PORT(?![^{]*\})", command)
    if unclosed is not None:
        text = "The brace of ${PORT is not closed, so the shell stops: unexpected end while looking for }."
        evidence = in_command(
            "port-literal", Level.FAIL, CERTAIN, text, process.where, port="${PORT", expected="$PORT"
        )
        return parse(command.replace("${PORT", "${PORT}", 1)), evidence
    text = f"The shell can't read the command ({parsed.error}): {shown(command)}"
    evidence = in_command(
        "command-not-found",
        Level.FAIL,
        CERTAIN,
        text,
        process.where,
        command=shown(command, 60),
        because=f"the shell can't read it ({parsed.error})",
    )
    return parsed, evidence


def _typeset(parsed: Parsed, command: str) -> str:
    """A word with characters of a word processor, where that matters; or empty."""
    for simple in parsed.commands:
        if program(simple.words).kind is not Kind.DONE and (word := typeset(simple.words)):
            return plain(word)
    return typeset(tuple(command.split())) if parsed.error else ""


def _config(tree: Tree, web: WebProcess) -> Iterator[Evidence]:
    """The configuration file that gunicorn is told: without it, it does not start."""
    path = web.missing_config
    if path and web.is_certain:
        text = f"gunicorn is told to read {shown(path)}, which the slug will not have."
        sure = CERTAIN if not tree.exists_here(path) else LIKELY
        yield in_command("file-missing", Level.FAIL, sure, text, web.where, path=path, not_in_slug=path)


def _never_listens(web: WebProcess, walk: Walk) -> Iterator[Evidence]:
    """Workers, and commands that are soon at their end, when nothing else is started."""
    kinds = {each.program.kind for each in walk.started}
    if not kinds or kinds & {Kind.SERVER, Kind.PYTHON, Kind.UNKNOWN, Kind.FRONT} or web.front:
        return
    last = chosen(walk).started or walk.started[-1]
    sure = LIKELY
    if Kind.WORKER in kinds:
        text = f"web starts {last.program.name}, which opens no port."
        yield in_command(
            "worker-as-web",
            Level.FAIL,
            sure,
            text,
            last.where,
            command=shown(" ".join(map(plain, last.words))),
        )
    elif all(_SOON_DONE.match(each.program.name) for each in walk.started):
        text = f"web starts {last.program.name}, which ends by itself, and nothing that serves."
        yield in_command("process-ends", Level.FAIL, sure, text, last.where, during=last.program.name)


def _left_alone(walk: Walk) -> Iterator[Evidence]:
    """A server in the background (``&``) of a script that then ends, and the dyno with it."""
    if not walk.started or not all(each.is_background or _ends(each) for each in walk.started):
        return
    server = next((each for each in walk.started if each.program.kind is Kind.SERVER), None)
    if server is not None and server.is_certain:
        text = f"{server.program.name} is started in the background (&), and what started it ends at once."
        yield in_command("process-ends", Level.FAIL, LIKELY, text, server.where, during=server.program.name)


def _ends(each: Started) -> bool:
    return each.program.kind is Kind.DONE and each.words[0] not in ("wait", "tail", "fg")


def _waits(walk: Walk) -> Iterator[Evidence]:
    """``sleep 90`` before the server is started."""
    seconds = 0.0
    for each in walk.started:
        if each.program.kind is Kind.SERVER or each.is_background:
            break
        match = (
            _SLEEP.fullmatch(plain(each.words[1]))
            if each.words[:1] == ("sleep",) and each.words[1:]
            else None
        )
        if match is None or not each.is_certain:
            continue
        seconds += float(match["number"]) * (60 if match["unit"] == "m" else 1)
        if seconds >= BOOT_SECONDS:
            text = f"sleeps {seconds:g} s before the web server is started"
            yield in_command("slow-start", Level.FAIL, LIKELY, text, each.where, step=text)
            return
