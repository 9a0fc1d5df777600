"""Which processes serve the web, and what memory they hold.

Figures come from the kernel: ``/proc/<pid>/smaps_rollup`` where it may be read (it alone splits the
pages that forked workers share), ``/proc/<pid>/status`` otherwise, psutil off Linux.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from checks.limits import MB
from checks.listeners import listeners
from checks.procfile import is_started_by, web_command

if TYPE_CHECKING:
    from checks.evidence import Dyno


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one process or a sum over several, in MB (MiB, as Heroku counts).

    `anonymous`, `file` and `swap` are proportional shares (PSS) where the kernel tells them, so a
    sum over forked workers counts a shared page once; `rss` counts it once per process. Shared
    memory (``/dev/shm``, multiprocessing) has no file to be read again from: it counts as anonymous.
    """

    rss: float = 0.0
    anonymous: float = 0.0
    file: float = 0.0
    swap: float = 0.0

    def __add__(self, other: Memory) -> Memory:
        return Memory(
            self.rss + other.rss,
            self.anonymous + other.anonymous,
            self.file + other.file,
            self.swap + other.swap,
        )

    def __sub__(self, other: Memory) -> Memory:
        return Memory(
            self.rss - other.rss,
            self.anonymous - other.anonymous,
            self.file - other.file,
            self.swap - other.swap,
        )

    @property
    def unevictable(self) -> float:
        """Anonymous + swap: what the kernel can't give back, and so what fills a quota."""
        return self.anonymous + self.swap


def memory_of(pid: int | str, proc: os.PathLike[str] | str = "/proc") -> Memory:
    """The memory of one process; all zero when it is gone. `pid` may be ``self``."""
    try:
        with open(f"{proc}/{pid}/smaps_rollup", encoding="ascii") as lines:
            kb = _kilobytes(lines)
        # Pss_Anon exists since Linux 5.4; before that Pss_Anon ≤ Anonymous is the best we know.
        anonymous = kb.get("Pss_Anon", kb.get("Anonymous", 0)) + kb.get("Pss_Shmem", 0)
        file = max(0, kb.get("Pss", 0) - anonymous)
        swap = kb.get("SwapPss", kb.get("Swap", 0))
        return Memory(kb.get("Rss", 0) / 1024, anonymous / 1024, file / 1024, swap / 1024)
    except OSError:
        pass
    try:
        with open(f"{proc}/{pid}/status", encoding="utf-8", errors="replace") as lines:
            kb = _kilobytes(lines)
        return Memory(
            kb.get("VmRSS", 0) / 1024,
            (kb.get("RssAnon", 0) + kb.get("RssShmem", 0)) / 1024,
            kb.get("RssFile", 0) / 1024,
            kb.get("VmSwap", 0) / 1024,
        )
    except OSError:
        pass
    if os.path.isdir(f"{proc}/self"):
        return Memory()
    try:  # no /proc at all (macOS): RSS is all there is, and it is taken as unevictable
        rss = psutil.Process(os.getpid() if pid == "self" else int(pid)).memory_info().rss / MB
    except psutil.Error:
        return Memory()
    return Memory(rss, rss)


def _kilobytes(lines: Iterable[str]) -> dict[str, int]:
    """``Name:   123 kB`` lines as a mapping; everything else is passed over."""
    found = {}
    for line in lines:
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB" and words[0].isdigit():
            found[name] = int(words[0])
    return found


def process_age() -> float:
    """Seconds since this process was started.

    The kernel counts starts in clock ticks since boot; psutil adds a boot time of whole seconds,
    which is too coarse against a boot limit.
    """
    try:
        with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
            started = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started)
    except (OSError, ValueError, IndexError, AttributeError):
        return max(0.0, time.time() - psutil.Process().create_time())


def web_processes(dyno: Dyno) -> list[psutil.Process]:
    """The processes of the web process, the server's first one first.

    Inside the server that is the tree we are in. The doctor looks from outside: the tree that
    listens on $PORT, else trees that listen and were started in the app's folder. Empty when there
    is none.
    """
    if dyno.boot is not None:
        return _tree({server_process(os.getpid()).pid})
    found = listeners()
    port = dyno.var("PORT").lstrip("0")  # compared as text, since it may hold anything
    pids = {each.pid for each in found if str(each.port) == port} - {os.getpid()}
    if not pids:  # who started us (a test runner, an editor) may listen too
        ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
        command = web_command(dyno.root)
        pids = {each.pid for each in found if _is_of_the_app(each.pid, dyno, command)} - ours
    tree = _tree({first for pid in pids if (first := _first_of(pid))})
    return [process for process in tree if process.pid != os.getpid()]


def _first_of(pid: int) -> int | None:
    """The pid of the server's first process; None when it has just ended."""
    try:
        return server_process(pid).pid
    except psutil.Error:
        return None


def server_process(pid: int) -> psutil.Process:
    """The first process of the server this one belongs to: gunicorn's master for a worker.

    A forked worker holds the listening socket of its parent; a shell, a test runner or make does not.
    """
    process = psutil.Process(pid)
    sockets = _sockets(process)
    try:
        while sockets and (parent := process.parent()) is not None and sockets & _sockets(parent):
            process = parent
    except psutil.Error:
        pass
    return process


def _sockets(process: psutil.Process) -> set[tuple[str, int]]:
    return {(each.address, each.port) for each in listeners([process])}


def _tree(roots: set[int]) -> list[psutil.Process]:
    """These processes and all below them."""
    found: dict[int, psutil.Process] = {}
    for root in sorted(roots):
        try:
            process = psutil.Process(root)
            found |= {each.pid: each for each in (process, *process.children(recursive=True))}
        except psutil.Error:
            continue
    return list(found.values())


def _is_of_the_app(pid: int, dyno: Dyno, command: str) -> bool:
    """Whether it was started in the app's folder, by the Procfile's command where there is one."""
    try:
        process = psutil.Process(pid)
        cwd = process.cwd()
        stands_there = cwd == str(dyno.root) or cwd.startswith(f"{str(dyno.root).rstrip('/')}/")
        return stands_there and (not command or is_started_by(command, process.cmdline()))
    except psutil.Error:
        return False
