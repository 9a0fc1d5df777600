"""Where a report goes: terminals, encodings, files."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import click
import pytest

from diag import output
from diag.report import Report
from tests.diag.render.incidents import MORE, ROOT_CAUSE
from tests.readme import LOG
from tests.servers import PLAIN_ENV

COLOUR = re.compile(r"\x1b\[(?:\d+;)*3\d(?:;\d+)*m")
ESCAPE = re.compile(r"\x1b\[[\d;]*m")
REPORT = Report("logs", "heroku.log", (ROOT_CAUSE, MORE))


def on_terminal(command: list[str], columns: int, env: dict[str, str]) -> str:
    """What the command writes to a terminal of that width."""
    master, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "diag", *command],
        env={**PLAIN_ENV, "TERM": "xterm-256color", **env},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
    ):
        os.close(terminal)
        written = b""
        with contextlib.suppress(OSError):  # Linux: the other end is closed
            while piece := os.read(master, 65536):
                written += piece
    os.close(master)
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours_and_its_width() -> None:
    drawn = on_terminal(["logs", str(LOG)], 60, {})
    assert COLOUR.search(drawn)
    plain = ESCAPE.sub("", drawn)
    assert "\x1b" not in plain
    assert 50 < max(map(len, plain.splitlines())) <= 60


def test_no_color_is_heeded() -> None:
    drawn = on_terminal(["logs", str(LOG)], 100, {"NO_COLOR": "1"})
    assert not COLOUR.search(drawn)
    assert "port/bound-to-localhost" in drawn


def test_a_log_can_not_write_to_the_terminal(tmp_path: Path) -> None:
    hostile = LOG.read_text().replace("python app.py", "python \x1b]0;x\x07\x1b[2J\x9b31m\u202e.py")
    (tmp_path / "x.log").write_text(hostile, "utf-8")
    plain = ESCAPE.sub("", on_terminal(["logs", str(tmp_path / "x.log")], 100, {}))
    assert not set("\x1b\x07\x9b\u202e") & set(plain)
    assert "starts python" in plain


def test_explain_takes_the_width_of_the_terminal() -> None:
    drawn = on_terminal(["explain", "h10"], 50, {})
    assert 40 < max(map(len, drawn.splitlines())) <= 50


class Stream(io.TextIOWrapper):
    """Standard output in an encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    @property
    def written(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "a → b… – é \\udc80"),
        ("latin-1", "a -> b... - é \\udc80"),
        ("ascii", "a -> b... - \\xe9 \\udc80"),
    ],
)
def test_what_an_encoding_lacks_is_shown_in_ascii(
    monkeypatch: pytest.MonkeyPatch, encoding: str, written: str
) -> None:
    stream = Stream(encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    output.write("a → b… – é \udc80", None)
    assert stream.written == written


def test_a_closed_standard_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    output.deliver(REPORT, "text", None)


def test_a_file_has_the_report_in_utf_8(tmp_path: Path) -> None:
    output.deliver(REPORT, "text", tmp_path / "report.txt")
    assert "07:10:00–07:11:29" in (tmp_path / "report.txt").read_text("utf-8")


def test_a_file_that_can_not_be_written_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="can't be written"):
        output.deliver(REPORT, "text", tmp_path / "none" / "report.txt")


@pytest.mark.parametrize(
    ("form", "told"), [("text", "FAIL  port/"), ("json", '{"cause": "port/'), ("github", "")]
)
def test_a_diagnosis_is_told_at_once(monkeypatch: pytest.MonkeyPatch, form: str, told: str) -> None:
    stream = Stream("utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    output.tell(ROOT_CAUSE, form)
    assert stream.written.startswith(told)
    assert bool(stream.written) == bool(told)
