"""A web process as a test needs it: where it listens, what memory it holds, how many workers it has.

``python -m tests.checks.web_process '{…}'`` prints one line of JSON when all is in place: the port, or,
asked to look at itself (`ask`), the evidence of a check.
"""

from __future__ import annotations

import importlib
import json
import mmap
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from checks.evidence import Dyno, Evidence
from checks.ledger import BOOT
from tests.servers import PLAIN_ENV

MB = 1 << 20
_held: list[mmap.mmap] = []


def hold_anonymous(mb: int) -> None:
    _touch(mmap.mmap(-1, mb * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), mb, write=True)


def hold_shared(mb: int) -> None:
    _touch(mmap.mmap(-1, mb * MB, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS), mb, write=True)


def hold_file(path: str, mb: int) -> None:
    with open(path, "wb") as file:
        file.truncate(mb * MB)
    with open(path, "rb") as file:
        _touch(mmap.mmap(file.fileno(), mb * MB, prot=mmap.PROT_READ), mb, write=False)


def _touch(block: mmap.mmap, mb: int, *, write: bool) -> None:
    for page in range(0, mb * MB, mmap.PAGESIZE):
        if write:
            block[page] = 1
        else:
            block[page]
    _held.append(block)


def _work(mb: int, ready: Any) -> None:
    hold_anonymous(mb)
    ready.put(os.getpid())
    time.sleep(600)


def _start_workers(number: int, mb: int, how: str) -> None:
    context: Any = multiprocessing.get_context(how)
    ready = context.SimpleQueue()
    for _ in range(number):
        context.Process(target=_work, args=(mb, ready), daemon=True).start()
    for _ in range(number):
        ready.get()


def main(wish: Mapping[str, Any]) -> None:
    sockets: list[socket.socket] = []
    for address in wish.get("listen", ["127.0.0.1"]):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        port = sockets[0].getsockname()[1] if sockets and wish.get("same_port") else 0
        sockets.append(socket.create_server((address, port), family=family))
    port = sockets[0].getsockname()[1] if sockets else 0
    if wish.get("file_mb"):
        hold_file(wish["file"], wish["file_mb"])
    hold_anonymous(wish.get("anonymous_mb", 0) or 1)
    hold_shared(wish.get("shared_mb", 0) or 1)
    if wish.get("workers"):
        _start_workers(wish["workers"], wish.get("worker_mb", 1), wish.get("how", "fork"))
    if "ask" in wish:
        env = {"PORT": str(port + wish.get("port_offset", 0)), **wish.get("env", {})}
        BOOT.launched -= wish.get("launched_before", 0)
        dyno = Dyno(env=env, root=Path.cwd(), boot=BOOT if wish.get("inside", True) else None)
        evidence = importlib.import_module(f"checks.{wish['ask']}").ask(dyno)
        told: dict[str, Any] = {"port": port, "evidence": [e.to_json() for e in evidence]}
    else:
        told = {"port": port}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


class WebProcess:
    def __init__(self, process: Popen[str], told: Mapping[str, Any]) -> None:
        self.pid = process.pid
        self.port = str(told["port"])
        self.evidence = tuple(map(Evidence.from_json, told.get("evidence", ())))


@contextmanager
def web_process(cwd: Path, *before: str, **wish: Any) -> Iterator[WebProcess]:
    """A running one, which ends with the block. `before` are words of a command that starts it."""
    command: Sequence[str] = (*before, sys.executable, "-m", "tests.checks.web_process", json.dumps(wish))
    process = Popen(
        command, cwd=cwd, env=PLAIN_ENV, stdin=PIPE, stdout=PIPE, text=True, start_new_session=True
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise EndedEarlyError(process.wait())
            yield WebProcess(process, json.loads(line))
        finally:
            _end(process)


class EndedEarlyError(Exception):
    """It ended before it could say anything."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


def _end(process: Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 9)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
