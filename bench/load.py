"""The load generator: some clients, each a process that asks again as soon as it has its answer.

``python -m bench.load`` reads a Load as JSON from standard input and prints a Tally as JSON. A client
keeps its connection while the server does. It is built to cost little, since it shares the machine
with the server it measures: every microsecond of its own draws all ratios nearer to 1.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection

from bench.http import HOST, BadAnswer, Head, head_of

PATIENCE = 10.0  # seconds beyond its time after which a client that hangs is ended
MAX_ERRORS = 25  # after which a client stops: the figure is worthless
ANSWER_BYTES = 1 << 20
LOW_WATER_BYTES = 1 << 15


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: the bytes of one request (as latin-1), by so many clients, for so many seconds."""

    port: int
    message: str
    seconds: float
    clients: int = 4


@dataclass(slots=True)
class Tally:
    """What came back within the time. An error is a status other than 2xx, or no whole answer."""

    seconds: float = 0.0
    answers: int = 0
    errors: int = 0
    latencies: list[float] = field(default_factory=list)  # seconds, of the good answers

    def __add__(self, other: Tally) -> Tally:
        """Two clients that worked side by side."""
        return Tally(
            max(self.seconds, other.seconds),
            self.answers + other.answers,
            self.errors + other.errors,
            self.latencies + other.latencies,
        )

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return self.answers / self.seconds

    def latency(self, percent: int) -> float:
        """That percentile in milliseconds."""
        ordered = sorted(self.latencies) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Client:
    """One connection at a time, one request at a time, with blocking calls."""

    def __init__(self, port: int, message: bytes) -> None:
        self.address, self.message = (HOST, port), message
        self._buffer = bytearray(ANSWER_BYTES)
        self._view = memoryview(self._buffer)
        self._socket: socket.socket | None = None
        self._server_closes = False

    def ask(self) -> int:
        """The status of one whole answer. Raises OSError or BadAnswer when there is none."""
        try:
            if self._socket is None:
                return self._talk(self._connected())
            with suppress(ConnectionError):
                return self._talk(self._socket)
            self._leave()  # the server had closed what it seemed to keep: once more, from the start
            return self._talk(self._connected())
        except (OSError, BadAnswer):
            self._leave()
            raise

    def _connected(self) -> socket.socket:
        self._socket = socket.socket()
        if self._server_closes:  # sleep until the end has come: each wake-up costs the server, too
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, LOW_WATER_BYTES)
        self._socket.connect(self.address)
        return self._socket

    def _talk(self, connection: socket.socket) -> int:
        connection.sendall(self.message)
        head = self._until_closed(connection) if self._server_closes else self._whole(connection)
        self._server_closes = head.closes
        if head.closes:
            self._leave()
        return head.status

    def _until_closed(self, connection: socket.socket) -> Head:
        """Wait once, for the end of the connection, where it is known to follow the answer."""
        size = connection.recv_into(self._buffer, 0, socket.MSG_WAITALL)
        return self._checked(size)

    def _whole(self, connection: socket.socket) -> Head:
        """Read as much as the head promises, and then to the end if the server closes."""
        size, head = 0, None
        while head is None or size < head.size or head.closes:
            count = connection.recv_into(self._view[size:])
            if not count:
                break
            size += count
            head = head or head_of(bytes(self._view[:size]))
        return self._checked(size)

    def _checked(self, size: int) -> Head:
        head = head_of(bytes(self._view[:size]))
        if head is None or size != head.size:
            raise ConnectionResetError(f"the connection ended after {size} bytes")
        return head

    def _leave(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def repeat(ask: Callable[[], int], seconds: float) -> Tally:
    """Ask again and again until the time is over."""
    tally, began = Tally(), time.perf_counter()
    now, until = began, began + seconds
    while now < until and tally.errors < MAX_ERRORS:
        before = now
        try:
            good = 200 <= ask() < 300
        except (OSError, BadAnswer):
            good = False
        now = time.perf_counter()
        if good:
            tally.answers += 1
            tally.latencies.append(now - before)
        else:
            tally.errors += 1
    tally.seconds = now - began
    return tally


def generate(load: Load) -> Tally:
    """Apply the load from processes below this one. Raises EOFError when a client hung."""
    context = multiprocessing.get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in range(load.clients)]
    for _, sender in pipes:
        context.Process(target=_work, args=(load, sender), daemon=True).start()
        sender.close()
    return sum((receiver.recv() for receiver, _ in pipes), Tally())


def _work(load: Load, result: Connection) -> None:
    """A client's life; the alarm ends it if a server never answers."""
    signal.setitimer(signal.ITIMER_REAL, load.seconds + PATIENCE)
    client = Client(load.port, load.message.encode("latin-1"))
    result.send(repeat(client.ask, load.seconds))


def apply(load: Load) -> Tally:
    """Apply the load, in processes of its own that end with their group whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(json.dumps(asdict(load)).encode(), load.seconds + 2 * PATIENCE)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode:
        raise RuntimeError(f"a client of port {load.port} got no answer within {PATIENCE:g} s")
    return Tally(**json.loads(out))


if __name__ == "__main__":
    json.dump(asdict(generate(Load(**json.load(sys.stdin)))), sys.stdout)
