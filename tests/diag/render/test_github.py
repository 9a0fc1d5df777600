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
    assert github.lines_of(diagnosis(where))[0].startswith(f"::error title=port/bound-to-localhost{place}::")


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


def project_diagnosis(*where: str, cause: str = "port/hardcoded", level: Level = Level.FAIL) -> Diagnosis:
    evidence = tuple(Evidence(Fact.PROJECT_SOURCE, level, f"seen {n}", each) for n, each in enumerate(where))
    return dataclasses.replace(
        ROOT_CAUSE, cause=cause, level=level, evidence=evidence, why="Why.", fix=("do",)
    )


@pytest.mark.parametrize(
    ("where", "folder", "place"),
    [
        ("Procfile:1", "", ",file=Procfile,line=1"),
        ("Procfile", "", ",file=Procfile"),
        ("my app/wsgi.py:3", "", ",file=my app/wsgi.py,line=3"),
        ("a:b,c.py:3", "", ",file=a%3Ab%2Cc.py,line=3"),
        ("line 41", "", ",file=line 41"),
        ("100%.py", "", ",file=100%25.py"),
        ("app.py:0", "", ",file=app.py"),
        ("app.py:3", "web/", ",file=web/app.py,line=3"),
        ("app.py", "services/web", ",file=services/web/app.py"),
        ("../app.py:3", "", ""),
        ("/app/shop.py:3", "web/", ""),
        ("", "web/", ""),
        (".", "web/", ""),
    ],
)
def test_what_is_found_in_a_project_is_in_a_file_whatever_its_name(
    where: str, folder: str, place: str
) -> None:
    (line,) = github.lines_of(project_diagnosis(where), folder)
    assert line.startswith(f"::error title=port/hardcoded{place}::")


def test_the_folder_counts_for_unexplained_findings_too() -> None:
    loose = Evidence(Fact.PROJECT_CONFIG, Level.WARN, "Odd.", "app.json:2")
    drawn = github.draw(report(loose=(loose,)), "web/")
    assert drawn == "::warning title=project-config,file=web/app.json,line=2::Odd.\n"


def test_each_place_has_an_annotation_and_the_first_of_each_diagnosis_come_first() -> None:
    one = project_diagnosis("a.py:1", "b.py:2", "a.py:1", "", "c.py")
    two = project_diagnosis("d.py:4", cause="config/debug-on", level=Level.WARN)
    title = ROOT_CAUSE.title
    assert github.draw(report(one, two)).splitlines() == [
        f"::error title=port/hardcoded,file=a.py,line=1::{title} Why. do",
        f"::warning title=config/debug-on,file=d.py,line=4::{title} Why. do",
        f"::error title=port/hardcoded,file=b.py,line=2::{title} seen 1",
        f"::error title=port/hardcoded,file=c.py::{title} seen 4",
    ]


def test_of_each_kind_there_are_as_many_as_github_shows_and_the_rest_is_counted() -> None:
    many = project_diagnosis(*(f"a.py:{n}" for n in range(1, 15)))
    few = project_diagnosis(*(f"b.py:{n}" for n in range(1, 11)), level=Level.WARN)
    lines = github.draw(report(many, few)).splitlines()
    assert [sum(line.startswith(f"::{kind} ") for line in lines) for kind in ("error", "warning")] == [10, 10]
    assert lines[1].startswith("::warning ")
    assert lines[-1] == "GitHub shows 10 annotations of a kind; the job's summary has the others (4 error)."
