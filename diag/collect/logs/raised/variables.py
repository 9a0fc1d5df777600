"""Config vars that are unset or have a value the app can't read, by the code that a traceback shows."""

from __future__ import annotations

import re

from checks.evidence import Value
from checks.exceptions.variables import json_in, number_in, only_read_in, unset_in
from checks.exceptions.words import NOT_A_NUMBER
from diag.collect.logs.raised import places
from diag.collect.logs.raised.lines import FROZEN
from diag.collect.logs.raised.record import Frame, Raised

_KEY = re.compile(r"^'(?P<name>\w{1,200})'$")
_ATTRIBUTE = re.compile(r"'NoneType' object has no attribute '(?P<name>\w{1,100})'")
_OF_SETTINGS = re.compile(r"pydantic_settings/main\.py$|pydantic/env_settings\.py$|starlette/config\.py$")
_FIELD = re.compile(r"^(?P<name>[A-Za-z_]\w{0,100})$")
_FIELD_MISSING = re.compile(r"^ +[Ff]ield required\b")


def missing_variable(raised: Raised, _target: str) -> dict[str, Value]:
    """The config var, when ``os.environ[name]`` raised the KeyError: Python's own frame tells."""
    last = raised.frames[-1] if raised.frames else None
    key = _KEY.match(raised.root[1])
    reader = raised.own.code if raised.own else ""
    if key and last and _of_environ(last, reader):
        return {"variable": key["name"], "fault": "variable"}
    return {}


def _of_environ(frame: Frame, reader: str) -> bool:
    if frame.file.endswith("/UserDict.py"):  # Python 2 has a class for os.environ there
        return "environ" in reader
    return frame.function.strip("_") == "getitem" and (
        frame.file in ("<frozen os>", FROZEN)
        or (frame.file.endswith(("/os.py", "\\os.py")) and not places.is_own(frame.file))
    )


def unset_variable(raised: Raised, _target: str) -> dict[str, Value]:
    """``int(os.environ.get(name))`` and ``os.environ.get(name).split()`` where nothing is set."""
    last = places.own_among(raised.frames)
    if last is None or "NoneType" not in raised.root[1]:
        return {}
    attribute = _ATTRIBUTE.search(raised.root[1])
    name = unset_in(last.code, attribute["name"] if attribute else "")
    if name:
        return {"variable": name, "fault": "variable"}
    name = only_read_in(last.code) if raised.root[0] == "TypeError" else ""
    return {"variable": name, "fault": "variable-perhaps"} if name else {}


def invalid_variable(raised: Raised, _target: str) -> dict[str, Value]:
    """``int(os.environ[name])`` where the value is no number."""
    if not raised.frames:
        return {}
    if raised.root[0] == "JSONDecodeError":
        name = json_in(raised.own.code) if raised.own else ""
    else:
        name = number_in(raised.frames[-1].code) if NOT_A_NUMBER.match(raised.root[1]) else ""
    return {"variable": name, "fault": "variable-value"} if name else {}


def invalid_settings(raised: Raised, _target: str) -> dict[str, Value]:
    """The fields behind a ValidationError of pydantic's settings; a prefix of their names is not told."""
    if not any(_OF_SETTINGS.search(frame.file) for frame in raised.frames):
        return {}
    missing: list[str] = []
    wrong: list[str] = []
    field = ""
    for line in raised.root[1].split("\n")[1:]:
        name = _FIELD.match(line)
        if name:
            field = name["name"].upper()
        elif field:
            (missing if _FIELD_MISSING.match(line) else wrong).append(field)
            field = ""
    names = missing or wrong
    if not names:
        return {}
    several: dict[str, Value] = {"names": tuple(names[:20])} if len(names) > 1 else {}
    return several | {"variable": names[0], "fault": "setting" if missing else "setting-value"}
