"""Structured log lines: one event, one line, through structlog.

logfmt on a dyno (Heroku's own dialect: ``at=`` first), JSON with LOG_FORMAT=json, coloured columns on
a terminal. No line is longer than 4,000 bytes, since Heroku cuts at 10,000 and drains earlier.
structlog's global configuration stays the app's own: this is a logger beside it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from functools import cache
from typing import Any

from checks.evidence import Level

LINE_BYTES = 4000
FIELD_CHARS = 900
_AT = {Level.OK: "info", Level.INFO: "info", Level.WARN: "warning", Level.UNKNOWN: "warning"}
_FIRST = ["at", "event", "cause", "codes", "level", "confidence", "title", "name"]

Emit = Callable[..., None]


def emit(event: str, at: Level, /, **fields: Any) -> None:
    """Write one line at that level; a field that is None is left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    _logger().info(event, at=_AT.get(at, "error"), **known)


@cache
def _logger() -> Any:
    structlog = structlog_without_rich()
    terminal = sys.stderr.isatty() and not os.environ.get("DYNO")
    form = os.environ.get("LOG_FORMAT") or ("pretty" if terminal else "logfmt")
    renderer: Any
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    elif form == "pretty":
        renderer = structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)
    else:
        renderer = structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True)
    return structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[_clip, renderer, _shorten],
        cache_logger_on_first_use=True,
    )


def structlog_without_rich() -> Any:
    """The structlog module, without rich, which it would import for tracebacks that are never drawn here.

    That import holds 4 MB and takes 40 ms in every worker.
    """
    hide = "rich" not in sys.modules
    if hide:
        sys.modules["rich"] = None  # type: ignore[assignment]  # makes `import rich` fail quickly
    try:
        import structlog
    finally:
        if hide:
            del sys.modules["rich"]
    return structlog


def _clip(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Long texts are cut, lists become one text."""
    return {name: _field(name, value) for name, value in event.items()}


def _field(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = (" | " if name == "fix" else ",").join(map(str, value))
    if not isinstance(value, str):
        return value
    text = " ".join(value.split()) if "\n" in value else value
    return text if len(text) <= FIELD_CHARS else text[: FIELD_CHARS - 1] + "…"


def _shorten(_: object, __: str, line: str) -> str:
    """The last resort against a line that is still too long."""
    raw = line.encode()
    return line if len(raw) < LINE_BYTES else raw[: LINE_BYTES - 4].decode(errors="ignore") + "…"
