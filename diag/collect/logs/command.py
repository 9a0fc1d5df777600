"""What the command of a launch tells: the module that its web server is told to import."""

from __future__ import annotations

import re

_IMPORTING = frozenset({"gunicorn", "uvicorn", "hypercorn", "daphne", "waitress-serve", "diag.gunicorn"})
_ASKED_FOR = re.compile(r"[A-Za-z_][\w.]*(?::[\w.]+(?:\(.*\))?)?$")
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


def target_of(command: str) -> str:
    """The ``module:attribute`` that a web server is told to import, or empty."""
    words = command.split()
    names = [word.rpartition("/")[2] for word in words]
    start = next((i for i, name in enumerate(names) if name in _IMPORTING), None)
    if start is None:
        return ""
    value = False
    for word in words[start + 1 :]:
        if word.startswith("-"):
            value = "=" not in word and word not in _FLAGS and (word.startswith("--") or len(word) == 2)
        elif value:
            value = False
        elif _ASKED_FOR.match(bare := word.strip("'\"")):
            return bare
    return ""
