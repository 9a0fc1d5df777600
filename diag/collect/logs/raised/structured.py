"""A traceback within one line: text in JSON, newlines that were escaped, structlog's dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from diag.collect.logs.line import Line
from diag.collect.logs.raised import places
from diag.collect.logs.raised.building import FIRST_FRAMES, LAST_FRAMES
from diag.collect.logs.raised.lines import HEAD
from diag.collect.logs.raised.record import Frame, Raised, root_index

_LINES = 2_000
_DEPTH = 4
_MESSAGES = ("event", "message", "msg")


def lines_within(line: Line) -> list[Line]:
    """The lines of a traceback that stands in one line; the record's own message goes before it."""
    data = _object(line.text)
    if data is None:
        texts = [line.text.replace("\\n", "\n").replace('\\"', '"')] if '\\n  File "' in line.text else []
        before = ""
    else:
        texts = [t for t in _strings(data, 0) if HEAD in t][:1]
        before = next((str(data[k]) for k in _MESSAGES if isinstance(data.get(k), str)), "")
        level = data.get("level") or data.get("levelname") or data.get("severity") or ""
        before = f"{str(level).upper()} {before}" if HEAD not in before else ""
    if not texts:
        return []
    start = texts[0].find(HEAD)
    own = texts[0].rfind("\n", 0, start) + 1
    above = texts[0][:own].rstrip() or before
    inside = [above.rpartition("\n")[2], *texts[0][own:].split("\n")[:_LINES]]
    return [line._replace(text=each.rstrip()) for each in inside]


def raised_in(line: Line) -> Raised | None:
    """An exception that a structured logger wrote as a list of dictionaries (structlog's dict_tracebacks)."""
    data = _object(line.text) if '"exc_type"' in line.text else None
    stacks = data.get("exception") if data else None
    if not isinstance(stacks, list) or not stacks or not all(isinstance(s, dict) for s in stacks):
        return None
    chain = tuple((str(s.get("exc_type", ""))[:300], str(s.get("exc_value", ""))[:4_000]) for s in stacks[:8])
    if not all(name for name, _ in chain):
        return None
    direct = tuple(bool(s.get("is_cause")) for s in stacks[1:8])
    parts = [tuple(_frames(s)) for s in stacks[:8]]
    root = parts[root_index(chain, direct)]
    context = ""
    for frame in (f for part in parts for f in part):
        context = places.stronger(context, places.doing(frame))
    level = str(data.get("level", "")).upper() if data else ""
    before = f"{level} {data.get('event', '')}" if data else ""
    heading = places.heading_of(before, parts[0], context) or ("" if context else before)
    return Raised(
        first=line.number,
        last=line.number,
        at=line.at,
        process=line.process,
        chain=chain,
        direct=direct,
        frames=root[:FIRST_FRAMES] + root[FIRST_FRAMES:][-LAST_FRAMES:],
        own=places.own_among(root),
        heading=heading,
        context=places.context_of(heading, context),
    )


def _frames(stack: dict[str, Any]) -> Iterator[Frame]:
    frames = stack.get("frames")
    for each in frames[:_LINES] if isinstance(frames, list) else ():
        if isinstance(each, dict) and isinstance(each.get("lineno"), int):
            yield Frame(
                str(each.get("filename", ""))[:500],
                each["lineno"],
                str(each.get("name", ""))[:300],
                str(each.get("line", ""))[:300],
            )


def _object(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _strings(data: dict[str, Any], depth: int) -> Iterator[str]:
    for value in list(data.values())[:200]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict) and depth < _DEPTH:
            yield from _strings(value, depth + 1)
        elif isinstance(value, list):
            yield from (v for v in value[:_LINES] if isinstance(v, str))
