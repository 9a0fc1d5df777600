"""An incident in words: where and when it was, what happened in which order, what Heroku showed."""

from __future__ import annotations

from datetime import UTC, datetime

from checks.evidence import Evidence
from diag.render.harmless import clipped
from diag.report import Diagnosis, Incident, Moment

MOMENTS = 8
MOMENT_CHARS = 160  # a line of the widest terminal


def code_of(evidence: Evidence) -> str:
    """The Heroku code that a log showed (``H10``), or the empty string."""
    name = evidence.fact.value.removeprefix("log-")
    return name.upper() if name[0] in "hrl" and name[1:].isdigit() else ""


def codes_shown(diagnosis: Diagnosis) -> tuple[str, ...]:
    """What Heroku showed in this log, in that order; without a log what it shows for this cause."""
    if diagnosis.incident is None:
        return diagnosis.codes
    seen = sorted((_line(e), code_of(e)) for e in diagnosis.evidence if code_of(e))
    return tuple(dict.fromkeys(code for _, code in seen))


def _line(evidence: Evidence) -> int:
    number = evidence.values.get("number")
    return number if isinstance(number, int) else 0


def place(incident: Incident) -> str:
    """Dyno, release, from when to when, how often, and whether it is over; what is not known is left out."""
    parts = [
        incident.dyno,
        f"release {incident.release}" if incident.release else "",
        _span(incident.began, incident.ended),
        f"{incident.count} times" if incident.count > 1 else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"{told}; resolved later in this log" if incident.resolved else told


def _span(began: float | None, ended: float | None) -> str:
    times = [time for time in (began, ended) if time is not None]
    if not times:
        return ""
    form = _form(times)
    if began is None or ended is None:
        return f"{'until' if began is None else 'since'} {_clock(times[0], form)} UTC"
    first, last = _clock(began, form), _clock(ended, form)
    return f"{first} UTC" if first == last else f"{first}–{last} UTC"


def moments(incident: Incident) -> list[str]:
    """The timeline, a line each, times and line numbers aligned; of a long one its beginning and end."""
    timeline = incident.timeline
    if len(timeline) < 2:
        return []
    if len(timeline) <= MOMENTS:
        return _aligned(timeline)
    half = MOMENTS // 2
    shown = _aligned((*timeline[:half], *timeline[-half + 1 :]))
    return [*shown[:half], f"… {len(timeline) - len(shown)} more", *shown[half:]]


def _aligned(timeline: tuple[Moment, ...]) -> list[str]:
    form = _form([m.at for m in timeline if m.at is not None])
    rows = [
        ("" if m.at is None else _clock(m.at, form), m.where, clipped(m.text, MOMENT_CHARS)) for m in timeline
    ]
    time = max(len(row[0]) for row in rows)
    where = max(len(row[1]) for row in rows)
    return [f"{row[0]:<{time}}  {row[1]:<{where}}  {row[2]}".strip() for row in rows]


def _form(times: list[float]) -> str:
    days = {_clock(time, "%Y-%m-%d") for time in times}
    return "%H:%M:%S" if len(days) < 2 else "%m-%d %H:%M:%S"


def _clock(at: float, form: str) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(form)
