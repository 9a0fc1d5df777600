"""The load generator: some clients in one process, each asks again as soon as it has its answer.

``python -m bench.load`` reads a Load as JSON from standard input and prints a Tally as JSON. A client
keeps its connection while the server does. It takes one core, as the server takes the other: clients
in processes of their own would take the server's time, and draw all ratios nearer to 1.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from bench.http import HOST, BadAnswer, Head, head_of

PATIENCE = 10.0  # seconds beyond its time after which a client that hangs is ended
MAX_ERRORS = 25  # after which a client stops: the figure is worthless
ANSWER_BYTES = 1 << 20


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

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return self.answers / self.seconds

    def latency(self, percent: int) -> float:
        """That percentile in milliseconds."""
        ordered = sorted(self.latencies) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Client:
    """One connection at a time, one request at a time."""

    def __init__(self, port: int, message: bytes) -> None:
        self._address, self._message = (HOST, port), message
        self._socket: socket.socket | None = None
        self._asked = 0.0

    def ask(self) -> None:
        """Send the request and do not wait; on the old connection while the server keeps it."""
        self._asked = time.perf_counter()
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.settimeout(PATIENCE)
            self._socket.connect(self._address)
        self._socket.sendall(self._message)

    def take(self, tally: Tally) -> None:
        """Wait for the answer and count it. Raises TimeoutError when none comes."""
        assert self._socket is not None
        try:
            head = self._whole(self._socket)
        except (ConnectionError, BadAnswer):
            head = None
        if head is not None and 200 <= head.status < 300:
            tally.answers += 1
            tally.latencies.append(time.perf_counter() - self._asked)
        else:
            tally.errors += 1
        if head is None or head.closes:
            self._socket.close()
            self._socket = None

    @staticmethod
    def _whole(connection: socket.socket) -> Head:
        answer, head = b"", None
        while head is None or len(answer) < head.size:
            chunk = connection.recv(ANSWER_BYTES)
            if not chunk:
                raise ConnectionResetError(f"the connection ended after {len(answer)} bytes")
            answer += chunk
            head = head_of(answer)
        return head


def generate(load: Load) -> Tally:
    """Apply the load from this process.

    The clients wait in turn, the longest waiting first, which is the order in which one worker
    answers: so no call is spent on asking who is ready.
    """
    tally = Tally()
    clients = deque(Client(load.port, load.message.encode("latin-1")) for _ in range(load.clients))
    began = now = time.perf_counter()
    for client in clients:
        client.ask()
    while now < began + load.seconds and tally.errors < MAX_ERRORS:
        client = clients[0]
        client.take(tally)
        client.ask()
        clients.rotate(-1)
        now = time.perf_counter()
    tally.seconds = now - began
    return tally


def apply(load: Load) -> Tally:
    """Apply the load, in a process of its own that ends whatever happens; by wrk where it is there."""
    from bench import wrk

    if wrk.is_installed():
        return wrk.apply(load)
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
