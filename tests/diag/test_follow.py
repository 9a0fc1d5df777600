"""What is told of a stream, and how often. The command itself: `tests/diag/commands/test_logs.py`."""

from __future__ import annotations

import pytest

from diag.follow import AT_LATEST, Follower
from diag.report import Diagnosis


def crash(second: int, dyno: str) -> bytes:
    """A launch that ends in an exception, as a log shows it."""
    said = [
        ("heroku", "Starting process with command `gunicorn app:app`"),
        ("app", "Traceback (most recent call last):"),
        ("app", '  File "/app/app.py", line 3, in <module>'),
        ("app", "    import flask_cors"),
        ("app", "ModuleNotFoundError: No module named 'flask_cors'"),
        ("heroku", "Process exited with status 3"),
        ("heroku", "State changed from starting to crashed"),
    ]
    return "".join(
        f"2026-11-20T14:02:{second:02}.{n}00000+00:00 {source}[{dyno}]: {text}\n"
        for n, (source, text) in enumerate(said)
    ).encode()


@pytest.mark.parametrize(
    "dynos", [("web.1", "web.2"), ("web-5d7f-x2c", "web-5d7f-q8m")], ids=["Cedar", "Fir"]
)
def test_what_two_dynos_of_a_process_type_share_is_told_once(dynos: tuple[str, str]) -> None:
    told: list[Diagnosis] = []
    follower = Follower("log", told.append)
    for number, dyno in enumerate(dynos):
        follower.read(crash(10 * number, dyno), 10.0 * number)
        follower.look()
    assert [d.cause for d in told] == ["dependency/module-not-found"]
    (diagnosis,) = follower.report().diagnoses
    assert diagnosis.incident is not None
    assert (diagnosis.incident.dyno, diagnosis.incident.count) == ("web", 2)


def test_another_process_type_is_told_by_itself() -> None:
    told: list[Diagnosis] = []
    follower = Follower("log", told.append)
    for number, dyno in enumerate(("web.1", "worker.1")):
        follower.read(crash(10 * number, dyno), 10.0 * number)
        follower.look()
    assert [d.incident.dyno for d in told if d.incident] == ["web.1", "worker.1"]


def test_lines_that_go_on_coming_do_not_put_a_diagnosis_off() -> None:
    told: list[Diagnosis] = []
    follower = Follower("log", told.append)
    follower.read(crash(0, "web.1"), 0.0)
    assert (told, follower.due(AT_LATEST)) == ([], False)
    assert follower.due(AT_LATEST + 0.1)


def test_an_exception_with_nothing_behind_it_is_told_when_the_stream_is_quiet() -> None:
    told: list[Diagnosis] = []
    follower = Follower("log", told.append)
    follower.read(b"".join(crash(0, "web.1").splitlines(keepends=True)[:5]), 0.0)
    follower.quiet()
    assert [d.cause for d in told] == ["dependency/module-not-found"]
