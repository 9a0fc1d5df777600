"""The bytes of a log: files, pipes and gzip, in UTF-8 or UTF-16, as blocks of whole lines.

Nothing is held but one block, and one line can't grow without bound.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO

BLOCK = 1 << 18  # bytes; larger ones are mapped anew by the allocator each time, which costs more
LINE = 1 << 16  # bytes of one line that are kept; Logplex cuts at 10,000
UNPACKED = 8 << 30  # bytes of a gzip file that are read
_GZIP = b"\x1f\x8b"


def blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks that end with a newline, as UTF-8; the last one gets its newline.

    Of a pipe a block is what has arrived, so that a diagnosis does not wait for a full one. Raises
    OSError when the stream can't be read, `zlib.error` or EOFError when gzip is broken.
    """
    first, pieces = _beginning(_pieces(getattr(stream, "read1", stream.read)))
    if first.startswith(_GZIP):
        first, pieces = _beginning(_unpacked(pieces))
    return _whole_lines(_as_utf8(first, pieces))


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while piece := read(BLOCK):
        yield piece


def _beginning(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, enough to tell what they are, and all pieces with them."""
    first = b""
    while len(first) < 4 and (piece := next(pieces, b"")):
        first += piece
    return first, chain((first,), pieces)


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What gzip holds, member after member."""
    unpack = zlib.decompressobj(wbits=31)
    left = UNPACKED
    for piece in pieces:
        packed = piece
        while packed and left > 0:
            data = unpack.decompress(packed, min(BLOCK, left))
            left -= len(data)
            if data:
                yield data
            packed = unpack.unconsumed_tail
            if unpack.eof:
                packed = unpack.unused_data.lstrip(b"\0")
                unpack = zlib.decompressobj(wbits=31)
    if unpack.unconsumed_tail == b"" and not unpack.eof and left == UNPACKED:
        raise EOFError("the gzip file ends before its first byte of content")


def _as_utf8(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-16 (PowerShell's redirection writes it) as UTF-8; all else as it is, less its mark."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif len(first) >= 4 and first[1:4:2] == b"\0\0" and first[0] and first[2]:
        encoding = "utf-16-le"
    elif len(first) >= 4 and first[0:4:2] == b"\0\0" and first[1] and first[3]:
        encoding = "utf-16-be"
    else:
        for piece in pieces:
            yield piece.removeprefix(codecs.BOM_UTF8) if piece is first else piece
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _whole_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []
    length = 0
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, memoryview(piece)[:end]))
            rest, length = [piece[end:]], len(piece) - end
        elif length < LINE:  # the rest of a line without end is dropped
            rest.append(piece)
            length += len(piece)
    last = b"".join(rest)
    if last:
        yield last + b"\n"
