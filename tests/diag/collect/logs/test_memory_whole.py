"""The whole series, as log-runtime-metrics shows it."""

from __future__ import annotations

from checks.evidence import Level
from diag.cause import Confidence
from tests.diag.collect.logs.memory_log import Log


def test_a_dyno_that_is_fairly_full_is_healthy() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 2")
    log.metrics(60, 180, 300, *[430 + i % 7 for i in range(500)])
    assert log.evidence == []


def test_page_cache_alone_is_no_fault() -> None:
    log = Log()
    log.launch()
    log.metrics(*[206.0] * 30, cache=452.0)
    log.over(658)
    log.metrics(*[206.0] * 5, cache=452.0)

    assert (log.diagnosis.cause, log.diagnosis.level) == ("memory/page-cache-counted", Level.INFO)
    assert log.diagnosis.confidence is Confidence.CERTAIN
    assert max(e.level for e in log.evidence) is Level.INFO
    assert log.diagnosis.title == "The dyno's total is 128.5 % of its quota, but only by page cache."


def test_a_total_without_its_parts_does_not_tell_what_it_is() -> None:
    log = Log()
    for _ in range(30):
        log.clock += 20
        log.say("source=web.1 dyno=heroku.1.a sample#memory_total=600.00MB sample#memory_quota=512.00MB")
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.level is Level.FAIL


def test_swap_counts_as_held() -> None:
    log = Log()
    log.launch("python bot.py", "worker.1")
    log.metrics(*[590.0] * 40, dyno="worker.1")

    assert log.series.values["swap_mb"] == 78.0
    assert log.series.values["rss_mb"] == 512.0
    assert log.diagnosis.cause == "memory/over-quota"


def test_a_warm_up_that_flattens_below_the_quota_is_no_leak() -> None:
    log = Log()
    log.launch()
    log.metrics(*[470 - 250 * 0.98**i for i in range(700)])
    assert log.evidence == []


def test_growth_in_steps_that_never_falls_back_is_a_leak() -> None:
    log = Log()
    log.launch()
    log.metrics(*[200 + 40 * (i // 60) for i in range(600)])
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/leak", Confidence.LIKELY)
    assert "after" in log.diagnosis.title


def test_metrics_in_the_log_need_not_be_asked_for() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[590.0] * 40)
    assert not any("labs:enable" in step for step in log.diagnosis.fix)
