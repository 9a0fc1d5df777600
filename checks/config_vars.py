"""Config vars: what app.json requires is set, and what is set can be read by those who read it.

Only names are ever shown, never a value. Dev Center `config-vars`, `app-json-schema`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

from checks.evidence import Check, Dyno, Evidence, Level, Value
from checks.facts import Fact
from checks.limits import CONFIG_BYTES

APP_JSON_BYTES = 1 << 20  # nobody writes one by hand that is larger
NAMES_SHOWN = 10

# Read by the S3 check, which knows better what their shape should be.
AWS_CREDENTIALS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
# What a dyno or a shell sets by itself. Dev Center `dynos`; the Python buildpack's profile scripts.
_NOT_CONFIG = re.compile(
    r"^(DYNO(_RAM)?|PORT|HOME|PATH|PWD|OLDPWD|PS1|SHLVL|SHELL|TERM|COLUMNS|LINES|HOSTNAME|LANG|LC_\w+"
    r"|LS_COLORS|USER|LOGNAME|_|STACK|PYTHON(UNBUFFERED|HOME|PATH|HASHSEED)|(LD_)?LIBRARY_PATH"
    r"|FORWARDED_ALLOW_IPS|GUNICORN_CMD_ARGS|WEB_CONCURRENCY_SET_BY|VIRTUAL_ENV|HEROKU_\w+)$"
)
# Off a dyno the environment is a shell's; these names are taken for config vars all the same.
_LIKELY_CONFIG = re.compile(r"(^(AWS|S3|MODEL|DIAG)_)|_(URL|URI|DSN|KEY|SECRET|TOKEN|PASSWORD)$")
_TRUE = frozenset({"1", "true", "yes", "on"})


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """Required ones are there; shapes are right; the sum fits."""
    declared, complaint = read_app_json(dyno)
    if complaint is not None:
        yield complaint
    yield from _required(dyno, declared)
    yield from _blanks(dyno, declared)
    yield from _web_concurrency(dyno)
    yield from _database_url(dyno)
    yield from _port_declared(declared)
    yield from _debug(dyno)
    yield _size(dyno, declared)


def read_app_json(dyno: Dyno) -> tuple[Mapping[str, Any], Evidence | None]:
    """The `env` of app.json by name, and what is wrong with the file, if anything."""
    path = dyno.root / "app.json"
    try:
        with path.open("rb") as file:
            raw = file.read(APP_JSON_BYTES + 1)
        if len(raw) > APP_JSON_BYTES:
            return {}, _unreadable("it is larger than 1 MB")
        content = json.loads(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        return {}, None
    except OSError as error:
        return {}, _unreadable(error.strerror or "it can't be opened")
    except (ValueError, RecursionError):
        return {}, _unreadable("it is not JSON")
    env = content.get("env", {}) if isinstance(content, dict) else None
    if not isinstance(env, dict):
        return {}, _unreadable('"env" is not an object')
    return env, None


def _unreadable(reason: str) -> Evidence:
    return Evidence(
        Fact.CONFIG_REQUIRED,
        Level.WARN,
        f"app.json can't be read: {reason}. So nothing tells which config vars are required.",
        "app.json",
        values={"fault": "unreadable"},
    )


def _required(dyno: Dyno, declared: Mapping[str, Any]) -> Iterator[Evidence]:
    """A var with a default or a generator is set by a deploy button only, so it is not certain."""
    missing: list[str] = []
    defaulted: list[str] = []
    for name, entry in declared.items():
        details = entry if isinstance(entry, dict) else {"value": entry}
        if dyno.var(name) or details.get("required", True) is False:
            continue
        (defaulted if "value" in details or "generator" in details else missing).append(name)
    # A laptop's shell need not have what the dyno has; a server, or a PORT, says that it plays one.
    plays_a_dyno = dyno.on_heroku or dyno.boot is not None or "PORT" in dyno.env
    elsewhere = " (this is no dyno: Heroku may have it)"
    for names, level, note in (
        (missing, Level.FAIL if plays_a_dyno else Level.WARN, "" if plays_a_dyno else elsewhere),
        (defaulted, Level.WARN, " (app.json has a default, which only a deploy button sets)"),
    ):
        if names:
            empty = [name for name in names if name in dyno.env]
            state = "is set to nothing" if empty == names else "is not set"
            if len(names) > 1:
                state = state.replace("is ", "are ", 1)
            yield Evidence(
                Fact.CONFIG_REQUIRED,
                level,
                f"{_listed(names)} {state}, and app.json requires it{note}.",
                "app.json",
                values={"fault": "missing", "names": tuple(names), "variable": names[0]},
            )
    if not missing and not defaulted:
        yield Evidence(
            Fact.CONFIG_REQUIRED,
            Level.OK,
            f"Every config var that app.json requires is set ({len(declared)} declared)."
            if declared
            else "app.json declares no config vars.",
            values={"declared": len(declared)},
        )


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN} more"


def _ours(dyno: Dyno, declared: Mapping[str, Any]) -> dict[str, str]:
    """The environment without what the platform or the shell sets."""
    return {
        name: value
        for name, value in dyno.env.items()
        if not _NOT_CONFIG.match(name) and (dyno.on_heroku or name in declared or _LIKELY_CONFIG.search(name))
    }


def _blanks(dyno: Dyno, declared: Mapping[str, Any]) -> Iterator[Evidence]:
    for name, value in sorted(_ours(dyno, declared).items()):
        if name in AWS_CREDENTIALS or "\n" in value.strip("\n"):
            continue  # a key file has line ends of its own
        # A quote inside as well makes it a list of quoted words, as in a Content-Security-Policy.
        quoted = value[:1] in ("'", '"') and value.find(value[0], 1) == len(value) - 1
        if quoted or value != value.strip():
            fault = "quoted" if quoted else "blanks"
            yield Evidence(
                Fact.CONFIG_VALUE,
                Level.WARN,
                f"{name} {'is wrapped in quotes' if quoted else 'begins or ends with a blank'}, "
                f"which become{'' if quoted else 's'} part of the value.",
                "config vars",
                values={"fault": fault, "variable": name},
            )


def _web_concurrency(dyno: Dyno) -> Iterator[Evidence]:
    """gunicorn and uvicorn read it with ``int()`` before anything else and stop if that fails."""
    value = dyno.env.get("WEB_CONCURRENCY")
    if value is None:
        return
    try:
        fault = "zero" if int(value) < 1 else ""
    except ValueError:
        fault = "not-a-number" if value.strip() else "empty"
    if not fault:
        yield Evidence(
            Fact.CONFIG_VALUE,
            Level.OK,
            f"WEB_CONCURRENCY asks for {int(value)} workers.",
            "config vars",
            values={"variable": "WEB_CONCURRENCY", "workers": int(value)},
        )
        return
    says = {
        "empty": "is set to nothing; gunicorn and uvicorn stop at it",
        "zero": "is less than 1; no worker would answer",
        "not-a-number": "is no whole number; gunicorn and uvicorn stop at it",
    }[fault]
    yield Evidence(
        Fact.CONFIG_VALUE,
        # A server that runs has proved that it does not read it.
        Level.FAIL if dyno.boot is None else Level.WARN,
        f"WEB_CONCURRENCY {says}.",
        "config vars",
        values={"fault": fault, "variable": "WEB_CONCURRENCY"},
    )


def _database_url(dyno: Dyno) -> Iterator[Evidence]:
    value = dyno.env.get("DATABASE_URL")
    if value is None:
        return
    variable: dict[str, Value] = {"variable": "DATABASE_URL"}
    if "://" not in value:
        yield Evidence(
            Fact.CONFIG_VALUE,
            Level.WARN,
            f"DATABASE_URL {'has no scheme://' if value.strip() else 'is set to nothing'}.",
            "config vars",
            values=variable | {"fault": "no-scheme" if value.strip() else "empty"},
        )
    elif value.strip().startswith("postgres://") and _installed("sqlalchemy") >= (1, 4):
        # Heroku always sets this scheme and many apps rewrite it, so it proves nothing by itself.
        yield Evidence(
            Fact.CONFIG_VALUE,
            Level.INFO,
            "DATABASE_URL begins with postgres://, which the installed SQLAlchemy does not know; "
            "the app must rewrite it to postgresql://.",
            "config vars",
            values=variable | {"fault": "postgres-scheme"},
        )


def _installed(distribution: str) -> tuple[int, ...]:
    """The major and minor version of an installed distribution; () when there is none."""
    try:
        return tuple(int(part) for part in metadata.version(distribution).split(".")[:2])
    except (metadata.PackageNotFoundError, ValueError, AttributeError):  # or one without a version
        return ()


def _port_declared(declared: Mapping[str, Any]) -> Iterator[Evidence]:
    if "PORT" in declared:
        yield Evidence(
            Fact.CONFIG_VALUE,
            Level.WARN,
            "app.json declares PORT, so it becomes a fixed config var; Heroku chooses it anew for each dyno.",
            "app.json",
            values={"fault": "fixed-port", "variable": "PORT"},
        )


def _debug(dyno: Dyno) -> Iterator[Evidence]:
    for name in ("FLASK_DEBUG", "DJANGO_DEBUG", "DEBUG"):
        if dyno.on_heroku and dyno.var(name).lower() in _TRUE:
            yield Evidence(
                Fact.CONFIG_VALUE,
                Level.WARN,
                f"{name} is on in a dyno: errors show source code and settings to anybody.",
                "config vars",
                values={"fault": "debug-on", "variable": name},
            )


def _size(dyno: Dyno, declared: Mapping[str, Any]) -> Evidence:
    sizes = {
        name: len(name.encode(errors="surrogateescape")) + len(value.encode(errors="surrogateescape"))
        for name, value in _ours(dyno, declared).items()
    }
    total = sum(sizes.values())
    over = total > CONFIG_BYTES
    largest = max(sizes, key=lambda name: sizes[name], default="")
    text = f"Config vars take {total / 1024:.1f} KB of {CONFIG_BYTES // 1024} KB"
    values: dict[str, Value] = {"total_bytes": total, "limit_bytes": CONFIG_BYTES}
    if over:
        text += f"; {largest} alone takes {sizes[largest] / 1024:.1f} KB"
        values |= {"fault": "too-large", "variable": largest}
    return Evidence(
        Fact.CONFIG_SIZE, Level.FAIL if over else Level.OK, f"{text}.", "config vars", values=values
    )


CHECK = Check("config-vars", ask, deadline=5.0, every=15.0)
