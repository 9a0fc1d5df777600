"""How the report on a log reads: the root cause alone at the top, with when, where and in which order."""

from __future__ import annotations

import dataclasses
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.cause import Rival
from diag.render import text
from diag.render.incident import moments, place
from diag.report import Diagnosis, Incident, Moment, Report
from tests.diag.render.incidents import BEGAN, INCIDENT, MILD, MORE, ROOT_CAUSE, seen

LOOSE = seen(Fact.LOG_H12, "H12 (Request timeout), 5 times.", 130)
REPORT = Report(
    "logs",
    "heroku.log",
    (ROOT_CAUSE, MORE, MILD),
    (),
    (LOOSE,),
    ("1,482 lines read, 3 not understood.", "It ends at 07:31:00 UTC."),
)
WHOLE = """\
FAIL  port/bound-to-localhost                                   Heroku shows R10, then H10
The web process listens on 127.0.0.1, where the router can't reach it.
web.1, release v12, 07:10:00–07:11:29 UTC, 3 times

  saw   line 41   gunicorn listens on 127.0.0.1:5000.
  saw   line 99   H10 (App crashed), 23 times.
  saw   line 90   R10 (Boot timeout).
  why   Heroku sends requests to $PORT on every interface.
  fix   1. In Procfile: web: gunicorn app:app
        2. git push heroku main
  docs  https://devcenter.heroku.com/articles/error-codes#r10-boot-timeout
  when  07:10:00  line 40       gunicorn app:app --bind 127.0.0.1:5000 is started
        07:10:02  line 41       it listens on 127.0.0.1:5000
        07:11:01  line 90       R10: the boot took longer than 60 s
        07:11:29  lines 99-121  H10, 23 times

WARN  memory/leak                                                         Heroku shows R14
The memory of web.1 grows by 12 MB an hour. (likely)
web.1, release v12, 07:10:00–07:11:29 UTC; resolved later in this log
  saw   line 7   R14, 7 times.
        and 1 more
  fix   1. heroku config:set WEB_CONCURRENCY=1
  more  python -m diag explain memory/leak

info  shutdown/normal-cycling  web.1 was restarted, as each dyno is once a day.

FAIL  log-h12                                                               no known cause
H12 (Request timeout), 5 times.
  at    line 130
  look  heroku logs -n 1500 | python -m diag logs
        heroku logs --tail --dyno router   (which paths, and service= of those that
        succeed)
  more  python -m diag explain H12

1 failure, 1 warning and 1 unexplained finding in heroku.log.
1,482 lines read, 3 not understood. It ends at 07:31:00 UTC.
"""


def test_the_root_cause_is_whole_and_the_rest_in_short() -> None:
    assert text.draw(REPORT, width=90) == WHOLE


def test_one_that_is_told_while_the_log_comes_is_whole() -> None:
    first = WHOLE.partition("WARN")[0]
    assert text.draw_diagnosis(ROOT_CAUSE, width=90) == first


def test_of_a_log_where_all_is_well_the_most_is_told_in_short() -> None:
    drawn = text.draw(Report("logs", "heroku.log", (MILD, MILD)))
    assert (
        drawn
        == f"""\
INFO  shutdown/normal-cycling
{MILD.title}
web.1, release v12, 07:10:00–07:11:29 UTC, 3 times
  saw   line 3   Cycling.
  fix   1. In Procfile: web: gunicorn app:app
  more  python -m diag explain shutdown/normal-cycling

info  shutdown/normal-cycling  {MILD.title}

Nothing wrong is seen in heroku.log.
"""
    )


def test_a_log_without_findings_is_not_said_to_be_all_well() -> None:
    report = Report("logs", "heroku.log", (), notes=("12 lines read.",))
    assert text.draw(report) == "Nothing wrong is seen in heroku.log.\n12 lines read.\n"


def test_a_code_that_the_log_does_not_show_is_not_said_to_be_shown() -> None:
    silent = dataclasses.replace(ROOT_CAUSE, evidence=ROOT_CAUSE.evidence[:1])
    assert "Heroku shows" not in text.draw(Report("logs", "x", (silent,)))
    checked = dataclasses.replace(silent, incident=None)
    assert "Heroku shows R10, H10, H20" in text.draw(Report("doctor", "x", (checked,)))


def test_several_failures_of_one_dyno_are_all_whole() -> None:
    several = tuple(dataclasses.replace(each, incident=None) for each in (ROOT_CAUSE, MORE, MILD))
    drawn = text.draw(Report("doctor", "web.1", several))
    assert drawn.count("  why   ") == 3
    assert "  more  " not in drawn


def test_much_evidence_and_a_long_timeline_stay_within_a_screen() -> None:
    many = dataclasses.replace(
        ROOT_CAUSE,
        title="T" * 150 + " " + "t" * 49,
        why="why " * 75,
        fix=tuple("step " * 30 for _ in range(3)),
        evidence=tuple(seen(Fact.LAUNCH, "word " * 2000, n) for n in range(500)),
        rivals=(Rival("memory/spike", "something " * 8),),
        incident=dataclasses.replace(
            INCIDENT, timeline=tuple(Moment(BEGAN + n, f"line {n}", "long " * 900) for n in range(400))
        ),
    )
    drawn = text.draw_diagnosis(many).splitlines()
    assert len(drawn) <= 45
    assert any("and 496 more" in line for line in drawn)
    assert any("… 393 more" in line for line in drawn)


def test_a_line_of_a_megabyte_is_not_told_in_full() -> None:
    line = seen(Fact.LOG_H12, "y" * 10**6, 1)
    incident = dataclasses.replace(INCIDENT, timeline=(Moment(BEGAN, "line 1", line.text),) * 2)
    quoting = dataclasses.replace(ROOT_CAUSE, title=line.text, evidence=(line,), incident=incident)
    drawn = text.draw(Report("logs", "x", (quoting, quoting), (), (line,)))
    assert len(drawn.splitlines()) < 50


@pytest.mark.parametrize("width", [20, 40, 60, 100, 200])
def test_no_line_is_wider_than_the_terminal_and_no_id_is_lost(width: int) -> None:
    lines = text.draw(REPORT, width).splitlines()
    assert max(map(len, lines)) <= width
    flat = "".join("".join(lines).split())
    for part in (
        "port/bound-to-localhost",
        "memory/leak",
        "web.1,releasev12",
        ROOT_CAUSE.docs,
        "H10,23times",
    ):
        assert part in flat


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "web.1, release v12, 07:10:00–07:11:29 UTC, 3 times"),
        ({"ended": None, "count": 1}, "web.1, release v12, since 07:10:00 UTC"),
        ({"began": None, "release": "", "count": 2}, "web.1, until 07:11:29 UTC, 2 times"),
        ({"ended": BEGAN + 0.4, "count": 1}, "web.1, release v12, 07:10:00 UTC"),
        (
            {"ended": BEGAN + 86_400, "count": 1},
            "web.1, release v12, 11-21 07:10:00–11-22 07:10:00 UTC",
        ),
        ({"began": None, "ended": None, "dyno": "", "release": "", "count": 1}, ""),
        ({"dyno": "web", "resolved": True, "count": 1, "release": "", "ended": BEGAN},
         "web, 07:10:00 UTC; resolved later in this log"),
    ],
)  # fmt: skip
def test_where_and_when(change: dict[str, object], told: str) -> None:
    assert place(dataclasses.replace(INCIDENT, **change)) == told  # type: ignore[arg-type]


def test_a_timeline_without_times_has_its_lines() -> None:
    bare = Incident(
        "", "", None, None, resolved=False, timeline=(Moment(None, "line 1", "a"), Moment(None, "", "b"))
    )
    assert moments(bare) == ["line 1  a", "b"]


def test_one_moment_is_no_timeline() -> None:
    assert moments(dataclasses.replace(INCIDENT, timeline=INCIDENT.timeline[:1])) == []


ANYTHING = st.text(st.characters(), max_size=60)


def hostile(words: str) -> Report:
    """A report in which everything that may stem from a log is those words."""
    evidence = Evidence(Fact.LOG_H12, Level.FAIL, words, words, BEGAN, {"number": 1})
    incident = Incident(words, words, BEGAN, None, resolved=True, timeline=(Moment(BEGAN, words, words),) * 2)
    diagnosis = Diagnosis(
        cause=words,
        level=Level.FAIL,
        confidence=ROOT_CAUSE.confidence,
        codes=(words,),
        title=words,
        why=words,
        fix=(words,),
        docs=words,
        evidence=(evidence,),
        rivals=(Rival(words, words),),
        incident=incident,
    )
    mild = dataclasses.replace(diagnosis, level=Level.INFO)
    return Report("logs", words, (diagnosis, diagnosis, mild), (), (evidence,), (words,))


@given(ANYTHING)
def test_no_character_of_a_log_acts_on_the_terminal(words: str) -> None:
    drawn = text.draw(hostile(words), 60)
    acting = {c for c in drawn if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}} - {"\n"}
    assert acting == set()
    assert not {c for c in drawn if unicodedata.bidirectional(c) in BIDI}


BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize("escape", ["\x1b[2J\x1b[31m", "\x9b31m", "\x1b]0;title\x07", "\u202e", "\r", "\x08"])
def test_escape_sequences_are_shown_and_not_sent(escape: str) -> None:
    drawn = text.draw(hostile(f"before {escape} after"))
    assert escape not in drawn
    assert "before" in drawn


def test_markup_of_rich_is_text() -> None:
    drawn = text.draw(hostile("[red]x[/red] :boom: [link=http://example.com]y"))
    assert "[red]x[/red] :boom: [link=http://example.com]y" in drawn
