"""Fixes of command lines: the web process of a Procfile, or the shell script that it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from checks.evidence import Evidence
from diag.fixes.desk import Desk
from diag.fixes.draft import Change, Draft

LOCAL = frozenset(("127.0.0.1", "localhost", "::1", "[::1]"))
KEEP_ALIVE = 95  # seconds: longer than the router keeps a connection (90), as Heroku's own sample has it
GRACEFUL = 20  # seconds: shorter than the 30 that a dyno has to stop
_WORD = re.compile(
    r"""(?:[^\s"';|&<>()#]|"[^"\n]*"|'[^'\n]*')(?:[^\s"';|&<>()]|"[^"\n]*"|'[^'\n]*')*|[;|&<>()]+|\#.*"""
)
_ADDRESS = re.compile(
    r"(?:(?P<host>[A-Za-z0-9.*-]*|\[[0-9A-Fa-f:.]*\]):)?(?P<port>[0-9]{1,5}|\$PORT|\$\{PORT\}|\$\{PORT:-[0-9]{1,5}\})"
)
_PORT = re.compile(r"[0-9]{1,5}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_NOT_PLAIN = re.compile(r"[\\`()<>'\"]")  # a line that goes on, commands in commands, output to files
_READS_PORT = re.compile(r"\$PORT\b|\$\{PORT\b")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command, where it stands, and what it is without its quotes."""

    start: int
    end: int
    text: str
    quoted: str = ""  # the quote around all of it


@dataclass(frozen=True, slots=True)
class Server:
    """The options by which a server is told where to listen, and how long to wait."""

    address: tuple[str, ...] = ()  # host:port
    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    needs_both: bool = False  # it listens on 127.0.0.1 unless it is told
    keep_alive: str = ""
    graceful: str = ""


SERVERS = {
    "gunicorn": Server(("-b", "--bind"), keep_alive="--keep-alive", graceful="--graceful-timeout"),
    "hypercorn": Server(("-b", "--bind"), keep_alive="--keep-alive", graceful="--graceful-timeout"),
    "uvicorn": Server(
        host=("--host",),
        port=("--port",),
        needs_both=True,
        keep_alive="--timeout-keep-alive",
        graceful="--timeout-graceful-shutdown",
    ),
    "granian": Server(host=("--host",), port=("--port",), needs_both=True),
    "flask": Server(host=("-h", "--host"), port=("-p", "--port"), needs_both=True),
    "daphne": Server(host=("-b", "--bind"), port=("-p", "--port"), needs_both=True),
    "waitress-serve": Server(address=("--listen",), host=("--host",), port=("--port",)),
}


def listen_everywhere(desk: Desk, cause: str, evidence: Evidence) -> None:
    """The server listens on all interfaces and on $PORT."""
    command = _command(desk, evidence)
    if command is None:
        return
    changes = list(command.listening())
    command.draft.want(cause, changes)


def no_preload(desk: Desk, cause: str, evidence: Evidence) -> None:
    """gunicorn loads the app in each worker, and not before the fork."""
    command = _command(desk, where_preloaded(evidence))
    if command is None or command.name != "gunicorn":
        return
    changes = [
        Change(before.end, word.end, "")
        for before, word in zip(command.words, command.words[1:], strict=False)
        if word.text in {"--preload", "--preload-app"}
    ]
    command.draft.want(cause, changes)


def where_preloaded(evidence: Evidence) -> Evidence:
    """The same evidence at the place of the setting, where it tells that beside its own."""
    return replace(evidence, where=str(evidence.values.get("preload") or evidence.where))


def keep_alive(desk: Desk, cause: str, evidence: Evidence) -> None:
    """The server keeps idle connections longer than the router does."""
    command = _command(desk, evidence)
    option = SERVERS[command.name].keep_alive if command is not None else ""
    if command is not None and option and not command.set_seconds(cause, option, KEEP_ALIVE):
        command.draft.insert(cause, command.words[-1].end, f" {option} {KEEP_ALIVE}")


def graceful_timeout(desk: Desk, cause: str, evidence: Evidence) -> None:
    """The server's requests end before the dyno is killed."""
    command = _command(desk, evidence)
    option = SERVERS[command.name].graceful if command is not None else ""
    if command is not None and option:
        command.set_seconds(cause, option, GRACEFUL)


@dataclass(frozen=True, slots=True)
class Command:
    """The words of one command, from the server's name to its end."""

    draft: Draft
    name: str
    words: tuple[Word, ...]

    def values(self, options: tuple[str, ...]) -> Iterator[Word]:
        """What these options are set to: ``-b X``, ``--bind X``, ``--bind=X``, ``-bX``."""
        for word, following in zip(self.words, (*self.words[1:], None), strict=True):
            name, equals, _ = word.text.partition("=")
            short = next(
                (o for o in options if len(o) == 2 and word.text.startswith(o) and word.text != o), ""
            )
            if word.text in options:
                if following is not None:
                    yield following
            elif (equals and name in options) or (short and not word.text.startswith("--")):
                at = len(name) + 1 if equals and name in options else 2
                if not word.quoted and self.draft.text[word.start : word.start + at] == word.text[:at]:
                    yield _inner(self.draft.text, word.start + at, word.end)

    def set_seconds(self, cause: str, option: str, seconds: int) -> bool:
        """Set an option that is there to that many seconds; whether it is there."""
        values = list(self.values((option,)))
        if len(values) == 1 and _PORT.fullmatch(values[0].text):
            self.draft.replace(cause, values[0].start, values[0].end, str(seconds))
        return bool(values)

    def listening(self) -> Iterator[Change]:
        """What is to be changed so that it listens where the router calls; nothing where that is not sure."""
        server = SERVERS[self.name]
        addresses, hosts, ports = (list(self.values(o)) for o in (server.address, server.host, server.port))
        if max(len(addresses), len(hosts), len(ports)) > 1:
            return  # which of them is meant?
        for word in addresses:
            yield from _changed(word, _everywhere(word.text))
        for word in hosts:
            yield from _changed(word, "0.0.0.0" if word.text in LOCAL else None)  # noqa: S104  it is the fix
        for word in ports:
            wrong = _PORT.fullmatch(word.text) or (word.quoted == "'" and _READS_PORT.match(word.text))
            yield from _changed(word, "$PORT" if wrong else None)
        if server.needs_both:
            end = self.words[-1].end
            missing = (() if hosts else (f"{server.host[-1]} 0.0.0.0",)) + (
                () if ports else (f"{server.port[-1]} $PORT",)
            )
            if missing:
                yield Change(end, end, " " + " ".join(missing))


def _command(desk: Desk, evidence: Evidence) -> Command | None:
    """The one server's command on the line of the evidence."""
    draft, line = desk.at(evidence)
    if draft is None or draft.path.endswith((".py", ".toml", ".json")):
        return None
    start, end = draft.span(line or _line_of_web(draft))
    words = list(_words(draft.text, start, end))
    found = [name for n in range(len(words)) if (name := _server(words, n)) is not None]
    if len(found) != 1 or _NOT_PLAIN.search(_QUOTED.sub("", draft.text[found[0][0].start : end])):
        return None
    return Command(draft, found[0][0].text.rpartition("/")[2], found[0])


def _line_of_web(draft: Draft) -> int:
    """The number of the line that says what the web process is; 0 when there is not exactly one."""
    found = [n for n, line in enumerate(draft.text.split("\n"), 1) if re.match(r"\s*web:?\s", line)]
    return found[0] if len(found) == 1 else 0


def _server(words: list[Word], number: int) -> tuple[Word, ...] | None:
    """The words of the command that begins here, when its program is a server."""
    name = words[number].text.rpartition("/")[2]
    before = words[number - 1].text if number else ""
    if name not in SERVERS or (before.startswith("-") and before != "-m"):
        return None
    rest = words[number:]
    last = next((n for n, word in enumerate(rest) if _ends_a_command(word)), len(rest))
    if name == "flask" and not any(word.text == "run" for word in rest[:last]):
        return None
    return tuple(rest[:last])


def _words(text: str, start: int, end: int) -> Iterator[Word]:
    for match in _WORD.finditer(text, start, end):
        yield _inner(text, match.start(), match.end())


def _inner(text: str, start: int, end: int) -> Word:
    """The word without its quotes, if these are around all of it or in parts of it."""
    raw = text[start:end]
    if len(raw) >= 2 and raw[0] == raw[-1] and raw[0] in "'\"" and raw[0] not in raw[1:-1]:
        return Word(start, end, raw[1:-1], raw[0])
    return Word(start, end, raw)


def _ends_a_command(word: Word) -> bool:
    return not word.quoted and (word.text[0] in ";|&<>()#")


def _changed(word: Word, new: str | None) -> Iterator[Change]:
    if new is not None and (new != word.text or word.quoted == "'"):
        yield Change(word.start, word.end, new)


def _everywhere(address: str) -> str | None:
    """The address on all interfaces and at $PORT, or None when it already is, or is something else."""
    if address in LOCAL:
        return "0.0.0.0:$PORT"
    match = _ADDRESS.fullmatch(address)
    if match is None or match["host"] is None:
        return None
    host = match["host"]
    if host in LOCAL or host == "":
        host = "0.0.0.0"  # noqa: S104  what the router needs
    elif host not in {"0.0.0.0", "*", "[::]"}:  # noqa: S104
        return None
    port = "$PORT" if match["port"].isdigit() else match["port"]
    return f"{host}:{port}"
