"""The load generator: some clients in one process, each asks again as soon as it has its answer.

``python -m bench.load`` reads a Load as JSON from standard input and prints a Tally as JSON. Clients
keep their connection while the server does; a server that closes (gunicorn's sync worker does after
each answer) is waited for and connected to again, so a closed loop never runs out of ports.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field

from bench.http import HOST, BadAnswer, Head, head_of

PATIENCE = 10  # seconds a server may be silent
MAX_ERRORS = 100  # after which a load ends early: the figure is worthless


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

    def __init__(self, load: Load, tally: Tally, poll: select.poll) -> None:
        self.message = load.message.encode("latin-1")
        self.port, self.tally, self.poll = load.port, tally, poll
        self.ask()

    def ask(self) -> None:
        """Connect and send."""
        self.began = time.perf_counter()
        self.socket = socket.socket()
        bound = struct.pack("ll", PATIENCE, 0)  # a struct timeval; it also bounds connect
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect((HOST, self.port))
        self.poll.register(self.socket, select.POLLIN)
        self.is_reused = False
        self._send()

    def _send(self) -> None:
        self.received, self.head = b"", None
        self.socket.sendall(self.message)

    def hear(self) -> None:
        """There is something to read: part of an answer, its rest, or the end of the connection."""
        try:
            chunk = self.socket.recv(65536)
            self.received += chunk
            self.head = self.head or head_of(self.received)
        except (OSError, BadAnswer):
            self._fail()
            return
        whole = self.head is not None and len(self.received) >= self.head.size
        if chunk and whole and self.head is not None and not self.head.closes:
            self._count(self.head)
            self.began = time.perf_counter()
            self.is_reused = True
            self._send()
        elif not chunk:
            self._closed(self.head if whole else None)

    def _closed(self, answer: Head | None) -> None:
        if answer is not None:
            self._count(answer)
        elif self.received or not self.is_reused:
            self.tally.errors += 1
        self._again()

    def _count(self, head: Head) -> None:
        if 200 <= head.status < 300:
            self.tally.answers += 1
            self.tally.latencies.append(time.perf_counter() - self.began)
        else:
            self.tally.errors += 1

    def _fail(self) -> None:
        self.tally.errors += 1
        self._again()

    def _again(self) -> None:
        self.close()
        self.ask()

    def close(self) -> None:
        """Leave."""
        self.poll.unregister(self.socket)
        self.socket.close()

    head: Head | None
    received: bytes


def generate(load: Load) -> Tally:
    """Apply the load from this process."""
    tally, poll = Tally(), select.poll()
    began = time.perf_counter()
    clients = [Client(load, tally, poll) for _ in range(load.clients)]
    until = began + load.seconds
    while (now := time.perf_counter()) < until and tally.errors < MAX_ERRORS:
        ready = {fd for fd, _ in poll.poll(min(PATIENCE, until - now) * 1000 + 1)}
        for client in clients:
            if client.socket.fileno() in ready:
                client.hear()
    tally.seconds = time.perf_counter() - began
    for client in clients:
        client.close()
    return tally


def apply(load: Load) -> Tally:
    """Apply the load from a process of its own, so that it takes no time from whoever asks."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(asdict(load)).encode(),
        stdout=subprocess.PIPE,
        timeout=load.seconds + 3 * PATIENCE,
        start_new_session=True,
        check=True,
    )
    return Tally(**json.loads(done.stdout))


if __name__ == "__main__":
    json.dump(asdict(generate(Load(**json.load(sys.stdin)))), sys.stdout)
