"""Launches, dynos and process types: what belongs together, and what is kept."""

from __future__ import annotations

from checks.facts import Fact
from tests.diag.collect.logs.memory_log import R14, Log


def test_a_series_does_not_run_over_a_restart() -> None:
    """Each launch flat, each at another level: nothing grows."""
    log = Log()
    for level in range(5):
        log.launch("gunicorn app:app --workers 1")
        log.metrics(*[300.0 + 40 * level] * 60)
    assert log.evidence == []


def test_a_launch_is_known_by_its_uuid_where_its_first_line_is_missing() -> None:
    log = Log()
    for level in range(5):
        log.metrics(*[300.0 + 40 * level] * 60, uuid=f"heroku.1.{level}")
    assert log.evidence == []


def test_late_samples_of_the_launch_before_are_left_out() -> None:
    log = Log()
    log.launch()
    log.metrics(*[900.0] * 60, uuid="heroku.1.a")
    first = log.series.values["launches"]
    log.launch(release="v2")
    for _ in range(3):
        log.metrics(900.0, uuid="heroku.1.a")
        log.metrics(200.0, uuid="heroku.1.b")
    log.metrics(*[200.0] * 30, uuid="heroku.1.b")
    assert log.series.values["launches"] == first == 1


def test_old_and_new_dyno_may_overlap_in_a_log_of_metrics_alone() -> None:
    log = Log()
    log.metrics(*[300.0] * 30, uuid="heroku.1.a")
    for _ in range(5):
        log.metrics(210.0, uuid="heroku.1.b")
        log.metrics(900.0, uuid="heroku.1.a")
    log.metrics(*[210.0] * 30, uuid="heroku.1.b")
    assert log.evidence == []


def test_the_verdict_on_an_earlier_launch_is_kept() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[590.0] * 40)
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[590.0] * 2)
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.series.values["resolved"] is False


def test_a_release_that_runs_well_for_longer_has_resolved_it() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 3", release="v7")
    log.metrics(*[590.0] * 40)
    log.over(590)
    log.launch("gunicorn app:app --workers 1", release="v8")
    log.metrics(*[210.0] * 10, uuid="heroku.1.b")
    assert log.series.values["resolved"] is False, "too early to tell"
    log.metrics(*[210.0] * 60, uuid="heroku.1.b")
    assert log.series.values["resolved"] is True


def test_evidence_may_be_asked_for_at_any_time() -> None:
    whole, asked = Log(), Log()
    for log in (whole, asked):
        log.launch("gunicorn app:app --workers 1")
        for _ in range(30):
            log.over(570)
            if log is asked:
                log.evidence  # noqa: B018
    assert asked.evidence == asked.evidence == whole.evidence


def test_a_formation_with_one_fault_has_one_diagnosis() -> None:
    log = Log()
    for number in range(1, 101):
        log.launch("gunicorn app:app --workers 1", f"web.{number}")
    for _ in range(10):
        for number in range(1, 101):
            log.over(570, dyno=f"web.{number}")
            log.clock -= 20
        log.clock += 20

    assert len(log.diagnoses) == 1
    assert [e.fact for e in log.evidence] == [Fact.LOG_R14, Fact.MEMORY_SERIES]
    assert (log.series.values["dynos"], log.series.values["dyno"]) == (100, "")
    assert "100 dynos" in log.series.text
    assert log.evidence[0].values["count"] == 1000


def test_each_process_type_has_a_story_of_its_own() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 3")
    log.launch("python bot.py", "worker.1")
    for _ in range(30):
        log.over(700)
        log.over(1100, dyno="worker.1", quota=1024)
    series = {e.values["process_type"]: e.values for e in log.evidence if e.fact is Fact.MEMORY_SERIES}
    assert {name: values["fault"] for name, values in series.items()} == {
        "web": "too-many-workers",
        "worker": "over-quota",
    }
    assert {name: values["quota_mb"] for name, values in series.items()} == {"web": 512, "worker": 1024}


def test_what_is_kept_is_bounded() -> None:
    log = Log()
    for number in range(3000):
        log.launch(dyno=f"run.{number}", release=f"v{number}")
        log.over(600, 610, dyno=f"run.{number}")
        log.say(f"Process running mem=600M({100 + number % 50}.0%)", f"type{number}.1")
        log.say(R14, f"type{number}.1")
    assert len(log.memory._runs) <= 260
    assert len(log.memory._told) <= 50
    assert len(log.evidence) <= 200


def test_a_long_series_is_kept_small_and_told_with_its_extremes() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[300.0] * 20_000)
    log.metrics(777.0)
    log.metrics(*[300.0] * 20_000)
    (run,) = log.memory._runs.values()
    assert len(run.held.points()) <= 600
    assert log.diagnosis.cause == "memory/spike"
    assert log.series.values["peak_mb"] == 777.0
    assert log.series.values["samples"] == 40_001
