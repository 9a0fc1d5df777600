"""Where what is unpacked goes: within one folder and within bounds, whatever the archive says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.sources.limits import BLOCK, DISK_RESERVE_BYTES
from checks.evidence import Fault, Value
from checks.limits import MB
from checks.model_file import model_fault

_SHOWN = 80  # characters of an entry's name in a message


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an archive may hold."""

    entries: int = 10_000
    bytes: int = 4 * 1024 * MB  # unpacked
    header_bytes: int = 16 * MB  # of a tar archive's headers, or a zip archive's directory


class Sink:
    """Takes the entries of `archive` into `folder`. Raises Fault for one that must not be."""

    def __init__(self, archive: Path, folder: Path, bounds: Bounds) -> None:
        self.archive = archive
        self.folder = folder
        self.bounds = bounds
        free = max(0, shutil.disk_usage(folder).free - DISK_RESERVE_BYTES)
        self.room = min(bounds.bytes, free)
        self._is_disk = free < bounds.bytes
        self._written = 0
        self._entries = 0

    def place(self, name: str) -> Path | None:
        """Where an entry goes; None for what a Mac adds of its own."""
        self._entries += 1
        if self._entries > self.bounds.entries:
            most = f"{self.bounds.entries:,}"
            raise self.fault("too-large", f"an archive with more than {most} entries")
        plain = name.replace("\\", "/")
        parts = [part for part in plain.split("/") if part not in ("", ".")]
        if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in parts or "\0" in plain:
            raise self.unsafe(name, "leads out of the folder")
        if "__MACOSX" in parts[:1] or (parts and parts[-1].startswith("._")):
            return None
        return self.folder.joinpath(*parts)

    def make_folder(self, place: Path) -> None:
        """A folder of the archive, with plain rights. Raises OSError."""
        place.mkdir(mode=0o755, parents=True, exist_ok=True)

    def write(self, place: Path, read: Callable[[int], bytes]) -> None:
        """A file of the archive, with plain rights; nothing but its bytes is taken over. Raises OSError."""
        self.make_folder(place.parent)
        with place.open("wb") as file:
            while block := read(BLOCK):
                self._written += len(block)
                self.must_fit(self._written)
                file.write(block)

    def must_fit(self, size: int) -> None:
        """Raises Fault when so many bytes are too many."""
        if size <= self.room:
            return
        most = f"{self.room / MB:,.1f} MB"
        if self._is_disk:
            raise self.fault("disk-full", f"an archive that needs more than the {most} left on the disk")
        raise self.fault("too-large", f"an archive of more than {most} unpacked", limit_bytes=self.room)

    def unsafe(self, name: str, why: str) -> Fault:
        """The fault of an entry that a model has no use for."""
        shown = shown_name(name)
        return self.fault("unsafe-archive", f"an archive whose entry {shown} {why}", entry=shown)

    def fault(self, fault: str, found: str, **more: Value) -> Fault:
        """A fault of the archive; `found` is what it is."""
        return model_fault(self.archive, fault, self.archive.stat().st_size, found, **more)


def shown_name(name: str) -> str:
    """An entry's name as a message may hold it: short, and nothing but what can be printed."""
    return ascii(name[:_SHOWN]) + ("…" if len(name) > _SHOWN else "")
