"""The reader of build output that a log is given to."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.evidence import Evidence
from diag.collect.logs.build import bare
from diag.collect.logs.line import Line

if TYPE_CHECKING:
    from diag.collect.logs.build.builds import Builds

KEPT_BEFORE = 40  # lines
# What git says of the files of a commit and of what is staged.
_COMMITTED = re.compile(
    r"\s*(?:create mode \d{6}|rename \S{1,200} =>|new file:|modified:|A |M ) *"
    r"(?P<file>\S{0,100}[Pp]rocfile[\w.-]{0,20})(?: \(\d+%\))?$"
)


class Build:
    """Reads build output; `evidence` may be asked at any time.

    All that knows the texts of builds is loaded with the first line of one: most logs have none.
    """

    def __init__(self) -> None:
        self._builds: Builds | None = None
        self._committed = ""  # the file of a commit before it that is called nearly Procfile, or that
        self._before: deque[Line] = deque(maxlen=KEPT_BEFORE)

    def read(self, line: Line) -> bool:
        """One line. Whether it is build output."""
        if self._builds is None:
            if line.source != "build" and not bare.begins(bare.plain(line.text[:2_000])):
                self._keep(line)
                return False
            from diag.collect.logs.build.builds import Builds

            self._builds = Builds(self._before)
        if self._builds.read(line):
            return True
        self._keep(line)
        return False

    def _keep(self, line: Line) -> None:
        """An excerpt may begin in the middle: what it is shows only at the first mark."""
        if not line.source:
            self._before.append(line)
            if "rocfile" in line.text and (match := _COMMITTED.match(line.text[:300])):
                self._committed = match["file"]

    def evidence(self) -> list[Evidence]:
        """What each build came to, in their order; one that a later build mended is resolved."""
        if self._builds is None:
            return []
        found = self._builds.evidence()
        return [self._named(each) for each in found] if self._committed else found

    def _named(self, evidence: Evidence) -> Evidence:
        """A build without a Procfile, of a commit that has a file which means to be one."""
        if evidence.values.get("fault") != "procfile-none" or self._committed == "Procfile":
            return evidence
        values = {**evidence.values, "fault": "procfile-misnamed", "file": self._committed}
        return replace(evidence, values=values)
