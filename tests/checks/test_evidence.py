"""The nouns: what they mean, and that they survive JSON."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from checks.evidence import Dyno, Evidence, Fault, Level, Result, timestamp
from checks.facts import Fact
from tests.checks.strategies import EVIDENCE, RESULTS


@given(EVIDENCE)
def test_evidence_survives_json(evidence: Evidence) -> None:
    assert Evidence.from_json(json.loads(json.dumps(evidence.to_json(), allow_nan=False))) == evidence


@given(RESULTS)
def test_a_result_survives_json(result: Result) -> None:
    assert Result.from_json(json.loads(json.dumps(result.to_json(), allow_nan=False))) == result


@given(RESULTS)
def test_the_level_in_json_is_the_worst_of_the_evidence(result: Result) -> None:
    data = result.to_json()
    ranks = ["ok", "info", "warn", "unknown", "fail"]

    if result.skipped_because is None:
        assert data["level"] == max((e["level"] for e in data["evidence"]), key=ranks.index, default="ok")
    else:
        assert data["level"] == "unknown"


def test_the_json_of_evidence_has_the_form_the_report_promises() -> None:
    evidence = Evidence(
        Fact.MEMORY_TOTAL, Level.FAIL, "590 MB of 512 MB.", "line 41", 1e9, {"mem_mb": 590, "of": ("a", "b")}
    )

    assert evidence.to_json() == {
        "fact": "memory-total",
        "level": "fail",
        "text": "590 MB of 512 MB.",
        "where": "line 41",
        "at": "2001-09-09T01:46:40.000+00:00",
        "values": {"mem_mb": 590, "of": ["a", "b"]},
    }


def test_a_skipped_check_says_in_json_why_and_has_an_empty_list_of_evidence() -> None:
    skipped = Result("model-load", (), 0.0, ("s3",), "s3").to_json()

    assert skipped["skipped_because"] == "s3"
    assert skipped["evidence"] == []
    assert skipped["needs"] == ["s3"]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"fact": "no-such-fact"},
        {"level": "dreadful"},
        {"at": "yesterday"},
        {"at": 12},
    ],
    ids=str,
)
def test_json_that_is_no_evidence_is_refused(broken: dict[str, Any]) -> None:
    good = Evidence(Fact.PORT_LISTENER, Level.OK, "x").to_json()

    with pytest.raises((KeyError, TypeError, ValueError)):
        Evidence.from_json({**good, **broken} if broken else {})


def test_levels_stand_in_the_order_of_worry() -> None:
    assert Level.OK < Level.INFO < Level.WARN < Level.UNKNOWN < Level.FAIL


def test_evidence_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Evidence(Fact.PORT_LISTENER, Level.OK, "x").text = "y"  # type: ignore[misc]


def test_a_fault_carries_its_evidence_and_says_its_text() -> None:
    evidence = Evidence(Fact.S3_OBJECT, Level.FAIL, "The bucket is not there.")

    fault = Fault(evidence)

    assert fault.evidence is evidence
    assert str(fault) == "The bucket is not there."


@pytest.mark.parametrize(
    ("name", "process_type", "on_heroku"),
    [
        ("web.1", "web", True),
        ("web-5d8f7c-x2x7z", "web", True),  # Fir
        ("run.7532", "run", True),
        ("run-nss86zptrv-7fpx8", "run", True),
        ("release.1234", "release", True),
        ("", "", False),
        (None, "", False),
    ],
)
def test_a_dyno_knows_its_process_type_in_both_generations(
    name: str | None, process_type: str, on_heroku: bool
) -> None:
    dyno = Dyno(env={} if name is None else {"DYNO": name}, root=Path())

    assert dyno.process_type == process_type
    assert dyno.on_heroku is on_heroku


def test_a_config_var_is_read_without_the_blanks_around_it() -> None:
    dyno = Dyno(env={"MODEL_URI": " s3://b/k \n"}, root=Path())

    assert dyno.var("MODEL_URI") == "s3://b/k"
    assert dyno.var("ABSENT") == ""


def test_times_are_written_in_utc_with_milliseconds() -> None:
    assert timestamp(0.5) == "1970-01-01T00:00:00.500+00:00"


@pytest.mark.parametrize("fact", list(Fact))
def test_the_key_of_a_fact_is_component_and_measurement(fact: Fact) -> None:
    component, colon, measurement = fact.key.partition(":")

    assert colon
    assert component
    assert measurement
    assert f"{component}-{measurement}" == fact.value
