"""Config vars that are unset or have a value the app can't read."""

from __future__ import annotations

import os
import re
import traceback
from typing import Any

from checks.evidence import Dyno, Value
from checks.exceptions.places import frames_of, is_own, local_of
from checks.exceptions.words import NOT_A_NUMBER

_READ = r"(?:os\.)?(?:environ\.get|getenv)\(\s*[\"'](\w+)[\"'](?:\s*,[^()]*)?\s*\)"
_ITEM = r"(?:os\.)?environ\[\s*[\"'](\w+)[\"']\s*\]"
_READ_BARE = r"(?:environ\.get|getenv)\(\s*[\"'](\w+)[\"']\s*\)"
_JSON_OF = re.compile(rf"\bjson\.loads\(\s*(?:{_READ}|{_ITEM})\s*\)")
_NUMBER_OF = re.compile(rf"\b(?:int|float)\(\s*(?:{_READ}|{_ITEM})\s*\)")


def missing_variable(error: KeyError) -> dict[str, Value]:
    """The name of the config var, when ``os.environ[name]`` raised the KeyError."""
    if error.args and isinstance(error.args[0], str):
        frames = traceback.extract_tb(error.__traceback__)
        if frames and frames[-1].filename in ("<frozen os>", os.__file__):
            return {"variable": error.args[0], "fault": "variable"}
    return {}


def unset_variable(error: BaseException, dyno: Dyno) -> dict[str, Value]:
    """``int(os.environ.get(name))`` and ``os.environ.get(name).split()`` where nothing is set."""
    own = [f for f in frames_of(error) if is_own(f.filename, dyno.root)]
    if not own or "NoneType" not in str(error):
        return {}
    attribute = error.name if isinstance(error, AttributeError) and error.name else ""
    name = unset_in(own[-1].line or "", attribute)
    return {"variable": name, "fault": "variable"} if name and name not in dyno.env else {}


def unset_in(code: str, attribute: str) -> str:
    """The config var that a line reads as if it were set: to convert it, or to use an attribute of it."""
    pattern = (
        rf"{_READ}\.{re.escape(attribute)}\b"
        if attribute
        else rf"\b(?:int|float|json\.loads)\(\s*{_READ}\s*\)"
    )
    names = set(re.findall(pattern, code))
    return names.pop() if len(names) == 1 else ""


def number_in(code: str) -> str:
    """The config var that a line converts to a number."""
    names = {a or b for a, b in _NUMBER_OF.findall(code)}
    return names.pop() if len(names) == 1 else ""


def json_in(code: str) -> str:
    """The config var that a line reads as JSON."""
    names = {a or b for a, b in _JSON_OF.findall(code)}
    return names.pop() if len(names) == 1 else ""


def only_read_in(code: str) -> str:
    """The config var that a line reads without asking whether it is set, if there is just one."""
    names = set(re.findall(_READ_BARE, code))
    return names.pop() if len(names) == 1 else ""


def invalid_variable(error: ValueError) -> dict[str, Value]:
    """``int(os.environ[name])`` where the value is no number."""
    frames = frames_of(error)
    if not frames or not NOT_A_NUMBER.match(str(error)):
        return {}
    name = number_in(frames[-1].line or "")
    return {"variable": name, "fault": "variable-value"} if name else {}


def invalid_settings(error: ValueError) -> dict[str, Value]:
    """The config vars behind a ValidationError of pydantic-settings."""
    settings = local_of(error.__traceback__, f"{os.sep}pydantic_settings{os.sep}main.py", "__pydantic_self__")
    errors = getattr(error, "errors", None)
    if settings is None or errors is None:
        return {}
    missing: list[str] = []
    wrong: list[str] = []
    for each in errors(include_url=False, include_context=False, include_input=False):
        (missing if each["type"] == "missing" else wrong).append(
            _setting(type(settings), str(each["loc"][0]))
        )
    names = missing or wrong
    several: dict[str, Value] = {"names": tuple(names)} if len(names) > 1 else {}
    return several | {"variable": names[0], "fault": "variable" if missing else "variable-value"}


def _setting(settings: Any, location: str) -> str:
    """The name of the config var of a field; an alias is one already."""
    if location not in settings.model_fields:
        return location
    name = f"{settings.model_config.get('env_prefix', '')}{location}"
    return name if settings.model_config.get("case_sensitive") else name.upper()
