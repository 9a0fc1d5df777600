"""The directory at a zip archive's end, read within bounds: names and places, nothing unpacked.

PKWARE's APPNOTE 6.3, 4.3: end of central directory, central directory header, local file header.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

WINDOW = 64 * 1024  # bytes read of an archive's end, and of its directory
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")


@dataclass(frozen=True, slots=True)
class Directory:
    """The first bytes of a central directory of `length` bytes."""

    content: bytes
    length: int

    @property
    def is_whole(self) -> bool:
        """Whether the bytes are all of it."""
        return self.length <= len(self.content)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Each entry with its name."""
        at = 0
        while at + _ENTRY.size <= len(self.content) and self.content.startswith(b"PK\x01\x02", at):
            fields = _ENTRY.unpack_from(self.content, at)
            method, packed, name, extra, comment, place = (fields[i] for i in (4, 8, 10, 11, 12, 16))
            at += _ENTRY.size
            yield self.content[at : at + name].decode("utf-8", "replace"), Entry(method, packed, place)
            at += name + extra + comment


@dataclass(frozen=True, slots=True)
class Entry:
    """How an entry is packed, its packed size, and where its local header is."""

    method: int
    packed: int
    place: int


def read_directory(file: BinaryIO, size: int) -> Directory | None:
    """The central directory of an archive of `size` bytes. None when its end is missing, as a cut one's."""
    start = max(0, size - WINDOW)
    file.seek(start)
    tail = file.read(WINDOW)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return None
    *_, length, offset, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment > len(tail):
        return None
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):  # larger than 4 GB: the true end is elsewhere
        found = _zip64(file, struct.unpack_from("<Q", tail, at - 12)[0], size)
        if found is None:
            return None
        length, offset = found
    if offset + length > start + at:
        return None
    file.seek(offset)
    content = file.read(min(length, WINDOW))
    # The end of an archive within a cut archive leads to no directory of the outer one.
    return Directory(content, length) if content.startswith(b"PK\x01\x02") or not length else None


def _zip64(file: BinaryIO, at: int, size: int) -> tuple[int, int] | None:
    if at + 56 > size:
        return None
    file.seek(at)
    record = file.read(56)
    if not record.startswith(b"PK\x06\x06"):
        return None
    length, offset = struct.unpack_from("<QQ", record, 40)
    return length, offset


def read_entry(file: BinaryIO, entry: Entry, most: int) -> bytes:
    """At most that many first bytes of an entry; nothing when it is not where it should be."""
    file.seek(entry.place)
    local = file.read(_LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        return b""
    name, extra = _LOCAL.unpack(local)[-2:]
    file.seek(entry.place + _LOCAL.size + name + extra)
    content = file.read(min(entry.packed, most))
    if entry.method != zlib.DEFLATED:
        return content
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, most)
    except zlib.error:
        return b""
