"""An exception in one line, without its traceback: what handlers print and log services keep."""

from __future__ import annotations

import re

from diag.collect.logs.line import Line
from diag.collect.logs.raised.lines import LINE_CHARS
from diag.collect.logs.raised.record import Raised

# Exceptions that say what is wrong by themselves; of others a line alone proves nothing.
_ALONE = re.compile(
    r"(?:[A-Za-z_]\w*\.){0,6}(?P<type>ModuleNotFoundError|ImportError|FileNotFoundError|NoCredentialsError"
    r"|ClientError|EndpointConnectionError|OperationalError|ProgrammingError|NoSuchModuleError"
    r"|ImproperlyConfigured|UndefinedValueError|DisallowedHost|UnpicklingError|SyntaxError|IndentationError)"
    r": (?P<message>.+)$"
)
_HOST = re.compile(r"(?:^|[\s:])(?P<message>Invalid HTTP_HOST header: '.*)$")


def exception_alone(line: Line) -> Raised | None:
    """The exception, when the whole line is one."""
    text = line.text
    if "Error: " in text or "Configured: " in text or "DisallowedHost: " in text:
        match = _ALONE.match(text[:LINE_CHARS])
        if match:
            return _raised(line, match["type"], match["message"], "")
    if "Invalid HTTP_HOST header: '" in text:
        match = _HOST.search(text[:LINE_CHARS])
        if match:
            return _raised(line, "DisallowedHost", match["message"], "request")
    return None


def _raised(line: Line, name: str, message: str, context: str) -> Raised:
    return Raised(
        first=line.number,
        last=line.number,
        at=line.at,
        process=line.process,
        chain=((name, message.strip()),),
        context=context,
    )
