"""Children: what they do ends with them, and only what they report reaches us."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from checks.child import KEPT_BYTES, Outcome, ask_child
from tests.checks.child_modules import SAID
from tests.servers import PLAIN_ENV, ROOT

MODULE = "tests.checks.child_modules"


def ask(what: str, *more: str, deadline: float = 20.0, root: Path = ROOT) -> Outcome:
    return ask_child(MODULE, (what, *more), PLAIN_ENV, root, deadline)


def pids_of(outcome: Outcome) -> list[int]:
    pids: list[int] = told(outcome)["pids"]
    assert pids
    return pids


def told(outcome: Outcome) -> dict[str, Any]:
    """What `tell` has said in the child."""
    texts = [each.values["told"] for each in outcome.evidence if "told" in each.values]
    facts: dict[str, Any] = json.loads(str(texts[0]))
    return facts


def is_gone(pid: int) -> bool:
    """Whether it has ended; a zombie that init has not yet reaped has ended too."""
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_a_child_reports_evidence_and_milestones() -> None:
    outcome = ask("speaks")

    assert outcome.evidence == (SAID,)
    assert outcome.reached == "asking"
    assert outcome.status == 0
    assert not outcome.timed_out
    assert outcome.signal_name == ""


def test_a_child_gets_its_arguments_the_given_environment_and_the_given_folder(tmp_path: Path) -> None:
    env = {**PLAIN_ENV, "COLOR": "dark green"}

    outcome = ask_child(MODULE, ("echoes_arguments", "", "a b"), env, tmp_path, 20.0)

    assert told(outcome) == {
        "arguments": ["echoes_arguments", "", "a b"],
        "root": str(tmp_path),
        "color": "dark green",
    }


def test_a_child_sees_nothing_of_our_environment_that_it_was_not_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLOR", "of the parent")

    assert told(ask("echoes_arguments"))["color"] is None


def test_whatever_the_code_under_test_prints_is_not_taken_for_a_report() -> None:
    outcome = ask("chatters")

    assert outcome.evidence == (SAID,)
    assert outcome.stderr.count("Forged.") == 4


def test_a_child_that_hangs_is_killed_in_time_and_what_it_said_until_then_is_kept() -> None:
    began = time.monotonic()

    outcome = ask("hangs", deadline=1.5)

    assert time.monotonic() - began < 2.5
    assert outcome.timed_out
    assert outcome.reached == "the end of the world"
    assert outcome.evidence == (SAID,)


@pytest.mark.parametrize("what", ["hangs_with_family", "ignores_signals"])
def test_nothing_that_a_hanging_child_has_started_is_left(what: str) -> None:
    outcome = ask(what, deadline=1.5)

    assert outcome.timed_out
    assert all(map(is_gone, pids_of(outcome)))


def test_what_a_child_leaves_behind_is_ended_and_not_waited_for() -> None:
    began = time.monotonic()

    outcome = ask("leaves_a_child_behind")

    assert time.monotonic() - began < 5
    assert outcome.status == 0
    assert outcome.evidence[-1] == SAID
    assert all(map(is_gone, pids_of(outcome)))


def test_a_child_that_has_ended_well_did_not_time_out_whatever_it_left_behind() -> None:
    outcome = ask("leaves_a_flood_behind", deadline=1.5)

    assert outcome.status == 0
    assert outcome.evidence == (SAID,)


def test_a_flood_of_output_is_read_to_the_end_in_bounded_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    outcome = ask("floods")

    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert outcome.status == 0
    assert len(outcome.stderr) <= KEPT_BYTES
    assert outcome.stderr.endswith("the last words")
    assert outcome.evidence == (SAID,)
    assert grown_kb < 20 * 1024


def test_a_flood_of_evidence_is_cut() -> None:
    outcome = ask("floods_the_report")

    assert outcome.status == 0
    assert 0 < len(outcome.evidence) < KEPT_BYTES / 50
    assert set(map(str, outcome.evidence)) == {str(SAID)}


@pytest.mark.parametrize(
    ("what", "signal_name"), [("dies_of_a_bad_address", "SIGSEGV"), ("is_killed", "SIGKILL")]
)
def test_a_death_by_signal_is_an_outcome_with_the_signals_name(what: str, signal_name: str) -> None:
    outcome = ask(what)

    assert outcome.signal_name == signal_name
    assert not outcome.timed_out
    assert outcome.evidence == ()


def test_an_exit_status_and_a_traceback_are_an_outcome() -> None:
    assert ask("leaves_with_status_3").status == 3

    raised = ask("raises")
    assert raised.status == 1
    assert raised.stderr.rstrip().endswith("ValueError: said on standard error")


@pytest.mark.parametrize(
    "files",
    [
        {"checks/__init__.py": "", "checks/s3.py": "raise SystemExit('the app\\'s own checks')"},
        {"json.py": "raise SystemExit('the app\\'s own json')"},
        {"random.py": "import random_that_does_not_exist"},
    ],
    ids=["checks", "json", "random"],
)
def test_files_of_the_app_do_not_take_the_place_of_ours(tmp_path: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    env = {name: value for name, value in PLAIN_ENV.items() if name != "PYTHONPATH"}

    outcome = ask_child("checks.s3", ("bucket", "key", ""), {**env, "HOME": str(tmp_path)}, tmp_path, 20.0)

    assert outcome.status == 0, outcome.stderr
    assert [e.values["fault"] for e in outcome.evidence] == ["missing"]


def test_neighbours_of_our_package_do_not_take_the_place_of_the_standard_library(tmp_path: Path) -> None:
    # A backport such as enum34 in site-packages is harmless until it stands before the standard library.
    installed = tmp_path / "site-packages"
    shutil.copytree(ROOT / "checks", installed / "checks")
    (installed / "enum.py").write_text("raise SystemExit('a backport')")
    env = {name: value for name, value in PLAIN_ENV.items() if name != "PYTHONPATH"}
    code = (
        "import sys; from pathlib import Path; sys.path.append(sys.argv[1]);"
        "from checks.child import ask_child;"
        "print(ask_child('checks.s3', ('b', 'k', ''), {'HOME': '/'}, Path('/'), 20.0))"
    )

    command = [sys.executable, "-P", "-c", code, str(installed)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)

    assert "status=0" in done.stdout
    assert "backport" not in done.stdout


def test_no_pipe_is_left_open() -> None:
    ask("speaks")
    before = len(os.listdir("/proc/self/fd"))

    for what in ("speaks", "raises", "leaves_a_child_behind"):
        ask(what)

    assert len(os.listdir("/proc/self/fd")) == before
