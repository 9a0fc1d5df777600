"""From evidence to diagnoses, with a small catalogue made for the purpose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Evidence, Level, Result, Value
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.cause import Cause, Confidence, Pattern, Rival, Seen
from diag.diagnose import diagnose
from diag.report import Report
from tests.checks.strategies import RESULTS


def cause(id: str, *when: Seen, **more: Any) -> Cause:  # noqa: A002  it is what a cause calls it
    texts: dict[str, Any] = {
        "title": f"title of {id}",
        "why": "w",
        "docs": "https://d",
        "codes": ("H10",),
        "fix": (),
    }
    return Cause(**({"id": id, "level": Level.FAIL, "when": when, **texts} | more))


def saw(fact: Fact, level: Level = Level.FAIL, text: str = "x", **values: Value) -> Evidence:
    return Evidence(fact, level, text, "here", 1.0, values)


def report_on(evidence: Sequence[Evidence], *catalogue: Cause) -> Report:
    return diagnose((Result("check", tuple(evidence), 0.1),), catalogue, "doctor", "web.1")


def causes(report: Report) -> list[str]:
    return [diagnosis.cause for diagnosis in report.diagnoses]


PORT = cause("port/x", Seen(Fact.PORT_LISTENER))
S3 = cause("storage/x", Seen(Fact.S3_OBJECT))


def test_nothing_bad_gives_no_diagnosis_and_a_report_that_is_ok() -> None:
    report = report_on([saw(Fact.PORT_LISTENER, Level.OK)], PORT, S3)

    assert (report.diagnoses, report.unexplained, report.level) == ((), (), Level.OK)
    assert report.exit_status("warn") == 0


def test_a_diagnosis_says_all_that_its_cause_says_about_this_app() -> None:
    entry = cause(
        "storage/x",
        Seen(Fact.S3_OBJECT, code=Pattern("^No(?P<what>.*)")),
        title="{what} {bucket}",
        why="because of {bucket}",
        fix=("aws s3 ls {bucket}", "only with {region}", "always"),
        confidence=Confidence.LIKELY,
        rivals=(Rival("storage/y", "ls"),),
    )
    evidence = saw(Fact.S3_OBJECT, bucket="models", code="NoSuchKey")

    (diagnosis,) = report_on([evidence], entry).diagnoses

    assert diagnosis.to_json() == {
        "cause": "storage/x",
        "level": "fail",
        "confidence": "likely",
        "codes": ["H10"],
        "title": "SuchKey models",
        "why": "because of models",
        "fix": ["aws s3 ls models", "always"],
        "docs": "https://d",
        "incident": None,
        "evidence": [evidence.to_json()],
        "rivals": [{"cause": "storage/y", "would_tell": "ls"}],
    }


def test_a_title_whose_values_are_missing_shows_no_braces() -> None:
    (diagnosis,) = report_on(
        [saw(Fact.S3_OBJECT)], cause("storage/x", Seen(Fact.S3_OBJECT), title="The bucket {bucket} is gone.")
    ).diagnoses

    assert diagnosis.title == "The bucket … is gone."


def test_all_evidence_for_one_cause_is_one_diagnosis() -> None:
    seen = [saw(Fact.S3_OBJECT, Level.WARN), saw(Fact.S3_OBJECT)]

    (diagnosis,) = report_on(seen, S3).diagnoses

    assert diagnosis.evidence == tuple(seen)


def test_the_worst_evidence_names_the_culprit() -> None:
    entry = cause("storage/x", Seen(Fact.S3_OBJECT), title="{bucket} {key}")
    seen = [
        saw(Fact.S3_OBJECT, Level.WARN, bucket="mild", key="k"),
        saw(Fact.S3_OBJECT, Level.FAIL, bucket="bad"),
        saw(Fact.S3_OBJECT, Level.FAIL, bucket="as bad, later"),
    ]

    assert report_on(seen, entry).diagnoses[0].title == "bad k"


def test_nothing_seen_is_ever_dropped() -> None:
    explained, odd = saw(Fact.S3_OBJECT), saw(Fact.MEMORY_RSS, Level.WARN)
    broken = saw(Fact.CHECK_RUN, Level.UNKNOWN)

    report = report_on([odd, explained, broken, saw(Fact.MEMORY_QUOTA, Level.INFO)], S3)

    assert report.unexplained == (odd, broken)
    assert report.level is Level.FAIL
    assert [e["fact"] for e in report.to_json()["checks"][0]["evidence"]] == [
        "memory-rss",
        "s3-object",
        "check-run",
        "memory-quota",
    ]


def test_a_failure_that_no_cause_explains_still_fails_the_report() -> None:
    report = report_on([saw(Fact.MEMORY_RSS)])

    assert report.level is Level.FAIL
    assert report.exit_status("fail") == 1
    assert report.exit_status("never") == 0


@pytest.mark.parametrize(
    ("worst", "seen", "level"),
    [
        (Level.FAIL, Level.FAIL, Level.FAIL),
        (Level.FAIL, Level.WARN, Level.WARN),
        (Level.WARN, Level.FAIL, Level.WARN),
        (Level.INFO, Level.INFO, Level.INFO),
    ],
)
def test_a_diagnosis_is_no_worse_than_its_evidence_nor_than_its_cause(
    worst: Level, seen: Level, level: Level
) -> None:
    (diagnosis,) = report_on(
        [saw(Fact.S3_OBJECT, seen)], cause("s/x", Seen(Fact.S3_OBJECT), level=worst)
    ).diagnoses

    assert diagnosis.level is level


@pytest.mark.parametrize(
    ("worst", "seen", "stated", "confidence"),
    [
        (Level.FAIL, Level.FAIL, Confidence.CERTAIN, Confidence.CERTAIN),
        (Level.FAIL, Level.WARN, Confidence.CERTAIN, Confidence.LIKELY),  # a risk, it has not happened
        (Level.FAIL, Level.FAIL, Confidence.POSSIBLE, Confidence.POSSIBLE),
        (Level.FAIL, Level.WARN, Confidence.POSSIBLE, Confidence.POSSIBLE),
        (Level.WARN, Level.WARN, Confidence.CERTAIN, Confidence.CERTAIN),
        (Level.INFO, Level.INFO, Confidence.CERTAIN, Confidence.CERTAIN),
    ],
)
def test_a_diagnosis_is_as_sure_as_the_evidence_lets_it_be(
    worst: Level, seen: Level, stated: Confidence, confidence: Confidence
) -> None:
    entry = cause("s/x", Seen(Fact.S3_OBJECT), level=worst, confidence=stated)

    assert report_on([saw(Fact.S3_OBJECT, seen)], entry).diagnoses[0].confidence is confidence


def test_the_worst_comes_first_and_among_equals_what_was_seen_first() -> None:
    seen = [
        saw(Fact.PORT_BIND_TIME, Level.WARN),
        saw(Fact.S3_OBJECT),
        saw(Fact.PORT_LISTENER),
    ]
    bind = cause("boot/x", Seen(Fact.PORT_BIND_TIME))

    assert causes(report_on(seen, PORT, bind, S3)) == ["storage/x", "port/x", "boot/x"]


GENERAL = cause("boot/import-error", Seen(Fact.BOOT_IMPORT), general=True)
MODULE = cause("dependency/module", Seen(Fact.BOOT_IMPORT, fault="module"), over=("dependency/broken",))
BROKEN = cause("dependency/broken", Seen(Fact.BOOT_IMPORT, type="ImportError"))
LIBRARY = cause(
    "dependency/library", Seen(Fact.BOOT_IMPORT, chain=Pattern("libGL")), over=("dependency/module",)
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["boot/import-error"]),
        ({"fault": "module"}, ["dependency/module"]),
        ({"type": "ImportError"}, ["dependency/broken"]),
        ({"fault": "module", "type": "ImportError"}, ["dependency/module"]),
        ({"fault": "module", "type": "ImportError", "chain": "libGL"}, ["dependency/library"]),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_the_more_exact_cause_wins_whatever_its_place_in_the_catalogue(
    values: dict[str, Any], expected: list[str], backwards: bool
) -> None:
    catalogue = [GENERAL, MODULE, BROKEN, LIBRARY]

    report = report_on([saw(Fact.BOOT_IMPORT, **values)], *(catalogue[::-1] if backwards else catalogue))

    assert causes(report) == expected
    assert report.unexplained == ()


def test_a_general_cause_stays_for_what_nothing_else_explains() -> None:
    seen = [saw(Fact.BOOT_IMPORT, fault="module"), saw(Fact.BOOT_IMPORT, fault="else")]

    assert sorted(causes(report_on(seen, GENERAL, MODULE))) == ["boot/import-error", "dependency/module"]


def test_a_less_exact_cause_stays_for_evidence_of_its_own() -> None:
    seen = [
        saw(Fact.BOOT_IMPORT, fault="module", type="ImportError"),
        saw(Fact.BOOT_IMPORT, type="ImportError"),
    ]

    assert causes(report_on(seen, BROKEN, MODULE)) == ["dependency/broken", "dependency/module"]


def test_a_skipped_check_is_reported_and_accuses_nobody() -> None:
    skipped = Result("model-load", (), 0.0, ("s3",), "s3")

    report = diagnose((skipped,), (S3,), "doctor", "x")

    assert (report.diagnoses, report.unexplained) == ((), ())
    assert report.to_json()["checks"][0]["skipped_because"] == "s3"


def test_a_report_has_every_list_even_when_it_is_empty() -> None:
    assert diagnose((), (), "doctor", "web.1").to_json() == {
        "schema": "diag.report/1",
        "kind": "doctor",
        "subject": "web.1",
        "level": "ok",
        "diagnoses": [],
        "checks": [],
        "unexplained": [],
        "notes": [],
        "silenced": [],
    }


@given(st.lists(RESULTS, max_size=4))
def test_any_results_can_be_diagnosed_with_the_real_catalogue_and_replayed(results: list[Result]) -> None:
    report = diagnose(results, CATALOGUE, "doctor", "x")
    replayed = [Result.from_json(json.loads(json.dumps(result.to_json()))) for result in results]

    assert diagnose(replayed, CATALOGUE, "doctor", "x").to_json() == report.to_json()
    seen = [e for result in results for e in result.evidence if e.level >= Level.WARN]
    told = [*report.unexplained, *(e for diagnosis in report.diagnoses for e in diagnosis.evidence)]
    assert all(any(each is one for one in told) for each in seen)
    levels = [diagnosis.level for diagnosis in report.diagnoses]
    assert levels == sorted(levels, reverse=True)
    for diagnosis in report.diagnoses:
        assert diagnosis.level <= max(e.level for e in diagnosis.evidence)
