"""Ask in a child process: what may crash, hang, or load what the worker must not keep.

The child runs one of our modules as a script. It reports evidence as JSON lines on its standard
output through `Reporter`; whatever else it prints goes to standard error. It is killed with all it
started when its time is over, and everything read from it is bounded.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from checks.evidence import Evidence

KEPT_BYTES = 256 * 1024
# As ``python -m MODULE``, but what stands in the app's folder or on PYTHONPATH can't take the place of
# our own package, and our package's neighbours can't take the place of the standard library. The child
# ends with its parent: a worker that was killed leaves nobody who would want the answer.
_START = """
import os, sys, threading, time
root, module, parent = sys.argv[1:4]
def end_with_parent():
    while os.getppid() == int(parent):
        time.sleep(0.2)
    os._exit(1)
threading.Thread(target=end_with_parent, daemon=True).start()
sys.path.insert(0, root)
import checks
sys.path.append(sys.path.pop(0))
import runpy
del sys.argv[1:4]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended and what it said until then."""

    evidence: tuple[Evidence, ...]
    reached: str  # the last milestone the child named
    status: int | None  # exit status, negative signal number, None when its time was over
    stderr: str  # the last part of it
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Whether it was killed because its time was over."""
        return self.status is None

    @property
    def signal_name(self) -> str:
        """``SIGSEGV`` … when a signal ended it, else empty."""
        if self.status is None or self.status >= 0:
            return ""
        try:
            return signal.Signals(-self.status).name
        except ValueError:
            return f"signal {-self.status}"


class Reporter:
    """The child's side: the one way its words reach the parent."""

    def __init__(self) -> None:
        # From here on prints of the code under test can't be taken for a report.
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def reached(self, milestone: str) -> None:
        """Name how far the child has come, in case the next step never ends."""
        self._write({"reached": milestone})

    def say(self, *evidence: Evidence) -> None:
        """Report evidence."""
        for each in evidence:
            self._write({"evidence": each.to_json()})

    def _write(self, line: Mapping[str, object]) -> None:
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()


def ask_child(
    module: str, arguments: Sequence[str], env: Mapping[str, str], root: Path, deadline: float
) -> Outcome:
    """Run a module as a script in `root` and wait at most `deadline` seconds."""
    began = time.monotonic()
    package_root = str(Path(__file__).resolve().parent.parent)
    process = subprocess.Popen(  # noqa: S603  our own interpreter and module
        [sys.executable, "-P", "-c", _START, package_root, module, str(os.getpid()), *arguments],
        env={**env, "PYTHONIOENCODING": "utf-8"},
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        streams = _read(process, began + deadline)
        remaining = began + deadline - time.monotonic()
        status = process.wait(max(0.0, remaining)) if streams.ended else process.poll()
    except subprocess.TimeoutExpired:
        status = None
    finally:
        _end(process)
    return _outcome(streams, status, time.monotonic() - began)


@dataclass(slots=True)
class _Streams:
    out: bytes = b""
    err: bytes = b""
    ended: bool = False


def _read(process: subprocess.Popen[bytes], until: float) -> _Streams:
    """Both pipes until they close or time is over: the head of the report, the tail of the noise."""
    streams = _Streams()
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("out", process.stdout), ("err", process.stderr)):
            assert pipe is not None  # noqa: S101  for the type checker: both were asked for
            selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            remaining = until - time.monotonic()
            if remaining <= 0:
                return streams
            for key, _ in selector.select(min(remaining, 0.2)):
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.data == "out":
                    streams.out = (streams.out + chunk)[:KEPT_BYTES]
                else:
                    streams.err = (streams.err + chunk)[-KEPT_BYTES:]
            if process.poll() is not None and not selector.select(0):
                break  # a grandchild may hold the pipes open; the child itself has ended
    streams.ended = True
    return streams


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the child, its session, and what it has started outside of it, and reap it."""
    escaped: list[psutil.Process] = []
    if process.poll() is None:
        with contextlib.suppress(psutil.Error):
            escaped = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for each in escaped:
        with contextlib.suppress(psutil.Error):
            each.kill()
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _outcome(streams: _Streams, status: int | None, seconds: float) -> Outcome:
    evidence, reached = [], ""
    for line in streams.out.splitlines():
        try:
            said = json.loads(line)
            if "evidence" in said:
                evidence.append(Evidence.from_json(said["evidence"]))
            reached = said.get("reached", reached)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue  # cut by the kill or by the bound
    stderr = streams.err.decode("utf-8", "replace")
    return Outcome(tuple(evidence), reached, status, stderr, seconds)
