"""Causes about what the Procfile starts."""

import re

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Seen
from diag.causes.raised import AT_BOOT

_PROCFILE = "https://devcenter.heroku.com/articles/procfile"
_PUSH = 'git commit -am "Fix the Procfile" && git push heroku main'

PROCFILE = (
    Cause(
        id="procfile/wrong-target-module",
        level=Level.FAIL,
        codes=("H10",),
        title="The web server is told to import {wanted}, and the project has no such module.",
        when=(
            Seen(*AT_BOOT, fault="target-module", wanted=re.compile(r".")),
            Seen(
                *AT_BOOT,
                chain=re.compile(r"Failed to find application, did you mean '(?P<meant>[^']+)'"),
                target=re.compile(r"^(?P<wanted>[^:]+)"),
            ),
        ),
        why="In module:attribute the module is the file's path below the folder the server starts in, "
        "with dots for slashes and without .py.",
        fix=(
            "In Procfile: web: gunicorn {meant}",
            "The project has {own_file}. In Procfile, replace {target} by {own_import}:app",
            "ls *.py */*.py   (which file creates the app? main.py makes it main:app)",
            "git ls-files | grep -i {wanted}   (is it committed, with the same capitals?)",
            _PUSH,
        ),
        docs=_PROCFILE,
    ),
    Cause(
        id="procfile/wrong-target-attribute",
        level=Level.FAIL,
        codes=("H10",),
        title="The web server finds no WSGI app where the Procfile points: {reason}",
        when=(
            Seen(*AT_BOOT, chain=re.compile(r"^AppImportError: (?P<reason>.+)")),
            Seen(
                Fact.BOOT_IMPORT,
                fault="target-attribute",
                chain=re.compile(r"^AttributeError: (?P<reason>.+)"),
            ),
        ),
        why="In module:attribute the attribute is the name of the app in that module; a factory is "
        "written with its brackets, and without a name gunicorn looks for application.",
        fix=(
            "In Procfile, replace {target} by {module}:{candidate}   (in single quotes if it has brackets)",
            'grep -nE "= *(Flask|FastAPI|get_wsgi_application)\\(|def create_app" -r --include="*.py" .',
            _PUSH,
        ),
        docs=_PROCFILE,
    ),
)
