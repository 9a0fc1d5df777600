"""The web process as the Procfile declares it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

PROCFILE_BYTES = 1 << 16
# Cedar's effective rule; Fir's is stricter and its lines match too. Dev Center `procfile`.
_WEB = re.compile(r"^\s*web:?\s+(?P<command>.+)$|^web:(?P<tight>\S.*)$")
# Servers whose first bare argument of the form module:attribute is the app.
_SERVERS = re.compile(r"(^|[/.])(gunicorn|uvicorn|hypercorn|daphne|waitress-serve|granian)$")
_TARGET = re.compile(r"^[A-Za-z_][\w.]*(:[A-Za-z_]\w*(\(.*\))?)?$")
# uvicorn takes an attribute of an attribute, too.
_ASKED_FOR = re.compile(r"^[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\(.*\))?)?$")
# Options of gunicorn and uvicorn that stand alone; all others have a value behind them.
_FLAGS = frozenset(
    [
        "--preload",
        "--reload",
        "--daemon",
        "-D",
        "--capture-output",
        "--enable-stdio-inheritance",
        "-R",
        "--no-sendfile",
        "--reuse-port",
        "--check-config",
        "--log-syslog",
        "--proxy-headers",
        "--no-access-log",
        "--factory",
        "--use-colors",
        "--no-use-colors",
    ]
)


def web_command(root: Path) -> str:
    """The command of the web process, or empty."""
    try:
        with (root / "Procfile").open("rb") as file:
            text = file.read(PROCFILE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    for line in text.splitlines():
        match = _WEB.match(line)
        if match:
            return (match["command"] or match["tight"]).strip()
    return ""


def wsgi_target(command: str) -> str:
    """``module:attribute`` in the command of a known server, or empty."""
    for word in reversed(_arguments(command)):
        if _TARGET.match(word) and ":" in word and not word.startswith("python:"):
            return word
    return ""


def server_target(command: str) -> str:
    """What a known server is told to import, of which gunicorn needs the module alone; or empty."""
    value = False
    for word in _arguments(command):
        if word.startswith("-"):
            value = "=" not in word and word not in _FLAGS and (word.startswith("--") or len(word) == 2)
        elif value:
            value = False
        elif _ASKED_FOR.match(bare := word.strip("'\"")):
            return bare
    return wsgi_target(command)


def _arguments(command: str) -> list[str]:
    """The words behind a known server's name."""
    words = split(command)
    server = next((i for i, word in enumerate(words) if _SERVERS.search(word)), len(words))
    return words[server + 1 :]


def option(command: str, name: str) -> str:
    """The value of a long option, or empty."""
    words = split(command)
    for index, word in enumerate(words):
        if word == name and index + 1 < len(words):
            return words[index + 1]
        if word.startswith(f"{name}="):
            return word.removeprefix(f"{name}=")
    return ""


def is_started_by(command: str, arguments: list[str]) -> bool:
    """Whether a process with these arguments may be what the command starts.

    They share the program, script, module or target; the interpreter and the options say nothing.
    """
    telling = {
        word.rpartition("/")[2]
        for word in split(command)
        if not word.startswith(("-", "$")) and not re.match(r"(.*/)?python[\d.]*$", word) and "=" not in word
    }
    return bool(telling & {word.rpartition("/")[2] for word in arguments})


def split(command: str) -> list[str]:
    """The words of a command as a shell would see them."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
