"""Run checks: each with a deadline that works in any thread, each unable to hurt the others.

A check that raises, hangs or returns nonsense becomes one UNKNOWN. A hung thread can't be ended in
Python, so it is left behind, counted, and its check is not started again until it returns: never
more than one thread a check.
"""

from __future__ import annotations

import errno
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from checks.evidence import Check, Dyno, Evidence, Level, Result
from checks.facts import Fact

MOST_EVIDENCE = 200  # more than that from one check is nonsense
MOST_TEXT = 10_000  # characters of one sentence
YEAR_9999 = 253_370_764_800  # seconds; the calendar ends soon after


class Runner:
    """Runs checks one after another; remembers those that hang."""

    def __init__(self) -> None:
        self._hanging: dict[str, threading.Thread] = {}

    def run(
        self,
        checks: Iterable[Check],
        dyno: Dyno,
        started: Callable[[Check], None] = lambda check: None,
    ) -> tuple[Result, ...]:
        """A result for each check, in order; `started` is told before each one."""
        results: dict[str, Result] = {}
        for check in checks:
            broken = next((n for n in check.needs if _failed(results.get(n))), None)
            if broken is not None:
                results[check.name] = Result(check.name, (), 0.0, check.needs, broken)
                continue
            started(check)
            results[check.name] = self._one(check, dyno)
        return tuple(results.values())

    def _one(self, check: Check, dyno: Dyno) -> Result:
        began = time.monotonic()
        old = self._hanging.get(check.name)
        if old is not None and old.is_alive():
            return _unknown(check, f"{check.name} still hangs from an earlier run.", "hang", 0.0)
        answer: list[tuple[Evidence, ...] | BaseException] = []

        def ask() -> None:
            try:
                answer.append(tuple(islice(check.ask(dyno), MOST_EVIDENCE + 1)))
            except BaseException as error:  # SystemExit of a library must not end the service
                answer.append(error)

        thread = threading.Thread(target=ask, name=f"check-{check.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # "can't start new thread": the dyno's limit
            return _unknown(check, f"{check.name} could not start: {error}.", "no-thread", 0.0)
        thread.join(check.deadline)
        seconds = time.monotonic() - began
        if not answer:
            self._hanging[check.name] = thread
            text = f"{check.name} gave no answer within {check.deadline:g} s."
            return _unknown(check, text, "hang", seconds)
        self._hanging.pop(check.name, None)
        return _result(check, answer[0], seconds, dyno)


def _result(check: Check, answer: tuple[Evidence, ...] | BaseException, seconds: float, dyno: Dyno) -> Result:
    if _is_thread_limit(answer):
        text = f"{check.name} could not start what it needs: no more processes or threads."
        return _unknown(check, text, "no-thread", seconds)
    if isinstance(answer, BaseException):
        # The message may quote anything, so only its kind is shown.
        text = f"{check.name} itself broke with {type(answer).__name__}: please report it."
        return _unknown(check, text, "raise", seconds)
    if not _makes_sense(answer):
        return _unknown(check, f"{check.name} answered nonsense: please report it.", "nonsense", seconds)
    now = dyno.clock()
    dated = tuple(e if e.at is not None else replace(e, at=now) for e in answer)
    return Result(check.name, dated, seconds, check.needs)


def _failed(result: Result | None) -> bool:
    return result is not None and (result.skipped_because is not None or result.level is Level.FAIL)


def _unknown(check: Check, text: str, fault: str, seconds: float) -> Result:
    evidence = Evidence(Fact.CHECK_RUN, Level.UNKNOWN, text, values={"check": check.name, "fault": fault})
    return Result(check.name, (evidence,), seconds, check.needs)


def _is_thread_limit(answer: object) -> bool:
    """The dyno's limit of processes and threads, met inside a check: no defect of the check."""
    if isinstance(answer, BlockingIOError):  # fork() says EAGAIN
        return answer.errno == errno.EAGAIN
    return isinstance(answer, RuntimeError) and "can't start new thread" in str(answer)


def _makes_sense(answer: Sequence[object]) -> bool:
    """Evidence throughout, not too much of it, and fit to be printed as JSON."""
    return len(answer) <= MOST_EVIDENCE and all(map(_is_evidence, answer))


def _is_evidence(each: object) -> bool:
    return (
        isinstance(each, Evidence)
        and isinstance(each.fact, Fact)
        and isinstance(each.level, Level)
        and isinstance(each.text, str)
        and isinstance(each.where, str)
        and len(each.text) + len(each.where) <= MOST_TEXT
        and (each.at is None or (_is_number(each.at) and 0 <= each.at < YEAR_9999))
        and isinstance(each.values, Mapping)
        and all(isinstance(name, str) and _is_value(value) for name, value in each.values.items())
    )


def _is_value(value: object) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(each, str) for each in value)
    return value is None or isinstance(value, str) or _is_number(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
