"""Start real servers for tests, read what they say, end them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLAIN_ENV = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    "HOME": os.environ.get("HOME", "/"),
    "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", "")))),
    "PYTHONUNBUFFERED": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A running server process with its log in a file."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    started: float = field(default_factory=time.monotonic)

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection):
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def text(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def causes(self) -> list[str]:
        """The causes of the diagnosis lines, in order."""
        return re.findall(r"event=diagnosis cause=(\S+)", self.text())

    def until(self, holds: Callable[[], object], seconds: float = 15.0) -> Any:
        """Wait for something to become true; its value. Fails with the log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, KeyError):
                if value := holds():
                    return value
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s; the log:\n{self.text()}")

    def ended(self, seconds: float = 15.0) -> int:
        """Its exit status, once it has ended by itself."""
        return self.process.wait(seconds)


@contextlib.contextmanager
def serve(
    command: Sequence[str],
    folder: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[Server]:
    """Run a command that serves on the port; end its whole process group afterwards."""
    port = port or free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**PLAIN_ENV, "PORT": str(port), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Server(process, port, log)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


GUNICORN = (sys.executable, "-m", "diag.gunicorn", "--worker-tmp-dir", "/dev/shm")


def procfile(log: Path, env: Mapping[str, str]) -> contextlib.AbstractContextManager[Server]:
    """Run what the Procfile says under web."""
    command = re.search(r"^web: (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    assert command is not None
    return serve(shlex.split(command[1]), ROOT, log, {"DYNO_RAM": "1024", **env})
