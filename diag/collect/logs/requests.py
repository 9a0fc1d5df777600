"""Exceptions that did not end a launch: while requests were answered, in jobs, handled and logged."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.logs.exceptions import evidence_of
from diag.collect.logs.launches import process_type
from diag.collect.logs.line import where
from diag.collect.logs.tracebacks import Raised

KEPT = 60
_VARIES = re.compile(r"0x[0-9a-f]+|\d+|'[^']{0,200}'|\"[^\"]{0,200}\"")

Key = tuple[str, ...]


@dataclass(slots=True)
class _Group:
    example: Raised
    count: int = 1
    last: int = 0
    last_at: float | None = None
    released_since: bool = False


class RequestExceptions:
    """Exceptions by kind: the same type and message, numbers and quoted words aside."""

    def __init__(self) -> None:
        self._groups: dict[Key, _Group] = {}

    def read(self, raised: Raised) -> None:
        """A whole traceback, of any context."""
        key = _key(raised)
        group = self._groups.get(key)
        if group is not None:
            group.count += 1
            group.last, group.last_at = raised.last, raised.at
            group.released_since = False
        elif len(self._groups) < KEPT:
            self._groups[key] = _Group(raised, last=raised.last, last_at=raised.at)

    def answered_500(self, raised: Raised) -> None:
        """Note that it was raised while a request was answered."""
        group = self._groups.get(_key(raised))
        if group is not None:
            group.example = replace(group.example, context="request")

    def released(self) -> None:
        """A new release: what does not come again is gone."""
        for group in self._groups.values():
            group.released_since = True

    def evidence(self, fatal: frozenset[tuple[tuple[str, str], ...]]) -> list[Evidence]:
        """One piece for each kind, less what ended a launch."""
        return [
            _evidence(group)
            for group in self._groups.values()
            if group.example.chain not in fatal and not _passes_on(group.example)
        ]


def _key(raised: Raised) -> Key:
    kinds = tuple(f"{kind}: {_VARIES.sub('…', message[:300])}" for kind, message in raised.chain[:3])
    place = f"{raised.own.file}:{raised.own.line}" if raised.own else ""
    return (process_type(raised.process), raised.context, place, *kinds)


def _passes_on(raised: Raised) -> bool:
    """gunicorn's own way to end: no exception of the app."""
    return raised.type in ("HaltServer", "SystemExit", "KeyboardInterrupt")


def _evidence(group: _Group) -> Evidence:
    raised = group.example
    kind = process_type(raised.process)
    if raised.context == "request":
        found = evidence_of(raised, Fact.REQUEST_EXCEPTION, "A request")
    elif kind == "release":
        found = evidence_of(raised, Fact.RELEASE_PHASE, "The release command")
    else:
        found = evidence_of(raised, Fact.PROCESS_EXCEPTION, f"The process {raised.process or 'of this log'}")
    level = found.level
    if kind == "run" or raised.context != "request":
        level = min(level, Level.WARN)
    place = where(raised.first, raised.first if group.count == 1 else group.last)
    times = "" if group.count == 1 else f", {group.count} times"
    values: dict[str, Value] = {
        "dyno": raised.process,
        "number": raised.first,
        "last": group.last,
        "count": group.count,
        "released_since": group.released_since,
    }
    return replace(
        found, level=level, where=place, text=f"{found.text}{times}", values={**values, **found.values}
    )
