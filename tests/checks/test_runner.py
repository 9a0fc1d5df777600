"""The runner: whatever a check does, the others are asked and the report stands."""

from __future__ import annotations

import errno
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from checks.evidence import Check, Dyno, Evidence, Level, Result, Value
from checks.facts import Fact
from checks.runner import Runner

DYNO = Dyno(env={}, root=Path(), clock=lambda: 1_700_000_000.0)
GOOD = Evidence(Fact.PORT_LISTENER, Level.OK, "The port is bound.", at=1_600_000_000.0)
FAILED = Evidence(Fact.S3_CREDENTIALS, Level.FAIL, "No credentials.")

Ask = Callable[[Dyno], Any]


def check(name: str, ask: Ask, *needs: str, deadline: float = 5.0) -> Check:
    return Check(name, ask, deadline, needs)


def good(dyno: Dyno) -> list[Evidence]:  # noqa: ARG001
    return [GOOD]


def raises(error: BaseException) -> Ask:
    def ask(dyno: Dyno) -> NoReturn:  # noqa: ARG001
        raise error

    return ask


def raises_midway(dyno: Dyno) -> Iterator[Evidence]:  # noqa: ARG001
    yield GOOD
    raise OSError("in the middle")


def leaves(dyno: Dyno) -> NoReturn:  # noqa: ARG001
    sys.exit(0)


def endless(dyno: Dyno) -> Iterator[Evidence]:  # noqa: ARG001
    for number in count():
        yield Evidence(Fact.PORT_LISTENER, Level.OK, f"{number}")


def of_values(**values: Any) -> Ask:
    return lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x", values=values)]


def run(*checks: Check) -> dict[str, Result]:
    return {result.name: result for result in Runner().run(checks, DYNO)}


def fault_of(result: Result) -> object:
    (evidence,) = result.evidence
    assert evidence.fact is Fact.CHECK_RUN
    assert evidence.level is Level.UNKNOWN
    assert evidence.values["check"] == result.name
    return evidence.values["fault"]


@pytest.mark.parametrize(
    ("ask", "fault"),
    [
        (raises(ValueError("the password is hunter2hunter2")), "raise"),
        (raises(SystemExit(3)), "raise"),
        (raises(KeyboardInterrupt()), "raise"),
        (raises(RecursionError()), "raise"),
        (raises(MemoryError()), "raise"),
        (raises(BaseExceptionGroup("several", [OSError()])), "raise"),
        (raises_midway, "raise"),
        (leaves, "raise"),
        (lambda dyno: None, "raise"),  # nothing to iterate over
        (lambda: [GOOD], "raise"),  # takes no dyno
        (lambda dyno: 42, "raise"),
        (lambda dyno: "port ok", "nonsense"),
        (lambda dyno: [True], "nonsense"),
        (lambda dyno: [{"fact": "port-listener", "level": "ok"}], "nonsense"),
        (lambda dyno: [GOOD, None], "nonsense"),
        (lambda dyno: [Evidence(cast("Fact", "port-listener"), Level.OK, "x")], "nonsense"),
        (lambda dyno: [Evidence(Fact.PORT_LISTENER, cast("Level", 4), "x")], "nonsense"),
        (lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, cast("str", b"x"))], "nonsense"),
        (lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x", cast("str", 7))], "nonsense"),
        (lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x", at=math.nan)], "nonsense"),
        (lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x", at=1e300)], "nonsense"),
        (lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x", at=cast("float", "now"))], "nonsense"),
        (
            lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x", values=cast("dict[str, Value]", None))],
            "nonsense",
        ),
        (
            lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x", values=cast("dict[str, Value]", [1]))],
            "nonsense",
        ),
        (
            lambda dyno: [
                Evidence(Fact.PORT_LISTENER, Level.OK, "x", values=cast("dict[str, Value]", {1: 2}))
            ],
            "nonsense",
        ),
        (of_values(n=math.nan), "nonsense"),
        (of_values(n=math.inf), "nonsense"),
        (of_values(n=1j), "nonsense"),
        (of_values(n=[1, 2]), "nonsense"),
        (of_values(n={"a": 1}), "nonsense"),
        (of_values(n=("a", 1)), "nonsense"),
        (of_values(n=object()), "nonsense"),
        (endless, "nonsense"),
        (lambda dyno: [GOOD] * 100_000, "nonsense"),
        (lambda dyno: [Evidence(Fact.PORT_LISTENER, Level.OK, "x" * 1_000_000)], "nonsense"),
    ],
)
def test_a_broken_check_becomes_one_unknown_and_the_others_are_asked(ask: Ask, fault: str) -> None:
    results = run(check("before", good), check("broken", ask), check("after", good))

    assert fault_of(results["broken"]) == fault
    assert results["broken"].level is Level.UNKNOWN
    assert results["before"].evidence == results["after"].evidence == (GOOD,)
    for result in results.values():
        assert json.loads(json.dumps(result.to_json(), allow_nan=False))["name"] == result.name


def test_what_a_broken_check_says_is_not_quoted_for_it_may_hold_a_secret() -> None:
    result = run(check("broken", raises(ValueError("hunter2hunter2"))))["broken"]

    assert "hunter2hunter2" not in json.dumps(result.to_json())
    assert "ValueError" in result.evidence[0].text


@pytest.mark.parametrize(
    "error", [BlockingIOError(errno.EAGAIN, "again"), RuntimeError("can't start new thread")]
)
def test_a_check_that_meets_the_limit_of_processes_is_told_from_one_that_is_defective(
    error: Exception,
) -> None:
    result = run(check("s3", raises(error)))["s3"]

    assert fault_of(result) == "no-thread"
    assert "report it" not in result.evidence[0].text


def test_an_empty_answer_is_good_news() -> None:
    result = run(check("quiet", lambda dyno: []))["quiet"]

    assert result.level is Level.OK
    assert result.evidence == ()


def test_evidence_without_a_time_gets_the_dynos_time_and_other_evidence_keeps_its_own() -> None:
    undated = Evidence(Fact.PORT_LISTENER, Level.OK, "x")

    result = run(check("port", lambda dyno: [undated, GOOD]))["port"]

    assert [e.at for e in result.evidence] == [1_700_000_000.0, 1_600_000_000.0]


def test_the_order_of_the_results_is_the_order_of_the_checks_and_each_start_is_told() -> None:
    told: list[str] = []
    checks = [check(name, good) for name in "cab"]

    results = Runner().run(checks, DYNO, lambda each: told.append(each.name))

    assert [result.name for result in results] == told == ["c", "a", "b"]


class Gate:
    """A question that hangs until the gate opens, and counts how often it is asked."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked = 0

    def ask(self, dyno: Dyno) -> list[Evidence]:  # noqa: ARG002
        self.asked += 1
        self.open.wait(30)
        return [GOOD]


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


def test_a_check_that_hangs_is_unknown_after_its_deadline_and_the_others_are_asked(gate: Gate) -> None:
    began = time.monotonic()

    results = run(check("before", good), check("stuck", gate.ask, deadline=0.2), check("after", good))

    assert 0.2 <= time.monotonic() - began < 1.0
    assert fault_of(results["stuck"]) == "hang"
    assert results["stuck"].seconds >= 0.2
    assert results["after"].evidence == (GOOD,)


def test_a_check_that_hangs_in_the_middle_of_its_answer_is_unknown(gate: Gate) -> None:
    def ask(dyno: Dyno) -> Iterator[Evidence]:
        yield GOOD
        gate.ask(dyno)

    assert fault_of(run(check("stuck", ask, deadline=0.1))["stuck"]) == "hang"


def test_deadlines_hold_in_any_thread_not_only_the_main_one(gate: Gate) -> None:
    found: list[Result] = []
    thread = threading.Thread(
        target=lambda: found.extend(run(check("stuck", gate.ask, deadline=0.1)).values())
    )

    thread.start()
    thread.join(5)

    assert [fault_of(result) for result in found] == ["hang"]


def test_fifty_rounds_of_a_hanging_check_hold_one_thread_and_ask_once(gate: Gate) -> None:
    runner, checks = Runner(), [check("fifty", gate.ask, deadline=0.01), check("port", good)]

    for _ in range(50):
        stuck, port = runner.run(checks, DYNO)
        assert fault_of(stuck) == "hang"
        assert port.evidence == (GOOD,)

    assert gate.asked == 1
    assert [t.name for t in threading.enumerate()].count("check-fifty") == 1


def test_a_check_that_hung_is_asked_again_when_it_has_come_back(gate: Gate) -> None:
    runner, checks = Runner(), [check("slow", gate.ask, deadline=0.05)]
    runner.run(checks, DYNO)

    gate.open.set()
    end = time.monotonic() + 5
    result = runner.run(checks, DYNO)[0]
    while result.level is Level.UNKNOWN and time.monotonic() < end:
        result = runner.run(checks, DYNO)[0]

    assert result.evidence == (GOOD,)


def test_when_no_thread_can_be_started_the_check_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> NoReturn:  # noqa: ARG001
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    result = run(check("port", good))["port"]

    assert fault_of(result) == "no-thread"


def test_a_missing_prerequisite_is_one_finding_and_not_five_reds() -> None:
    results = run(
        check("s3", lambda dyno: [FAILED]),
        check("download", raises(AssertionError()), "s3"),
        check("load", raises(AssertionError()), "download"),
        check("warm", raises(AssertionError()), "load"),
        check("canary", raises(AssertionError()), "warm"),
        check("port", good),
    )

    evidence = [e for result in results.values() for e in result.evidence if e.level > Level.OK]
    assert [(e.fact, e.text) for e in evidence] == [(FAILED.fact, FAILED.text)]
    assert results["download"].skipped_because == "s3"
    assert results["load"].skipped_because == "download"
    assert results["canary"].level is Level.UNKNOWN
    assert results["port"].skipped_because is None


def test_a_warning_or_an_unknown_before_does_not_keep_a_check_from_being_asked() -> None:
    warned = Evidence(Fact.S3_OBJECT, Level.WARN, "The next restart will fail.")

    results = run(
        check("s3", lambda dyno: [warned]),
        check("broken", raises(OSError())),
        check("load", good, "s3", "broken", "not-in-this-suite"),
    )

    assert results["load"].evidence == (GOOD,)


def test_a_skipped_check_is_not_announced_as_started() -> None:
    told: list[str] = []
    checks = [check("s3", lambda dyno: [FAILED]), check("load", good, "s3")]

    Runner().run(checks, DYNO, lambda each: told.append(each.name))

    assert told == ["s3"]
