from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checks.child import Outcome
from checks.evidence import Dyno, Evidence, Level
from checks.exceptions import evidence_of
from checks.exceptions.places import is_own
from checks.facts import Fact
from checks.tensorflow_import import answer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dyno(tmp_path: Path) -> Dyno:
    return Dyno(env={"API_TOKEN": "much-too-secret"}, root=tmp_path, clock=lambda: 0.0)


def outcome(*evidence: Evidence, stderr: str = "") -> Outcome:
    return Outcome(evidence, "", 0, stderr, 1.0)


def test_a_process_with_nothing_to_explain_loads_no_tables() -> None:
    told = (
        "import sys, checks.exceptions; print(*[m for m in sys.modules if m.startswith('checks.exceptions')])"
    )

    run = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)

    assert sorted(run.stdout.split()) == [
        "checks.exceptions",
        "checks.exceptions.places",
        "checks.exceptions.words",
    ]


def test_an_exception_is_told_even_if_nothing_can_be_imported_any_more(
    monkeypatch: pytest.MonkeyPatch, dyno: Dyno
) -> None:
    monkeypatch.setitem(sys.modules, "checks.exceptions.particulars", None)

    evidence = evidence_of(
        OSError(24, "Too many open files"), Fact.BOOT_IMPORT, "The import of app:app", dyno
    )

    assert evidence.values["root"] == "OSError: [Errno 24] Too many open files"


def test_a_surprise_in_one_particular_costs_only_that(monkeypatch: pytest.MonkeyPatch, dyno: Dyno) -> None:
    def surprise(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("checks.exceptions.particulars.raised_by", surprise)

    evidence = evidence_of(
        ModuleNotFoundError("", name="cv2"), Fact.BOOT_IMPORT, "The import of app:app", dyno
    )

    assert evidence.values["distribution"] == "opencv-python-headless"


@pytest.mark.parametrize("file", ["checks/exceptions/words.py", "checks/child.py", "diag/causes/boot.py"])
def test_our_own_code_is_not_the_projects(file: str) -> None:
    assert not is_own(str(ROOT / file), ROOT)
    assert is_own(str(ROOT / "app/wsgi.py"), ROOT)


def test_last_words_stand_beside_an_exception(dyno: Dyno) -> None:
    error = evidence_of(KeyboardInterrupt(), Fact.BOOT_IMPORT, "The import of app:app", dyno)

    said = outcome(error, stderr="first\nno thread for much-too-secret\n\n")
    (evidence,) = answer(said, Fact.BOOT_IMPORT, "The import of app:app", dyno)

    assert evidence.values == {**error.values, "last_words": "no thread for [API_TOKEN]"}


def test_chatter_is_not_put_beside_good_news(dyno: Dyno) -> None:
    fine = Evidence(Fact.BOOT_IMPORT, Level.OK, "app:app can be imported.")

    assert list(answer(outcome(fine, stderr="chatter"), Fact.BOOT_IMPORT, "", dyno)) == [fine]


def test_a_silent_end_is_told_as_that(dyno: Dyno) -> None:
    (evidence,) = answer(outcome(), Fact.BOOT_IMPORT, "The import of app:app", dyno)

    assert evidence.text == "The import of app:app ended the process with status 0."
    assert evidence.values["last_words"] == ""
