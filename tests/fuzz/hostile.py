"""Logs as no one would wish them: each of our fixture logs, damaged in some ways."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from functools import cache

from hypothesis import strategies as st

from bench.logs.busy import busy
from bench.logs.talkative import talkative
from tests.logs import CASES

Draw = Callable[[st.SearchStrategy[int]], int]
Damage = Callable[[Draw, list[bytes]], list[bytes]]

LARGEST_SEED = 60_000  # bytes
MOST_LINES = 3_000

ODD = (
    *(
        b"\x00",
        b"\x1b[31m",
        b"\x1b]8;;x\x07",
        b"\x9b2J",
        b"\r",
        b"\x0b",
        b"\x0c",
        b"\x85",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ),
    *(
        "\u2028".encode(),
        "\u202e".encode(),
        "\ud800".encode("utf-8", "surrogatepass"),
        "İ".encode(),
        "٣".encode(),
    ),
    *(
        b"\xf0\x9f\x98",
        b"\t",
        b"  ",
        b"%s{}{0.__class__}",
        b"[bold]",
        b"]]>",
        b"\\",
        b'"',
        b"'",
        b"`",
        b"${PORT}",
    ),
)
NUMBERS = (
    *(
        b"0",
        b"-1",
        b"-0.0",
        b"inf",
        b"nan",
        b"1e999",
        b"-1e-999",
        b"9" * 30,
        b"9" * 400,
        b"0x1F",
        b"1_000",
        b"1,5",
    ),
    *("٣".encode(), "²".encode(), b"00007", b"+5", b".", b"1.2.3", b"18446744073709551616", b""),
)
STAMPS = (
    *(b"2026-11-20T14:02:11.123456+00:00", b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59.999999-23:59"),
    *(
        b"1970-01-01T00:00:00Z",
        b"2026-02-30T25:61:61.5+00:00",
        b"2026-11-20T14:02:11,5",
        b"2016-12-31T23:59:60Z",
    ),
)
GROWN = (
    *(
        b"[",
        b"(",
        b"{",
        b'{"a":',
        b'"',
        b"'",
        b"a=a",
        b"=",
        b":",
        b"/",
        b"\\",
        b" ",
        b".",
        b"-",
        b"<1>1 ",
        b"9",
        b"9 <1>1 ",
    ),
    *(
        b"\t",
        b"remote: ",
        b"Caused by ",
        b"Error R14 ",
        b"app[web.1]: ",
        b'File "x", line 1, in x ',
        b"code=H12 ",
    ),
    *(
        b"postgres://a:b@",
        b"password=",
        b"eyJ",
        b"mem=1M(",
        b"sample#memory_rss=1MB ",
        b"1.1.1.1 ",
        b"\xc3\xa9",
        b"\x1b[",
    ),
)


@cache
def seeds() -> tuple[tuple[bytes, ...], ...]:
    """The lines of each fixture log that is not long, and of the logs that the benchmark reads."""
    found = []
    for path in CASES:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        if len(data) < LARGEST_SEED:
            found.append(tuple(data.splitlines(keepends=True)))
    made_up = (busy(400), talkative(400))
    return (*found, *(tuple(line.encode() for line in lines) for lines in made_up))


def _place(draw: Draw, lines: list[bytes]) -> int:
    return draw(st.integers(0, max(0, len(lines) - 1)))


def _choice(draw: Draw, pieces: tuple[bytes, ...]) -> bytes:
    return pieces[draw(st.integers(0, len(pieces) - 1))]


def cut(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """The log begins or ends in the middle of a line."""
    data = b"".join(lines)
    begin = draw(st.integers(0, len(data)))
    end = draw(st.integers(begin, len(data)))
    return data[begin:end].splitlines(keepends=True)


def shuffle(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """Some lines change places."""
    lines = list(lines)
    for _ in range(draw(st.integers(1, 10))):
        a, b = _place(draw, lines), _place(draw, lines)
        if lines:
            lines[a], lines[b] = lines[b], lines[a]
    return lines


def interleave(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """Another log between the lines of this one."""
    others = list(seeds()[draw(st.integers(0, len(seeds()) - 1))])
    step = draw(st.integers(1, 7))
    mixed: list[bytes] = []
    while lines or others:
        mixed += lines[:step] + others[:1]
        lines, others = lines[step:], others[1:]
    return mixed


def repeat(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """Some lines come again and again."""
    begin = _place(draw, lines)
    end = begin + draw(st.integers(1, 12))
    times = draw(st.sampled_from((2, 3, 30, 300)))
    return lines[:begin] + lines[begin:end] * times + lines[end:]


def drop(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """Some lines are missing."""
    begin = _place(draw, lines)
    return lines[:begin] + lines[begin + draw(st.integers(1, 12)) :]


def grow(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """A line becomes giant."""
    at = _place(draw, lines)
    giant = _choice(draw, GROWN) * draw(st.sampled_from((30, 1_000, 12_000)))
    return _within(draw, lines, at, giant)


def insert(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """Odd bytes within a line."""
    return _within(draw, lines, _place(draw, lines), _choice(draw, ODD))


def flip(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """A byte becomes another."""
    at = _place(draw, lines)
    line = bytearray(lines[at]) if lines else bytearray()
    if line:
        line[draw(st.integers(0, len(line) - 1))] = draw(st.integers(0, 255))
        lines = [*lines[:at], bytes(line), *lines[at + 1 :]]
    return lines


def renumber(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """A number becomes an exotic one."""
    at = _place(draw, lines)
    places = [i for i, byte in enumerate(lines[at]) if 48 <= byte <= 57] if lines else []
    if not places:
        return lines
    begin = places[draw(st.integers(0, len(places) - 1))]
    end = begin
    while end < len(lines[at]) and 48 <= lines[at][end] <= 57:
        end += 1
    return [*lines[:at], lines[at][:begin] + _choice(draw, NUMBERS) + lines[at][end:], *lines[at + 1 :]]


def restamp(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """The clock jumps, or shows what no clock shows."""
    at = _place(draw, lines)
    if not lines:
        return lines
    rest = lines[at].partition(b" ")[2]
    return [*lines[:at], _choice(draw, STAMPS) + b" " + rest, *lines[at + 1 :]]


def double_keys(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """The fields of a line stand there twice."""
    at = _place(draw, lines)
    if not lines:
        return lines
    head, sep, rest = lines[at].rstrip(b"\n").partition(b": ")
    return [*lines[:at], head + sep + rest + b" " + rest + b"\n", *lines[at + 1 :]]


def frame(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """Drain frames, whose counts may lie."""
    wrong = draw(st.sampled_from((0, 0, 1, -1, 10_000)))
    framed = []
    for line in lines:
        entry = b"<134>1 2026-11-20T14:02:11.1+00:00 host app web.1 - " + line.rstrip(b"\n")
        framed.append(b"%d " % max(0, len(entry) + wrong) + entry)
    return [b"".join(framed)[:LARGEST_SEED]]


def of_workers(draw: Draw, lines: list[bytes]) -> list[bytes]:
    """Other dynos say the same, in between."""
    others = [line.replace(b"web.1", b"web.%d" % draw(st.integers(1, 40))) for line in lines[:200]]
    return [line for pair in zip(lines, others, strict=False) for line in pair] + lines[200:]


def _within(draw: Draw, lines: list[bytes], at: int, piece: bytes) -> list[bytes]:
    if not lines:
        return [piece]
    place = draw(st.integers(0, len(lines[at])))
    return [*lines[:at], lines[at][:place] + piece + lines[at][place:], *lines[at + 1 :]]


DAMAGES: tuple[Damage, ...] = (
    *(cut, shuffle, interleave, repeat, drop, grow, insert, insert, flip, flip),
    *(renumber, renumber, restamp, double_keys, frame, of_workers),
)


@st.composite
def hostile_logs(draw: Draw) -> bytes:
    """A log's bytes."""
    lines = list(seeds()[draw(st.integers(0, len(seeds()) - 1))])
    for _ in range(draw(st.integers(0, 6))):
        damage = DAMAGES[draw(st.integers(0, len(DAMAGES) - 1))]
        lines = damage(draw, lines)[:MOST_LINES]
    return _encoded(draw, b"".join(lines))


def _gzip_cut(draw: Draw, data: bytes) -> bytes:
    return gzip.compress(data, 1)[: draw(st.integers(2, 2_000))]


ENCODINGS: tuple[Callable[[Draw, bytes], bytes], ...] = (
    lambda _, data: data.replace(b"\n", b"\r\n"),
    lambda _, data: gzip.compress(data, 1),
    _gzip_cut,
    lambda _, data: gzip.compress(gzip.compress(data, 1), 1),
    lambda _, data: data.decode("utf-8", "replace").encode("utf-16"),
    lambda _, data: data.decode("utf-8", "replace").encode("utf-16-be"),
    lambda _, data: b"\xef\xbb\xbf" + data,
    lambda _, data: zlib.compress(data),
)


def _encoded(draw: Draw, data: bytes) -> bytes:
    """Every second log stays in UTF-8."""
    form = draw(st.integers(0, 2 * len(ENCODINGS) - 1))
    return ENCODINGS[form](draw, data) if form < len(ENCODINGS) else data
