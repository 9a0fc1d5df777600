"""The grammar of .python-version and runtime.txt."""

from __future__ import annotations

import pytest

from diag.collect.project.python.version_files import Asked, Fault, read


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        (b"3.13", Asked("3.13")),
        (b"3.13\n", Asked("3.13")),
        (b"  3.13.2 \r\n", Asked("3.13", 2)),
        (b"# ours\n\n3.12\n# theirs\n", Asked("3.12", None, 3)),
        (b"3.10.0\n\n\n", Asked("3.10", 0)),
    ],
)
def test_what_the_buildpack_reads(data: bytes, asked: Asked) -> None:
    assert read(data) == asked


@pytest.mark.parametrize(
    ("data", "fault", "minor"),
    [
        (b"", Fault.EMPTY, ""),
        (b"# 3.12\n", Fault.EMPTY, ""),
        (b"3.12\n3.11\n", Fault.SEVERAL, "3.12"),
        (b"python-3.12", Fault.GRAMMAR, "3.12"),
        (b"3.12 # the newest", Fault.GRAMMAR, "3.12"),
        (b"'3.12'", Fault.GRAMMAR, "3.12"),
        (b">=3.12", Fault.GRAMMAR, "3.12"),
        (b"3.12.x", Fault.GRAMMAR, "3.12"),
        (b"3", Fault.GRAMMAR, ""),
        (b"3.012", Fault.GRAMMAR, ""),
        (b"v3.12", Fault.GRAMMAR, "3.12"),
        (b"shop-venv", Fault.GRAMMAR, ""),
        ("3.12\n".encode("utf-16"), Fault.ENCODING, "3.12"),
        ("3.12\r\n".encode("utf-16-le"), Fault.ENCODING, "3.12"),
        (b"\xef\xbb\xbf3.12\n", Fault.ENCODING, "3.12"),
        (b"3.12 \xe9", Fault.ENCODING, "3.12"),
    ],
)
def test_what_it_refuses_and_what_was_meant(data: bytes, fault: Fault, minor: str) -> None:
    asked = read(data)
    assert (asked.fault, asked.minor) == (fault, minor)


def test_what_is_quoted_is_printable_and_short() -> None:
    asked = read(b"\x1b[31m" + b"x" * 500)
    assert asked.found.startswith("?[31m")
    assert len(asked.found) == 60


@pytest.mark.parametrize("data", [b"python-3.12", b" python-3.12.4\n", b"# comment\npython-3.12\n"])
def test_runtime_txt_has_a_prefix(data: bytes) -> None:
    assert read(data, prefix="python-").fault is None


@pytest.mark.parametrize(
    "data", [b"3.12", b"Python-3.12", b"python 3.12", b"python-3.12.x", b"pypy3.10-7.3.12"]
)
def test_runtime_txt_without_it_is_refused(data: bytes) -> None:
    assert read(data, prefix="python-").fault is Fault.GRAMMAR
