"""Which cause stands behind an episode, which explains which, and what comes first."""

from __future__ import annotations

from checks.evidence import Level
from diag.logs import examine_blocks
from diag.report import Diagnosis, Report

LOCALHOST = "[2026-11-20 14:00:02 +0000] [4] [INFO] Listening at: http://127.0.0.1:8000 (4)"
R10 = "heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds"
CRASHED = "heroku[web.1]: State changed from starting to crashed"
H10 = (
    'heroku[router]: at=error code=H10 desc="App crashed" method=GET path="/" host=x.example.com '
    'request_id=1 fwd="203.0.113.7" dyno= connect= service= status=503 bytes= protocol=https'
)
UP = "heroku[web.1]: State changed from starting to up"


def start(command: str = "gunicorn app:app") -> str:
    return f"heroku[web.1]: Starting process with command `{command}`"


def missing(module: str, dyno: str = "web.1") -> tuple[str, ...]:
    return (
        f"app[{dyno}]: Traceback (most recent call last):",
        f'app[{dyno}]:   File "/app/app.py", line 1, in <module>',
        f"app[{dyno}]:     import {module}",
        f"app[{dyno}]: ModuleNotFoundError: No module named '{module}'",
    )


def ended(status: int, dyno: str = "web.1") -> tuple[str, ...]:
    return (
        f"heroku[{dyno}]: Process exited with status {status}",
        f"heroku[{dyno}]: State changed from starting to crashed",
    )


def release(number: int) -> str:
    return f"app[api]: Release v{number} created by user user@example.com"


def report(*lines: str, seconds: float = 2) -> Report:
    text = ""
    for number, line in enumerate(lines):
        after = number * seconds
        text += f"2026-11-20T14:{int(after // 60):02}:{after % 60:09.6f}+00:00 {line}\n"
    return examine_blocks([text.encode()])


def only(*lines: str, seconds: float = 2) -> Diagnosis:
    (diagnosis,) = report(*lines, seconds=seconds).diagnoses
    return diagnosis


def test_what_was_raised_explains_the_exit_and_the_exit_explains_h10() -> None:
    diagnosis = only(start(), *missing("cv2"), *ended(3), H10)

    assert diagnosis.cause == "dependency/module-not-found"
    assert [e.fact.value for e in diagnosis.evidence] == ["boot-import", "launch-outcome", "log-h10"]
    assert diagnosis.incident is not None
    assert (diagnosis.incident.dyno, diagnosis.incident.resolved) == ("web.1", False)
    assert [m.where for m in diagnosis.incident.timeline] == [
        "line 1",
        "lines 2-5",
        "line 6",
        "line 7",
        "line 8",
    ]


def test_the_same_failure_again_and_again_is_one_incident() -> None:
    diagnosis = only(*(start(), *missing("cv2"), *ended(3)) * 5, H10)

    assert diagnosis.incident is not None
    assert diagnosis.incident.count == 5


def test_a_listener_explains_the_boot_timeout() -> None:
    diagnosis = only(start(), f"app[web.1]: {LOCALHOST}", R10, *ended(137), H10, seconds=30)

    assert (diagnosis.cause, diagnosis.confidence.value) == ("port/bound-to-localhost", "certain")


def test_a_lone_h10_stays_unexplained_and_says_what_to_fetch() -> None:
    found = report(H10)

    assert [(d.cause, d.level) for d in found.diagnoses] == [("log/too-short", Level.INFO)]
    assert [e.fact.value for e in found.unexplained] == ["log-h10"]
    assert found.diagnoses[0].fix[0] == "heroku logs -n 1500 | python -m diag logs"
    assert found.level is Level.FAIL


def test_what_a_later_release_mended_is_no_failure_any_more() -> None:
    diagnosis = only(release(12), start(), *missing("cv2"), *ended(3), release(13), start(), UP)

    assert diagnosis.incident is not None
    assert (diagnosis.level, diagnosis.incident.resolved, diagnosis.incident.release) == (
        Level.WARN,
        True,
        "v12",
    )


def test_a_restart_of_the_same_release_mends_nothing() -> None:
    diagnosis = only(release(12), start(), *missing("cv2"), *ended(3), start(), UP)

    assert diagnosis.incident is not None
    assert (diagnosis.level, diagnosis.incident.resolved) == (Level.FAIL, True)


def test_the_latest_failure_comes_first_and_the_one_before_is_history() -> None:
    found = report(
        release(12), start(), *missing("cv2"), *ended(3), release(13), start(), *missing("yaml"), *ended(3)
    )

    assert [(d.title.split()[2], d.level) for d in found.diagnoses] == [
        ("yaml", Level.FAIL),
        ("cv2", Level.WARN),
    ]


def test_a_worker_that_crashes_is_told_beside_the_web_that_runs() -> None:
    found = report(
        start(),
        UP,
        "heroku[worker.1]: Starting process with command `python worker.py`",
        *missing("redis", "worker.1"),
        *ended(1, "worker.1"),
    )

    (diagnosis,) = found.diagnoses
    assert diagnosis.incident is not None
    assert (diagnosis.cause, diagnosis.incident.dyno) == ("dependency/module-not-found", "worker.1")


def test_what_the_dyno_itself_said_is_trusted_first() -> None:
    said = (
        "at=error event=diagnosis cause=storage/secret-wrong codes=H10 level=fail confidence=certain "
        'title="The secret is not the key\'s" saw="S3 says so" fix="heroku config:set … | again"'
    )
    traceback = (
        "app[web.1]: Traceback (most recent call last):",
        'app[web.1]:   File "/app/app.py", line 1, in <module>',
        "app[web.1]:     load()",
        "app[web.1]: RuntimeError: no model",
    )
    diagnosis = only(start(), f"app[web.1]: {said}", *traceback, *ended(3), H10)

    assert (diagnosis.cause, diagnosis.title) == ("storage/secret-wrong", "The secret is not the key's")
    assert diagnosis.fix == ("heroku config:set …", "again")
    assert "log-h10" in [e.fact.value for e in diagnosis.evidence]


def test_nothing_seen_is_dropped() -> None:
    found = report(
        "heroku[web.1]: Process exited with status 77", "heroku[web.1]: State changed from up to crashed"
    )

    assert [e.values["status"] for e in found.unexplained] == ["77"]


def test_a_log_of_a_day_without_fault_has_no_diagnosis() -> None:
    assert report(release(1), start(), UP).diagnoses == ()
