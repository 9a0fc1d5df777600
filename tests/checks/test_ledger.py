"""The boot ledger: times, memory, readiness, and what a fork makes of it."""

from __future__ import annotations

import json
import mmap
import subprocess
import sys
import threading
import time

import pytest

from checks.evidence import Evidence, Level
from checks.facts import Fact
from checks.ledger import Ledger, Step
from checks.limits import MB
from tests.servers import PLAIN_ENV

BROKEN = Evidence(Fact.MODEL_LOAD, Level.FAIL, "The model is no model.")


def test_an_app_that_writes_nothing_is_ready() -> None:
    ledger = Ledger()

    assert ledger.is_ready
    assert ledger.phase == "ready"
    assert ledger.ready_after is None


def test_an_app_that_is_being_imported_is_not_ready_and_the_phase_says_so() -> None:
    ledger = Ledger()

    with ledger.step("app-import"):
        assert not ledger.is_ready
        assert ledger.phase == "app-import"
    assert ledger.is_ready


def test_an_app_that_loads_in_the_background_is_ready_when_it_says_so() -> None:
    ledger = Ledger()

    ledger.await_ready()
    assert (ledger.is_ready, ledger.phase) == (False, "starting")
    with ledger.step("download"):
        assert (ledger.is_ready, ledger.phase) == (False, "download")
    assert (ledger.is_ready, ledger.phase) == (False, "starting")
    ledger.ready()

    assert (ledger.is_ready, ledger.phase) == (True, "ready")
    assert ledger.ready_after == pytest.approx(ledger.elapsed(), abs=1)


@pytest.mark.parametrize("awaited", [True, False])
def test_a_boot_that_has_failed_is_not_ready_and_keeps_why(awaited: bool) -> None:
    ledger = Ledger()
    if awaited:
        ledger.await_ready()

    ledger.fail(BROKEN)

    assert (ledger.is_ready, ledger.phase) == (False, "failed")
    assert ledger.failed == (BROKEN,)


def test_a_second_attempt_that_works_makes_a_failed_boot_ready() -> None:
    ledger = Ledger()
    ledger.await_ready()
    ledger.fail(BROKEN)

    ledger.ready()

    assert (ledger.is_ready, ledger.phase, ledger.failed) == (True, "ready", ())


def test_a_step_knows_its_seconds_and_the_anonymous_memory_gained() -> None:
    ledger = Ledger()

    with ledger.step("load"):
        block = mmap.mmap(-1, 40 * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        block.write(b"x" * (40 * MB))
        time.sleep(0.1)

    step = ledger.finished("load")
    block.close()
    assert step is not None
    assert step.seconds is not None
    assert 0.1 <= step.seconds < 2
    assert 38 <= step.gained.anonymous <= 90  # a copy of the block lives for a moment
    assert step.gained.file < 10


def test_a_step_that_raises_is_over_and_the_exception_goes_on() -> None:
    ledger = Ledger()

    with pytest.raises(OSError, match="gone"), ledger.step("download"):
        raise OSError("gone")

    assert ledger.finished("download") is not None


def test_a_running_step_counts_up_and_is_not_finished() -> None:
    ledger = Ledger()

    with ledger.step("load"):
        assert ledger.finished("load") is None
        (first,) = ledger.steps
        time.sleep(0.05)
        (second,) = ledger.steps

    assert first.seconds is not None
    assert second.seconds is not None
    assert second.seconds >= first.seconds + 0.05
    assert ledger.finished("no such step") is None


def test_steps_stand_in_the_order_they_began_also_from_several_threads() -> None:
    ledger, inner = Ledger(), threading.Event()

    def load() -> None:
        with ledger.step("load"):
            inner.set()

    with ledger.step("download"):
        thread = threading.Thread(target=load)
        thread.start()
        assert inner.wait(5)
        thread.join()
    ledger.record(Step("bind", 0.0, 0.2))

    assert [step.name for step in ledger.steps] == ["download", "load", "bind"]


def test_every_change_is_told() -> None:
    ledger, told = Ledger(), list[str]()
    ledger.on_change = lambda: told.append(ledger.phase)

    ledger.await_ready()
    with ledger.step("load"):
        pass
    ledger.identify(source="s3://b/k")
    ledger.ready()
    ledger.fail(BROKEN)

    assert told == ["starting", "load", "starting", "starting", "ready", "failed"]
    assert ledger.identity == {"source": "s3://b/k"}


def test_the_time_counts_from_the_start_of_the_process_and_not_of_the_import() -> None:
    code = "import time; time.sleep(0.4)\nfrom checks.ledger import BOOT; print(BOOT.elapsed())"

    done = subprocess.run(
        [sys.executable, "-c", code], env=PLAIN_ENV, capture_output=True, text=True, check=True
    )

    assert 0.4 <= float(done.stdout) < 3


FORKS = """
import json, os, sys, time
from checks.evidence import Evidence, Level
from checks.facts import Fact
from checks.ledger import BOOT, Step
BOOT.record(Step("bind", 0.0, 0.1))
BOOT.identify(source="s3://b/k")
BOOT.fail(Evidence(Fact.MODEL_LOAD, Level.FAIL, "x"))
BOOT.await_ready()
BOOT.launched -= float(sys.argv[1])
BOOT._lock.acquire()  # as another thread may at the moment of the fork
if os.fork() == 0:
    with BOOT.step("load"):
        pass
    told = {"steps": [s.name for s in BOOT.steps], "failed": list(BOOT.failed), "identity": BOOT.identity,
            "ready": BOOT.is_ready, "elapsed": BOOT.elapsed()}
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)
os.wait()
"""


def forked(seconds_before: float) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(seconds_before)],
        env=PLAIN_ENV,
        capture_output=True,
        timeout=20,
        check=True,
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_a_forked_worker_has_a_fresh_ledger_even_if_the_old_one_was_locked() -> None:
    told = forked(0)

    assert told["steps"] == ["load"]
    assert told["failed"] == []
    assert told["identity"] == {}
    assert told["ready"] is True


@pytest.mark.parametrize(("before", "at_least", "below"), [(30, 30, 40), (3600, 0, 10)])
def test_a_worker_of_the_boot_shares_its_launch_and_one_that_replaces_another_has_its_own(
    before: float, at_least: float, below: float
) -> None:
    elapsed = forked(before)["elapsed"]

    assert isinstance(elapsed, float)
    assert at_least <= elapsed < below
