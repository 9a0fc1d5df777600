"""The report in its forms."""

from __future__ import annotations

import json

import pytest

from checks.evidence import Evidence, Level, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from diag.render import json as as_json
from diag.render import text
from diag.report import Report

LOCALHOST = Evidence(
    Fact.PORT_LISTENER,
    Level.FAIL,
    "The web process listens on 127.0.0.1:5000, which only the dyno itself reaches.",
    "pid 12",
    1_795_245_000.5,
    {"port": 5000, "address": "127.0.0.1", "fault": "localhost"},
)
WHOLE = """\
FAIL  port/bound-to-localhost                                   Heroku shows R10, H10, H20
The web process listens on 127.0.0.1, where the router can't reach it.

  saw   pid 12   The web process listens on 127.0.0.1:5000, which only the dyno itself
        reaches.
  why   Heroku sends requests to $PORT on every interface, and kills a web process that
        has not bound it within 60 s (R10). With no process left, the router answers each
        request with H10.
  fix   1. In Procfile: web: gunicorn app.wsgi:app --bind 0.0.0.0:$PORT
        2. In code: app.run(host="0.0.0.0", port=int(os.environ["PORT"]))
        3. git commit -am "Bind all interfaces" && git push heroku main
        4. uvicorn needs both: uvicorn main:app --host 0.0.0.0 --port $PORT
  docs  https://devcenter.heroku.com/articles/error-codes#r10-boot-timeout

fail  port  The web process listens on 127.0.0.1:5000, which only the dyno itself reaches.
skip  s3    not run because port failed

1 failure in web.1.
"""


@pytest.fixture
def report() -> Report:
    results = (Result("port", (LOCALHOST,), 0.01), Result("s3", (), 0.0, ("port",), "port"))
    return diagnose(results, CATALOGUE, "doctor", "web.1")


def test_a_cause_speaks(report: Report) -> None:
    assert text.draw(report, width=90) == WHOLE


@pytest.mark.parametrize("width", [20, 40, 60, 200])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(report: Report, width: int) -> None:
    lines = text.draw(report, width).splitlines()
    assert max(map(len, lines)) <= width
    letters = "".join(report.diagnoses[0].title.split())
    assert letters in "".join("".join(lines).split())


def test_an_empty_report_says_that_nothing_is_wrong() -> None:
    assert text.draw(diagnose((), CATALOGUE, "doctor", "web.1")) == "Nothing is wrong in web.1.\n"


def test_square_brackets_in_evidence_are_no_markup() -> None:
    odd = Evidence(Fact.BOOT_IMPORT, Level.FAIL, "raised ValueError: [red]x[/red] [link=a]")
    drawn = text.draw(diagnose([Result("app-import", (odd,), 0)], (), "doctor", "web.1"))
    assert "[red]x[/red] [link=a]" in drawn
    assert "no known cause" in drawn


def test_json_has_the_schema_and_every_list(report: Report) -> None:
    data = json.loads(as_json.draw(report))
    assert data["schema"] == "diag.report/1"
    assert data.keys() == {
        "schema", "kind", "subject", "level", "diagnoses", "checks", "unexplained", "notes", "silenced",
    }  # fmt: skip
    (diagnosis,) = data["diagnoses"]
    assert diagnosis.keys() == {
        "cause", "level", "confidence", "codes", "title", "why", "fix", "docs", "incident", "evidence",
        "rivals",
    }  # fmt: skip
    assert diagnosis["evidence"][0]["at"] == "2026-11-21T07:10:00.500+00:00"
    assert data["checks"][1]["skipped_because"] == "port"
    assert data["unexplained"] == []
    assert data["notes"] == []


def test_json_is_ascii_so_that_no_character_of_a_log_acts_on_a_terminal() -> None:
    odd = Evidence(Fact.BOOT_IMPORT, Level.FAIL, "\x1b[31m\x9b31m\u202e …\udc80")
    drawn = as_json.draw(diagnose([Result("app-import", (odd,), 0)], (), "doctor", "web.1"))
    assert drawn.isascii()
    assert "\x1b" not in drawn
    assert json.loads(drawn)["unexplained"][0]["text"] == odd.text


@pytest.mark.parametrize("level", list(Level))
def test_every_level_has_a_head(level: Level) -> None:
    odd = Evidence(Fact.BOOT_IMPORT, level, "x")
    report = Report("doctor", "web.1", (), (), (odd,))
    assert text.draw(report).startswith(f"{level.word.upper():<6}boot-import")
