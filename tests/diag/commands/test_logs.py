"""The command `logs`: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.readme import LOG
from tests.servers import PLAIN_ENV

LINES = LOG.read_bytes()
CAUSE = "port/bound-to-localhost"
WAIT = 60.0  # seconds, on a machine that does something else too


def logs(
    *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "diag", "logs", *arguments],
        check=False,
        cwd=folder,
        env={**PLAIN_ENV, **(env or {})},
        input=stdin,
        capture_output=True,
        timeout=WAIT,
    )


def report(*arguments: str, stdin: bytes = b"") -> dict[str, object]:
    done = logs("--json", *arguments, stdin=stdin)
    assert done.stderr == b""
    loaded: dict[str, object] = json.loads(done.stdout)
    return loaded


def test_the_root_cause_stands_at_the_top_and_fails_the_command() -> None:
    done = logs(stdin=LINES)
    assert done.returncode == 1
    assert done.stderr == b""
    assert done.stdout.startswith(f"FAIL  {CAUSE} ".encode())
    assert b"\x1b" not in done.stdout


def test_a_file_standard_input_and_a_dash_say_the_same() -> None:
    by_file = report(str(LOG))
    assert by_file["subject"] == "readme.log"
    assert report(stdin=LINES)["diagnoses"] == report("-", stdin=LINES)["diagnoses"] == by_file["diagnoses"]


def test_several_files_are_one_log(tmp_path: Path) -> None:
    half = LINES.index(b"2026-11-20T14:02:10.646534")
    (tmp_path / "a.log").write_bytes(LINES[:half])
    (tmp_path / "b.log").write_bytes(LINES[half:])
    both = report(str(tmp_path / "a.log"), str(tmp_path / "b.log"))
    assert both["subject"] == "a.log, b.log"
    assert both["diagnoses"] == report(stdin=LINES)["diagnoses"]


@pytest.mark.parametrize(("fail_on", "status"), [("never", 0), ("fail", 1), ("warn", 1)])
def test_the_level_that_fails_is_chosen(fail_on: str, status: int) -> None:
    assert logs("--fail-on", fail_on, stdin=LINES).returncode == status


def test_an_empty_log_is_no_failure_and_says_what_to_do() -> None:
    done = logs()
    assert done.returncode == 0
    assert b"heroku logs -n 1500 | python -m diag logs" in done.stdout


def test_github_gets_annotations_and_the_summary_of_the_job(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    done = logs("--format", "github", stdin=LINES, env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert done.stdout.startswith(f"::error title={CAUSE}::".encode())
    assert summary.read_text("utf-8").startswith("# Before\n\n### diag logs: fail\n")
    assert CAUSE in summary.read_text("utf-8")


def test_a_summary_that_can_not_be_written_fails_nothing(tmp_path: Path) -> None:
    done = logs("--format", "github", stdin=LINES, env={"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert done.returncode == 1
    assert done.stdout.startswith(b"::error ")
    assert b"summary can't be written" in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
def test_every_encoding_gets_the_report(form: str, encoding: str) -> None:
    done = logs("--format", form, stdin=LINES, env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (1, b"")
    assert CAUSE in done.stdout.decode(encoding)


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_no_escape_sequence_of_a_log_reaches_the_terminal(form: str) -> None:
    hostile = LINES.replace(b'path="/"', b'path="/\x1b[2J\x1b]0;x\x07\xc2\x9b31m\xe2\x80\xae\x08"')
    hostile = hostile.replace(b"python app.py", b"python \x1b[31mapp.py\xe2\x80\xae")
    assert hostile != LINES
    done = logs("--format", form, stdin=hostile)
    text = done.stdout.decode()
    assert done.returncode == 1
    assert not set("\x1b\x07\x08\x9b\u202e") & set(text)


def test_a_report_goes_to_a_file(tmp_path: Path) -> None:
    done = logs("--output", "report.txt", stdin=LINES, folder=tmp_path)
    assert done.stdout == b""
    assert CAUSE in (tmp_path / "report.txt").read_text("utf-8")


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_masked_unless_told_otherwise(form: str) -> None:
    secret = b"python app.py postgres://user:hunter2hunter2@db.example.com/shop"
    lines = LINES.replace(b"python app.py", secret)
    masked = logs("--format", form, stdin=lines)
    assert b"db.example.com" in masked.stdout
    assert b"hunter2" not in masked.stdout
    assert secret in logs("--format", form, "--no-mask", stdin=lines).stdout


@contextlib.contextmanager
def following(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], queue.Queue[bytes]]]:
    """The command on a stream that goes on, and its lines as they come."""
    process = subprocess.Popen(
        [sys.executable, "-m", "diag", "logs", "--follow", *arguments],
        env=PLAIN_ENV,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    told: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told.put(line)
        told.put(b"")  # the end

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield process, told
    finally:
        process.kill()
        process.wait(WAIT)
        reader.join(WAIT)
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()


def _until_end(told: queue.Queue[bytes]) -> list[bytes]:
    return list(iter(lambda: told.get(timeout=WAIT), b""))


def test_a_stream_is_told_as_it_comes_and_summed_up_at_its_end() -> None:
    with following() as (process, told):
        assert process.stdin is not None
        process.stdin.write(LINES)
        process.stdin.flush()
        assert told.get(timeout=WAIT).startswith(f"FAIL  {CAUSE} ".encode())
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(WAIT) == 1
    rest = b"".join(_until_end(told))
    assert rest.count(f"FAIL  {CAUSE} ".encode()) == 1
    assert b"1 failure in standard input.\n" in rest


def test_json_of_a_stream_is_one_document_a_line() -> None:
    with following("--json") as (process, told):
        assert process.stdin is not None
        process.stdin.write(LINES)
        process.stdin.flush()
        assert json.loads(told.get(timeout=WAIT))["cause"] == CAUSE
        process.stdin.close()
        assert process.wait(WAIT) == 1
    last = json.loads(_until_end(told)[-1])
    assert last["schema"] == "diag.report/1"
    assert last["diagnoses"][0]["cause"] == CAUSE


def test_control_c_ends_a_stream_with_its_summary() -> None:
    with following() as (process, told):
        assert process.stdin is not None
        process.stdin.write(LINES)
        process.stdin.flush()
        assert told.get(timeout=WAIT).startswith(f"FAIL  {CAUSE} ".encode())
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT) == 1
        assert b"1 failure in standard input.\n" in _until_end(told)


def test_a_stream_whose_reader_has_left_ends_in_silence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "diag", "logs", "--follow"]
    process = subprocess.Popen(
        command, env=PLAIN_ENV, stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        process.stdin.write(LINES)
        process.stdin.flush()
        assert process.wait(WAIT) == 1, "the stream itself goes on"
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait(WAIT)
        process.stdin.close()
        process.stderr.close()
