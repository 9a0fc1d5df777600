"""Bring a file from S3 or a web server to the disk, by a child process.

boto3 and requests cost tens of megabytes that the worker needs for the model, and a child runs beside
the import of TensorFlow without waiting for the interpreter lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from app.sources.download import SOURCE_VARIABLE
from app.sources.faults import download_evidence
from app.sources.limits import Limits
from checks.child import Outcome, ask_child
from checks.evidence import Dyno, Evidence, Fault, Level
from checks.model_source import Remote
from checks.s3 import credentials_fault

_GRACE_SECONDS = 10.0  # for a child to start and to say that its time was over


def can_ask(dyno: Dyno) -> None:
    """Raises Fault when S3 need not be asked, since the credentials are missing or malformed."""
    broken = credentials_fault(dyno)
    if broken is not None:
        raise Fault(broken)


def fetch(source: Remote, target: Path, dyno: Dyno, limits: Limits | None = None) -> None:
    """Write the file of `source` to `target`, unless it is there. Raises Fault.

    Meanwhile its first bytes are in ``<target>.part``, which stays there for the next call after a fault
    that may pass (``passing`` in its values). Several processes may want the same target: one fetches it.
    """
    limits = limits or Limits()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _turn(target):
        if not target.exists():
            _fetch(source, target, dyno, limits)


def _fetch(source: Remote, target: Path, dyno: Dyno, limits: Limits) -> None:
    arguments = (str(target.absolute()), json.dumps(asdict(limits)))
    env = {**dyno.env, SOURCE_VARIABLE: json.dumps(asdict(source))}
    deadline = limits.deadline + limits.stall + _GRACE_SECONDS
    outcome = ask_child("app.sources.download", arguments, env, dyno.root, deadline)
    broken = next((each for each in outcome.evidence if each.level >= Level.WARN), None)
    if broken is not None:
        raise Fault(broken)
    if outcome.status != 0 or not target.is_file():
        raise Fault(_unexplained(outcome, source))


def _unexplained(outcome: Outcome, source: Remote) -> Evidence:
    """The child is gone without a word; its standard error may hold a URL and is not shown."""
    seconds = f"{outcome.seconds:.0f} s"
    if outcome.timed_out:
        return download_evidence("deadline", source, f"gave no whole file within {seconds}", passing=True)
    how = outcome.signal_name or f"status {outcome.status}"
    signal = outcome.signal_name or None  # somebody ended it, as the kernel does when memory is short
    what = f"was not fetched: the download ended with {how}"
    return download_evidence("ended", source, what, signal=signal, passing=bool(signal))


@contextmanager
def _turn(target: Path) -> Iterator[None]:
    """One process at a time; the kernel ends the turn of one that is killed."""
    lock = os.open(target.with_name(f"{target.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.1)
        yield
    finally:
        os.close(lock)
