"""What preflight says of whole projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Level
from diag.catalogue import CATALOGUE
from diag.meanings import MEANINGS
from diag.preflight import examine, tree_of
from diag.render.text import draw
from tests.preflight import CASES, cases, expected, id_of, is_near_miss, report_on
from tests.servers import ROOT

STALE = "python -m tests.preflight writes it anew"
IDS = {cause.id for cause in CATALOGUE}


def name_of(case: Path) -> str:
    return str(case.relative_to(CASES).with_suffix(""))


def test_each_case_is_of_a_cause() -> None:
    assert {id_of(case) for case in cases()} <= IDS


@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_the_whole_report(case: Path) -> None:
    assert draw(report_on(case)) == expected(case), STALE


@pytest.mark.parametrize("case", [c for c in cases() if not is_near_miss(c)], ids=name_of)
def test_the_cause_comes_first(case: Path) -> None:
    first = report_on(case).diagnoses[0]

    assert first.cause == id_of(case)


@pytest.mark.parametrize("case", [c for c in cases() if is_near_miss(c)], ids=name_of)
def test_a_near_miss_does_not_match(case: Path) -> None:
    report = report_on(case)

    assert id_of(case) not in {d.cause for d in report.diagnoses}
    assert report.level < Level.FAIL


def test_this_repository_passes_but_for_its_runtime_txt() -> None:
    report = examine(tree_of(ROOT))

    found = {diagnosis.cause: diagnosis.level for diagnosis in report.diagnoses}
    found.pop("build/uncommitted-changes", None)  # of whoever works on it
    found.pop("python/version-differs-locally", None)
    assert found == {"python/runtime-txt-deprecated": Level.WARN}
    assert report.unexplained == ()


@pytest.mark.parametrize("id_", [id_ for id_, (seen_by, _) in MEANINGS.items() if "P" in seen_by])
def test_every_cause_that_preflight_sees_has_a_project(id_: str) -> None:
    assert any(id_of(case) == id_ and not is_near_miss(case) for case in cases())
