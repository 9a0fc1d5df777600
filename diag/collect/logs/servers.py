"""What web servers, shells and frameworks say about themselves: gunicorn 19 to 27, uvicorn, Flask and
others when they listen, workers when they come and go, commands that do not exist.
"""

from __future__ import annotations

import re

from diag.collect.logs.line import Line
from diag.collect.logs.platform import Said

_HOST = r"\[?(?P<host>[\w.:*-]{0,80}?)\]?"
# gunicorn: "[2026-11-20 14:02:11 +0000] [4] [INFO] text"
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
_BOOT_ERROR = re.compile(
    r"(?P<not_a_port>Error: '(?P<value>[^']*)' is not a valid port number)"
    r"|(?P<class_uri>Error: class uri '(?P<class_>[^']*)' invalid or not found)"
    r"|(?P<worker_needs>(?:Error|RuntimeError): (?P<needs>gevent|eventlet|tornado)\b.* worker requires)"
    r"|(?P<no_config>Error: '?(?P<config>[^' ]+)'? doesn't exist)"
    r"|(?P<bad_setting>Error: (?P<setting>.{1,200}))$"
    r"|(?P<usage>\w+: error: (?P<wrong>.{1,200}))"
)
# Where others listen. uvicorn, hypercorn, daphne, waitress, Flask, Django, Dash, Streamlit, aiohttp …
_LISTENING = re.compile(
    r"^(?:INFO:? +|\[\d[^\]]{0,40}\] ?(?:\[\d+\] )?(?:\[INFO\] )?|.{0,40}? - )?"
    r"(?:Uvicorn running|Running|Serving|\* Running|Serving HTTP|Hypercorn running|Dash is running|Listening"
    r"|Starting development server|=+ Running|Bottle v\S+ server starting up|Starting server"
    r"|Goin' Fast|Listening on TCP address|Running on local URL|Local URL|Network URL|URL)"
    rf"(?: on| at| @|:)*(?: local URL)?:? *(?:port (?P<bare_port>\d+)|(?:https?://)?{_HOST}"
    r"(?::| port )(?P<port>\d{2,5}))\b"
)
_MISSING = re.compile(
    r"^(?:/?(?:usr/)?(?:bin/)?(?:ba|da)?sh: )?(?:line \d+: |\d+: )?(?P<command>[^\s:]{1,200}): "
    r"(?:command )?not found\s*$"
)
_BASH = re.compile(
    r"^(?:/?(?:usr/)?(?:bin/)?(?:ba|da)?sh: )(?:line \d+: |\d+: )?(?P<command>[^\s:]{1,200}): "
    r"(?:(?P<denied>Permission denied)|(?P<absent>No such file or directory))"
)
_CANT_OPEN = re.compile(r"^\S*python[\d.]*: can't open file '(?P<script>[^']+)'")
_NO_MODULE = re.compile(r"^\S*/?python[\d.]*: No module named (?P<module>[\w.]+)")
_DIED = re.compile(
    r"^(?:\S*(?:ba)?sh: )?(?:line \d+: )?(?: *\d+ )?(?P<how>Killed|Segmentation fault|Illegal instruction"
    r"|Aborted|Bus error)\b(?: \(core dumped\))?(?:\s|$)"
)
_ASGI = re.compile(
    r"^ERROR: +Error loading ASGI app\. (?:Could not import module \"(?P<module>[^\"]+)\""
    r"|Attribute \"(?P<attribute>[^\"]+)\" not found in module \"(?P<of_module>[^\"]+)\""
    r"|Import string \"(?P<string>[^\"]+)\" must be in format)"
)
_ADDRESS_IN_USE = re.compile(
    r"\[Errno (?:98|48)\] (?:error while attempting to bind on address \('(?P<host>[^']*)', (?P<port>\d+)\))?"
    r".{0,80}[Aa]ddress already in use|^Address already in use$|^Error: That port is already in use\."
    r"|^Port (?P<flask_port>\d+) is in use by another program"
)
_FLASK = re.compile(r"^(?:Error: )?(?P<text>Could not locate a Flask application.*|Could not import .*)")
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
    return _listening(text) or _not_started(text)


def _of_gunicorn(head: re.Match[str]) -> Said | None:
    match = _ARBITER.match(head["text"])
    if match is None:
        return Said("gunicorn", {"pid": head["pid"], "level": head["level"]})
    values = {k: v for k, v in match.groupdict().items() if v is not None}
    values["pid"] = head["pid"]
    what = next((k for k in _ARBITER_KINDS if k in values), "gunicorn")
    return Said(what, values)


def _listening(text: str) -> Said | None:
    if "://" not in text and "istening" not in text and "Serving" not in text:
        return None
    match = _LISTENING.match(text.lstrip(" *"))
    if match is None:
        return None
    host, port = match["host"] or "", match["port"] or match["bare_port"]
    return Said("listening", {"host": host, "port": port, "listening": text.strip()})


def _not_started(text: str) -> Said | None:  # noqa: PLR0911  a table of lines, tried one by one
    if "ound" in text and (match := _MISSING.match(text)):
        return Said("command_not_found", {"command": match["command"]})
    if "sh: " in text[:20] and (match := _BASH.match(text)):
        return Said("command_denied" if match["denied"] else "command_not_found", {"command": match["command"]})
    if "python" in text[:80]:
        if match := _CANT_OPEN.match(text):
            return Said("script_missing", {"script": match["script"]})
        if match := _NO_MODULE.match(text):
            return Said("module_missing", {"module": match["module"]})
    if text.startswith("ERROR:") and (match := _ASGI.match(text)):
        return Said("asgi", {k: v for k, v in match.groupdict().items() if v})
    if "in use" in text and (match := _ADDRESS_IN_USE.search(text)):
        return Said("in_use", {"in_use_port": match["port"] or match["flask_port"] or ""})
    if match := _DIED.match(text):
        return Said("died", {"how": match["how"]})
    if text.startswith("Error: ") or ": error: " in text[:40]:
        match = _BOOT_ERROR.match(text)
        if match:
            kinds = ("not_a_port", "class_uri", "worker_needs", "no_config", "bad_setting", "usage")
            values = {k: v for k, v in match.groupdict().items() if v is not None}
            return Said(next(k for k in kinds if k in values), values)
    if match := _FLASK.match(text):
        return Said("flask_app_missing", {"text": match["text"]})
    return None
