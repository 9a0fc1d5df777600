"""The release phase, as a push shows it after the build."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from diag.collect.logs.build.finding import TEXT
from diag.collect.logs.line import Line
from diag.collect.logs.tracebacks import Raised, Tracebacks

KEPT_WORDS = 4


@dataclass(slots=True)
class Release:
    """How the release command went. `ended` is ``failed``, ``done``, ``untold`` or empty while it runs."""

    number: int
    at: float | None
    ended: str = ""
    last: int = 0
    tracebacks: Tracebacks = field(default_factory=Tracebacks)
    raised: Raised | None = None
    words: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_WORDS))

    def read(self, line: Line) -> None:
        """A line between the start of the command and its end."""
        text = line.text.strip()
        self.last = line.number
        if text.startswith("Waiting for release"):
            if text.endswith(("failed.", "failed")):
                self._close("failed")
            elif text.endswith(("done.", "done")):
                self._close("done")
        elif "Release command failed" in text or text.startswith("Error: release command failed"):
            self._close("failed")
        elif text.startswith("To https://git.heroku.com"):
            self._close("untold")
        elif text:
            if self.tracebacks.read(line._replace(source="", process="release.push")):
                for raised in self.tracebacks.finished():
                    self.raised = raised
            self.words.append(text[:TEXT])

    def _close(self, ended: str) -> None:
        self.ended = ended
        for raised in self.tracebacks.flush():
            self.raised = raised
