"""What a shell or a server refuses to do, in one line: commands that do not exist, bad ports, bad options."""

from __future__ import annotations

import re

from diag.collect.logs.platform import Said

_SHELL = r"^(?:/?(?:usr/)?(?:bin/)?(?:ba|da)?sh: )"
_COMMAND = r"(?:line \d+: |\d+: )?(?P<command>[^\s:]{1,200}): "
# What a shell or a server refuses: its name, words that must stand in the line, the line.
_REFUSED = (
    (
        "carriage_return",
        "\\r",
        (
            rf"(?:{_SHELL}|/usr/bin/env: |\S*python[\d.]*: can't open file )?(?:line \d+: |\d+: )?"
            r"(?P<command>\$?['‘][^'’]{1,200}\\r['’]): "
        ),
    ),
    ("command_not_found", "ot found", rf"(?:{_SHELL})?{_COMMAND}(?:command )?not found\s*$"),
    (
        "command_not_found",
        "No such file",
        rf"{_SHELL}(?:line \d+: )?(?:cd: )?{_COMMAND}No such file or directory",
    ),
    ("command_denied", "Permission denied", rf"{_SHELL}{_COMMAND}Permission denied"),
    ("script_missing", "can't open file", r"^\S*python[\d.]*: can't open file '(?P<script>[^']+)'"),
    ("module_missing", "No module named", r"^\S*/?python[\d.]*: No module named (?P<module>[\w.]+)"),
    (
        "asgi",
        "Error loading ASGI app",
        (
            r"^ERROR: +Error loading ASGI app\. (?:Could not import module \"(?P<module>[^\"]+)\""
            r"|Attribute \"(?P<attribute>[^\"]+)\" not found in module \"(?P<of_module>[^\"]+)\""
            r"|Import string \"(?P<string>[^\"]+)\" must be in format)"
        ),
    ),
    ("exec_format", "ormat error", r"^.{0,200}?[Ee]xec format error"),
    ("celery_app_missing", "The module ", r"^The module (?P<module>[\w.]+) was not found\."),
    (
        "wsgi",
        "",
        (
            r"^(?:\S*AppImportError: )?(?P<reason>Failed to find attribute '(?P<attribute>[^']+)' in "
            r"'(?P<of_module>[^']+)'|Failed to parse '[^']+' as an attribute name or function call"
            r"|Application object must be callable|Failed to find application object:? '[^']+' in '[^']+')"
        ),
    ),
    (
        "in_use",
        "in use",
        (
            r"^(?:ERROR: +|OSError: )?\[Errno (?:98|48)\] .{0,100}[Aa]ddress already in use"
            r"|^Address already in use$|^Error: That port is already in use\."
            r"|^Port (?P<in_use_port>\d+) is in use by another program"
        ),
    ),
    ("not_a_port", "not a valid port", r"^Error: '(?P<value>[^']*)' is not a valid port number"),
    (
        "not_a_port",
        "--port'",
        r"^Error: Invalid value for '--port': *(?P<value>'[^']*')? *is not a valid integer",
    ),
    ("not_a_port", "'$PORT'", r"^.{0,60}(?:Error|error|invalid).{0,80}(?P<value>'\$PORT')"),
    (
        "class_uri",
        "class uri",
        r"^(?:Error|RuntimeError): (?P<reason>class uri '(?P<class_>[^']*)' invalid or not found.*)",
    ),
    (
        "worker_needs",
        "worker requires",
        r"^(?:Error|RuntimeError): (?P<reason>(?P<needs>\w+) worker requires .*)",
    ),
    (
        "invalid_argument",
        " value: '",
        r"^\w+: error: argument (?P<argument>\S+): invalid \w+ value: '(?P<value>[^']*)'",
    ),
    ("usage", ": error: ", r"^[\w.-]+: error: (?P<wrong>.{1,200})"),
    ("no_config", "doesn't exist", r"^Error: '?(?P<config>[^' ]+)'? doesn't exist"),
    (
        "flask_app_missing",
        "Could not ",
        (
            r"^(?:Error: )?(?P<text>Could not locate a Flask application.*"
            r"|Could not import ['\"]?[\w.]+['\"]?\.?)$"
        ),
    ),
    (
        "died",
        "",
        (
            rf"^(?:{_SHELL[1:]})?(?:line \d+: )?(?: *\d+ )?"
            r"(?P<how>Killed|Segmentation fault|Illegal instruction|Aborted|Bus error)\b"
            r"(?: \(core dumped\))?(?:\s|$)"
        ),
    ),
)
_REFUSALS = tuple((what, words, re.compile(pattern)) for what, words, pattern in _REFUSED)


def refused(text: str) -> Said | None:
    """What a shell or a server refused."""
    if not _may_refuse(text):
        return None
    for what, words, pattern in _REFUSALS:
        if words in text and (match := pattern.match(text)):
            return Said(what, {k: v for k, v in match.groupdict().items() if v is not None})
    return None


def _may_refuse(text: str) -> bool:
    """Most lines are let go here: `in` is ten times as quick as one search for all of these words."""
    return (
        "not found" in text
        or "ormat error" in text
        or "rror" in text
        or "No such file" in text
        or "denied" in text
        or "No module named" in text
        or "can't open" in text
        or "Failed to " in text
        or "must be callable" in text
        or "in use" in text
        or "invalid" in text
        or "requires" in text
        or "Could not " in text
        or "\\r" in text
        or "core dumped" in text
        or "Killed" in text
        or text.startswith(("Segmentation", "Illegal", "Abort"))
    )
