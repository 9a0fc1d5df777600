"""The notice board of one dyno: what each worker process knows, readable by the others.

A request reaches one worker, and the answer has to hold for the dyno. So each worker puts its state
into a file of its own in a folder that the dyno's workers share, and one of them, the leader, asks
the questions that concern the dyno as a whole. The folder is named after the server's
first process and private to the user; files of dead workers are passed over.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from checks.processes import server_process

try:
    import fcntl
except ImportError:  # Windows has none; every process then leads itself
    fcntl = None  # type: ignore[assignment]

STATE_BYTES = 1 << 20
_STATE_FILE = re.compile(r"([0-9]{1,9})\.json")


class Board:
    """One worker's place at the board. Without a usable folder it knows only itself."""

    def __init__(self, base: Path | None = None) -> None:
        self._born = psutil.Process().create_time()
        self._own: Mapping[str, Any] = {}
        self._written = b""
        self._lock: IO[bytes] | None = None
        self._read: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self._folder = _private_folder(base or Path(tempfile.gettempdir()))

    def put(self, state: Mapping[str, Any]) -> None:
        """Publish this worker's state; written only when it differs from the last one."""
        self._own = state
        text = json.dumps({"born": self._born, **state}).encode()
        if self._folder is None or text == self._written or len(text) > STATE_BYTES:
            return
        path = self._folder / f"{os.getpid()}.json"
        fresh = path.with_suffix(".new")
        try:
            fresh.write_bytes(text)
            fresh.replace(path)
            self._written = text
        except OSError:  # a full disk must not take health down with it
            for stale in (path, fresh):  # and what we said before holds no longer
                with contextlib.suppress(OSError):
                    stale.unlink()
            self._folder = None

    def states(self) -> list[Mapping[str, Any]]:
        """The states of all living workers, our own first."""
        others = []
        if self._folder is not None:
            with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
                for entry in entries:
                    named = _STATE_FILE.fullmatch(entry.name)
                    if named and int(named[1]) != os.getpid():
                        others.append(self._state(entry, int(named[1])))
        return [self._own, *(state for state in others if state)]

    def _state(self, entry: os.DirEntry[str], pid: int) -> Mapping[str, Any]:
        """Another worker's state, read again only when it has changed; empty when it is dead."""
        try:
            status = entry.stat(follow_symlinks=False)
            written, state = self._read.get(entry.name, (0, {}))
            if written != status.st_mtime_ns:
                if status.st_size > STATE_BYTES or not stat.S_ISREG(status.st_mode):
                    return {}
                state = json.loads(Path(entry.path).read_bytes())
                self._read[entry.name] = (status.st_mtime_ns, state)
            alive = abs(psutil.Process(pid).create_time() - state["born"]) < 1
        except psutil.NoSuchProcess:
            alive = False
        except (OSError, ValueError, KeyError, TypeError, RecursionError, psutil.Error):
            return {}
        if not alive:
            self._read.pop(entry.name, None)
            with contextlib.suppress(OSError):
                os.unlink(entry.path)
            return {}
        return state

    def leads(self) -> bool:
        """Whether this worker asks for the whole dyno. The lock falls to another when it dies."""
        if self._folder is None or fcntl is None or self._lock is not None:
            return True
        try:
            lock = (self._folder / "leader.lock").open("ab")
        except OSError:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def note_question(self) -> None:
        """Let the leader know that somebody asks for health."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                (self._folder / "asked").touch()

    def last_question(self) -> float:
        """Unix time of the last question to any worker, 0 if there was none."""
        if self._folder is None:
            return 0.0
        try:
            return (self._folder / "asked").stat().st_mtime
        except OSError:
            return 0.0

    def forget_lock(self) -> None:
        """After a fork: the lock is the parent's."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _private_folder(base: Path) -> Path | None:
    """The server's folder, ours alone; None when it can't be had."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = base / f"diag-{user}-{server_process(os.getpid()).pid}"
    _sweep(base, user)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        ours = stat.S_ISDIR(status.st_mode) and status.st_uid == user and not status.st_mode & 0o077
    except OSError:
        return None
    return folder if ours else None


def _sweep(base: Path, user: int) -> None:
    """Remove the boards of servers that no longer run."""
    with contextlib.suppress(OSError):
        for folder in base.glob(f"diag-{user}-*"):
            server = folder.name.rpartition("-")[2]
            status = folder.lstat()
            ours = stat.S_ISDIR(status.st_mode) and status.st_uid == user
            if ours and server.isdigit() and not psutil.pid_exists(int(server)):
                shutil.rmtree(folder, ignore_errors=True)
