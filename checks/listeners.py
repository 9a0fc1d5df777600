"""TCP sockets that wait for connections, and whose they are.

On Linux the kernel's own table is read, and only as far as it is of use: it lists listening sockets
first, and a busy server has thousands of closing ones behind them, which psutil would all parse.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psutil

_LISTEN = "0A"  # the state in /proc/net/tcp; see proc_net_tcp.rst of the Linux kernel


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP socket that waits for connections."""

    address: str
    port: int
    pid: int

    @property
    def on_every_interface(self) -> bool:
        """Whether the router can reach it from outside the dyno."""
        return self.address in ("0.0.0.0", "::", "")  # noqa: S104  we look for it, we don't bind it

    @property
    def on_loopback(self) -> bool:
        """Whether only the dyno itself can reach it."""
        return self.address.startswith("127.") or self.address in ("::1", "::ffff:127.0.0.1")


def listeners(processes: Iterable[psutil.Process] | None = None) -> list[Listener]:
    """The listening sockets of these processes, or all we may see; in order of port."""
    pids = psutil.pids() if processes is None else [process.pid for process in processes]
    found = _from_kernel(pids) if os.path.exists("/proc/net/tcp") else _from_psutil(pids)
    return sorted(found, key=lambda each: (each.port, each.address, each.pid))


def _from_kernel(pids: Iterable[int]) -> set[Listener]:
    by_inode = {inode: (address, port) for inode, address, port in _listening()}
    return {
        Listener(*by_inode[inode], pid) for pid in pids for inode in _socket_inodes(pid) if inode in by_inode
    }


def _listening() -> Iterator[tuple[str, str, int]]:
    """Inode, address and port of each listening socket."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as lines:
                next(lines, None)  # the header
                for line in lines:
                    words = line.split()
                    if words[3] != _LISTEN:
                        break
                    address, _, port = words[1].partition(":")
                    yield words[9], _address(address), int(port, 16)
        except (OSError, ValueError, IndexError):
            continue


def _address(text: str) -> str:
    """The kernel prints addresses as 32-bit words in the machine's own byte order."""
    raw = bytes.fromhex(text)
    if sys.byteorder == "little":
        raw = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def _socket_inodes(pid: int) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    try:
        descriptors = os.listdir(folder)
    except OSError:  # gone, or another user's
        return
    for descriptor in descriptors:
        try:
            target = os.readlink(f"{folder}/{descriptor}")
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def _from_psutil(pids: Iterable[int]) -> set[Listener]:
    found = set()
    for pid in pids:
        try:
            connections = psutil.Process(pid).net_connections(kind="tcp")
        except (psutil.Error, OSError):  # macOS shows other users' sockets to root only
            continue
        for each in connections:
            if each.status == psutil.CONN_LISTEN and each.laddr:
                found.add(Listener(each.laddr[0], each.laddr[1], pid))
    return found
