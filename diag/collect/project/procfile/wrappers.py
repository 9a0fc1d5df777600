"""Programs that only start another one, which is the one that counts: ``exec``, ``ddtrace-run``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from posixpath import basename

from diag.collect.project.words import words_of

MOST_WRAPPERS = 12
_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
# By name the words that belong to it before the program comes, and its options that have a value.
_NONE = words_of("")
_WITH_OPTIONS: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "exec": ((), words_of("-a")),
    "command": ((), _NONE),
    "builtin": ((), _NONE),
    "nohup": ((), _NONE),
    "setsid": ((), _NONE),
    "nice": ((), words_of("-n")),
    "ionice": ((), words_of("-c -n")),
    "stdbuf": ((), words_of("-o -e -i")),
    "xvfb-run": ((), words_of("-n -s -e -f -p -w")),
    "dumb-init": ((), _NONE),
    "tini": ((), words_of("-p -e")),
    "ddtrace-run": ((), _NONE),
    "opentelemetry-instrument": ((), _NONE),
    "librato-launch": ((), words_of("--config-path")),
    "newrelic-admin": (("run-program",), _NONE),
    "pipenv": (("run",), _NONE),
    "poetry": (("run",), words_of("-C --directory -P --project")),
    "pdm": (("run",), words_of("-p --project")),
    "honcho": (("run",), words_of("-e --env -d --app-root")),
    "uv": (
        ("run",),
        words_of(
            "--with --with-requirements --with-editable --extra --group --only-group --no-group --no-extra"
            " --env-file --python -p --package --project --index --default-index --index-url --directory"
        ),
    ),
}
# These end their own options with two dashes.
_UP_TO_DASHES = words_of("doppler dotenv op infisical chamber aws-vault teller")
_FRONT = re.compile(r"start-nginx[\w-]*|start-caddy[\w-]*")
# Buildpacks put them into the slug's bin; they open a tunnel or set the memory allocator.
_OF_BUILDPACKS = re.compile(
    r"start-(?:pgbouncer|stunnel|pgbouncer-stunnel)[\w-]*|qg\w+|jemalloc\.sh|proximo|with_?jemalloc"
)
_PYTHON = re.compile(r"python[\d.]*|pypy[\d.]*")
_OWN_VALUE = words_of("-W -X --check-hash-based-pycs")
_ASKS = (("command", ("-v",)), ("command", ("-V",)))


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The program with its words. `front` is what listens on $PORT before it, such as bin/start-nginx."""

    words: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    wrappers: tuple[str, ...] = ()
    front: str = ""
    folder: str = ""  # that a wrapper was told to work in


def unwrapped(words: tuple[str, ...]) -> Unwrapped:
    """The program behind all that only starts another."""
    found = Unwrapped(words)
    for _ in range(MOST_WRAPPERS):
        further = _further(found)
        if further is None:
            break
        found = further
    return found


def is_python(word: str) -> bool:
    """Whether it is a Python interpreter."""
    return _PYTHON.fullmatch(basename(word)) is not None


def _further(found: Unwrapped) -> Unwrapped | None:
    """Without the outermost wrapper; None where there is none."""
    if not found.words:
        return None
    first, rest = found.words[0], found.words[1:]
    name = basename(first)
    inner: tuple[str, ...] | None = None
    if name == "env":
        return _env(found, rest)
    if name == "uv" and rest[:1] == ("run",):
        return _uv(found, first, rest[1:])
    if _FRONT.fullmatch(name):
        found, inner = replace(found, front=first), _after_options(rest, _NONE)
    elif _OF_BUILDPACKS.fullmatch(name):
        inner = _after_options(rest, _NONE)
    elif name == "timeout":
        inner = _after_options(rest, words_of("-s -k"))[1:]
    elif name in _UP_TO_DASHES and "--" in rest:
        inner = rest[rest.index("--") + 1 :]
    elif name in _WITH_OPTIONS and (name, rest[:1]) not in _ASKS:
        inner = _behind(rest, *_WITH_OPTIONS[name])
    return None if inner is None else _without(found, first, inner)


def _behind(rest: tuple[str, ...], before: tuple[str, ...], valued: frozenset[str]) -> tuple[str, ...] | None:
    """The words behind a wrapper's own; None where those that must stand there do not."""
    if before:
        rest = _after_options(rest, valued)
        if rest[: len(before)] != before:
            return None
    return _after_options(rest[len(before) :], valued)


def _without(found: Unwrapped, wrapper: str, rest: tuple[str, ...]) -> Unwrapped:
    return replace(found, words=rest, wrappers=(*found.wrappers, wrapper))


def _uv(found: Unwrapped, first: str, rest: tuple[str, ...]) -> Unwrapped:
    """uv runs modules and scripts by Python, too."""
    folder = next((rest[i + 1] for i, word in enumerate(rest[:-1]) if word == "--directory"), "")
    rest = _after_options(rest, _WITH_OPTIONS["uv"][1])
    inner = replace(_without(found, first, rest), folder=folder or found.folder)
    if rest and (rest[0].endswith(".py") or rest[0] == "-m"):
        return replace(inner, words=("python", *rest))
    return inner


def _env(found: Unwrapped, rest: tuple[str, ...]) -> Unwrapped | None:
    env = dict(found.env)
    rest = _after_options(rest, words_of("-u -C -S"))
    while rest and (match := _ASSIGNED.fullmatch(rest[0])):
        env[match["name"]] = match["value"]
        rest = rest[1:]
    return replace(_without(found, "env", rest), env=env) if rest else None


def _after_options(words: tuple[str, ...], valued: frozenset[str]) -> tuple[str, ...]:
    """The words behind the options that stand first; two dashes end them."""
    index = 0
    while index < len(words) and words[index].startswith("-") and words[index] not in ("-m", "-c"):
        if words[index] == "--":
            index += 1
            break
        index += 2 if words[index] in valued else 1
    return words[index:]


def without_options(words: tuple[str, ...]) -> tuple[str, ...]:
    """Python's words behind its own options: ``-m module …``, ``-c …`` or ``script.py …``."""
    return _after_options(words, _OWN_VALUE)
