"""Stops that were asked for, those that took too long, and what the platform itself failed at."""

from __future__ import annotations

from collections.abc import Sequence

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.logs.line import Line
from diag.collect.logs.stops import Stops

SIGTERM = "Stopping all processes with SIGTERM"
R12 = "Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM"


def read(*said: tuple[float | None, str, str]) -> list[Evidence]:
    stops = Stops()
    for number, (at, process, text) in enumerate(said, 1):
        stops.read(
            Line(number, at, "app" if process == "api" else "heroku" if process else "", process, text)
        )
    return stops.evidence()


def reasons(evidence: Sequence[Evidence]) -> object:
    (found,) = evidence
    assert (found.fact, found.level) == (Fact.DYNO_STOP, Level.INFO)
    return found.values["reasons"]


def test_a_daily_restart_is_normal() -> None:
    found = read(
        (0, "web.1", "Cycling"), (1, "web.1", SIGTERM), (2, "web.1", "Process exited with status 143")
    )

    assert reasons(found) == ("daily cycling",)
    assert found[0].where == "lines 2-3"


def test_a_release_stops_all_dynos() -> None:
    found = read(
        (0, "api", "Release v42 created by user a@example.com"),
        (2, "web.1", SIGTERM),
        (2, "worker.1", SIGTERM),
        (3, "worker.1", "Process exited with status 0"),
        (4, "web.1", "Process exited with status 143"),
    )

    assert reasons(found) == ("a new release",)
    assert (found[0].values["count"], found[0].values["dyno"]) == (2, "")


def test_a_release_of_yesterday_is_not_the_reason() -> None:
    found = read(
        (0, "api", "Release v42 created by user a@example.com"),
        (90_000, "web.1", SIGTERM),
        (90_002, "web.1", "Process exited with status 143"),
    )

    assert reasons(found) == ("asked for",)


def test_gunicorn_alone_tells_its_stop_too() -> None:
    found = read(
        (None, "", "[2026-11-20 14:02:11 +0000] [2] [INFO] Handling signal: term"),
        (None, "", "[2026-11-20 14:02:12 +0000] [2] [INFO] Shutting down: Master"),
    )

    assert reasons(found) == ("asked for",)


def test_an_exit_nobody_asked_for_is_no_normal_stop() -> None:
    assert read((0, "web.1", "Process exited with status 143")) == []
    assert read((0, "web.1", SIGTERM), (1, "web.1", "Process exited with status 1")) == []


def test_r12_says_how_long_and_is_no_normal_stop() -> None:
    (found,) = read(
        (0, "web.1", SIGTERM), (30.4, "web.1", R12), (31, "web.1", "Process exited with status 137")
    )

    assert (found.fact, found.level, found.values["seconds"]) == (Fact.LOG_R12, Level.FAIL, 30.4)


def test_r12_is_told_once_for_each_process_type() -> None:
    found = read((0, "web.1", R12), (1, "web.2", R12), (2, "worker-5d7f8-x2x4z", R12), (3, "run.4711", R12))

    assert [(e.values["process"], e.values["count"], e.level) for e in found] == [
        ("web", 2, Level.FAIL),
        ("worker", 1, Level.FAIL),
        ("run", 1, Level.WARN),
    ]
    assert (found[0].values["dyno"], found[1].values["dyno"]) == ("", "worker-5d7f8-x2x4z")


def test_checksums_are_left_out() -> None:
    r17 = "Error R17 (Checksum error) -> Checksum does match expected value. Expected: SHA256:a"

    (found,) = read((0, "web.1", r17))

    assert (found.fact, "SHA256" in found.text) == (Fact.LOG_R17, False)


def test_the_old_wording_is_known() -> None:
    old = "Stopping process with SIGTERM"

    assert reasons(read((0, "web.1", "Idling"), (2, "web.1", old), (3, "web.1", "Process exited"))) == (
        "sleep of an Eco dyno",
    )


def test_what_is_kept_is_bounded() -> None:
    said = [(float(n), f"web.{n}", SIGTERM) for n in range(2_000)]
    said += [(2_000.0, f"w{n}.1", R12) for n in range(2_000)]

    assert len(read(*said)) <= 201
