"""What web servers, shells and frameworks say about themselves.

gunicorn 19 to 27, uvicorn, Flask and others when they listen, workers when they come and go, commands
that do not exist.
"""

from __future__ import annotations

import re

from diag.collect.logs.line import Line
from diag.collect.logs.platform import Said

_HOST = r"\[?(?P<host>[\w.:*-]{0,80}?)\]?"
# gunicorn: stamp, pid and level, each in brackets.
_GUNICORN = re.compile(
    r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[(?P<pid>\d+)\] \[(?P<level>[A-Z]+)\] (?P<text>.*)"
)
_OLD_GUNICORN = re.compile(
    r"^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d )?\[(?P<pid>\d+)\] \[(?P<level>[A-Z]+)\] (?P<text>.*)"
)
_ARBITER = re.compile(
    r"(?P<starting>Starting gunicorn (?P<version>[\w.]+))"
    rf"|(?P<listening>Listening at: (?:https?://{_HOST}:(?P<port>\d+)|(?P<socket>unix:\S+)))"
    r"|(?P<worker_class>Using worker: (?P<class_>\S+))"
    r"|(?P<booting>Booting worker with pid: (?P<booted>\d+))"
    r"|(?P<timeout>WORKER TIMEOUT \(pid: ?(?P<timed_out>\d+)\))"
    r"|(?P<signalled>Worker \(pid: ?(?P<signalled_pid>\d+)\) was sent (?P<signal>SIG\w+)!?)"
    r"|(?P<terminated>Worker with pid (?P<terminated_pid>\d+) was terminated due to signal (?P<number>\d+))"
    r"|(?P<worker_exited>Worker \(pid: ?(?P<exited_pid>\d+)\) exited with code (?P<code>\d+))"
    r"|(?P<worker_exiting>Worker exiting \(pid: ?(?P<exiting_pid>\d+)\))"
    r"|(?P<worker_exception>Exception in worker process)"
    r"|(?P<shutting_down>Shutting down: Master)"
    r"|(?P<reason>Reason: (?P<why>Worker failed to boot|App failed to load)\.?)"
    r"|(?P<handling>Handling signal: (?P<handled>\w+))"
    r"|(?P<in_use>(?:Connection in use|Can't connect to):? \('?(?P<in_use_host>[^']*)'?, (?P<in_use_port>\d+)\))"
    r"|(?P<request_error>Error handling request ?(?P<request>\S*))"
    r"|(?P<request_exception>(?:Exception|Socket error|Ignoring)\b.*)"
)
_HALTED = re.compile(r"<HaltServer '(?P<why>Worker failed to boot|App failed to load)\.'")
# Where others listen: uvicorn, hypercorn, daphne, waitress, Flask, Django, Dash, aiohttp, Gradio …
_LISTENING = re.compile(
    r"^(?:INFO:?[\w.:]* *|\[\d[^\]]{0,40}\] ?(?:\[\d+\] )?(?:\[INFO\] )?|\d{4}-.{0,60}? )?"
    r"(?:Uvicorn running|Uvicorn server started|Running|\w+ running|Serving|Serving HTTP|Hypercorn running|\w+ is running"
    r"|Listening|Starting development server|=+ Running|Bottle v\S+ server starting up|Starting server"
    r"|Goin' Fast|Listening on TCP address|Running on local URL)"
    rf"(?: on| at| @|:)*:? *(?:port (?P<bare_port>\d+)|(?:https?://)?{_HOST}(?::| port )(?P<port>\d{{2,5}}))\b"
)
# Flask and Streamlit name addresses to visit too; these say that they listen on all of them.
_EVERYWHERE = re.compile(
    r"^(?:Running on all addresses \((?P<host>[^)]+)\)|(?:Local |Network |External )?URL: https?://\S+:(?P<port>\d+))"
)
_SHELL = r"^(?:/?(?:usr/)?(?:bin/)?(?:ba|da)?sh: )"
_COMMAND = r"(?:line \d+: |\d+: )?(?P<command>[^\s:]{1,200}): "
# What a shell or a server refuses: its name, words that must stand in the line, the line.
_REFUSED = (
    (
        "carriage_return",
        "\\r",
        rf"(?:{_SHELL}|/usr/bin/env: |\S*python[\d.]*: can't open file )?(?:line \d+: |\d+: )?"
        r"(?P<command>\$?['‘][^'’]{1,200}\\r['’]): ",
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
            r"^(?:ERROR: +|OSError: )?\[Errno (?:98|48)\] .{0,100}[Aa]ddress already in use|^Address already in use$"
            r"|^Error: That port is already in use\.|^Port (?P<in_use_port>\d+) is in use by another program"
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
        r"^(?:Error: )?(?P<text>Could not locate a Flask application.*|Could not import ['\"]?[\w.]+['\"]?\.?)$",
    ),
    (
        "died",
        "",
        (
            rf"^(?:{_SHELL[1:]})?(?:line \d+: )?(?: *\d+ )?(?P<how>Killed|Segmentation fault|Illegal instruction"
            r"|Aborted|Bus error)\b(?: \(core dumped\))?(?:\s|$)"
        ),
    ),
)
_REFUSALS = tuple((what, words, re.compile(pattern)) for what, words, pattern in _REFUSED)
_ARBITER_KINDS = (
    *("starting", "listening", "worker_class", "booting", "timeout", "signalled", "terminated"),
    *("worker_exited", "worker_exiting", "worker_exception", "shutting_down", "reason", "handling"),
    *("in_use", "request_error"),
)


def said(line: Line) -> Said | None:
    """What a server, a shell or a framework says in this line, or None."""
    text = line.text
    if text[:1] == "[" or text[:3].isdigit():
        match = _GUNICORN.match(text) or _OLD_GUNICORN.match(text)
        if match:
            return _of_gunicorn(match)
    if len(text) > 1000:
        return None
    return _listening(text) or _refused(text)


def halted(text: str) -> Said | None:
    """Why gunicorn's master says that it stops, in its traceback of two or more workers."""
    match = _HALTED.search(text[:500])
    return Said("reason", {"why": match["why"]}) if match else None


def _of_gunicorn(head: re.Match[str]) -> Said | None:
    match = _ARBITER.match(head["text"])
    if match is None:
        return Said("gunicorn", {"pid": head["pid"], "level": head["level"]})
    values = {k: v for k, v in match.groupdict().items() if v is not None}
    values["pid"] = head["pid"]
    what = next((k for k in _ARBITER_KINDS if k in values), "gunicorn")
    return Said(what, values)


def _listening(text: str) -> Said | None:
    if "://" not in text and not any(w in text for w in ("istening", "Serving", "addresses (", "started on")):
        return None
    bare = text.lstrip(" *")
    everywhere = _EVERYWHERE.match(bare)
    if everywhere:
        values = {"host": everywhere["host"] or "0.0.0.0", "port": everywhere["port"] or ""}
        return Said("listening", {**values, "listening": bare})
    match = _LISTENING.match(bare)
    if match is None:
        return None
    host, port = match["host"] or "", match["port"] or match["bare_port"]
    return Said("listening", {"host": host, "port": port, "listening": text.strip()})


def _refused(text: str) -> Said | None:
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
        "ot found" in text
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
