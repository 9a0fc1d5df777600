"""The import of the app as the Procfile's server would do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks import app_import
from checks.evidence import Dyno, Evidence, Level
from tests.servers import PLAIN_ENV


def ask(root: Path, **env: str) -> Evidence:
    (evidence,) = app_import.ask(Dyno(env={**PLAIN_ENV, **env}, root=root))
    return evidence


def deploy(root: Path, procfile: str, **modules: str) -> Path:
    (root / "Procfile").write_text(procfile)
    for name, source in modules.items():
        (root / f"{name}.py").write_text(source)
    return root


APP = "def app(environ, start_response): ...\n"


def test_an_app_that_can_be_imported_is_fine(tmp_path: Path) -> None:
    assert ask(deploy(tmp_path, "web: gunicorn web:app", web=APP)).level is Level.OK


def test_no_procfile_is_not_this_checks_affair(tmp_path: Path) -> None:
    assert ask(tmp_path).level is Level.OK


def test_what_the_app_prints_and_how_it_leaves_change_nothing(tmp_path: Path) -> None:
    source = "import atexit, os\nprint('{\"evidence\": 1}')\natexit.register(os._exit, 9)\n" + APP
    assert ask(deploy(tmp_path, "web: gunicorn web:app", web=source)).level is Level.OK


def test_config_vars_reach_the_app(tmp_path: Path) -> None:
    source = "import os\nassert os.environ['COLOUR'] == 'blue'\n" + APP
    assert ask(deploy(tmp_path, "web: gunicorn web:app", web=source), COLOUR="blue").level is Level.OK


def test_an_app_that_crashes_natively_is_a_finding_and_not_our_end(tmp_path: Path) -> None:
    evidence = ask(deploy(tmp_path, "web: gunicorn web:app", web="import os\nos.kill(os.getpid(), 11)\n"))
    assert evidence.level is Level.FAIL
    assert evidence.values["signal"] == "SIGSEGV"


def test_an_app_that_never_ends_importing_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_import, "BOOT_SECONDS", 1)
    evidence = ask(deploy(tmp_path, "web: gunicorn web:app", web="import time\ntime.sleep(60)\n"))
    assert evidence.level is Level.UNKNOWN


def test_chdir_is_followed(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "web.py").write_text(APP)
    assert ask(deploy(tmp_path, "web: gunicorn --chdir src web:app")).level is Level.OK
