"""An exception in one line, without its traceback: what handlers print and log services keep."""

from __future__ import annotations

import re

from diag.collect.logs.line import Line
from diag.collect.logs.raised.lines import LINE_CHARS, exception_in
from diag.collect.logs.raised.record import Raised

# Exceptions that say what is wrong by themselves; of others a line alone proves nothing.
_ALONE = re.compile(
    r"(?:[A-Za-z_]\w*\.){0,6}(?P<type>ModuleNotFoundError|ImportError|FileNotFoundError|NoCredentialsError"
    r"|ClientError|EndpointConnectionError|OperationalError|ProgrammingError|NoSuchModuleError"
    r"|ImproperlyConfigured|UndefinedValueError|DisallowedHost|UnpicklingError|SyntaxError|IndentationError)"
    r": (?P<message>.+)$"
)
# The whole name of a class, module first, is an exception's own line too.
_QUALIFIED = re.compile(
    r"(?:[a-z_]\w{0,60}\.){1,6}(?P<type>[A-Z]\w{0,60}(?:Error|Exception|Timeout|Undefined\w{1,20}|Failure))"
    r": (?P<message>.+)$"
    r"|(?:[a-z_]\w{0,60}\.){0,4}(?:exceptions?|errors?)\.(?:[a-z_]\w{0,60}\.){0,3}(?P<of_errors>[A-Z]\w{1,60})"
    r": (?P<words>.+)$"
)
# What libraries say in words of their own, which handlers print without the type.
_IN_WORDS = (
    ("NoCredentialsError", "Unable to locate credentials", re.compile(r"Unable to locate credentials")),
    (
        "ClientError",
        "An error occurred (",
        re.compile(r"An error occurred \(\w{1,60}\) when calling the \w{1,60} operation.{0,200}"),
    ),
    ("NoCredentialsError", "redentials not", re.compile(r"AWS credentials not (?:found|available)")),
    (
        "ConnectionError",
        "connecting to ",
        re.compile(r"Error -?\d{1,5} (?:while )?connecting to [\w.:-]{1,200}\. .{1,200}"),
    ),
    (
        "OperationalError",
        "ould not connect to server",
        re.compile(r"could not connect to server: .{1,120}"),
    ),
    (
        "OperationalError",
        "connection to server at ",
        re.compile(r'connection to server at "[^"]{1,200}".{0,60} failed: .{1,200}'),
    ),
    (
        "OperationalError",
        "could not translate host name",
        re.compile(r"could not translate host name .{1,200}"),
    ),
    (
        "ValueError",
        "rediss://",
        re.compile(r"A rediss:// URL must have parameter ssl_cert_reqs.{0,120}"),
    ),
    ("ClientException", "ffmpeg was not found", re.compile(r"ffmpeg was not found")),
    (
        "LookupError",
        "NLTK Downloader",
        re.compile(r"Resource .{1,80} not found\..{0,60}NLTK Downloader.{0,80}"),
    ),
)
_HOST = re.compile(r"(?:^|[\s:])(?P<message>Invalid HTTP_HOST header: '.*)$")


def may_stand_alone(text: str) -> bool:
    """Asked of every line of a log."""
    return (
        ": " in text
        or "onnecting to " in text
        or "redentials" in text
        or "ffmpeg" in text
        or "rediss:" in text
    )


def exception_alone(line: Line) -> Raised | None:
    """The exception, when the whole line is one."""
    text = line.text
    if "Error: " in text or "Configured: " in text or "DisallowedHost: " in text:
        match = _ALONE.match(text[:LINE_CHARS]) or _QUALIFIED.match(text[:LINE_CHARS])
        if match:
            return _of(line, match)
    elif any(words in text for words in ("Timeout: ", "Undefined", "Failure: ", "errors.", "exception")) and (
        match := _QUALIFIED.match(text[:LINE_CHARS])
    ):
        return _of(line, match)
    for name, words, pattern in _IN_WORDS:
        if words in text and (match := pattern.search(text[:LINE_CHARS])):
            return _raised(line, name, match[0], "")
    if "Invalid HTTP_HOST header: '" in text:
        match = _HOST.search(text[:LINE_CHARS])
        if match:
            return _raised(line, "DisallowedHost", match["message"], "request")
    return None


def exception_of_excerpt(line: Line) -> Raised | None:
    """The exception, when the line is one by its form: of an excerpt of a few lines that is enough."""
    words = exception_in(line.text.strip(" `>*|"))
    if words is None or words.weak:
        return None
    return _raised(line, words.type, words.message, "")


def _of(line: Line, match: re.Match[str]) -> Raised:
    groups = match.groupdict()
    name, message = groups["type"] or groups["of_errors"], groups["message"] or groups["words"]
    return _raised(line, name, message.rstrip("`"), "")


def _raised(line: Line, name: str, message: str, context: str) -> Raised:
    return Raised(
        first=line.number,
        last=line.number,
        at=line.at,
        process=line.process,
        chain=((name, message.strip()),),
        context=context,
    )
