"""The import of the app, as the web server of the Procfile would do it, in a child process.

Only the doctor asks: a service that can answer has imported its app.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from checks.child import Reporter, ask_child
from checks.evidence import Check, Dyno, Evidence, Level
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.limits import BOOT_SECONDS
from checks.procfile import option, web_command, wsgi_target
from checks.tensorflow_import import answer


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """The app can be imported."""
    command = web_command(dyno.root)
    target = wsgi_target(command)
    if not target:
        why = "has no web process" if not command else "names no module:attribute"
        yield Evidence(Fact.BOOT_IMPORT, Level.OK, f"The Procfile {why}, so no app is imported.")
        return
    chdir = option(command, "--chdir")
    root = dyno.root / chdir if chdir else dyno.root
    outcome = ask_child("checks.app_import", (target,), dyno.env, root, BOOT_SECONDS)
    yield from answer(outcome, Fact.BOOT_IMPORT, f"The import of {target}", dyno)


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
