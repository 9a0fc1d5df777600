"""Real failures, recorded: each fixture is what the checks saw in a run of a broken app."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from checks.evidence import Evidence, Level, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.cause import Cause, Confidence
from diag.diagnose import diagnose
from diag.report import Report

FIXTURES = Path(__file__).parents[2] / "fixtures" / "causes"
CASES = sorted(FIXTURES.glob("*/*/*.json"))
BY_ID = {cause.id: cause for cause in CATALOGUE}
PLACEHOLDER = re.compile(r"\{[a-z_]\w*(:[^}]*)?\}")
MACHINE = re.compile(r"/tmp/|/root/|/home/|site-packages/checks")


def read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def report_on(path: Path) -> Report:
    evidence = tuple(Evidence.from_json(each) for each in read(path)["evidence"])
    return diagnose([Result("check", evidence, 0.0)], CATALOGUE, "health", "")


def name(path: Path) -> str:
    return str(path.relative_to(FIXTURES).with_suffix(""))


@pytest.mark.parametrize("path", CASES, ids=name)
def test_a_recorded_failure_has_its_cause(path: Path) -> None:
    report = report_on(path)

    assert next((d.cause for d in report.diagnoses), None) == read(path)["first"]


@pytest.mark.parametrize("path", CASES, ids=name)
def test_a_recorded_failure_has_one_cause(path: Path) -> None:
    # One exception has one reason: a second diagnosis of the same evidence would be a guess.
    report = report_on(path)

    for evidence in (e for d in report.diagnoses for e in d.evidence):
        assert len([d.cause for d in report.diagnoses if evidence in d.evidence]) == 1


@pytest.mark.parametrize("path", CASES, ids=name)
def test_every_word_is_filled_in(path: Path) -> None:
    for diagnosis in report_on(path).diagnoses:
        for text in (diagnosis.title, diagnosis.why, *diagnosis.fix):
            assert not PLACEHOLDER.search(text)
        assert diagnosis.fix
        assert "\n" not in diagnosis.title
        assert len(diagnosis.title) <= 200


@pytest.mark.parametrize("path", CASES, ids=name)
def test_a_general_cause_is_never_certain(path: Path) -> None:
    for diagnosis in report_on(path).diagnoses:
        if BY_ID[diagnosis.cause].general:
            assert diagnosis.confidence is not Confidence.CERTAIN


@pytest.mark.parametrize("path", CASES, ids=name)
def test_a_fixture_tells_nothing_of_the_machine_it_was_made_on(path: Path) -> None:
    assert not MACHINE.search(path.read_text("utf-8"))
    assert read(path)["made_with"]


@pytest.mark.parametrize("path", CASES, ids=name)
def test_nothing_that_failed_stays_unexplained(path: Path) -> None:
    if read(path)["first"] is not None:
        assert not [e for e in report_on(path).unexplained if e.level is Level.FAIL]


@pytest.mark.parametrize("path", CASES, ids=name)
def test_what_no_cause_explains_is_told_as_unexplained(path: Path) -> None:
    report = report_on(path)

    explained = [e for d in report.diagnoses for e in d.evidence]
    seen = [e for result in report.checks for e in result.evidence if e.level >= Level.WARN]
    assert [e for e in seen if e not in explained] == list(report.unexplained)


@pytest.mark.parametrize("ending", ["exit-without-words", "sigterm", "timeout"])
def test_an_end_that_nothing_explains_gets_no_cause(ending: str) -> None:
    path = FIXTURES / "boot" / "import-error" / f"near-{ending}.json"

    report = report_on(path)

    assert report.diagnoses == ()
    assert [e.text for e in report.unexplained] == [each["text"] for each in read(path)["evidence"]]


@pytest.mark.parametrize("fact", [Fact.TENSORFLOW_IMPORT, Fact.MODEL_LOAD, Fact.BOOT_IMPORT])
@pytest.mark.parametrize(
    "words",
    [
        "OMP: Hint Try decreasing the value of OMP_NUM_THREADS.",
        "F env.cc:93] Check failed: ret == 0 (11 vs. 0)Thread tf_ creation via pthread_create() failed.",
        "Check failed: ret == 0 (11 vs. 0)Thread creation via pthread_create() failed.",
    ],
)
def test_native_code_that_gets_no_thread_is_no_broken_binary(fact: Fact, words: str) -> None:
    # As users report these lines; the libraries that can be asked here are recorded as fixtures.
    values = {"during": "import app", "fault": "signal", "signal": "SIGABRT", "last_words": words}
    evidence = Evidence(fact, Level.FAIL, "import app was ended by SIGABRT.", values=values)

    report = diagnose([Result("check", (evidence,), 0.0)], CATALOGUE, "health", "")

    assert [d.cause for d in report.diagnoses] == ["memory/thread-limit"]


def test_ids_are_unique_and_kebab_case() -> None:
    assert len(BY_ID) == len(CATALOGUE)
    assert [i for i in BY_ID if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*", i)] == []


@pytest.mark.parametrize("cause", CATALOGUE, ids=lambda cause: cause.id)
def test_what_a_cause_gives_way_to_exists(cause: Cause) -> None:
    assert [other for other in cause.over if other not in BY_ID] == []


def test_a_general_cause_claims_nothing_for_certain() -> None:
    # That the release command failed is what its status says; why it failed is another cause's word.
    sure = {c.id for c in CATALOGUE if c.general and c.confidence is Confidence.CERTAIN}
    assert sure == {"release/command-failed"}
