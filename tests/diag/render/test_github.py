"""GitHub annotations and the summary of a job."""

from __future__ import annotations

import dataclasses
import re

import pytest

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.render import github, summary
from diag.report import Diagnosis, Report
from tests.diag.render.incidents import MORE, ROOT_CAUSE, seen


def diagnosis(where: str, title: str = "It fails.") -> Diagnosis:
    evidence = Evidence(Fact.BOOT_IMPORT, Level.FAIL, "x", where)
    return dataclasses.replace(ROOT_CAUSE, title=title, why="Why.", fix=("do",), evidence=(evidence,))


def report(*diagnoses: Diagnosis, loose: tuple[Evidence, ...] = ()) -> Report:
    return Report("logs", "heroku.log", diagnoses, (), loose)


def test_an_annotation_is_one_line_with_cause_and_texts() -> None:
    assert github.draw(report(diagnosis("line 41"))) == (
        "::error title=port/bound-to-localhost::It fails. Why. do\n"
    )


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("Procfile:1", ",file=Procfile,line=1"),
        ("shop/views.py:12", ",file=shop/views.py,line=12"),
        ("line 41", ""),
        ("lines 41-902", ""),
        ("pid 12", ""),
        ("", ""),
        ("/app/shop.py:3", ""),
        ("a,b.py:3", ",file=a%2Cb.py,line=3"),
    ],
)
def test_it_stands_at_the_line_of_a_file_of_the_project_only(where: str, place: str) -> None:
    assert github.annotation(diagnosis(where)).startswith(f"::error title=port/bound-to-localhost{place}::")


@pytest.mark.parametrize(
    ("level", "command"),
    [(Level.FAIL, "error"), (Level.WARN, "warning"), (Level.UNKNOWN, "warning"), (Level.INFO, "notice")],
)
def test_the_level_is_the_command(level: Level, command: str) -> None:
    loose = Evidence(Fact.LOG_H12, level, "slow")
    assert github.draw(report(loose=(loose,))) == f"::{command} title=log-h12::slow\n"


def test_no_text_ends_its_annotation_or_begins_another() -> None:
    hostile = "100 %\r\n::error::x\x1b[31m\n::set-env name=A::b"
    drawn = github.draw(report(diagnosis("", hostile), loose=(seen(Fact.LOG_H12, hostile, 3),)))
    assert len(drawn.splitlines()) == 2
    assert "100 %25%0A::error::x\\x1b[31m%0A::set-env" in drawn
    assert "\x1b" not in drawn


def test_the_summary_is_the_report_in_a_fence_that_nothing_in_it_closes() -> None:
    hostile = dataclasses.replace(MORE, title="~~~~~ <img src=x> `code` [link](http://example.com)")
    drawn = summary.draw(report(ROOT_CAUSE, hostile))
    fence = re.findall(r"^~{3,}", drawn, re.MULTILINE)
    assert fence[0] == fence[-1] == "~" * 6
    assert drawn.startswith("\n### diag logs: fail\n")
    assert "<img src=x>" in drawn
