"""What runs of failed requests come to: simulated queues, and the lines around them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import Evidence, Level, Result
from checks.facts import Fact
from diag.causes.formation import FORMATION
from diag.causes.platform import PLATFORM
from diag.causes.request import REQUEST
from diag.causes.shutdown import SHUTDOWN
from diag.collect.logs.envelope import entries
from diag.collect.logs.line import Line
from diag.collect.logs.traffic import Traffic
from diag.diagnose import diagnose
from diag.report import Diagnosis
from tests.diag.collect.logs.simulated import BEGAN, App, Route, router

CATALOGUE = (*REQUEST, *FORMATION, *PLATFORM, *SHUTDOWN)
FIXTURES = Path(__file__).parents[3] / "fixtures" / "logs"
# Their evidence is of other readers: of exceptions, and of launches.
OF_OTHERS = {"flask-keyerror", "flask-gunicorn-20", "gunicorn-23-answers-500"}

Said = tuple[float, str, str]  # seconds from the beginning, process, text


def lines(said: Sequence[Said]) -> list[Line]:
    sources = {"router": "heroku", "api": "app"}
    return [
        Line(
            number,
            BEGAN + at,
            sources.get(process, "app" if text.startswith("[") else "heroku"),
            process,
            text,
        )
        for number, (at, process, text) in enumerate(said, 1)
    ]


def read(said: Sequence[Line]) -> Traffic:
    traffic = Traffic()
    for line in said:
        traffic.read(line)
    return traffic


def diagnoses(evidence: Sequence[Evidence]) -> list[Diagnosis]:
    found = diagnose([Result("logs", tuple(evidence), 0.0)], CATALOGUE, "logs", "").diagnoses
    return sorted(found, key=lambda d: -d.level)


def first(said: Sequence[Line]) -> tuple[str, str, str] | None:
    """Cause, confidence and level of what comes first."""
    found = diagnoses(read(said).evidence())
    return (found[0].cause, found[0].confidence.value, found[0].level.word) if found else None


def of(said: Sequence[Line], fact: Fact) -> Evidence:
    (found,) = [e for e in read(said).evidence() if e.fact is fact]
    return found


def answers(count: int, begin: float = 0, step: float = 1, **fields: object) -> list[Said]:
    return [(begin + i * step, "router", router(**fields)) for i in range(count)]  # type: ignore[arg-type]


def failed(code: str, *at: float, dyno: str = "web.1", **fields: object) -> list[Said]:
    nowhere = code in {"H10", "H11", "H14", "H20", "H34", "H80", "H81", "H82", "H99"}
    values: dict[str, object] = {"status": "503", "size": 0, "service": 30_000}
    if nowhere:
        dyno, values = "", {"status": "503", "size": None, "service": None, "connect": None}
    return [(each, "router", router(code=code, dyno=dyno, **{**values, **fields})) for each in at]  # type: ignore[arg-type]


# H12


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("workers", "modern"), [(1, True), (2, False), (8, True)])
def test_a_crowd_before_quick_paths_is_queueing(workers: int, modern: bool, seed: int) -> None:
    app = App(
        [Route("GET", "/search", 3, 0.9), Route("GET", "/items", 2, 0.4), Route("POST", "/cart", 1, 0.5)],
        rate=0.6 * workers,
        workers=workers,
        seconds=600,
        seed=seed,
        modern=modern,
        crowd=(200, 400, 4),
    )

    found = of(app.lines(), Fact.LOG_H12)

    assert found.values["fault"] == "queueing"
    assert first(app.lines()) == ("request/queueing", "likely", "fail")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("workers", [2, 4])
def test_a_path_of_forty_seconds_is_too_slow_and_named(workers: int, seed: int) -> None:
    app = App(
        [Route("GET", "/", 6, 0.05), Route("GET", "/items", 4, 0.2), Route("POST", "/report", 0.2, 10, 32)],
        rate=0.4,
        workers=workers,
        seconds=1200,
        seed=seed,
    )

    found = of(app.lines(), Fact.LOG_H12)

    assert (found.values["fault"], found.values["sure"]) == ("too-slow", "likely")
    assert found.values["route"] == "POST /report"
    assert "POST /report" in diagnoses([found])[0].title


@pytest.mark.parametrize("seed", range(4))
def test_those_that_wait_behind_a_slow_path_do_not_make_it_a_queue(seed: int) -> None:
    app = App(
        [Route("GET", "/", 6, 0.05), Route("GET", "/items", 4, 0.05), Route("POST", "/train", 0.4, 20, 45)],
        rate=0.25,
        workers=1,
        seconds=900,
        seed=seed,
    )

    found = of(app.lines(), Fact.LOG_H12)

    assert (found.values["fault"], found.values["route"]) == ("too-slow", "POST /train")


def test_one_request_alone_is_slow_by_itself() -> None:
    said = lines(
        [*answers(3, step=20), *failed("H12", 130, path="/predict", method="POST"), *answers(3, 170)]
    )

    assert first(said) == ("request/too-slow", "likely", "fail")


def test_where_the_log_begins_with_it_nobody_knows_what_else_the_dyno_did() -> None:
    assert first(lines(failed("H12", 30))) == ("request/too-slow", "possible", "fail")
    assert "no other request" not in of(lines(failed("H12", 30)), Fact.LOG_H12).text


def test_requests_that_all_time_out_with_nothing_else_are_decided_by_nobody() -> None:
    said = lines(failed("H12", *range(30, 120, 10), path="/predict"))

    assert first(said) == ("request/too-slow", "possible", "fail")
    rivals = {rival.cause for rival in diagnoses(read(said).evidence())[0].rivals}
    assert {"request/queueing", "boot/worker-timeout-loop", "model/fork-deadlock"} <= rivals


def test_right_after_a_launch_the_app_may_still_load() -> None:
    said = lines(
        [
            (0, "web.1", "State changed from starting to up"),
            *failed("H12", 33, 34, 40, path="/predict"),
            *answers(20, 70, path="/predict"),
        ]
    )

    found = of(said, Fact.LOG_H12)

    assert (found.values["fault"], found.values["sure"]) == ("loading", "possible")


def test_a_single_time_out_in_a_small_log_is_what_one_asks_about() -> None:
    said = lines([*answers(400), *failed("H12", 430, path="/report"), *answers(400, 440)])

    assert of(said, Fact.LOG_H12).level is Level.FAIL


def test_a_single_time_out_in_a_sea_of_answers_is_a_warning() -> None:
    traffic = read(lines([*answers(900, step=0.1), *failed("H12", 130, path="/report"), *answers(50, 131)]))
    (before,) = [e for e in traffic.evidence() if e.fact is Fact.LOG_H12]
    traffic.skipped(100_000)
    (after,) = [e for e in traffic.evidence() if e.fact is Fact.LOG_H12]

    assert (before.level, after.level) == (Level.FAIL, Level.WARN)


def test_many_time_outs_in_a_sea_of_answers_are_a_failure() -> None:
    traffic = read(lines([*answers(100), *failed("H12", *range(130, 190)), *answers(50, 191)]))
    traffic.skipped(20_000)

    (found,) = [e for e in traffic.evidence() if e.fact is Fact.LOG_H12]

    assert found.level is Level.FAIL


def test_where_answers_are_left_out_their_absence_proves_nothing() -> None:
    said = lines([*answers(30, path="/items"), *failed("H12", 100, path="/report"), *answers(30, 131)])
    whole, sampled = read(said), Traffic()
    sampled.skipped(0)
    for line in said:
        sampled.read(line)

    sure = [
        next(e.values["sure"] for e in traffic.evidence() if e.fact is Fact.LOG_H12)
        for traffic in (whole, sampled)
    ]

    assert sure == ["likely", "possible"]


def test_a_code_of_the_future_is_counted_and_no_more() -> None:
    unknown = router(code="H12").replace("H12", "H47")

    (found,) = read(lines([*answers(3), (9.0, "router", unknown)])).evidence()

    assert (found.fact, found.values["router_errors"]) == (Fact.ROUTER_TRAFFIC, 1)


def test_the_numbers_stand_in_the_evidence() -> None:
    said = lines(
        [*answers(60, service=100), *failed("H12", 70, 75, path="/a?secret=1", method="POST", connect=3)]
    )

    values = of(said, Fact.LOG_H12).values

    assert (values["dyno"], values["process"], values["count"], values["status"]) == (
        "web.1",
        "web",
        2,
        "503",
    )
    assert (values["number"], values["last"]) == (61, 62)
    assert (values["paths"], values["methods"], values["post_percent"]) == (("POST /a 2",), ("POST 2",), 100)
    assert (values["connect_p50_ms"], values["service_max_ms"], values["requests"]) == (3, 30_000, 62)
    # 60 requests of 0.1 s and 2 of 30 s in 75 s.
    assert values["concurrency"] == pytest.approx((60 * 0.1 + 60) / 75, abs=0.1)


def test_ten_quiet_minutes_and_a_release_end_a_run() -> None:
    hour = [*failed("H12", 30, 40), *failed("H12", 700)]
    deployed = [
        *failed("H12", 30, 40),
        (50, "api", "Release v9 created by user a@example.com"),
        *failed("H12", 60),
    ]

    assert [e.values["count"] for e in read(lines(hour)).evidence() if e.fact is Fact.LOG_H12] == [2, 1]
    assert [e.values["count"] for e in read(lines(deployed)).evidence() if e.fact is Fact.LOG_H12] == [2, 1]


def test_a_release_after_which_all_is_answered_resolves_it() -> None:
    before = [*answers(5), *failed("H12", 40, 50)]
    release = [(60.0, "api", "Release v9 created by user a@example.com")]

    assert of(lines([*before, *release, *answers(30, 70)]), Fact.LOG_H12).values["resolved"] is True
    assert of(lines([*before, *answers(30, 70)]), Fact.LOG_H12).values["resolved"] is None
    assert of(lines([*before, *release, *answers(3, 70)]), Fact.LOG_H12).values["resolved"] is None


# H13, H18


def test_an_h13_beside_a_worker_timeout_is_gunicorns() -> None:
    timeout = "[2026-11-20 14:02:41 +0000] [2] [CRITICAL] WORKER TIMEOUT (pid:9)"
    said = [*answers(5), (40.0, "web.1", timeout), *failed("H13", 40.9, service=20_300)]

    assert first(lines(said)) == ("request/worker-timeout", "certain", "fail")


@pytest.mark.parametrize("seed", range(4))
def test_workers_that_time_out_all_the_time_are_found_by_both_codes(seed: int) -> None:
    app = App(
        [Route("GET", "/", 8, 0.05), Route("POST", "/predict", 1, 30, 1)],
        rate=0.3,
        workers=2,
        seconds=1200,
        seed=seed,
        timeout=20,
    )

    found = diagnoses(read(app.lines()).evidence())

    assert ("request/worker-timeout", "certain") in [(d.cause, d.confidence.value) for d in found]
    assert "request/queueing" not in [d.cause for d in found if d.confidence.value == "certain"]
    assert of(app.lines(), Fact.LOG_H13).values["route"] == "POST /predict"


def test_the_worker_timeout_of_another_dyno_is_no_sign() -> None:
    timeout = "[2026-11-20 14:02:41 +0000] [2] [CRITICAL] WORKER TIMEOUT (pid:9)"
    said = [*answers(5), (40.0, "web.2", timeout), *failed("H13", 40.9, service=300)]

    assert of(lines(said), Fact.LOG_H13).values["fault"] == "undecided"


def race(code: str, method: str = "POST", *, modern: bool = True) -> list[Line]:
    posts = answers(80, step=11, method="POST", path="/graphql", modern=modern)
    gets = answers(20, step=40, modern=modern)
    bad = failed(code, 95, 333, 610, method=method, path="/graphql", service=2, size=567, modern=modern)
    return lines(sorted([*posts, *gets, *bad]))


@pytest.mark.parametrize("code", ["H13", "H18"])
def test_only_post_fails_now_and_then_by_the_keepalive(code: str) -> None:
    assert first(race(code)) == ("request/keepalive-race", "likely", "fail")


@pytest.mark.parametrize("code", ["H13", "H18"])
def test_what_the_router_would_send_again_is_no_race(code: str) -> None:
    assert of(race(code, method="GET"), Fact[f"LOG_{code}"]).values["fault"] != "keepalive-race"


def test_the_legacy_router_keeps_no_connections() -> None:
    assert of(race("H13", modern=False), Fact.LOG_H13).values["fault"] == "undecided"


def test_a_crash_takes_its_requests_with_it() -> None:
    said = race("H13")
    at = next(line for line in said if "code=H13" in line.text).at
    crash = [
        Line(900 + i, (at or 0) + i / 10, "heroku", "web.1", text)
        for i, text in enumerate(["Process exited with status 139", "State changed from up to crashed"])
    ]
    one = [line for line in said if "code=H13" not in line.text or line.at == at]

    assert of([*one, *crash], Fact.LOG_H13).values["fault"] == "crashed"
    assert first([*one, *crash]) is None


def test_a_stream_that_broke_had_sent_its_status() -> None:
    said = [*answers(10), *failed("H18", 40, 80, path="/export.csv", service=900, status="200", size=4000)]

    assert first(lines(said)) == ("request/stream-broken", "likely", "fail")


def test_the_old_h18_of_the_client_is_no_failure() -> None:
    old = router(code="H18", status="503", service=113).replace("sock=backend", "sock=client")

    assert first(lines([*answers(5), (9.0, "router", old)])) == ("request/client-gave-up", "certain", "info")


def test_requests_cut_by_a_deploy_are_normal() -> None:
    stop = [(40.0, "web.1", "Stopping all processes with SIGTERM")]
    said = [
        *answers(5),
        *stop,
        *failed("H13", 41, service=900),
        (42.0, "web.1", "Process exited with status 143"),
    ]

    assert first(lines(said)) == ("shutdown/normal-cycling", "certain", "info")


# The others


def test_h20_with_r10_is_the_apps_part() -> None:
    start = [(0.0, "web.1", "Starting process with command `python app.py`")]
    r10 = [
        (60.0, "web.1", "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds")
    ]

    assert first(lines([*start, *failed("H20", 76)])) == ("platform/slow-start", "likely", "warn")
    assert first(lines([*start, *r10, *failed("H20", 76)])) is None


def test_what_other_processes_do_does_not_matter() -> None:
    start = [(0.0, "web.1", "Starting process with command `gunicorn app:app`")]
    other = [
        (20.0, "run.4711", "Process exited with status 1"),
        (30.0, "worker.1", "Error R10 (Boot timeout) -> …"),
    ]

    assert first(lines([*start, *other, *failed("H20", 76)])) == ("platform/slow-start", "likely", "warn")


@pytest.mark.parametrize(
    ("scaled", "expected"),
    [
        ("Scaled to web@0:Basic worker@1:Basic by user a@example.com", "certain"),
        ("Scaled to web=0 by user a@example.com", "certain"),
        ("Scaled to web@1:Basic worker@0:Basic by user a@example.com", "possible"),
    ],
)
def test_no_web_dyno_is_certain_when_somebody_scaled_it_to_zero(scaled: str, expected: str) -> None:
    said = lines([(0.0, "api", scaled), *failed("H14", 20, 30)])

    assert first(said) == ("formation/scaled-to-zero", expected, "fail")


def test_scaled_up_again_it_is_resolved() -> None:
    scaled = [(0.0, "api", "Scaled to web@0:Basic by user a@example.com")]
    again = [(60.0, "api", "Scaled to web@1:Basic by user a@example.com")]

    assert of(lines([*scaled, *failed("H14", 20), *again, *answers(5, 80)]), Fact.LOG_H14).values["resolved"]


def test_h10_alone_is_a_symptom_without_a_cause() -> None:
    said = lines(failed("H10", 1, 2, 3))

    assert of(said, Fact.LOG_H10).level is Level.FAIL
    assert first(said) is None


def test_answers_of_500_without_a_traceback_are_told() -> None:
    said = lines([*answers(50), *answers(5, 60, status="500", path="/orders")])
    traffic = read(said)
    (found,) = [e for e in traffic.evidence() if e.fact is Fact.ROUTER_TRAFFIC]
    traffic.raised()
    (explained,) = [e for e in traffic.evidence() if e.fact is Fact.ROUTER_TRAFFIC]

    assert (found.level, found.values["fault"], found.where) == (Level.WARN, "errors", "lines 51-55")
    assert diagnoses([found])[0].cause == "request/unhandled-exception"
    assert (explained.level, explained.values["fault"]) == (Level.INFO, None)


def test_healthy_traffic_has_no_diagnosis() -> None:
    said = [
        *answers(300),
        *answers(8, 20, step=7, status="404", path="/wp-login.php"),
        *answers(2, 30, status="503", path="/readyz"),
        *answers(3, 50, service=17_000, path="/report"),
        *answers(1, 60, service=1_806_661, status="101", path="/ws"),
    ]
    traffic = read(lines(sorted(said)))

    assert diagnoses(traffic.evidence()) == []
    assert traffic.served == {"web.1"}


def test_lines_of_others_are_not_read() -> None:
    traffic = Traffic()

    assert not traffic.read(Line(1, 0.0, "app", "web.1", "at=info event=boot seconds=3.2"))
    assert not traffic.read(Line(2, 0.0, "app", "web.1", "hello"))
    assert traffic.read(Line(3, None, "", "", router(code="H12")))
    assert traffic.evidence()[0].fact is Fact.LOG_H12


def test_asked_twice_it_says_the_same() -> None:
    traffic = read(race("H18"))

    assert traffic.evidence() == traffic.evidence()


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(0, 4e9)),
            st.sampled_from(["router", "web.1", "api", ""]),
            st.one_of(
                st.text(max_size=60),
                st.sampled_from(sorted({f"H{n}" for n in range(100)})).map(
                    lambda code: f'at=error code={code} desc="x" method=GET path="/" dyno=web.1'
                ),
                st.sampled_from(
                    ["Process exited with status", "State changed from up to crashed", "Scaled to web@"]
                ),
            ),
        ),
        max_size=40,
    )
)
def test_no_log_raises(said: list[tuple[float | None, str, str]]) -> None:
    traffic = Traffic()
    for number, (at, process, text) in enumerate(said):
        traffic.read(Line(number, at, "heroku", process, text))
    traffic.evidence()


def test_hostile_paths_cost_no_more_than_kind_ones() -> None:
    def seconds(paths: Sequence[str]) -> tuple[float, int]:
        traffic = Traffic()
        began = time.perf_counter()
        for number, path in enumerate(paths):
            at = BEGAN + number * 37
            traffic.read(Line(number, at, "heroku", "router", router(path=path, dyno=f"web.{number}")))
            traffic.read(Line(number, at, "heroku", "router", router(path=path, code="H12", service=30_000)))
        found = traffic.evidence()
        return time.perf_counter() - began, len(found)

    kind, _ = seconds(["/items"] * 5_000)
    hostile, told = seconds([f"/{'ab' * (n % 50)}x{chr(97 + n % 26)}/{n:x}z" for n in range(5_000)])

    assert told < 60
    assert hostile < 12 * kind + 2


# Whole logs


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(log, id=f"{log.parent.name}-{log.stem}")
        for family in ("request", "formation", "platform", "shutdown")
        for log in sorted((FIXTURES / family).glob("*/*.log"))
        if log.stem not in OF_OTHERS
    ],
)
def test_a_whole_log_comes_to_its_cause(log: Path) -> None:
    expected = json.loads(log.with_suffix(".json").read_text())
    traffic = Traffic()
    for number, raw in enumerate(log.read_text().split("\n"), 1):
        for line in entries(number, raw):
            if line.source == "heroku" or line.process == "api" or line.text.startswith("[20"):
                traffic.read(line)

    found = diagnoses(traffic.evidence())

    told = (found[0].cause, found[0].confidence.value, found[0].level.word) if found else (None, None, None)
    assert told == (expected["first"], expected["confidence"], expected["level"])
    assert all("…" not in d.title + d.why and len(d.title) <= 200 for d in found)
