"""The worst that can come, named one by one: it may cost no more than some times what a kind log costs."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from bench.logs.busy import busy
from diag.collect.logs.source import blocks
from diag.logs import examine_blocks
from diag.render import json, text

STAMP = "2026-11-20T14:02:11.123456+00:00"
APP, WEB = f"{STAMP} app[web.1]: ", f"{STAMP} heroku[web.1]: "
MILLION = 1_000_000
MANY = 20_000
KIND_LINES = 20_000
TIMES = 30  # a line that is looked at by all readers against an ordinary one, and a loaded machine
MOST_MEMORY = 100.0  # MB


def _seconds(data: bytes) -> float:
    """CPU seconds from bytes to a report that is drawn."""
    began = time.process_time()
    report = examine_blocks(blocks(io.BytesIO(data)))
    text.draw(report)
    json.draw(report)
    return time.process_time() - began


@cache
def _seconds_of_a_kind_line() -> float:
    data = "".join(busy(KIND_LINES)).encode()
    return min(_seconds(data) for _ in range(3)) / KIND_LINES


def _is_quick(data: bytes) -> None:
    # A kind line has some 240 bytes, so that longer ones count by their length.
    lines = max(data.count(b"\n"), len(data) / 240)
    assert _seconds(data) < 1 + TIMES * _seconds_of_a_kind_line() * lines


GROWN = [
    "[",
    "(",
    '"',
    "a=",
    "'",
    "\\",
    " ",
    "\t",
    '{"a":',
    "<1>1 ",
    "9 <1>1 2026-",
    "\x1b[",
    "remote: ",
    "Error R14 ",
    "app[web.1]: ",
    f"{STAMP} app[web.1]: ",
    "code=H12 ",
    "Caused by: ",
    "postgres://a:",
    "1.1.1.1 ",
]


@pytest.mark.parametrize("piece", GROWN)
def test_ten_megabytes_of_the_same(piece: str) -> None:
    _is_quick((piece * (10 * MILLION // len(piece))).encode())


@pytest.mark.parametrize("piece", ["x", *GROWN])
@pytest.mark.parametrize(
    "before", [APP, WEB, f"{STAMP} heroku[router]: at=error code=H12 path=", f"{APP}KeyError: "]
)
def test_lines_of_a_megabyte(before: str, piece: str) -> None:
    line = before + piece * (MILLION // len(piece)) + "\n"

    _is_quick(line.encode() * 3)


def test_a_million_identical_lines() -> None:
    _is_quick(f"{APP}hello\n".encode() * MILLION)


LINES = [
    f"{WEB}Error R14 (Memory quota exceeded)",
    f"{WEB}Process running mem=590M(115.2%)",
    f"{WEB}Starting process with command `gunicorn app:app`",
    f"{WEB}State changed from starting to crashed",
    f"{WEB}Process exited with status 1",
    f'{STAMP} heroku[router]: at=error code=H10 desc="App crashed" method=GET path="/" dyno= status=503',
    f"{STAMP} app[api]: Release v1 created by user kim@example.com",
    f"{APP}Traceback (most recent call last):",
    f'{APP}  File "/app/x.py", line 1, in f',
    f"{APP}KeyError: 'a'",
    f"{APP}During handling of the above exception, another exception occurred:",
    f"{APP}[2026-11-20 14:02:11 +0000] [2] [CRITICAL] WORKER TIMEOUT (pid:9)",
    f"{APP}[2026-11-20 14:02:11 +0000] [9] [ERROR] Exception in worker process",
    f"{APP}login password=h7Xq0pL2",
    f'{APP}{{"event": "x", "level": "error"}}',
    "remote:  !     Error: x",
    "hello",
    "",
]


@pytest.mark.parametrize("line", LINES)
def test_many_identical_lines(line: str) -> None:
    _is_quick(f"{line}\n".encode() * MANY)


def _traceback(frames: int) -> Iterator[str]:
    yield f"{APP}Traceback (most recent call last):"
    for number in range(frames):
        yield f'{APP}  File "/app/x{number}.py", line {number}, in f'
        yield f"{APP}    f()"
    yield f"{APP}KeyError: 'a'"
    yield f"{WEB}Process exited with status 1"
    yield f"{WEB}State changed from starting to crashed"


def test_a_traceback_of_a_hundred_thousand_frames() -> None:
    _is_quick("\n".join(_traceback(100_000)).encode())


def _numbered(*lines: str) -> Callable[[int], str]:
    return lambda number: "".join(f"{line}\n" for line in lines).replace("#", str(number))


DISTINCT = {
    "dynos that crash": _numbered(
        f"{STAMP} heroku[web.#]: Starting process with command `python x#.py`",
        f"{STAMP} heroku[web.#]: Process exited with status 1",
        f"{STAMP} heroku[web.#]: State changed from starting to crashed",
    ),
    "launches": _numbered(
        f"{WEB}Starting process with command `python x#.py`", f"{WEB}Process exited with status 1"
    ),
    "dynos over their quota": _numbered(
        f"{STAMP} heroku[web.#]: Process running mem=590M(115.2%)",
        f"{STAMP} heroku[web.#]: Error R14 (Memory quota exceeded)",
    ),
    "tracebacks that do not end": _numbered(f"{STAMP} app[web.#]: Traceback (most recent call last):"),
    "keys that do not end": _numbered(f"{STAMP} app[web.#]: -----BEGIN PRIVATE KEY-----"),
    "types of exceptions": _numbered(
        f"{APP}Traceback (most recent call last):",
        f'{APP}  File "/app/x.py", line 3, in f',
        f"{APP}app.Error#: message #",
    ),
    "requests that raise": _numbered(
        f"{APP}[2026-11-20 14:02:11,123] ERROR in app: Exception on /p# [GET]",
        f"{APP}Traceback (most recent call last):",
        f'{APP}  File "/app/x.py", line 3, in f#',
        f"{APP}app.Error#: message #",
    ),
    "chained exceptions": _numbered(
        f"{APP}Traceback (most recent call last):",
        f"{APP}KeyError: 'a#'",
        f"{APP}During handling of the above exception, another exception occurred:",
    ),
    "paths that time out": _numbered(
        f'{STAMP} heroku[router]: at=error code=H12 desc="Request timeout" method=M# path="/p#/x" host=h# '
        "dyno=web.# connect=1ms service=30001ms status=503 bytes=0 protocol=https"
    ),
    "codes": _numbered(
        f'{STAMP} heroku[router]: at=error code=H# desc="x" method=GET path="/" dyno=web.1 status=503'
    ),
    "workers": _numbered(
        f"{APP}[2026-11-20 14:02:11 +0000] [#] [INFO] Booting worker with pid: #",
        f"{APP}[2026-11-20 14:02:11 +0000] [#] [ERROR] Exception in worker process",
    ),
    "releases": _numbered(f"{STAMP} app[api]: Release v# created by user kim@example.com"),
    "builds": _numbered(
        "remote: -----> Installing x#", "remote:  !     Error: e#", "remote:  !     Push rejected"
    ),
    "clocks": _numbered("1#-11-20T14:02:11+00:00 heroku[web.1]: Error R14 (Memory quota exceeded)"),
}


@pytest.mark.parametrize("what", DISTINCT)
def test_many_distinct(what: str) -> None:
    _is_quick("".join(map(DISTINCT[what], range(MANY))).encode())


def test_json_that_is_nested_deeply() -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    less = '{"a":[' * 3_000 + "1" + "]}" * 3_000

    _is_quick(f"{deep}\n{APP}{deep}\n{less}\n{APP}{less}\n".encode() * 3)


PEAK = """
import atexit, sys
from diag.__main__ import run
atexit.register(lambda: print(open("/proc/self/status").read(), file=sys.stderr))
run()
"""


def test_all_of_it_in_one_log_takes_little_memory() -> None:
    """In a process of its own, which tells its peak: what is kept of a log is bounded."""
    with tempfile.TemporaryFile() as log:
        for numbered in DISTINCT.values():
            log.writelines(numbered(number).encode() for number in range(MANY // 3))
        log.write(b"x" * (20 * MILLION))
        log.seek(0)
        command = [sys.executable, "-c", PEAK, "logs", "--json", "--fail-on", "never"]
        done = subprocess.run(command, stdin=log, capture_output=True, text=True, check=True, timeout=300)
    most = next(line for line in done.stderr.splitlines() if line.startswith("VmHWM:"))

    assert int(most.split()[1]) / 1024 < MOST_MEMORY
