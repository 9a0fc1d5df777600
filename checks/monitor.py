"""Keep one snapshot fresh in the background, so that a health request never waits for anything.

One thread, one question at a time. Questions about the dyno are asked by the leading worker only.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from checks.board import Board
from checks.evidence import Check, Dyno, Evidence, Level, Result
from checks.ledger import Ledger
from checks.runner import Runner

TICK_SECONDS = 1.0
_log = logging.getLogger(__name__)


class Explanation(Protocol):
    """What the layer above makes of evidence; checks know no cause."""

    @property
    def cause(self) -> str:
        """Its id."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The Heroku codes it shows as."""

    @property
    def title(self) -> str:
        """What is wrong, in one sentence."""

    @property
    def fix(self) -> tuple[str, ...]:
        """Steps to paste."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What it explains."""


class Voice:
    """What the layer above does with results. This one keeps silent."""

    def explain(self, results: Sequence[Result]) -> Sequence[Explanation]:  # noqa: ARG002
        """Causes for what the results show, the root cause first."""
        return ()

    def tell(self, results: Sequence[Result]) -> None:
        """The leader's results have changed."""

    def tell_boot(self, boot: Ledger) -> None:
        """The boot of this worker is over, well or badly."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of the dyno at one moment."""

    results: tuple[Result, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    taken: float = 0.0  # Unix time of the last round of questions, 0 before the first is over
    launched: float = 0.0
    ready: bool = False
    phase: str = "starting"  # of the first worker that is not ready
    workers: int = 1

    @property
    def level(self) -> Level:
        """The worst of all results; at least UNKNOWN until the dyno's own questions were asked."""
        unasked = Level.UNKNOWN if not self.taken else Level.OK
        return max([unasked, *(result.level for result in self.results)])

    @property
    def as_of(self) -> float:
        """Unix time of what is known: of the last round of questions, or of the launch."""
        return self.taken or self.launched


class Monitor:
    """The background refresher of one process. `start` it once; it survives a fork."""

    def __init__(
        self,
        dyno: Dyno,
        checks: Sequence[Check],
        voice: Voice | None = None,
        board: Board | None = None,
    ) -> None:
        assert dyno.boot is not None, "a monitor watches a serving process"  # noqa: S101
        self.dyno = dyno
        self.boot: Ledger = dyno.boot
        self.draining: Callable[[], bool] = lambda: False
        self.on_view: Callable[[Snapshot], None] = lambda snapshot: None
        self.asked_at = 0.0
        self._of_worker = tuple(c for c in checks if c.of_worker)
        self._of_dyno = tuple(c for c in checks if not c.of_worker)
        self._order = {check.name: index for index, check in enumerate(checks)}
        self._voice = voice or Voice()
        self.board = board
        self._armed = False
        self.only_in_forks = False
        self._reset()

    def _reset(self) -> None:
        self._stopped = threading.Event()
        self._runner, self._own_runner = Runner(), Runner()
        self._known: dict[str, Result] = {}
        self._asked: dict[str, float] = {}
        self._taken = 0.0
        self._boot_told = ""
        self._last_states: Sequence[Mapping[str, Any]] = ()
        self._view_lock = threading.Lock()

    def start(self) -> None:
        """Start the thread here and in every process forked from here; a second call does nothing.

        `only_in_forks` is for a master that preloads the app and serves nothing itself: a thread
        there could hold a lock at the moment of the fork, and the worker would wait for it for ever.
        """
        if self._armed:
            return
        self._armed = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)
        if not self.only_in_forks:
            self._launch()

    def stop(self) -> None:
        """End the thread after its present question, for good."""
        self._stopped.set()
        self._armed = False

    def _launch(self) -> None:
        self.board = self.board or Board()
        self.boot.on_change = self.refresh_view
        self.refresh_view()
        threading.Thread(target=self._loop, name="health", daemon=True).start()

    def _after_fork(self) -> None:
        """Threads do not survive a fork, locks may be held for ever, and the board is the parent's."""
        if not self._armed:
            return
        if self.board is not None:
            self.board.forget_lock()
            self.board = None
        self._reset()
        self._launch()

    def _loop(self) -> None:
        while not self._stopped.wait(TICK_SECONDS if self._known else 0):
            try:
                self.refresh()
            except Exception:
                _log.exception("the health monitor failed in a round; please report it")

    def refresh(self) -> None:
        """One round: ask what is due, then renew the view."""
        board = self.board
        if board is None:
            return
        if self.asked_at > board.last_question():
            board.note_question()
        if board.leads():
            question = max(self.asked_at, board.last_question())
            due = [check for check in self._of_dyno if self._is_due(check, question)]
            for check in due:
                self._asked[check.name] = time.time()
                for result in self._runner.run((check,), self.dyno):
                    self._known[result.name] = result
                self.refresh_view()
            if due:
                self._taken = time.time()
        self.refresh_view()

    def _is_due(self, check: Check, question: float) -> bool:
        last = self._asked.get(check.name, 0.0)
        age = time.time() - last
        return age >= (check.every if question > last else check.at_least_every) or last == 0.0

    def refresh_view(self) -> None:
        """Renew what requests see, from what is known now; cheap, and safe from any thread.

        It is called in the middle of the app's own boot, so a failure of ours must end here.
        """
        try:
            self._refresh_view()
        except Exception:
            _log.exception("the health monitor failed to renew its view; please report it")

    def _refresh_view(self) -> None:
        board = self.board
        if board is None:
            return
        with self._view_lock:
            own = self._own_runner.run(self._of_worker, self.dyno)
            leads = bool(self._known) and board.leads()
            board.put(self._state(own, leads=leads))
            states = board.states()
            if states == self._last_states:
                return
            self._last_states = states
            snapshot = self._merge(states)
            self.on_view(snapshot)
            ending = "failed" if self.boot.failed else "ready" if self.boot.is_ready else self._boot_told
            is_news, self._boot_told = ending != self._boot_told, ending
        if is_news:
            self._voice.tell_boot(self.boot)
        if leads:
            self._voice.tell(snapshot.results)

    def _state(self, own: Sequence[Result], *, leads: bool) -> Mapping[str, Any]:
        state: dict[str, Any] = {
            "phase": self.boot.phase,
            "ready": self.boot.is_ready,
            "launched": self.boot.launched,
            "worker": [_without_times(r.to_json()) for r in own],
        }
        if leads:
            state["dyno"] = [self._known[c.name].to_json() for c in self._of_dyno if c.name in self._known]
            state["taken"] = self._taken
        return state

    def _merge(self, states: Sequence[Mapping[str, Any]]) -> Snapshot:
        """One view of all workers: the leader's answers, and the worst of each worker's own."""
        leading = max(states, key=lambda state: state.get("taken", 0.0))
        found = {r.name: r for r in map(Result.from_json, leading.get("dyno", ()))}
        for state in states:
            for result in map(Result.from_json, state["worker"]):
                if result.name not in found or result.level > found[result.name].level:
                    found[result.name] = result
        results = tuple(sorted(found.values(), key=lambda r: self._order.get(r.name, 0)))
        waiting = [state for state in states if not state["ready"]]
        return Snapshot(
            results=results,
            explanations=tuple(self._voice.explain(results)),
            taken=leading.get("taken", 0.0),
            launched=min(state["launched"] for state in states),
            ready=not waiting,
            phase=waiting[0]["phase"] if waiting else "ready",
            workers=len(states),
        )


def _without_times(result: dict[str, Any]) -> dict[str, Any]:
    """A worker's own answers cost nothing; how long they took would only make views differ."""
    return {**result, "seconds": 0.0, "evidence": [{**e, "at": None} for e in result["evidence"]]}
