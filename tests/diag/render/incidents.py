"""Diagnoses of a log, made by hand."""

from __future__ import annotations

import dataclasses

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import Confidence, Rival
from diag.report import Diagnosis, Incident, Moment

BEGAN = 1_795_245_000.0  # 2026-11-21 07:10:00 UTC


def seen(fact: Fact, text: str, number: int, level: Level = Level.FAIL) -> Evidence:
    values: dict[str, Value] = {"number": number, "dyno": "web.1"}
    return Evidence(fact, level, text, f"line {number}", BEGAN + number, values)


INCIDENT = Incident(
    dyno="web.1",
    release="v12",
    began=BEGAN,
    ended=BEGAN + 89,
    resolved=False,
    count=3,
    timeline=(
        Moment(BEGAN, "line 40", "gunicorn app:app --bind 127.0.0.1:5000 is started"),
        Moment(BEGAN + 2, "line 41", "it listens on 127.0.0.1:5000"),
        Moment(BEGAN + 61, "line 90", "R10: the boot took longer than 60 s"),
        Moment(BEGAN + 89, "lines 99-121", "H10, 23 times"),
    ),
)
ROOT_CAUSE = Diagnosis(
    cause="port/bound-to-localhost",
    level=Level.FAIL,
    confidence=Confidence.CERTAIN,
    codes=("R10", "H10", "H20"),
    title="The web process listens on 127.0.0.1, where the router can't reach it.",
    why="Heroku sends requests to $PORT on every interface.",
    fix=("In Procfile: web: gunicorn app:app", "git push heroku main"),
    docs="https://devcenter.heroku.com/articles/error-codes#r10-boot-timeout",
    evidence=(
        seen(Fact.LAUNCH, "gunicorn listens on 127.0.0.1:5000.", 41),
        seen(Fact.LOG_H10, "H10 (App crashed), 23 times.", 99),
        seen(Fact.LOG_R10, "R10 (Boot timeout).", 90),
    ),
    rivals=(),
    incident=INCIDENT,
)
MORE = dataclasses.replace(
    ROOT_CAUSE,
    cause="memory/leak",
    level=Level.WARN,
    confidence=Confidence.LIKELY,
    title="The memory of web.1 grows by 12 MB an hour.",
    fix=("heroku config:set WEB_CONCURRENCY=1", "heroku restart"),
    evidence=tuple(seen(Fact.LOG_R14, f"R14, {n} times.", n, Level.WARN) for n in (7, 8)),
    rivals=(Rival("memory/spike", "a line of the series that falls back"),),
    incident=dataclasses.replace(INCIDENT, resolved=True, count=1),
)
MILD = dataclasses.replace(
    ROOT_CAUSE,
    cause="shutdown/normal-cycling",
    level=Level.INFO,
    title="web.1 was restarted, as each dyno is once a day.",
    evidence=(seen(Fact.DYNO_STOP, "Cycling.", 3, Level.INFO),),
)
