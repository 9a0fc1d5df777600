"""R14 and R15 alone: what can be told, and what can't."""

from __future__ import annotations

import pytest

from checks.facts import Fact
from diag.cause import Confidence
from tests.diag.collect.logs.memory_log import R14, Log


def test_one_r14_leaves_everything_possible() -> None:
    log = Log()
    log.over(590)

    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.confidence is Confidence.POSSIBLE
    assert log.diagnosis.title == "The dyno needs 590 MB of memory and has 512 MB (115.2 %)."
    assert {r.cause for r in log.diagnosis.rivals} >= {
        "memory/too-many-workers",
        "memory/leak",
        "memory/spike",
    }
    assert any("log-runtime-metrics" in step for step in log.diagnosis.fix)
    assert log.evidence[0].text == "Error R14 (Memory quota exceeded), mem=590M(115.2%)"
    assert log.evidence[0].where == "line 2"


def test_an_r14_without_its_mem_line_is_told_without_numbers() -> None:
    log = Log()
    log.say(R14)
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.confidence is Confidence.POSSIBLE


def test_a_climb_to_r15_within_minutes_is_a_load() -> None:
    log = Log()
    log.over(576, 690, 807, 1022, 1189, dyno="worker.1")

    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/spike", Confidence.LIKELY)
    assert "heroku ps:resize worker=performance-m   (2.5 GB)" in log.diagnosis.fix
    assert "web" not in log.diagnosis.title + log.series.text
    assert [e.fact for e in log.diagnosis.evidence] == [Fact.LOG_R14, Fact.LOG_R15, Fact.MEMORY_SERIES]


def test_a_lone_r15_is_a_kill() -> None:
    log = Log()
    log.over(1280)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/killed", Confidence.CERTAIN)
    assert log.diagnosis.title == "web.1 at 1280 MB of 512 MB (250.0 %) was ended by SIGKILL for its memory."


def test_flat_and_slightly_over_from_the_start_is_the_footprint() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.over(*[521, 522, 521] * 10)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/over-quota", Confidence.LIKELY)


def test_without_the_number_of_workers_a_footprint_is_only_possible() -> None:
    log = Log()
    log.launch()
    log.over(*[560] * 30)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/over-quota", Confidence.POSSIBLE)


def test_growth_for_hours_over_the_quota_is_a_leak() -> None:
    log = Log()
    log.over(*[520 + i // 4 for i in range(600)])
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/leak", Confidence.LIKELY)
    assert log.series.values["slope_mb_per_hour"] == pytest.approx(45, abs=2)


def test_jumps_that_fall_back_are_spikes() -> None:
    log = Log()
    for _ in range(3):
        log.over(640, 700, 610)
        log.wait(900)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/spike", Confidence.LIKELY)


def test_a_bare_log_without_stamps_is_read_too() -> None:
    log = Log()
    log.over(576, 690, 807, 1022, 1189, stamped=False)
    assert log.diagnosis.cause == "memory/spike"
