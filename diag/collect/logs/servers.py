"""What web servers, shells and frameworks say about themselves.

gunicorn 19 to 27, uvicorn, Flask and others when they listen, workers when they come and go, commands
that do not exist.
"""

from __future__ import annotations

import re

from diag.collect.logs.line import Line
from diag.collect.logs.platform import Said
from diag.collect.logs.refusals import refused

_ALL = "0.0.0.0"  # noqa: S104  what a line says, nothing is bound
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
    r"|(?P<in_use>(?:Connection in use|Can't connect to):? "
    r"\('?(?P<in_use_host>[^']*)'?, (?P<in_use_port>\d+)\))"
    r"|(?P<request_error>Error handling request ?(?P<request>\S*))"
    r"|(?P<request_exception>(?:Exception|Socket error|Ignoring)\b.*)"
)
_HALTED = re.compile(r"<HaltServer '(?P<why>Worker failed to boot|App failed to load)\.'")
# Where others listen: uvicorn, hypercorn, daphne, waitress, Flask, Django, Dash, aiohttp, Gradio …
_LISTENING = re.compile(
    r"^(?:INFO:?[\w.:]* *|\[\d[^\]]{0,40}\] ?(?:\[\d+\] )?(?:\[INFO\] )?|\d{4}-.{0,60}? )?"
    r"(?:Uvicorn running|Uvicorn server started|Running|\w+ running|Serving|Serving HTTP|\w+ is running"
    r"|Listening|Starting development server|=+ Running|Bottle v\S+ server starting up|Starting server"
    r"|Goin' Fast|Listening on TCP address|Running on local URL)"
    r"(?: on| at| @|:)*:? *"
    rf"(?:port (?P<bare_port>\d+)|(?:https?://)?{_HOST}(?::| port )(?P<port>\d{{2,5}}))\b"
)
_ENDPOINT = re.compile(
    r"Starting server at tcp:port=(?P<port>\d{1,5}):interface=(?P<host>[\w.:]{1,60})"
)  # daphne
# Flask and Streamlit name addresses to visit too; these say that they listen on all of them.
_EVERYWHERE = re.compile(
    r"^(?:Running on all addresses \((?P<host>[^)]+)\)"
    r"|(?:Local |Network |External )?URL: https?://\S+:(?P<port>\d+))"
)
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
        if match:  # hypercorn writes as gunicorn does
            return _listening(match["text"]) if "unning on " in match["text"] else _of_gunicorn(match)
    if len(text) > 1000:
        return None
    return _listening(text) or refused(text)


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
    if "://" not in text and not any(
        w in text for w in ("istening", "Serving", "addresses (", "started on", "server at tcp")
    ):
        return None
    endpoint = _ENDPOINT.search(text)
    if endpoint:
        return Said("listening", {**endpoint.groupdict(), "listening": text.strip()})
    bare = text.lstrip(" *")
    everywhere = _EVERYWHERE.match(bare)
    if everywhere:
        values = {"host": everywhere["host"] or _ALL, "port": everywhere["port"] or ""}
        return Said("listening", {**values, "listening": bare})
    match = _LISTENING.match(bare)
    if match is None:
        return None
    host, port = match["host"] or "", match["port"] or match["bare_port"]
    return Said("listening", {"host": host, "port": port, "listening": text.strip()})
