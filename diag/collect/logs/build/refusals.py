"""A buildpack that is set and does not take the app: whose language it is."""

from __future__ import annotations

import re

from checks.evidence import Value
from diag.collect.logs.build.finding import TEXT, TOOL, Finding

_NAME = re.compile(r"(?:heroku-buildpack-|heroku/)(?P<name>[a-z]+)(?=[.#/ ]|$)")
_LANGUAGES = {
    "nodejs": "Node.js",
    "ruby": "Ruby",
    "php": "PHP",
    "java": "Java",
    "go": "Go",
    "dotnet": ".NET",
    "scala": "Scala",
    "clojure": "Clojure",
    "gradle": "Gradle",
    "erlang": "Erlang",
    "elixir": "Elixir",
    "rust": "Rust",
}


def language_of(name: str) -> str:
    """``Node.js`` for ``nodejs``; a name that is not known stays."""
    return _LANGUAGES.get(name, name)


def refused(buildpack: str, text: str, number: int, at: float | None) -> Finding | None:
    """What it means that the buildpack of this name or URL refuses; None when it is of no language."""
    match = _NAME.search(buildpack)
    name = match["name"] if match else ""
    if name == "python":
        fault, values = "no-python-files", dict[str, Value](buildpack=name)
    elif name in _LANGUAGES:
        fault, values = "other-buildpack", dict[str, Value](language=_LANGUAGES[name])
    else:
        return None
    return Finding(fault, number, at, text[:TEXT], values, rank=TOOL, final=False)
