from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

import pytest

from diag.collect.logs import source
from diag.collect.logs.source import blocks

LINES = "first line\nzweite Zeile: größer\nthird\n"


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self._left, self._step = data, step

    def read1(self, _size: int = -1) -> bytes:
        piece, self._left = self._left[: self._step], self._left[self._step :]
        return piece

    read = read1


def text(stream: object) -> str:
    return b"".join(blocks(stream)).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        LINES.encode(),
        b"\xef\xbb\xbf" + LINES.encode(),
        LINES.encode("utf-16"),
        LINES.encode("utf-16-le"),
        LINES.encode("utf-16-be"),
        b"\xfe\xff" + LINES.encode("utf-16-be"),
        gzip.compress(LINES.encode()),
        gzip.compress(LINES.encode("utf-16")),
        gzip.compress(LINES[:11].encode()) + gzip.compress(LINES[11:].encode()),
    ],
    ids=["utf-8", "mark", "utf-16", "le", "be", "be with mark", "gzip", "gzip of utf-16", "two members"],
)
@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_whatever_the_encoding_the_same_lines_come_out(data: bytes, step: int) -> None:
    assert text(Trickle(data, step)) == LINES


def test_every_block_ends_with_a_newline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BLOCK", 10)
    found = list(blocks(io.BytesIO(b"aaaa\nbbbbbbbbbbbbbbbbbbbb\ncc\nd")))
    assert all(block.endswith(b"\n") for block in found)
    assert b"".join(found) == b"aaaa\nbbbbbbbbbbbbbbbbbbbb\ncc\nd\n"


def test_a_block_of_a_pipe_is_what_has_arrived() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"first\n"
        raise AssertionError("asked for more before the first line was given")

    left = pieces()

    class Pipe(io.RawIOBase):
        def read1(self, _size: int = -1) -> bytes:
            return next(left)

    assert next(blocks(Pipe())) == b"first\n"  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"\n", b"x"])
def test_almost_nothing(data: bytes) -> None:
    assert text(io.BytesIO(data)) == {b"": "", b"\n": "\n", b"x": "x\n"}[data]


def test_broken_utf_8_stays_for_the_reader_to_replace() -> None:
    assert b"".join(blocks(io.BytesIO(b"a\xff\xfeb\n"))) == b"a\xff\xfeb\n"


def test_a_line_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BLOCK", 1000)
    monkeypatch.setattr(source, "LINE", 3000)
    found = b"".join(blocks(io.BytesIO(b"x" * 1_000_000 + b"\nnext\n")))
    assert found.endswith(b"\nnext\n")
    assert len(found) < 6000


def test_a_bomb_is_read_to_the_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "UNPACKED", 1 << 20)
    bomb = gzip.compress(b"x\n" * (8 << 20))
    assert sum(map(len, blocks(io.BytesIO(bomb)))) <= 2 << 20


@pytest.mark.parametrize("broken", [b"\x1f\x8b\x08broken header", b"\x1f\x8b"])
def test_broken_gzip_is_an_error(broken: bytes) -> None:
    with pytest.raises((zlib.error, EOFError)):
        list(blocks(io.BytesIO(broken)))
