"""Which causes can be mended, by what, and all edits of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from checks.evidence import Evidence
from diag.cause import Confidence
from diag.collect.project.tree import Tree
from diag.fixes import commands, files, requirements, source
from diag.fixes.desk import Desk, NotSure
from diag.fixes.edit import Fixes
from diag.report import Report

# A fixer looks at the file for itself, and does nothing where it does not find what it knows to mend.
Fixer = Callable[[Desk, str, Evidence], None]
FIXERS: Mapping[str, tuple[Fixer, ...]] = {
    "build/requirements-unreadable": (files.plain_text,),
    "build/venv-committed": (files.keep_out_of_git,),
    "config/database-url-scheme": (source.database_scheme,),
    "config/debug-on": (source.debug_off,),
    "config/secret-committed": (files.keep_out_of_git,),
    "dependency/gpu-build": (requirements.cpu_build,),
    "dependency/server-missing": (requirements.require_server,),
    "dependency/shared-library-missing": (requirements.without_display,),
    "model/fork-deadlock": (commands.no_preload, source.gunicorn_setting),
    "port/bound-to-localhost": (commands.listen_everywhere, source.listen_everywhere),
    "port/env-invalid": (commands.listen_everywhere,),
    "port/hardcoded": (commands.listen_everywhere, source.listen_everywhere),
    "procfile/bad-encoding": (files.plain_text,),
    "procfile/line-ignored": (files.blank_after_colon,),
    "procfile/misnamed": (files.rename_procfile,),
    "python/runtime-txt-deprecated": (files.runtime_txt,),
    "python/version-file-invalid": (files.python_version,),
    "request/keepalive-race": (commands.keep_alive, source.gunicorn_setting),
    "shutdown/exit-timeout": (commands.graceful_timeout, source.gunicorn_setting),
}


def fixes_for(report: Report, tree: Tree) -> Fixes:
    """The edits that mend what can be mended mechanically, one for each file; nothing is written.

    What is only possible is not mended, nor what the project silences.
    """
    desk = Desk(tree)
    for diagnosis in report.diagnoses:
        if diagnosis.confidence is Confidence.POSSIBLE:
            continue
        for evidence in diagnosis.evidence:
            if not evidence.fact.value.startswith("project-"):
                continue
            for fixer in FIXERS.get(diagnosis.cause, ()):
                with suppress(NotSure):
                    fixer(desk, diagnosis.cause, evidence)
    return desk.finish()
