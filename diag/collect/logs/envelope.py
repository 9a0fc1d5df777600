"""What a log service, a terminal or a person puts around a line, taken off.

The forms: `heroku logs` (with or without stamp and colours), Logplex frames and other syslog,
Papertrail's archive and its viewer, `remote:` of git push, `heroku local`, JSON of a log service, and
bare output. A line may hold several entries: frames have nothing between them, and a paste may have
lost its newlines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from diag.collect.logs.line import Line

_YEAR_9999 = 253_370_764_800  # seconds; any zone's time before it can be written as a date
LONGEST = 20_000  # characters of a line that are looked at

_STAMP = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?"
# heroku-20 to Fir: web.1, run.1234, web-abc-123; api, router, add-ons, logplex.
_OF_HEROKU = re.compile(
    rf"(?P<at>{_STAMP})?[ \t]*(?P<source>heroku|app)\[(?P<process>[\w.-]{{1,80}})\]:? ?(?P<text>.*)",
    re.DOTALL,
)
_QUOTED = re.compile(r"^[\s>|`*#]+(?=\d{4}-\d\d-\d\dT|(?:heroku|app)\[|[A-Z][a-z]{2} [ \d]\d )")
_QUOTE = re.compile(r"^\s{0,8}>\s?")
_ENTRY = re.compile(rf"(?={_STAMP} (?:heroku|app)\[[\w.-]{{1,80}}\]: )")
# RFC 5424 as Logplex writes it: without structured data; others add the nil.
_FRAME = re.compile(
    rf"<\d{{1,3}}>1 (?P<at>{_STAMP}|-) \S+ (?P<source>\S{{1,80}}) (?P<process>[\w.-]{{1,80}}) (?:-|\S+) "
    r"(?:- )?(?P<text>.*)",
    re.DOTALL,
)
# The documented sample of a frame names the app as the sender of what the platform says.
_OF_PLATFORM = re.compile(
    r"State changed from \w+ to \w+|Process exited with status \d{1,3}|Starting process with command `.*`"
    r"|Stopping (?:all|remaining)? ?process(?:es)? with SIG[A-Z]+|Error R\d\d \(.*|Process running mem=.*"
)
_FRAME_WITHOUT_PRIORITY = re.compile(
    rf"(?P<at>{_STAMP}) \S+ (?P<source>heroku|app) (?P<process>[\w.-]{{1,80}}) - (?:- )?(?P<text>.*)",
    re.DOTALL,
)
_NEXT_FRAME = re.compile(r"(?:(?<=\D)|^)\d{1,6} (?=<\d{1,3}>1 \d{4}-)")
_PROGRAM = re.compile(r"^(?P<source>heroku|app)[/\[](?P<process>[\w.-]{1,80})\]?$")
_VIEWER = re.compile(
    r"^(?P<at>[A-Z][a-z]{2} [ \d]\d (?P<clock>\d\d:\d\d:\d\d)) (?:\S+ )?(?P<source>heroku|app)/"
    r"(?P<process>[\w.-]{1,80}):? (?P<text>.*)",
    re.DOTALL,
)
_LOCAL = re.compile(
    r"^(?:\d{1,2}:\d\d:\d\d(?: [AP]M)? )?(?P<process>[a-z][\w-]{0,80}\.\d{1,6}) +\| ?(?P<text>.*)", re.DOTALL
)
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MESSAGE_KEYS = ("message", "msg", "log", "body", "text", "line", "@message")
_TIME_KEYS = ("timestamp", "time", "ts", "dt", "@timestamp", "date", "datetime")
_PROCESS_KEYS = ("dyno", "process", "proc", "procid", "proc_id", "ps", "program", "process_id")
_INSIDE = ("syslog", "heroku", "logplex", "attributes")


def entries(number: int, raw: str) -> Iterator[Line]:
    """The entries of one raw line, out of their envelopes. At most `LONGEST` characters are looked at."""
    text = raw[:LONGEST]
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    text = text.rstrip("\r\n")
    if "`" in text:
        text = _without_ticks(text)
    if not text.isprintable():
        text = _CONTROL.sub("", text.replace("\r", "\n").rpartition("\n")[2] if "\r" in text else text)
    if text[:8].isascii() and "<" in text and (frame := _FRAME.search(text)) and frame.start() < 60:
        yield from _frames(number, text)
    elif (match := _OF_HEROKU.match(text)) or (
        (quoted := _QUOTED.match(text)) and (match := _OF_HEROKU.match(text, quoted.end()))
    ):
        yield from _of_heroku(number, text, match)
    else:
        yield _other(number, text)


def _without_ticks(text: str) -> str:
    """Without the marks of code in Markdown around a line, or at the end of a paste of several."""
    bare = text.strip()
    if bare.startswith("`") and bare.endswith("`"):
        return bare.strip("`")
    return text.rstrip("` ") if bare.endswith("`") and bare.count("`") % 2 else text


def _of_heroku(number: int, text: str, match: re.Match[str]) -> Iterator[Line]:
    if "[" in match["text"] and _ENTRY.search(match["text"]):
        for part in _ENTRY.split(text):
            entry = _OF_HEROKU.match(part.strip())
            if entry:
                yield _line(number, entry)
    else:
        yield _line(number, match)


def _line(number: int, match: re.Match[str]) -> Line:
    return Line(number, seconds(match["at"] or ""), match["source"], match["process"], match["text"].rstrip())


def _frames(number: int, text: str) -> Iterator[Line]:
    for part in _NEXT_FRAME.split(text):
        match = _FRAME.search(part)
        if match is None:
            continue
        source = match["source"] if match["source"] in ("heroku", "app") else "app"
        process = "" if match["process"] == "-" else match["process"]
        program = _PROGRAM.match(match["source"])
        if program:
            source, process = program["source"], program["process"]
        said = match["text"].rstrip()
        if source == "app" and process != "router" and _OF_PLATFORM.fullmatch(said):
            source = "heroku"
        yield Line(number, seconds(match["at"]), source, process, said)


def _other(number: int, text: str) -> Line:
    bare = text.lstrip(" \t>`#") if text[:1] in " \t>`#" else text
    if bare.startswith("remote:"):
        return Line(number, None, "build", "", bare[7:].removeprefix(" ").rstrip())
    if text.startswith("{") and text.rstrip().endswith("}"):
        return _json(number, text.rstrip())
    return (
        _of_archive(number, text)
        or _of_viewer(number, bare)
        or _of_local(number, text)
        or Line(number, None, "", "", _QUOTE.sub("", text).rstrip())
    )


def _of_archive(number: int, text: str) -> Line | None:
    """Papertrail's archive: ten fields between tabs."""
    if text.count("\t") < 9:
        return None
    fields = text.split("\t", 9)
    program = _PROGRAM.match(fields[8])
    if program is None:
        return None
    return Line(number, seconds(fields[1]), program["source"], program["process"], fields[9].rstrip())


def _of_viewer(number: int, bare: str) -> Line | None:
    viewer = _VIEWER.match(bare)
    if viewer:
        return Line(number, _of_today(viewer["at"]), viewer["source"], viewer["process"], _said_in(viewer))
    without = _FRAME_WITHOUT_PRIORITY.match(bare)
    return _line(number, without) if without else None


def _of_local(number: int, text: str) -> Line | None:
    local = _LOCAL.match(text)
    return Line(number, None, "app", local["process"], local["text"].rstrip()) if local else None


def _said_in(viewer: re.Match[str]) -> str:
    """The viewer puts one more blank before some lines; only the app's own blanks mean something."""
    text = viewer["text"].rstrip()
    return text.lstrip() if viewer["source"] == "heroku" else text


def _json(number: int, text: str) -> Line:
    """An entry of a log service; what is the app's own JSON stays as it is."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Line(number, None, "", "", text)
    inner = [data, *(data[k] for k in _INSIDE if isinstance(data.get(k), dict))]
    message = _first(inner, _MESSAGE_KEYS)
    process = _first(inner, _PROCESS_KEYS)
    at = seconds(_first(inner, _TIME_KEYS) or "")
    if message is not None and (match := _OF_HEROKU.match(message)) and match["at"]:
        return _line(number, match)
    if message is None or process is None:
        return Line(number, at, "", "", text)
    program = _PROGRAM.match(process)
    if program:
        return Line(number, at, program["source"], program["process"], message.rstrip())
    source = _first(inner, ("source", "app_name", "appname")) or ""
    of_platform = process == "router" or source == "heroku"
    return Line(number, at, "heroku" if of_platform else "app", process[:80], message.rstrip())


def _first(places: list[dict[str, Any]], keys: tuple[str, ...]) -> str | None:
    for place in places:
        for key in keys:
            if isinstance(place.get(key), str):
                return str(place[key])
    return None


def seconds(stamp: str) -> float | None:
    """Unix time of an ISO 8601 stamp; one without zone is UTC, as all of Heroku's are."""
    if not stamp:
        return None
    if "," in stamp or stamp.count(" ") > 1:
        stamp = stamp.replace(",", ".").replace(" ", "T", 1).replace(" ", "")
    try:
        when = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    try:
        at = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
    return at if 0 <= at < _YEAR_9999 else None


def _of_today(stamp: str) -> float | None:
    """Papertrail's viewer leaves out the year: within one log only the distances count."""
    try:
        return datetime.strptime(f"2000 {stamp}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
