"""Lines, encodings and options of a requirements file. Each case was compared with pip 26.2.1."""

from __future__ import annotations

import pytest

from diag.collect.project.requirements.lines import (
    Undecodable,
    UnknownOption,
    decode,
    logical_lines,
    split,
)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("flask\n\n# no\n  # no\ngunicorn", [(1, "flask"), (5, "gunicorn")]),
        ("flask # the framework", [(1, "flask")]),
        ("x @ https://h/x#egg=x", [(1, "x @ https://h/x#egg=x")]),
        ("flask\\\n>=2\\\n,<3\ngunicorn", [(1, "flask>=2,<3"), (4, "gunicorn")]),
        (
            "flask \\\n    --hash=sha256:a \\\n    --hash=sha256:b",
            [(1, "flask     --hash=sha256:a     --hash=sha256:b")],
        ),
        ("flask\\\n# ends here\ngunicorn", [(1, "flask"), (3, "gunicorn")]),
        ("flask\\", [(1, "flask")]),
        ("flask\r\ngunicorn\r\n", [(1, "flask"), (2, "gunicorn")]),
        ("", []),
    ],
)
def test_logical_lines(text: str, lines: list[tuple[int, str]]) -> None:
    assert list(logical_lines(text)) == lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(encoding: str) -> None:
    assert decode("flask # é\n".encode(encoding)) == "flask # é\n"


def test_a_coding_comment_says_it_too() -> None:
    assert decode(b"# coding: latin-1\n# \xe9\nflask") == "# coding: latin-1\n# é\nflask"
    assert decode(b"flask\n# coding: latin-1\n# more") == "flask\n# coding: latin-1\n# more"


@pytest.mark.parametrize(
    ("data", "tried"),
    [
        (b"# caf\xe9\nflask", "utf-8"),
        (b"# coding: klingon\nflask", "klingon"),
        (b"# coding: punycode\nflask", "punycode"),
        (b"# coding: hex\nflask", "hex"),
        (b"# coding: ascii\n# \xe9", "ascii"),
        (b"\xff\xfe\x00", "utf-16-le"),
    ],
)
def test_what_pip_can_not_decode(data: bytes, tried: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(data)
    assert caught.value.tried == tried


@pytest.mark.parametrize(
    ("line", "text", "kind", "value"),
    [
        ("-r base.txt", "", "requirement", "base.txt"),
        ("-rbase.txt", "", "requirement", "base.txt"),
        ("--requirement=base.txt", "", "requirement", "base.txt"),
        ("--requirem base.txt", "", "requirement", "base.txt"),
        ('-c "my file.txt"', "", "constraint", "my file.txt"),
        ("-e .[web]", "", "editable", ".[web]"),
        ("flask==3 --hash=sha256:abc", "flask==3", "hash", "sha256:abc"),
        ("--require-hashes", "", "hash", ""),
        ("--extra-index-url https://i/simple", "", "index", "https://i/simple"),
        ("-f wheels/", "", "links", "wheels/"),
    ],
)
def test_options(line: str, text: str, kind: str, value: str) -> None:
    found, options = split(line)
    assert (found, options.has(kind), options.first(kind)) == (text, True, value)


@pytest.mark.parametrize(
    "line", ["flask", "--pre", "--prefer-binary", "--no-binary :all:", "--only-binary=:all:", "flask -C a=b"]
)
def test_options_that_change_nothing_here(line: str) -> None:
    assert not split(line)[1].first("requirement")


@pytest.mark.parametrize(
    "line",
    [
        *("-U", "--upgrade", "flask --no-deps", "--global-option x", "--install-option=x", "--use-wheel"),
        *("--process-dependency-links", "---------- -------", "--req base.txt", "-r", "--extra-index-url"),
        *("--no-index=1", "-r 'base.txt", "--no flask"),
    ],
)
def test_options_that_pip_refuses(line: str) -> None:
    with pytest.raises(UnknownOption):
        split(line)
