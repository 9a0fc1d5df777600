"""The import of the app, as the web server of the Procfile would do it, in a child process.

Only the doctor asks: a service that can answer has imported its app.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from checks.child import Reporter, ask_child
from checks.evidence import Check, Dyno, Evidence, Level
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.limits import BOOT_SECONDS
from checks.tensorflow_import import answer

PROCFILE_BYTES = 1 << 16
# Servers whose first bare argument of the form module:attribute is the app.
_SERVERS = re.compile(r"(^|[/.])(gunicorn|uvicorn|hypercorn|waitress-serve|granian)$")
_TARGET = re.compile(r"^[A-Za-z_][\w.]*(:[A-Za-z_]\w*(\(.*\))?)?$")
# Cedar's effective rule; Fir's is stricter and its lines match too. Dev Center `procfile`.
_WEB = re.compile(r"^\s*web:?\s+(?P<command>.+)$|^web:(?P<tight>\S.*)$")


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """The app can be imported."""
    command = web_command(dyno.root)
    target = wsgi_target(command)
    if not target:
        why = "has no web process" if not command else "names no module:attribute"
        yield Evidence(Fact.BOOT_IMPORT, Level.OK, f"The Procfile {why}, so no app is imported.")
        return
    chdir = _option(command, "--chdir")
    root = dyno.root / chdir if chdir else dyno.root
    outcome = ask_child("checks.app_import", (target,), dyno.env, root, BOOT_SECONDS)
    yield from answer(outcome, Fact.BOOT_IMPORT, f"The import of {target}", dyno)


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
    words = _words(command)
    server = next((i for i, word in enumerate(words) if _SERVERS.search(word)), None)
    if server is None:
        return ""
    for word in reversed(words[server + 1 :]):
        if _TARGET.match(word) and ":" in word and not word.startswith("python:"):
            return word
    return ""


def _option(command: str, name: str) -> str:
    words = _words(command)
    for index, word in enumerate(words):
        if word == name and index + 1 < len(words):
            return words[index + 1]
        if word.startswith(f"{name}="):
            return word.removeprefix(f"{name}=")
    return ""


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _main(target: str) -> None:
    report = Reporter()
    # Now, since a file of the app may take the place of what this needs from the standard library.
    importlib.import_module("checks.exceptions.particulars")
    dyno = Dyno(env=os.environ, root=Path.cwd())
    sys.path.insert(0, os.getcwd())
    try:
        _import_app(target)
    except BaseException as error:
        report.say(evidence_of(error, Fact.BOOT_IMPORT, f"The import of {target}", dyno, target))
    else:
        report.say(Evidence(Fact.BOOT_IMPORT, Level.OK, f"{target} can be imported."))
    os._exit(0)  # the app may have started threads; they are not asked


def _import_app(target: str) -> None:
    """As gunicorn does where it is installed, so that its messages are the real ones."""
    try:
        from gunicorn.util import import_app
    except ImportError:
        module, _, attribute = target.partition(":")
        getattr(importlib.import_module(module), attribute.partition("(")[0])
        return
    import_app(target)


CHECK = Check("app-import", ask, deadline=BOOT_SECONDS + 5.0)

if __name__ == "__main__":
    _main(sys.argv[1])
