"""Start a server on a free port of 127.0.0.1, wait until it answers, and end it whatever happens.

Each runs in a session of its own, in an empty folder that is also its home, with none of the config
vars of whoever measures; it is ended by its own process group.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.http import HOST, BadAnswer, ask, request

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
PATIENCE = 90.0  # seconds until a server that does not answer is given up
GRACE = 3.0  # seconds to end by itself
PORT = "{port}"  # stands for the port in a command that is not gunicorn's
_ACCESS = "served by %(p)s: %(s)s %(U)s"
_SERVED = re.compile(r"^served by <(\d+)>: (\d{3}) (\S+)$", re.MULTILINE)


class NoServer(RuntimeError):  # noqa: N818  the state, as a reader meets it
    """A server that did not come up; the message ends in its log's last lines."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `began` is the monotonic time, in seconds, just before it was executed."""

    process: subprocess.Popen[bytes]
    port: int
    began: float
    log: Path

    @property
    def worker(self) -> psutil.Process:
        """The one worker of gunicorn's master."""
        return psutil.Process(self.process.pid).children()[0]

    def pids(self) -> list[int]:
        """The processes of the server, the first one first."""
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.process.pid).children(recursive=True)
            return [self.process.pid, *(each.pid for each in below)]
        return []

    def told(self) -> str:
        """What it has written so far."""
        return self.log.read_text("utf-8", "replace")

    def served(self, path: str, status: int = 200) -> Counter[int]:
        """How often each worker has answered so; for a server whose access is logged."""
        found = _SERVED.findall(self.told())
        return Counter(int(pid) for pid, told, at in found if at == path and int(told) == status)

    def until_told(self, pattern: str, every: float = 0.05) -> re.Match[str]:
        """The first place in its log that matches."""
        while True:
            if found := re.search(pattern, self.told(), re.MULTILINE):
                return found
            self.pause(every)

    def until_bound(self, every: float = 0.001) -> float:
        """Seconds from the start until a connection succeeds."""
        while True:
            with suppress(ConnectionRefusedError), socket.create_connection((HOST, self.port), PATIENCE):
                return time.monotonic() - self.began
            self.pause(every)

    def until_answer(self, path: str = "/", every: float = 0.005, status: int = 200) -> float:
        """Seconds from the start until GET `path` is answered with `status`."""
        message = request("GET", path)
        while True:
            with suppress(OSError, BadAnswer):
                if ask(self.port, message, PATIENCE)[0] == status:
                    return time.monotonic() - self.began
            self.pause(every)

    def pause(self, seconds: float) -> None:
        """Wait, for a server that is coming up. Raises NoServer when it has ended or takes too long."""
        if self.process.poll() is not None or time.monotonic() - self.began > PATIENCE:
            words = self.told()[-1500:]
            raise NoServer(f"{shlex.join(map(str, self.process.args))} did not come up\n{words}")  # type: ignore[arg-type]
        time.sleep(seconds)


@contextmanager
def serving(
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
    *,
    workers: int = 1,
    access: bool = False,
) -> Iterator[Server]:
    """Run a server, in `folder` or in an empty one.

    gunicorn is told its port and workers, and with `access` to log who answered; any other server
    finds its port in place of PORT in its command.
    """
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as home:
        port, log = free_port(), Path(home) / "log"
        options = f"--bind {HOST}:{port}" + (
            f" --access-logfile - --access-logformat '{_ACCESS}'" if access else ""
        )
        arguments = {"GUNICORN_CMD_ARGS": options, "WEB_CONCURRENCY": str(workers)}
        with log.open("wb") as output:
            began = time.monotonic()
            process = subprocess.Popen(
                [word.replace(PORT, str(port)) for word in command],
                env=_environment(home) | arguments | dict(env or {}),
                cwd=folder or home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Server(process, port, began, log)
        finally:
            _end(process)


def gunicorn(app: str, *options: str) -> list[str]:
    """The command that serves an app as gunicorn does without a configuration: one sync worker."""
    return [sys.executable, "-m", "gunicorn", *options, app]


def procfile() -> list[str]:
    """The command of our own Procfile, by this interpreter; it is run in ROOT."""
    _, _, command = (ROOT / "Procfile").read_text("utf-8").partition("web:")
    program, *arguments = shlex.split(command.splitlines()[0])
    return [sys.executable if program == "python" else program, *arguments]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _environment(home: str) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"HOME": home, "TMPDIR": home, "PYTHONPATH": path, "XDG_RUNTIME_DIR": home}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server's process group and reap the server."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
