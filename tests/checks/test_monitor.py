"""The background refresher: one thread, one question at a time, one leader a dyno."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from checks.board import Board
from checks.evidence import Check, Dyno, Evidence, Level, Result
from checks.facts import Fact
from checks.ledger import Ledger
from checks.monitor import Monitor, Snapshot, Voice

Watched = tuple[Monitor, list[Snapshot]]
Watch = Callable[..., Watched]
OK = Evidence(Fact.MEMORY_RSS, Level.OK, "fine")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made: list[Monitor] = []

    def start(*checks: Check, voice: Voice | None = None, boot: Ledger | None = None) -> Watched:
        dyno = Dyno(env={}, root=tmp_path, boot=boot or Ledger())
        monitor = Monitor(dyno, checks, voice, Board(tmp_path))
        seen: list[Snapshot] = []
        monitor.on_view = seen.append
        made.append(monitor)
        monitor.start()
        return monitor, seen

    yield start
    for monitor in made:
        monitor.stop()


def wait(holds: Callable[[], object], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_hung_check_delays_no_view_and_piles_up_no_threads(watch: Watch) -> None:
    gate = threading.Event()
    asked: list[float] = []

    def hang(_: Dyno) -> list[Evidence]:
        asked.append(time.monotonic())
        gate.wait(60)
        return []

    boot = Ledger()
    boot.await_ready()
    hung = Check("s3", hang, deadline=0.2, every=0.1, at_least_every=0.1)
    other = Check("memory", lambda _: [OK], deadline=1, every=0.1, at_least_every=0.1)
    _, seen = watch(hung, other, boot=boot)
    before = threading.active_count()
    wait(lambda: seen and len(seen[-1].results) == 2)
    assert {r.name: r.level for r in seen[-1].results} == {"s3": Level.UNKNOWN, "memory": Level.OK}
    began = time.monotonic()
    boot.ready()
    assert seen[-1].ready, "readiness is seen at once, whatever a check does"
    assert time.monotonic() - began < 0.5
    wait(lambda: time.monotonic() - began > 2.5)
    assert len(asked) == 1
    assert threading.active_count() <= before + 1
    gate.set()


def test_questions_are_rare_while_nobody_asks_and_fresh_when_somebody_does(
    watch: Watch,
) -> None:
    asked: list[float] = []

    def count(_: Dyno) -> list[Evidence]:
        asked.append(time.monotonic())
        return [OK]

    monitor, seen = watch(Check("s3", count, 1, every=0.5, at_least_every=60))
    wait(lambda: seen and seen[-1].results)
    time.sleep(2.2)
    assert len(asked) == 1
    monitor.asked_at = time.time()
    wait(lambda: len(asked) == 2)
    time.sleep(2.2)
    assert len(asked) == 2, "one answer for one question"


def test_a_voice_that_raises_hurts_neither_the_boot_nor_the_view(
    watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    class Raises(Voice):
        def tell(self, results: Sequence[Result]) -> None:  # noqa: ARG002
            raise RuntimeError("a full pipe")

    boot = Ledger()
    _, seen = watch(Check("memory", lambda _: [OK], 1), voice=Raises(), boot=boot)
    wait(lambda: seen and seen[-1].results)
    with boot.step("download"):
        pass
    boot.ready()
    assert seen[-1].ready
    assert "please report it" in caplog.text


def test_each_end_of_the_boot_is_told_once(watch: Watch) -> None:
    told: list[str] = []

    class Listens(Voice):
        def tell_boot(self, boot: Ledger) -> None:
            told.append(boot.phase)

    boot = Ledger()
    boot.await_ready()
    watch(Check("memory", lambda _: [OK], 1), voice=Listens(), boot=boot)
    with boot.step("load"):
        assert told == []
    boot.fail(Evidence(Fact.MODEL_LOAD, Level.FAIL, "broken"))
    with boot.step("load"):
        assert told == ["failed"]
    boot.ready()
    assert told == ["failed", "ready"], "a source that came back is worth a line"
