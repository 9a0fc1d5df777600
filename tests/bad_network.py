"""An HTTP server on plain sockets that does what a network and other people's servers do wrong.

Each request is answered by the next of the answers, and the last of them from then on.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    path: str
    headers: Headers

    @property
    def offset(self) -> int:
        """Where its range begins; 0 without one."""
        match = re.match(r"bytes=(\d+)-", self.headers.get("range", ""))
        return int(match[1]) if match else 0


@dataclass
class Connection:
    """The other end of a request."""

    socket: socket.socket
    ended: threading.Event

    def send(self, status: int, headers: Headers, body: bytes = b"") -> None:
        """Whatever the headers say, in these bytes."""
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall("\r\n".join((*lines, "Connection: close", "", "")).encode() + body)

    def stall(self) -> None:
        """Say nothing more, for as long as the test runs."""
        self.ended.wait(60)

    def reset(self) -> None:
        """End the connection as a crash does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Answer = Callable[[Request, Connection], None]


@dataclass
class BadServer:
    """What it was asked, and what it will say."""

    port: int
    answers: list[Answer]
    secure: bool = False
    requests: list[Request] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.host}"


@contextlib.contextmanager
def bad_server(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[BadServer]:
    """A server on 127.0.0.1 that gives these answers in turn."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def serve(raw: socket.socket, answer: Answer | None) -> None:
        with contextlib.suppress(OSError), contextlib.closing(raw):
            raw.settimeout(30)
            connection = tls.wrap_socket(raw, server_side=True) if tls else raw
            with contextlib.closing(connection):
                request = _read(connection)
                if request is None:
                    return
                if answer is None:
                    answer = server.answers[min(len(server.requests), len(server.answers) - 1)]
                server.requests.append(request)
                answer(request, Connection(connection, ended))

    def accept() -> None:
        while not ended.is_set():
            try:
                raw, _ = listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=serve, args=(raw, None), daemon=True)
            threads.append(thread)
            thread.start()

    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.05)
        server = BadServer(listener.getsockname()[1], list(answers), tls is not None)
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            ended.set()
            accepting.join()
            for thread in threads:
                thread.join(5)


def _read(connection: socket.socket) -> Request | None:
    head = b""
    while b"\r\n\r\n" not in head:
        block = connection.recv(65536)
        if not block:
            return None
        head += block
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(first.split(" ")[1], headers)


def whole(content: bytes, etag: str = '"one"', **more: str) -> Answer:
    """A good server: all of it, or the part that was asked for of the same file."""
    return cut(content, len(content), etag, **more)


def cut(content: bytes, at: int, etag: str = '"one"', then: str = "", **more: str) -> Answer:
    """The same, but the connection ends, or whatever `then` says, before the byte at that place."""

    def answer(request: Request, connection: Connection) -> None:
        known = {None, etag, more.get("Last_Modified")}
        same = {request.headers.get("if-range"), request.headers.get("if-match")} <= known
        start = request.offset if same else 0
        headers = {"Content-Length": str(len(content) - start), **_named(more)}
        if etag:
            headers["ETag"] = etag
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        connection.send(206 if start else 200, headers, content[start : max(start, at)])
        if then:
            getattr(connection, then)()

    return answer


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer as it is given here."""

    def answer(_: Request, connection: Connection) -> None:
        connection.send(status, {"Content-Length": str(len(body)), **_named(headers)}, body)

    return answer


def silence(_: Request, connection: Connection) -> None:
    """No answer at all."""
    connection.stall()


def _named(headers: Headers) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
