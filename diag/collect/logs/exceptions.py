"""An exception read from a log, as evidence: the counterpart of `checks.exceptions` for text.

The values are the same as far as a traceback tells them. What only the machine knows (is a module of
this name in the project, is a distribution installed) is not guessed; where that leaves a doubt, the
``fault`` has a name of its own, and the cause says how sure it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from checks.evidence import Evidence, Level, Value
from checks.exceptions.files import library
from checks.exceptions.known import DISTRIBUTION
from checks.exceptions.words import NOT_A_NUMBER, told
from checks.facts import Fact
from diag.collect.logs.line import where
from diag.collect.logs.raised import files, hosts, models, modules, places, services, variables
from diag.collect.logs.raised.record import Frame, Raised

_SYNTAX = frozenset({"SyntaxError", "IndentationError", "TabError"})
_OF_PYTHON = re.compile(r"/lib/python(?P<version>\d\.\d{1,2})/")


_Ask = Callable[[Raised, str], dict[str, Value]]
_BY_NAME: dict[str, tuple[_Ask, ...]] = {
    "ModuleNotFoundError": (modules.missing_module,),
    "ImportError": (modules.missing_name, modules.missing_module),
    "AttributeError": (
        modules.missing_attribute,
        variables.unset_variable,
        models.decoded_str,
        models.pickled_class,
    ),
    "KeyError": (variables.missing_variable, models.unpickled),
    "TypeError": (variables.unset_variable,),
    "AppImportError": (modules.no_target,),
    "DisallowedHost": (hosts.disallowed,),
    "UnpicklingError": (models.unpickled,),
    "EOFError": (models.unpickled,),
    **dict.fromkeys(("NoCredentialsError", "PartialCredentialsError"), (services.no_credentials,)),
    "NoRegionError": (services.no_region,),
    **dict.fromkeys(
        ("TemplateNotFound", "TemplatesNotFound", "TemplateDoesNotExist"), (files.missing_template,)
    ),
}
# Of exceptions with general names: `OSError`, `ValueError`, `LookupError`, `SSLError` …
_BY_WORDS: tuple[_Ask, ...] = (
    services.of_s3,  # botocore makes a class for each code of S3
    files.missing_file,
    files.missing_model,
    models.no_signature,
    files.missing_resource,
    files.manifest,
    services.port_in_use,
    services.no_endpoint,
    services.download,
    variables.invalid_variable,
    variables.invalid_settings,
)


def evidence_of(raised: Raised, fact: Fact, during: str, target: str = "", python: str = "") -> Evidence:
    """What an exception tells. `target` is ``module:attribute``, `python` such as ``3.12`` if known."""
    chain = tuple(_one_line(each) for each in raised.chain)
    values: dict[str, Value] = {
        "dyno": raised.process,
        "number": raised.first,
        "last": raised.last,
        "type": raised.type,
        "message": _message(raised.chain[0]),
        "during": during,
    }
    hung = _hung(raised)
    if hung:
        # Not the app's: gunicorn raises it wherever the worker is when its time is up.
        values |= hung
    else:
        values |= {"chain": chain, "root": chain[raised.root_index]}
        with suppress(Exception):  # a surprise in one particular costs only that
            values |= _particulars(raised, target, python)
    if raised.own is not None:
        values |= {"file": places.relative(raised.own.file), "line": raised.own.line}
    if target:
        values["target"] = target
    text = f"{during} raised {chain[0].rstrip(': ')}"
    if raised.root_index:
        text += f", because of {chain[raised.root_index]}"
    place = where(raised.first, raised.last)
    return Evidence(fact, _level(raised, fact, values), text, place, raised.at, values)


def _level(raised: Raised, fact: Fact, values: dict[str, Value]) -> Level:
    """What was caught and logged, or only printed, is no crash."""
    if values.get("fault") == "host-junk":
        return Level.INFO
    if raised.context == "background" or values.get("fault") == "host-other":
        return Level.WARN
    aside = fact in (Fact.REQUEST_EXCEPTION, Fact.PROCESS_EXCEPTION) and not raised.context
    if aside and (raised.heading or not raised.frames):
        return Level.WARN
    return Level.FAIL


def _one_line(each: tuple[str, str]) -> str:
    return f"{each[0]}: {_message(each)}"


def _message(each: tuple[str, str]) -> str:
    """On one line, bounded and masked; values that a conversion or a query quotes are left out."""
    message, parameters, more = each[1].partition("[parameters: ")
    if parameters:  # SQLAlchemy shows what was to be stored
        message += more[at:] if (at := more.find("(Background on this error")) >= 0 else ""
    number = NOT_A_NUMBER.search(message)
    if number and number["literal"] not in ("''", '""'):
        message = message.replace(number["literal"], "…")
    return told(message, {})


def _hung(raised: Raised) -> dict[str, Value]:
    """Where a worker was when gunicorn ended it after ``WORKER TIMEOUT``."""
    if raised.type != "SystemExit":
        return {}
    if not any(f.function == "handle_abort" for f in raised.frames[-2:]):
        return {}
    place = raised.own or next((f for f in reversed(raised.frames) if f.function != "handle_abort"), None)
    return {"fault": "aborted", "hung_in": _place(place)} if place else {"fault": "aborted"}


def _place(frame: Frame) -> str:
    return f"{places.relative(frame.file)}, line {frame.line}, in {frame.function}"


def _particulars(raised: Raised, target: str, python: str) -> dict[str, Value]:
    return _package(raised) | _of_its_kind(raised, target, python)


def _package(raised: Raised) -> dict[str, Value]:
    """The distribution whose code raised it; its version is in no traceback."""
    last = next((f for f in reversed(raised.frames) if not f.file.startswith("<")), None)
    top = places.package_of(last.file) if last else ""
    return {"package": DISTRIBUTION.get(top, top)} if top and not top.startswith("_") else {}


def _of_its_kind(raised: Raised, target: str, python: str) -> dict[str, Value]:
    name, message = raised.root
    if name in _SYNTAX:
        return _invalid_syntax(raised, python)
    if hidden := modules.hidden_before(raised):
        return hidden
    for ask in _BY_NAME.get(name, _BY_WORDS):
        found = ask(raised, target)
        if found:
            return found
    return library(message)


def _invalid_syntax(raised: Raised, python: str) -> dict[str, Value]:
    """A file of the app that Python can't compile; its place is the last one that is told."""
    version = python or next((m["version"] for f in raised.frames if (m := _OF_PYTHON.search(f.file))), "3")
    place = next((f for f in reversed(raised.frames) if not f.function), None)
    if place is None or not places.is_own(place.file):
        return {"python": version}
    return {"python": version, "fault": "syntax", "file": places.relative(place.file), "line": place.line}
