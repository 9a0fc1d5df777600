"""A dyno's memory: a cgroup of its size where one can be made, else the sum over the processes.

Anonymous memory and swap are what fills a quota; pages of files can be read again. In a cgroup the
kernel also kills what goes beyond, since there is seldom swap.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.server import Server
from checks.limits import MB
from checks.processes import memory_of

CGROUPS = Path("/sys/fs/cgroup/memory")  # version 1
REAPED_SECONDS = 10.0
_ENTER = 'echo $$ > "$0" && exec "$@"'
_COUNTED = ("total_rss", "total_swap", "total_shmem")


@dataclass(frozen=True, slots=True)
class Quota:
    """So many MB (MiB), held to by the kernel when there is a cgroup."""

    megabytes: int
    cgroup: Path | None

    @property
    def told_by(self) -> str:
        """Where the figures come from."""
        if self.cgroup is None:
            return "summed over the processes (anonymous PSS + swap): no memory cgroup can be made here"
        return f"of a memory cgroup of {self.megabytes} MB (rss + swap + shmem)"

    def around(self, command: Sequence[str]) -> list[str]:
        """The command, begun inside the cgroup."""
        if self.cgroup is None:
            return list(command)
        return ["/bin/sh", "-c", _ENTER, str(self.cgroup / "cgroup.procs"), *command]

    def used(self, server: Server) -> float:
        """Anonymous + swap of the whole server now, in MB."""
        if self.cgroup is None:
            return sum(memory_of(pid).unevictable for pid in server.pids())
        told = dict(line.split() for line in (self.cgroup / "memory.stat").read_text().splitlines())
        return sum(int(told.get(name, 0)) for name in _COUNTED) / MB

    def killed(self) -> int:
        """How many processes the kernel has killed for memory."""
        if self.cgroup is None:
            return 0
        lines = (self.cgroup / "memory.oom_control").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


@contextmanager
def quota(megabytes: int) -> Iterator[Quota]:
    """A quota for one server, which must have ended before this does."""
    folder = CGROUPS / f"bench-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(megabytes * MB))
    except OSError:
        with suppress(OSError):
            folder.rmdir()
        yield Quota(megabytes, None)
        return
    try:
        yield Quota(megabytes, folder)
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """The kernel lets go of a cgroup only when the last of the killed has been reaped."""
    end = time.monotonic() + REAPED_SECONDS
    while True:
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


@dataclass(slots=True)
class Peak:
    """The highest figure seen."""

    figure: float = 0.0
    error: Exception | None = None


@contextmanager
def peak_of(figure: Callable[[], float], every: float = 0.1) -> Iterator[Peak]:
    """Ask for a figure now and again, in a thread, and keep the highest."""
    peak, ended = Peak(), threading.Event()

    def watch() -> None:
        try:
            while not ended.wait(every):
                peak.figure = max(peak.figure, figure())
        except Exception as error:
            peak.error = error

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
    if peak.error is not None:
        raise RuntimeError("the memory could not be watched to the end") from peak.error
