"""The entries of a tar archive, and of a file packed by gzip, in one pass from the first byte to the last."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import PurePath
from typing import BinaryIO, cast

from app.sources.limits import BLOCK
from app.sources.unpacking import Sink

_HEAD = 512  # bytes: enough to know a tar archive


class _Forward:
    """A file that is read once. What is read for headers is counted, since tarfile keeps all of it."""

    def __init__(self, file: BinaryIO, header_bytes: int) -> None:
        self._file = file
        self._ahead = b""
        self._at = 0
        self._left = header_bytes
        self.last = b""  # what was read for headers last

    def peek(self, size: int) -> bytes:
        """The first bytes, which stay to be read."""
        while len(self._ahead) < size and (block := self._file.read(size - len(self._ahead))):
            self._ahead += block
        return self._ahead

    def take(self, size: int) -> bytes:
        """Bytes of an entry's content."""
        if self._ahead:
            block, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            block = self._file.read(size)
        self._at += len(block)
        return block

    # What tarfile uses of a file.

    def read(self, size: int) -> bytes:
        """Bytes of a header. Raises OverflowError when there are too many of them."""
        self._count(size)
        self.last = b""
        while len(self.last) < size and (block := self.take(size - len(self.last))):
            self.last += block
        return self.last

    def drain(self) -> None:
        """Read what is left, so that gzip compares its sum. Raises OverflowError as `read` does."""
        while block := self.take(BLOCK):
            self._count(len(block))

    def seek(self, position: int) -> None:
        """Forward only. Raises OverflowError as `read` does: nothing but padding should be between."""
        self._count(position - self._at)
        while self._at < position and self.take(min(BLOCK, position - self._at)):
            pass

    def tell(self) -> int:
        """The next byte's place."""
        return self._at

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise OverflowError


def unpack_tar(sink: Sink, *, gzipped: bool) -> None:
    """Unpack a tar archive, or the one file that is packed by gzip. Raises Fault and OSError."""
    kind = "a gzip file" if gzipped else "a tar archive"
    with sink.archive.open("rb") as raw:
        file = cast("BinaryIO", gzip.GzipFile(fileobj=raw, mode="rb")) if gzipped else raw
        forward = _Forward(file, sink.bounds.header_bytes)
        try:
            if gzipped and forward.peek(_HEAD)[257:262] != b"ustar":
                _one_file(forward, sink)
            else:
                _entries(forward, sink)
                forward.drain()
        except EOFError:
            raise sink.fault("truncated", f"{kind} that ends before its content does") from None
        except tarfile.ReadError as error:
            ends = "unexpected end of data" in str(error)
            found = f"{kind} that {'ends before its content does' if ends else 'is damaged'}"
            raise sink.fault("truncated" if ends else "damaged", found) from None
        except (gzip.BadGzipFile, zlib.error, tarfile.TarError, ValueError, RecursionError):
            raise sink.fault("damaged", f"{kind} that can't be unpacked") from None
        except OverflowError:
            raise sink.fault(
                "too-large", f"{kind} with {sink.bounds.header_bytes:,} bytes of names"
            ) from None


def _one_file(forward: _Forward, sink: Sink) -> None:
    """Under the archive's name without its ending."""
    name = sink.archive.name
    plain = PurePath(name).stem if name.lower().endswith((".gz", ".gzip")) else name
    sink.write(sink.folder / (plain or "model"), forward.take)


def _entries(forward: _Forward, sink: Sink) -> None:
    with tarfile.open(fileobj=cast("BinaryIO", forward), mode="r:") as archive:
        while (entry := archive.next()) is not None:
            place = sink.place(entry.name)
            if entry.isdir():
                if place is not None:
                    sink.make_folder(place)
            elif not entry.isreg() or entry.issparse():
                raise sink.unsafe(entry.name, f"is {_kind(entry)}")
            elif place is not None:
                sink.must_fit(entry.size)
                sink.write(place, _Content(forward, entry).read)
        # tarfile takes whatever is no header for the end. Some tools leave out the blocks of zeros there.
        if len(forward.last) % tarfile.BLOCKSIZE:
            raise EOFError
        if forward.last.strip(b"\0"):
            raise tarfile.ReadError("bad header")


def _kind(entry: tarfile.TarInfo) -> str:
    if entry.issym():
        return "a symbolic link"
    if entry.islnk():
        return "a hard link"
    return "neither a file nor a folder"


class _Content:
    """The bytes of one entry. Raises EOFError when the archive ends before."""

    def __init__(self, forward: _Forward, entry: tarfile.TarInfo) -> None:
        self._forward = forward
        self._left = entry.size

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the entry's end."""
        if not self._left:
            return b""
        block = self._forward.take(min(size, self._left))
        if not block:
            raise EOFError
        self._left -= len(block)
        return block
