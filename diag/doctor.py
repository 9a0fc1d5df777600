"""The doctor: every check asked once, here and now, and preflight of the folder it stands in."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from checks.evidence import Dyno, Result
from checks.runner import Runner
from checks.suite import DOCTOR
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from diag.progress import Progress
from diag.report import OF_PREFLIGHT, Report


def examine(dyno: Dyno | None = None) -> Report:
    """The report on this dyno, or on `dyno`. Progress goes to standard error."""
    dyno = dyno or Dyno(env=dict(os.environ), root=Path.cwd())
    progress = Progress()
    results = Runner().run(DOCTOR, dyno, lambda check: progress.started(check.name))
    subject = dyno.var("DYNO") or dyno.root.name
    report = _with_project(dyno, results, subject, progress)
    progress.done()
    return report or diagnose(results, CATALOGUE, "doctor", subject)


def _with_project(dyno: Dyno, results: tuple[Result, ...], subject: str, progress: Progress) -> Report | None:
    """The report on the checks and the project's files; None where no project stands."""
    from diag.collect.project.project import collect
    from diag.collect.project.tree import Unreadable, read
    from diag.preflight import finish, is_project

    try:
        # On a dyno the folder is the slug: all that is in it was deployed.
        tree = read(dyno.root, is_slug=dyno.on_heroku)
    except Unreadable:
        return None
    if not is_project(tree):
        return None
    areas = collect(tree, started=progress.started)
    named = tuple(replace(area, name=f"{OF_PREFLIGHT}{area.name}") for area in areas)
    return finish(diagnose((*results, *named), CATALOGUE, "doctor", subject), tree)
