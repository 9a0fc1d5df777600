"""The doctor: every check asked once, here and now, and the report on them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from checks.evidence import Check, Dyno
from checks.runner import Runner
from checks.suite import DOCTOR
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from diag.report import Report


def examine(dyno: Dyno | None = None) -> Report:
    """The report on this dyno, or on `dyno`. Progress goes to standard error."""
    dyno = dyno or Dyno(env=dict(os.environ), root=Path.cwd())
    progress = _Progress()
    results = Runner().run(DOCTOR, dyno, progress.started)
    progress.done()
    subject = dyno.var("DYNO") or dyno.root.name
    return diagnose(results, CATALOGUE, "doctor", subject)


class _Progress:
    """One line that names the check that runs, on a terminal only."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def started(self, check: Check) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[Kasking {check.name} …")
            sys.stderr.flush()

    def done(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
