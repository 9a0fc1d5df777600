"""As much HTTP/1.1 as a benchmark needs: one answer out of bytes, one request over a new connection."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

HOST = "127.0.0.1"
HEAD_BYTES = 65536
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)\s*\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:\s*close\s*\r\n", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


class BadAnswer(ValueError):  # noqa: N818  it is the server's
    """Bytes that are no answer we can read."""


@dataclass(frozen=True, slots=True)
class Head:
    """What must be known before a body can be read. `size` counts head and body, in bytes."""

    status: int
    begin: int  # where the body begins
    size: int
    closes: bool  # whether the server will close the connection after this answer


def head_of(received: bytes) -> Head | None:
    """The head, once it is complete. Raises BadAnswer without a status or a Content-Length."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        if len(received) > HEAD_BYTES:
            raise BadAnswer(f"no end of the head within {HEAD_BYTES} bytes")
        return None
    head = received[: end + 2]
    status, length = _STATUS.match(head), _LENGTH.search(head)
    if status is None or length is None:
        raise BadAnswer("an answer without status or Content-Length")
    return Head(int(status[1]), end + 4, end + 4 + int(length[1]), _CLOSE.search(head) is not None)


def request(method: str, path: str, body: bytes = b"", *, close: bool = False) -> bytes:
    """A request in the form it has on the wire; with `close` the last one of its connection."""
    content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    content += "Connection: close\r\n" if close else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n{content}\r\n"
    return head.encode() + body


def ask(port: int, message: bytes, patience: float = 5.0) -> tuple[int, bytes]:
    """Status and body, over a connection of its own. Raises OSError when nobody answers.

    `patience` is in seconds, for each step of the exchange.
    """
    received = b""
    with socket.create_connection((HOST, port), patience) as connection:
        connection.sendall(message)
        while (head := head_of(received)) is None or len(received) < head.size:
            chunk = connection.recv(65536)
            if not chunk:
                raise ConnectionResetError(f"the server closed after {len(received)} bytes")
            received += chunk
    return head.status, received[head.begin : head.size]
