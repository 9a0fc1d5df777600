"""TensorFlow import: version, seconds, anonymous and file-backed MB.

In the service the figures are those of the real import, from the boot ledger. The doctor imports in
a child process, so that SIGILL, SIGSEGV or an ABI error becomes a finding instead of its own end.
"""

from __future__ import annotations

import importlib.util
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from checks.child import Outcome, Reporter, ask_child
from checks.evidence import Check, Dyno, Evidence, Level, Value
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.ledger import Step
from checks.limits import BOOT_SECONDS
from checks.processes import Memory, memory_of
from checks.secrets import mask

STEP = "tensorflow-import"  # the name of the step in the boot ledger
LAST_WORDS = 300


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """TensorFlow can be imported; what that costs."""
    if dyno.boot is not None:
        yield _from_ledger(dyno)
    elif importlib.util.find_spec("tensorflow") is None:
        yield _not_installed(dyno)
    else:
        env = {"TF_CPP_MIN_LOG_LEVEL": "2", **dyno.env}
        outcome = ask_child("checks.tensorflow_import", (), env, dyno.root, BOOT_SECONDS)
        yield from answer(outcome, Fact.TENSORFLOW_IMPORT, "import tensorflow", dyno)


def _from_ledger(dyno: Dyno) -> Evidence:
    assert dyno.boot is not None  # noqa: S101  the caller has looked
    for evidence in dyno.boot.failed:
        if evidence.fact is Fact.TENSORFLOW_IMPORT:
            return evidence
    done = dyno.boot.finished(STEP)
    if done is not None and done.seconds is not None:
        return imported(str(dyno.boot.identity.get("tensorflow", "")), done.seconds, done.gained)
    running = [step for step in dyno.boot.steps if step.name == STEP]
    return _not_yet(running)


def _not_yet(running: list[Step]) -> Evidence:
    if running and running[0].seconds is not None:
        seconds = running[0].seconds
        return Evidence(
            Fact.TENSORFLOW_IMPORT,
            Level.INFO,
            f"TensorFlow is being imported, for {seconds:.1f} s so far.",
            values={"seconds": round(seconds, 2)},
        )
    return Evidence(Fact.TENSORFLOW_IMPORT, Level.OK, "This process has not imported TensorFlow.")


def _not_installed(dyno: Dyno) -> Evidence:
    """Not a fault by itself: what needs it and fails is told by what fails."""
    try:
        required = re.search(
            r"(?im)^\s*tensorflow", (dyno.root / "requirements.txt").read_text("utf-8", "replace")
        )
    except OSError:
        required = None
    if required:
        return Evidence(
            Fact.TENSORFLOW_IMPORT,
            Level.WARN,
            "requirements.txt names TensorFlow, and it is not installed here.",
            "requirements.txt",
            values={"fault": "not-installed"},
        )
    return Evidence(Fact.TENSORFLOW_IMPORT, Level.OK, "TensorFlow is not installed and not required.")


def imported(version: str, seconds: float, gained: Memory) -> Evidence:
    """The evidence of an import that worked."""
    return Evidence(
        Fact.TENSORFLOW_IMPORT,
        Level.OK,
        f"TensorFlow {version} was imported in {seconds:.1f} s and took {gained.anonymous:.0f} MB "
        f"anonymous and {gained.file:.0f} MB file-backed memory.",
        values={
            "seconds": round(seconds, 2),
            "anonymous_mb": round(gained.anonymous, 1),
            "file_mb": round(gained.file, 1),
            "version": version,
        },
    )


def answer(outcome: Outcome, fact: Fact, what: str, dyno: Dyno) -> Iterator[Evidence]:
    """What a child reported, or how it ended without a report.

    An exception has the child's last words beside it: OpenBLAS says on standard error that it got no
    thread, and what Python then raises is a KeyboardInterrupt anywhere.
    """
    if not outcome.evidence:
        yield death(outcome, fact, what, dyno)
    words = _last_words(outcome, dyno)
    for each in outcome.evidence:
        raised = each.level is Level.FAIL and "type" in each.values
        yield replace(each, values={**each.values, "last_words": words}) if raised and words else each


def _last_words(outcome: Outcome, dyno: Dyno) -> str:
    last = next((line for line in reversed(outcome.stderr.splitlines()) if line.strip()), "")
    return mask(last.strip(), dyno.env)[:LAST_WORDS]


def death(outcome: Outcome, fact: Fact, what: str, dyno: Dyno) -> Evidence:
    """A child that ended without a report: by a signal, by its status, or because time was over."""
    values: dict[str, Value] = {"during": what, "last_words": _last_words(outcome, dyno)}
    if outcome.timed_out:
        return Evidence(
            fact,
            Level.UNKNOWN,
            f"{what} was not over after {outcome.seconds:.0f} s.",
            values=values | {"fault": "timeout", "seconds": round(outcome.seconds, 1)},
        )
    if outcome.signal_name:
        return Evidence(
            fact,
            Level.FAIL,
            f"{what} was ended by {outcome.signal_name}.",
            values=values | {"fault": "signal", "signal": outcome.signal_name},
        )
    return Evidence(
        fact,
        Level.FAIL,
        f"{what} ended the process with status {outcome.status}.",
        values=values | {"fault": "exit", "status": outcome.status},
    )


def _main() -> None:
    report = Reporter()
    before, began = memory_of("self"), time.perf_counter()
    try:
        import tensorflow as tf
    except BaseException as error:
        dyno = Dyno(env=os.environ, root=Path.cwd())
        report.say(evidence_of(error, Fact.TENSORFLOW_IMPORT, "import tensorflow", dyno))
        return
    seconds, gained = time.perf_counter() - began, memory_of("self") - before
    report.say(imported(tf.__version__, seconds, gained))


CHECK = Check("tensorflow-import", ask, deadline=BOOT_SECONDS + 5.0, every=1.0, of_worker=True)

if __name__ == "__main__":
    _main()
