"""What the platform says about a dyno and an app: Heroku's lifecycle lines, R and L codes, API events.

The wording has been stable for years and is read by its text, since drains name the sender in
several ways. Source: Dev Center `error-codes`, `dynos`; lines as users posted them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from diag.collect.logs.line import Line


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said, and its particulars."""

    what: str
    values: dict[str, str] = field(default_factory=dict)


_STARTS = {
    "St": re.compile(
        r"(?:(?P<state>State changed from (?P<before>[\w-]+) to (?P<after>[\w-]+))"
        r"|(?P<launch>Starting process with command [`'\"]?(?P<command>.*?)[`'\"]?(?: by user .*)?)$"
        r"|(?P<sigterm>Stopping all processes with (?P<signal>SIG\w+))"
        r"|(?P<kill>Stopping (?:remaining )?process(?:es)? with SIGKILL))"
    ),
    "Pr": re.compile(r"(?P<exit>Process exited(?: with status (?P<status>-?\d{1,4}))?)$"),
    "Er": re.compile(r"Error (?P<code>[RL][0-9]{2})\b(?: \((?P<name>[^)]{0,60})\))?"),
    "Cy": re.compile(r"(?P<cycling>Cycling)$"),
    "Re": re.compile(
        r"(?P<restarting>Restarting)$|Release (?P<release>v\d+) created"
        r"|(?P<release_failed>Release (?P<failed_release>v\d+) command failed)"
        r"|(?P<removed>Remove (?P<unset>[\w, ]{1,2000}) config vars)"
    ),
    "Ru": re.compile(r"(?P<release_runs>Running release (?P<running_release>v\d+) commands?)"),
    "De": re.compile(r"(?P<deploy>Deploy(?:ed)? (?P<commit>[0-9a-f]{6,40}))\b"),
    "Ro": re.compile(r"(?P<rollback>Rollback to (?P<to>v\d+))"),
    "Sc": re.compile(r"(?P<scaled>Scaled? to (?P<formation>[\w.-]+[@=]\d.*?)(?: by user .*)?)$"),
    "Se": re.compile(r"(?P<set>Set (?P<names>[\w, ]{1,2000}) config vars)"),
    "Bu": re.compile(r"Build (?:(?P<build_failed>failed)|(?P<build_succeeded>succeeded)|(?P<build>started))"),
    "Id": re.compile(r"(?P<idling>Idling)"),
    "Un": re.compile(r"(?P<unidling>Unidling)"),
}
_WHAT = (
    *("state", "launch", "sigterm", "kill", "exit", "cycling", "restarting", "release_failed"),
    *("removed", "release_runs", "deploy", "rollback", "scaled", "set", "idling", "unidling"),
    *("build_failed", "build_succeeded", "build"),
)


def said(line: Line) -> Said | None:
    """What the platform says in this line, or None when it is none of its lines."""
    pattern = _STARTS.get(line.text[:2])
    if pattern is None:
        return None
    match = pattern.match(line.text)
    if match is None:
        return None
    values = {k: v for k, v in match.groupdict().items() if v is not None}
    if "code" in values:
        return Said("code", values)
    what = next((w for w in _WHAT if w in values), "release" if "release" in values else "")
    return Said(what, values)
