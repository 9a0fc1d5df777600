"""Where a report goes: terminals, encodings, files."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import io
import json
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import click
import pytest

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag import output
from diag.report import Report, Silenced
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


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_a_diff_has_the_same_bytes_whatever_standard_output_shows(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    stream = Stream(encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    output.write("+é → \r\n", None, exactly=True)
    assert isinstance(stream.buffer, io.BytesIO)
    assert stream.buffer.getvalue() == "+é → \r\n".encode()


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_a_job_of_github_gets_its_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    output.deliver(REPORT, form, tmp_path / "report")
    assert "### diag logs: fail" in (tmp_path / "summary.md").read_text("utf-8")


def test_code_scanning_does_not_get_what_is_silenced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silenced = dataclasses.replace(REPORT, diagnoses=(), silenced=(Silenced(MORE, "w", None, "app.py:3"),))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    output.deliver(silenced, "sarif", tmp_path / "here")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    output.deliver(silenced, "sarif", tmp_path / "there")
    results = [json.loads((tmp_path / name).read_text())["runs"][0]["results"] for name in ("here", "there")]
    assert [len(each) for each in results] == [1, 0]


def test_the_folder_of_the_project_is_part_of_its_paths(tmp_path: Path) -> None:
    found = Evidence(Fact.PROJECT_CONFIG, Level.WARN, "x", "app.json:2")
    report = dataclasses.replace(REPORT, diagnoses=(), unexplained=(found,))
    for form in ("sarif", "github"):
        output.deliver(report, form, tmp_path / form, folder="web/")
        assert "web/app.json" in (tmp_path / form).read_text()


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
