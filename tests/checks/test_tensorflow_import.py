"""TensorFlow's import: figures in the service, causes instead of crashes in the doctor."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks import tensorflow_import
from checks.evidence import Dyno, Evidence, Level, Result
from checks.facts import Fact
from checks.ledger import Ledger
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from tests.servers import PLAIN_ENV


def ask(root: Path, source: str | None) -> Evidence:
    """Ask the doctor's way, with a `tensorflow` of the given source in front of the real one."""
    env = dict(PLAIN_ENV)
    if source is not None:
        (root / "tensorflow").mkdir()
        (root / "tensorflow" / "__init__.py").write_text(source)
        env["PYTHONPATH"] = f"{root}:{env['PYTHONPATH']}"
    (evidence,) = tensorflow_import.ask(Dyno(env=env, root=root))
    return evidence


def causes(evidence: Evidence) -> list[str]:
    report = diagnose([Result("tensorflow-import", (evidence,), 0)], CATALOGUE, "doctor", "test")
    return [each.cause for each in report.diagnoses]


@pytest.mark.tensorflow
def test_the_real_one_is_imported_and_measured(tmp_path: Path) -> None:
    evidence = ask(tmp_path, None)
    assert evidence.level is Level.OK
    assert str(evidence.values["version"]).startswith("2.")
    assert 0.3 < float(str(evidence.values["seconds"])) < 60
    assert 100 < float(str(evidence.values["anonymous_mb"])) < 300
    assert 30 < float(str(evidence.values["file_mb"])) < 600


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import os; os.kill(os.getpid(), 4)\n", "dependency/binary-incompatible"),
        ("import os; os.kill(os.getpid(), 11)\n", "dependency/binary-incompatible"),
        ("raise ImportError('DLL load failed')\n", "dependency/tensorflow-import-failed"),
        ("import not_there_either\n", "dependency/module-not-found"),
        ("import os; os.kill(os.getpid(), 9)\n", "memory/killed"),
    ],
)
def test_each_way_to_fail_has_its_cause(tmp_path: Path, source: str, cause: str) -> None:
    assert causes(ask(tmp_path, source)) == [cause]


def test_an_import_that_never_ends_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensorflow_import, "BOOT_SECONDS", 1)
    evidence = ask(tmp_path, "import time; time.sleep(60)\n")
    assert evidence.level is Level.UNKNOWN
    assert causes(evidence) == []


def test_in_the_service_the_ledger_tells(tmp_path: Path) -> None:
    boot = Ledger()
    dyno = Dyno(env={}, root=tmp_path, boot=boot)

    def told() -> Evidence:
        (evidence,) = tensorflow_import.ask(dyno)
        return evidence

    assert told().text == "This process has not imported TensorFlow."
    with boot.step("tensorflow-import"):
        boot.identify(tensorflow="2.21.0")
        assert told().level is Level.INFO
    assert told().text.startswith("TensorFlow 2.21.0 was imported in ")
    boot.fail(Evidence(Fact.TENSORFLOW_IMPORT, Level.FAIL, "raised ImportError"))
    assert told().text == "raised ImportError"
