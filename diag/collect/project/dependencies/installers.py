"""The programs that resolve requirements for a dyno without installing anything: uv, else pip.

They take wheels only, so no code of a package runs, and work in a temporary folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 120.0
_MOST_OUTPUT = 400_000  # characters
_UNSOLVED = 1  # the status of both; others mean that there was no answer, or a fault of the call
_LAST_WORDS = 200  # characters
_TO_END = 5.0  # seconds until a program that was told to end is killed
# glibc of heroku-22 is 2.35: pip needs each tag by name, uv one that implies the older ones.
_PIP_PLATFORMS = (
    *(f"manylinux_2_{n}_x86_64" for n in (35, 34, 31, 28, 27, 24, 17, 12, 5)),
    *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"),
)
_UV_PLATFORM = "x86_64-manylinux_2_28"
_AVAILABLE = re.compile(r"^Available versions: (.+)$", re.MULTILINE)
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;]+)")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a program made of the requirements: exact versions by name, or what it said instead.

    `ended` is ``done``, ``failed``, or ``late`` when it took too long or gave no answer.
    """

    program: str
    ended: str
    versions: dict[str, str]
    output: str = ""


def installer() -> tuple[str, list[str]]:
    """The program and how it is started: uv where it is on the PATH."""
    uv = shutil.which("uv")
    return ("uv", [uv]) if uv else ("pip", [sys.executable, "-m", "pip"])


def resolved(
    lines: Sequence[str],
    python: str,
    *,
    options: Sequence[str] = (),
    with_needs: bool = True,
    seconds: float = SECONDS,
) -> Tried:
    """What those requirements (``flask>=2``) come to for CPython (``3.13``) on Linux.

    `options` are lines of a requirements file that name indexes and folders. Without `with_needs` only what
    is named is looked for. An interrupt ends the program and is passed on.
    """
    program, command = installer()
    with tempfile.TemporaryDirectory(prefix="diag-") as name:
        folder = Path(name)
        text = "\n".join([*options, *lines, ""])
        (folder / "requirements.txt").write_text(text, "utf-8")
        arguments = _of_uv(python) if program == "uv" else _of_pip(python)
        arguments += [] if with_needs else ["--no-deps"]
        ended, output = _run([*command, *arguments], folder, seconds)
        versions = {}
        if ended == "done":
            versions = _of_report(folder / "report.json") if program == "pip" else _of_lines(output)
        return Tried(program, ended, versions, output)


def versions(name: str, python: str, *, options: Sequence[str] = (), seconds: float = SECONDS) -> list[str]:
    """All versions the index has for this Python, source included; empty where pip does not tell."""
    command = [sys.executable, "-m", "pip", "index", "versions", name, "--python-version", python]
    command += ["--disable-pip-version-check", "--no-color", "--no-input"]
    for option in options:
        command += option.split(None, 1)
    with tempfile.TemporaryDirectory(prefix="diag-") as folder:
        ended, output = _run(command, Path(folder), seconds)
    match = _AVAILABLE.search(output) if ended == "done" else None
    return match[1].split(", ") if match else []


def _of_uv(python: str) -> list[str]:
    return [
        *("pip", "compile", "requirements.txt", "--no-config", "--no-header", "--no-annotate", "--no-cache"),
        *("--python-version", python, "--python-platform", _UV_PLATFORM, "--only-binary", ":all:"),
        *("--no-python-downloads", "--color", "never"),
    ]


def _of_pip(python: str) -> list[str]:
    platforms = [part for platform in _PIP_PLATFORMS for part in ("--platform", platform)]
    return [
        *("install", "--dry-run", "--ignore-installed", "--only-binary=:all:", "--target", "target"),
        *("--report", "report.json", "--python-version", python, "--implementation", "cp", *platforms),
        *("--no-input", "--no-color", "--disable-pip-version-check", "--no-cache-dir"),
        *("-r", "requirements.txt"),
    ]


def _run(command: Sequence[str], folder: Path, seconds: float) -> tuple[str, str]:
    try:
        process = subprocess.Popen(  # noqa: S603  our own interpreter, or uv
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PIP_NO_INPUT": "1", "NO_COLOR": "1", "TMPDIR": str(folder)},
            start_new_session=True,
        )
    except OSError as error:
        return "late", str(error.strerror or error)
    try:
        data, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return "late", f"no answer within {seconds:.0f} s"
    except BaseException:
        _end(process)
        raise
    output = data.decode("utf-8", "replace")[-_MOST_OUTPUT:]
    if process.returncode in {0, _UNSOLVED}:
        return "failed" if process.returncode else "done", output
    return "late", " ".join(output.split())[-_LAST_WORDS:]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_TO_END)
            return


def _of_report(path: Path) -> dict[str, str]:
    """pip's report of what it would install."""
    try:
        install = json.loads(path.read_bytes())["install"]
        return {each["metadata"]["name"]: each["metadata"]["version"] for each in install}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _of_lines(output: str) -> dict[str, str]:
    """uv's output in the form of a requirements file."""
    return {m[1]: m[2] for line in output.splitlines() if (m := _PINNED.match(line.strip()))}
