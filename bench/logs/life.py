"""What all made-up logs share: a clock, chance, and the lines of a platform."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

BEGAN = 1795183331.0  # 2026-11-20T14:02:11Z

Event = Callable[[], Iterator[str]]


class Life:
    """A clock that goes on from event to event. `line` is one line of `heroku logs`, of this moment."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = BEGAN
        self._due: list[tuple[float, int, Event]] = []
        self._count = 0
        self._second = -1
        self._stamp = ""

    def line(self, source: str, process: str, text: str) -> str:
        """With its newline."""
        self.now += self.chance.random() * 0.002  # no two lines have the same stamp
        return f"{self.stamp()} {source}[{process}]: {text}\n"

    def stamp(self) -> str:
        """Now, as Logplex writes it."""
        second = int(self.now)
        if second != self._second:
            self._second = second
            self._stamp = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._stamp}.{int((self.now - second) * 1e6):06d}+00:00"

    def clock(self, form: str) -> str:
        """Now, as a server of the app writes it."""
        return datetime.fromtimestamp(self.now, UTC).strftime(form)

    def at(self, when: float, event: Event) -> None:
        """Have an event at a time."""
        self._count += 1
        heapq.heappush(self._due, (when, self._count, event))

    def every(self, seconds: float, event: Event, first: float = 0.0) -> None:
        """Have an event again and again, the first time `first` seconds from now."""

        def again() -> Iterator[str]:
            self.at(self.now + seconds, again)
            yield from event()

        self.at(self.now + first, again)

    def pass_time(self, seconds: float) -> Iterator[str]:
        """Let time go by, with all that is due meanwhile."""
        until = self.now + seconds
        while self._due and self._due[0][0] <= until:
            when, _, event = heapq.heappop(self._due)
            self.now = max(self.now, when)
            yield from event()
        self.now = max(self.now, until)

    def uuid(self) -> str:
        """A request id."""
        digits = f"{self.chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def address(self) -> str:
        """A client's address, of the ranges kept for documentation."""
        bits = self.chance.getrandbits(10)
        return f"{('203.0.113', '198.51.100', '192.0.2')[bits % 3]}.{bits >> 2}"
