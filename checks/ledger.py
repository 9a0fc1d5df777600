"""The boot ledger: what a process did from its start until it could answer, with times and memory.

The app writes it (``with BOOT.step("download"): …``), checks read it, and nobody has to pass it
around: a process boots once, so there is one, `BOOT`. An app that loads nothing in the background
writes nothing and is ready as soon as its server is.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from checks.evidence import Evidence, Value
from checks.limits import BOOT_SECONDS
from checks.processes import Memory, memory_of, process_age


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the boot. `began` counts from the start of the process, both in seconds.

    Memory is what the process gained during the step, in MB; steps that overlap share it.
    """

    name: str
    began: float
    seconds: float | None = None  # None while it runs
    gained: Memory = field(default_factory=Memory)


class Ledger:
    """A boot in progress. Any thread may write or read it."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.launched = time.time() - process_age()
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()  # a new one: a fork may happen while the old one is held
        self._steps: dict[str, Step] = {}
        self.awaited = False
        self.ready_after: float | None = None
        self.failed: tuple[Evidence, ...] = ()
        self.remarks: tuple[Evidence, ...] = ()
        self.identity: dict[str, Value] = {}

    def _after_fork(self) -> None:
        """A worker forked soon shares its parent's launch; one forked later replaces another."""
        if self.elapsed() > BOOT_SECONDS:
            self.launched = time.time()
        self._reset()

    def elapsed(self) -> float:
        """Seconds since the launch."""
        return max(0.0, time.time() - self.launched)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step: its seconds, and the memory this process gained meanwhile."""
        began, before = self.elapsed(), memory_of("self")
        self._put(Step(name, began))
        try:
            yield
        finally:
            gained = memory_of("self") - before
            self._put(Step(name, began, self.elapsed() - began, gained))

    def record(self, step: Step) -> None:
        """Enter a step that another process has taken for this one."""
        self._put(step)

    def await_ready(self) -> None:
        """Say that requests can't be answered until `ready` is called."""
        self.awaited = True
        self.on_change()

    def ready(self) -> None:
        """The process can answer requests from now on."""
        self.ready_after, self.failed = self.elapsed(), ()
        self.on_change()

    def fail(self, *evidence: Evidence) -> None:
        """The process will not become ready, and this is why."""
        self.failed = evidence
        self.on_change()

    def remark(self, *evidence: Evidence) -> None:
        """What else somebody should know of this boot."""
        self.remarks += evidence
        self.on_change()

    def begin(self) -> None:
        """A try to load begins; what an earlier one remarked is forgotten."""
        self.remarks = ()

    def identify(self, **facts: Value) -> None:
        """What was loaded: source, size, sha256, format, shapes. Never a secret."""
        self.identity.update(facts)
        self.on_change()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in the order they began; the time of a running one counts up to now."""
        with self._lock:
            steps = tuple(self._steps.values())
        now = self.elapsed()
        return tuple(s if s.seconds is not None else replace(s, seconds=now - s.began) for s in steps)

    @property
    def is_ready(self) -> bool:
        """Whether this process may get requests."""
        if self.failed:
            return False
        if self.awaited:
            return self.ready_after is not None
        with self._lock:  # an app that loads nothing is ready when its own import is over
            return all(step.seconds is not None for step in self._steps.values())

    @property
    def phase(self) -> str:
        """``ready``, ``failed``, the step that runs now, or ``starting``."""
        if self.failed:
            return "failed"
        if self.is_ready:
            return "ready"
        with self._lock:
            running = [s.name for s in self._steps.values() if s.seconds is None]
        return running[-1] if running else "starting"

    def finished(self, name: str) -> Step | None:
        """The step of that name, if it is over."""
        with self._lock:
            step = self._steps.get(name)
        return step if step is not None and step.seconds is not None else None

    def _put(self, step: Step) -> None:
        with self._lock:
            self._steps[step.name] = step
        self.on_change()


BOOT = Ledger()

# A forked worker has a boot of its own; the steps its parent took (the bind) stay with the parent.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=BOOT._after_fork)  # noqa: SLF001  same module, one object
