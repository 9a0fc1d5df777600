"""Our own structured lines, read back: what a dyno found out from inside is trusted first."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.logs.line import Line

KEPT = 40
_PAIR = re.compile(r'(?:^| )([a-z_][\w.]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))')
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
_LEVELS = {level.word: level for level in Level}


@dataclass(slots=True)
class _Told:
    first: Line
    fields: dict[str, str]
    count: int = 1
    last: int = 0
    resolved: bool = False


class Own:
    """The ``event=diagnosis`` and ``event=resolved`` lines of a log."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], _Told] = {}

    def read(self, line: Line) -> bool:
        """Whether the line is one of ours."""
        text = line.text
        if text.startswith("at="):
            if " event=" not in text[:20]:
                return False
            fields = {m[1]: m[3] if m[2] is None else _plain(m[2]) for m in _PAIR.finditer(text[:5000])}
        elif text.startswith("{") and '"event"' in text and '"at"' in text:
            loaded = _loads(text)
            fields = {k: str(v) for k, v in loaded.items()}
        else:
            return False
        match fields.get("event"):
            case "diagnosis":
                return self._diagnosis(line, fields)
            case "resolved":
                told = self._told.get((line.process, fields.get("cause", "")))
                if told is not None:
                    told.resolved = True
                return True
            case "boot" | "check":
                return "level" in fields or "phase" in fields
        return False

    def _diagnosis(self, line: Line, fields: dict[str, str]) -> bool:
        cause = fields.get("cause", "")
        if not _ID.fullmatch(cause) or fields.get("level") not in _LEVELS:
            return False
        told = self._told.get((line.process, cause))
        if told is not None:
            told.count += 1
            told.last = line.number
            told.resolved = False
        elif len(self._told) < KEPT:
            self._told[line.process, cause] = _Told(line, fields, last=line.number)
        return True

    def evidence(self) -> list[Evidence]:
        """One piece for each cause a dyno told."""
        return [_evidence(told) for told in self._told.values()]


def _evidence(told: _Told) -> Evidence:
    fields, line = told.fields, told.first
    level = _LEVELS[fields["level"]]
    return Evidence(
        Fact.DIAG_DIAGNOSIS,
        min(level, Level.WARN) if told.resolved else level,
        f"the dyno itself says: {fields.get('saw') or fields.get('title', '')}",
        line.where,
        line.at,
        {
            "dyno": line.process,
            "number": line.number,
            "last": told.last,
            "count": told.count,
            "cause": fields["cause"],
            "confidence": fields.get("confidence"),
            "title": fields.get("title"),
            "fix": tuple(fields["fix"].split(" | ")) if fields.get("fix") else None,
            "resolved": told.resolved,
        },
    )


def _plain(quoted: str) -> str:
    return quoted.replace('\\"', '"').replace("\\\\", "\\")


def _loads(text: str) -> dict[str, object]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
