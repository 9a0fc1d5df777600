"""A model in base64 in a config var, written to the disk. Its value is never shown, not even in part."""

from __future__ import annotations

import base64
import os
import re
import tempfile
from pathlib import Path

from checks.evidence import Dyno, Evidence, Fault, Level, Value
from checks.facts import Fact
from checks.limits import CONFIG_BYTES
from checks.model_source import ConfigVar

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
_FOREIGN = re.compile(r"[^A-Za-z0-9+/]")
_URL_SAFE = str.maketrans("-_", "+/")


def write(source: ConfigVar, target: Path, dyno: Dyno) -> tuple[Evidence, ...]:
    """Decode the variable into `target`; what somebody should know about it. Raises Fault (`MODEL_SOURCE`).

    Lines, blanks, the URL-safe alphabet, a ``data:`` prefix and missing padding are all right.
    """
    value = dyno.env.get(source.name, "")
    if not value.strip():
        named = f", which {source.told_by} names," if source.told_by not in ("", source.name) else ""
        raise Fault(_evidence("unset", source, f"{source.name}{named} is not set.", encoding="base64"))
    content = decode(value, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return _remarks(source, value)


def decode(value: str, source: ConfigVar) -> bytes:
    """The bytes that a value in base64 stands for. Raises Fault (base64-invalid)."""
    begin = _DATA_URL.match(value.lstrip())
    start = len(value) - len(value.lstrip()) + begin.end() if begin else 0
    text = "".join(value[start:].split()).translate(_URL_SAFE)
    body = text.rstrip("=")
    if foreign := _FOREIGN.search(body):
        place = _position(value, start, foreign.start())
        what = "a quotation mark" if foreign[0] in "'\"" else "no character of base64"
        raise _invalid(source, value, f"the {place:,}. of its {len(value):,} characters is {what}")
    if len(text) - len(body) > 2:
        raise _invalid(source, value, f"its {len(value):,} characters end in more than two =")
    if not body:
        raise _invalid(source, value, f"its {len(value):,} characters hold no content")
    if len(body) % 4 == 1:
        what = f"{len(body):,} characters of base64 can't be whole: one is too many, or some are missing"
        raise _invalid(source, value, what)
    return base64.b64decode(body + "=" * (-len(body) % 4))


def _position(value: str, start: int, index: int) -> int:
    """Where in the value the character stands that is the `index`-th without blanks; counted from 1."""
    for place in range(start, len(value)):
        if not value[place].isspace():
            if index == 0:
                return place + 1
            index -= 1
    return len(value)


def _invalid(source: ConfigVar, value: str, what: str) -> Fault:
    size = len(source.name) + len(value.encode("utf-8", "surrogateescape"))
    text = f"{source.name} does not decode: {what}."
    if size >= CONFIG_BYTES * 9 // 10:
        text += f" With {size:,} bytes it is about as large as Heroku allows for all config vars together "
        text += f"({CONFIG_BYTES:,}), so it may have been cut."
    return Fault(
        _evidence("base64-invalid", source, text, what=what, size_bytes=size, limit_bytes=CONFIG_BYTES)
    )


def _remarks(source: ConfigVar, value: str) -> tuple[Evidence, ...]:
    size = len(source.name) + len(value.encode("utf-8", "surrogateescape"))
    if size <= CONFIG_BYTES:
        return ()
    text = (
        f"{source.name} takes {size:,} bytes. It works here; Heroku allows {CONFIG_BYTES:,} for all config "
        "vars of an app together, so a dyno can't get it."
    )
    values: dict[str, Value] = {"fault": "too-large", "variable": source.name}
    values |= {"total_bytes": size, "limit_bytes": CONFIG_BYTES}
    return (Evidence(Fact.CONFIG_SIZE, Level.WARN, text, "config vars", values=values),)


def _evidence(fault: str, source: ConfigVar, text: str, **more: Value) -> Evidence:
    values: dict[str, Value] = {"fault": fault, "variable": source.name}
    return Evidence(Fact.MODEL_SOURCE, Level.FAIL, text, "config vars", values=values | more)
