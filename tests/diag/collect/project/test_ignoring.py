"""A report less what the project silences."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from checks.evidence import Evidence, Level, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.cause import Confidence
from diag.collect.project.finding import finding
from diag.collect.project.ignoring import apply, read_ignores
from diag.diagnose import diagnose
from diag.render import text
from diag.report import Report
from tests.projects import project

TODAY = date(2026, 11, 21)
MISSING = "dependency/module-not-found"


def missing(module: str, where: str) -> Evidence:
    """Evidence of a module that nothing provides."""
    said = f"{module} is imported at {where}."
    return finding(Fact.PROJECT_SOURCE, "module", Level.FAIL, Confidence.CERTAIN, said, where, module=module)


def report(*evidence: Evidence) -> Report:
    return diagnose([Result("sources", evidence, 0.1)], CATALOGUE, "preflight", "shop")


FOUND = (missing("redis", "app.py:1"), missing("celery", "tasks.py:2"))


def silenced(
    folder: Path, files: dict[str, str], found: Report, *, today: date = TODAY, is_whole: bool = True
) -> Report:
    return apply(found, read_ignores(project(folder, files)), today, is_whole=is_whole)


def table(text: str) -> dict[str, str]:
    return {"pyproject.toml": f"[tool.diag.ignore]\n{text}\n"}


def causes(found: Report) -> list[str]:
    return [diagnosis.cause for diagnosis in found.diagnoses]


def test_the_evidence_of_these_tests_is_of_that_cause() -> None:
    assert causes(report(*FOUND)) == [MISSING]
    assert len(report(*FOUND).diagnoses[0].evidence) == 2


def test_what_is_silenced_counts_for_nothing_and_is_kept(tmp_path: Path) -> None:
    left = silenced(tmp_path, table(f'"{MISSING}" = "they come with the image"'), report(*FOUND))
    assert left.diagnoses == ()
    assert left.level is Level.OK
    assert left.exit_status("warn") == 0
    assert left.to_json()["silenced"] == [
        {"cause": MISSING, "where": "app.py:1", "reason": "they come with the image", "until": None},
        {"cause": MISSING, "where": "tasks.py:2", "reason": "they come with the image", "until": None},
    ]
    assert left.checks[0].evidence == ()
    assert json.dumps(left.to_json())


def test_text_tells_what_is_silenced_in_one_line(tmp_path: Path) -> None:
    left = silenced(
        tmp_path, table(f'"{MISSING}" = "from the image"'), dataclasses.replace(report(*FOUND), checks=())
    )
    assert text.draw(left, 200).endswith(
        "Nothing is wrong in shop.\n"
        f"2 findings silenced ({MISSING} app.py:1: from the image; {MISSING} tasks.py:2: from the image).\n"
    )
    many = dataclasses.replace(left, silenced=left.silenced * 4)
    assert "; and 3 more)." in " ".join(text.draw(many, 200).split())
    assert text.draw(dataclasses.replace(left, silenced=left.silenced[:1])).count("1 finding silenced (") == 1


def test_of_a_diagnosis_only_the_evidence_at_that_place_is_silenced(tmp_path: Path) -> None:
    files = table(f'"{MISSING}" = {{reason = "w", path = "app.py"}}')
    left = silenced(tmp_path, files, report(*FOUND))
    (diagnosis,) = left.diagnoses
    assert [evidence.where for evidence in diagnosis.evidence] == ["tasks.py:2"]
    assert "celery" in diagnosis.title, "the title names what is left"
    assert [each.evidence.where for each in left.silenced] == ["app.py:1"]
    assert "redis" in left.silenced[0].diagnosis.title
    assert left.exit_status("fail") == 1


def test_a_comment_silences_its_line(tmp_path: Path) -> None:
    files = {
        "app.py": f"import redis  # diag: ignore[{MISSING}] from the image\n",
        "tasks.py": "\nimport celery\n",
    }
    left = silenced(tmp_path, files, report(*FOUND))
    assert [evidence.where for evidence in left.diagnoses[0].evidence] == ["tasks.py:2"]
    assert left.silenced[0].told == "app.py:1"


def test_a_failure_that_is_left_still_fails_and_a_silenced_one_does_not(tmp_path: Path) -> None:
    files = table(f'"{MISSING}" = {{reason = "w", until = {TODAY}}}')
    assert silenced(tmp_path, files, report(*FOUND)).exit_status("fail") == 0
    over = silenced(tmp_path, files, report(*FOUND), today=TODAY + timedelta(days=1))
    assert over.exit_status("fail") == 1
    assert causes(over) == [MISSING, "preflight/ignore-not-found"]
    assert over.diagnoses[1].title == f"The ignore of {MISSING} silences nothing: it ended on 2026-11-21."
    assert over.silenced == ()


def test_a_missing_reason_is_told_and_silences_all_the_same(tmp_path: Path) -> None:
    left = silenced(tmp_path, table(f'"{MISSING}" = ""'), report(*FOUND))
    assert causes(left) == ["preflight/ignore-without-reason"]
    assert left.diagnoses[0].title == f"{MISSING} is silenced, and nothing says why."
    assert left.level is Level.WARN
    assert left.exit_status("fail") == 0
    assert len(left.silenced) == 2


@pytest.mark.parametrize(
    ("id_", "told"),
    [
        ("port/hardcoded", "nothing was found that it is for"),
        ("port/hardcode", "no cause has this id, the nearest is port/hardcoded"),
        ("R10", "no cause has this id"),
        ("memory/leak", "preflight can't find this cause"),
        ("preflight/ignore-not-found", "nothing was found that it is for"),
    ],
)
def test_an_ignore_for_nothing_is_told(tmp_path: Path, id_: str, told: str) -> None:
    left = silenced(tmp_path, table(f'"{id_}" = "w"'), report())
    (diagnosis,) = left.diagnoses
    assert diagnosis.cause == "preflight/ignore-not-found"
    assert diagnosis.level is Level.WARN
    assert diagnosis.confidence is Confidence.CERTAIN
    assert diagnosis.title == f"The ignore of {id_} silences nothing: {told}."
    assert diagnosis.evidence[0].where == "pyproject.toml:2"
    assert diagnosis.fix[0].startswith("pyproject.toml:2: take it out")


@pytest.mark.parametrize("id_", ["build/uncommitted-changes", "python/version-differs-locally"])
def test_what_is_true_of_one_machine_only_is_not_missed_on_another(tmp_path: Path, id_: str) -> None:
    assert silenced(tmp_path, table(f'"{id_}" = "w"'), report()).diagnoses == ()


def test_what_other_options_would_find_is_not_missed_without_them(tmp_path: Path) -> None:
    files = table('"dependency/conflict" = "w"\n"port/hardcode" = "w"\n"memory/leak" = "w"')
    told = [e.values["id"] for e in silenced(tmp_path, files, report(), is_whole=False).diagnoses[0].evidence]
    assert told == ["port/hardcode", "memory/leak"]


def test_a_file_that_can_not_be_read_is_told_without_an_id(tmp_path: Path) -> None:
    left = silenced(
        tmp_path, {"pyproject.toml": "[tool.diag.ignore]\nport/hardcoded = 'w'\n"}, report(*FOUND)
    )
    assert causes(left) == [MISSING, "preflight/ignore-not-found"]
    assert left.diagnoses[1].title.startswith("What is to be ignored is not: it is no TOML: ")


def test_without_ignores_the_report_is_the_same(tmp_path: Path) -> None:
    found = report(*FOUND)
    assert silenced(tmp_path, {"app.py": "import redis\n"}, found) is found


def test_two_ignores_for_one_finding_are_both_used(tmp_path: Path) -> None:
    files = table(f'"{MISSING}" = [{{reason = "first"}}, {{reason = "second", path = "app.py"}}]')
    left = silenced(tmp_path, files, report(*FOUND))
    assert left.diagnoses == ()
    assert {each.reason for each in left.silenced} == {"first"}


def test_a_diagnosis_that_was_made_otherwise_keeps_its_words(tmp_path: Path) -> None:
    odd = finding(
        Fact.PROJECT_SLUG, "nothing that the catalogue knows", Level.FAIL, Confidence.CERTAIN, "x", "a.py:1"
    )
    made = report(*FOUND).diagnoses[0]
    other = dataclasses.replace(made, title="Kept.", evidence=(odd, dataclasses.replace(odd, where="b.py:1")))
    found = dataclasses.replace(report(), diagnoses=(other,))
    left = silenced(tmp_path, table(f'"{MISSING}" = {{reason = "w", path = "a.py"}}'), found)
    assert (left.diagnoses[0].title, len(left.diagnoses[0].evidence)) == ("Kept.", 1)
