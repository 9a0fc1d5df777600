"""Workers: how many there are, what one takes, and how they end."""

from __future__ import annotations

import pytest

from checks.facts import Fact
from diag.cause import Confidence
from tests.diag.collect.logs.memory_log import Log


def test_two_workers_by_default_of_which_one_would_fit() -> None:
    log = Log()
    log.launch()
    log.say("Python buildpack: Detected 512 MB available memory and 8 CPU cores.", source="app")
    log.say("Python buildpack: Defaulting WEB_CONCURRENCY to 2 based on the available memory.", source="app")
    log.over(*[600] * 20)

    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/too-many-workers", Confidence.LIKELY)
    assert log.diagnosis.title.startswith("2 workers hold 600 MB of a 512 MB dyno")
    assert log.series.values["one_worker_mb"] == pytest.approx(310)
    assert log.diagnosis.fix[0].startswith("heroku config:set WEB_CONCURRENCY=1   (2 now")


@pytest.mark.parametrize(
    ("command", "workers"),
    [
        ("gunicorn app:app --workers 3", 3),
        ("gunicorn app:app --workers=3", 3),
        ("gunicorn -w 3 app:app", 3),
        ("gunicorn -w3 app:app", 3),
        ("WEB_CONCURRENCY=3 gunicorn app:app", 3),
        ("uvicorn main:app --host 0.0.0.0 --workers 3", 3),
        ("celery -A tasks worker --concurrency=3", 3),
        ("celery -A tasks worker", None),
        ("gunicorn app:app --workers $WEB_CONCURRENCY", None),
        ("gunicorn app:app", None),
        ("python main.py", 1),
        ("streamlit run app.py --server.port $PORT", 1),
        ("bash start.sh", None),
        ("python main.py -c 3", 1),
    ],
)
def test_the_command_tells_how_many_workers_there_are(command: str, workers: int | None) -> None:
    log = Log()
    log.launch(command)
    log.over(*[800] * 20)
    assert log.series.values.get("workers") == workers
    told = {3: "memory/too-many-workers"}.get(workers or 0, "memory/over-quota")
    assert log.diagnosis.cause == told


def test_workers_that_boot_are_counted_and_those_that_end_are_not() -> None:
    log = Log()
    log.launch()
    log.say("[2026-11-20 14:02:12 +0000] [2] [INFO] Starting gunicorn 27.0.1", source="app")
    for pid in (9, 10):
        log.say(f"[2026-11-20 14:02:13 +0000] [{pid}] [INFO] Booting worker with pid: {pid}", source="app")
    for pid in range(11, 40):  # --max-requests
        log.say(f"[2026-11-20 14:02:14 +0000] [{pid}] [INFO] Worker exiting (pid: {pid - 2})", source="app")
        log.say(f"[2026-11-20 14:02:15 +0000] [{pid}] [INFO] Booting worker with pid: {pid}", source="app")
    log.over(*[600] * 20)
    assert log.series.values["workers"] == 2


def test_a_worker_that_would_not_fit_alone_is_too_big() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 2")
    log.metrics(*[1010.0] * 30)
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.confidence is Confidence.POSSIBLE, "one alone would be just about the quota"

    log = Log()
    log.launch("gunicorn app:app --workers 2")
    log.metrics(*[1500.0] * 30, quota=700)
    assert log.diagnosis.cause == "memory/over-quota"


def test_what_preloaded_workers_share_is_not_known() -> None:
    log = Log()
    log.launch("gunicorn app:app --preload --workers 3")
    log.metrics(*[600.0] * 30)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/too-many-workers", Confidence.POSSIBLE)


def test_the_dyno_itself_may_have_said_what_a_worker_takes() -> None:
    log = Log()
    log.launch("gunicorn app:app --preload --workers 3")
    log.say("at=info event=boot phase=ready total_s=4.20 anonymous_mb=180.4 file_mb=337.0", source="app")
    log.metrics(*[600.0] * 30)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/too-many-workers", Confidence.LIKELY)


# Workers that were killed.

KILLED = "[2026-11-20 14:02:44 +0000] [2] [ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?"
OLD_KILLED = "[2026-11-20 14:02:44 +0000] [2] [WARNING] Worker with pid 9 was terminated due to signal 9"
TIMEOUT = "[2026-11-20 14:02:43 +0000] [2] [CRITICAL] WORKER TIMEOUT (pid:9)"


@pytest.mark.parametrize("line", [KILLED, OLD_KILLED])
def test_a_worker_that_the_kernel_ended(line: str) -> None:
    log = Log()
    log.launch()
    log.say(line, source="app")

    (evidence,) = log.evidence
    assert evidence.fact is Fact.WORKER_EXIT
    assert {k: evidence.values[k] for k in ("fault", "pid", "during", "signal", "dyno")} == {
        "fault": "oom",
        "pid": 9,
        "during": "A worker",
        "signal": "SIGKILL",
        "dyno": "web.1",
    }
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/killed", Confidence.LIKELY)


@pytest.mark.parametrize("line", [KILLED, OLD_KILLED])
@pytest.mark.parametrize(
    "before",
    [
        TIMEOUT,
        TIMEOUT.replace("pid:9", "pid: 9"),
        "[2026-11-20 14:02:43 +0000] [2] [INFO] Handling signal: term",
    ],
)
def test_gunicorns_own_kill_is_no_memory_evidence(line: str, before: str) -> None:
    log = Log()
    log.launch()
    log.say(before, source="app")
    log.say(line, source="app")
    assert log.evidence == []


def test_the_time_out_of_another_worker_excuses_nothing() -> None:
    log = Log()
    log.say(TIMEOUT.replace("pid:9", "pid:10"), source="app")
    log.say(KILLED, source="app")
    assert log.diagnosis.cause == "memory/killed"


def test_a_kill_at_a_stop_that_heroku_asked_for_is_none() -> None:
    log = Log()
    log.launch()
    log.say("Stopping all processes with SIGTERM")
    log.say(KILLED, source="app")
    assert log.evidence == []
    log.launch()
    log.say(KILLED, source="app")
    assert log.diagnosis.cause == "memory/killed", "the next launch is another one"


@pytest.mark.parametrize("signal", ["SIGTERM", "SIGHUP", "SIGABRT", "SIGSEGV"])
def test_other_signals_are_not_memorys(signal: str) -> None:
    log = Log()
    log.say(f"[2026-11-20 14:02:44 +0000] [2] [ERROR] Worker (pid:9) was sent {signal}!", source="app")
    assert log.evidence == []


def test_a_kill_with_r14_before_it_is_one_problem() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 3")
    log.over(*[700] * 20)
    log.say(KILLED, source="app")

    assert log.diagnosis.cause == "memory/too-many-workers"
    assert log.diagnosis.evidence[-1].fact is Fact.WORKER_EXIT


def test_a_kill_after_a_lone_r14_is_a_kill_for_memory() -> None:
    log = Log()
    log.over(590)
    log.say(KILLED, source="app")
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/killed", Confidence.LIKELY)
