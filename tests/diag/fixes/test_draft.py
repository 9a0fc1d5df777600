"""Several changes of one file come to one edit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.collect.project import tree as of_tree
from diag.fixes.draft import Change, Draft, opened
from tests.projects import project


def draft(text: str) -> Draft:
    return Draft("Procfile", text.encode(), text)


def test_changes_are_made_together_in_whatever_order_they_are_wanted() -> None:
    made = draft("web:gunicorn -b :80")
    made.replace("b", 16, 19, "0.0.0.0:$PORT")
    made.insert("a", 4, " ")
    made.insert("c", 19, " -k x")
    made.append_line("d", "worker: y")
    (edit,) = made.edits()
    assert edit.after == b"web: gunicorn -b 0.0.0.0:$PORT -k x\nworker: y\n"
    assert edit.causes == ("b", "a", "c", "d")


def test_of_two_that_want_the_same_place_the_second_is_left_out_with_all_that_goes_with_it() -> None:
    made = draft("0123456789")
    made.want("first", (Change(2, 5, "x"),))
    made.want("second", (Change(0, 1, "y"), Change(4, 6, "z")))
    made.insert("third", 3, "in it")
    made.insert("at its end", 5, "|")
    (edit,) = made.edits()
    assert edit.after == b"01x|56789"
    assert edit.causes == ("first", "at its end")
    assert made.left_out == ["second", "third"]


def test_the_same_change_for_two_causes_is_made_once() -> None:
    made = draft("0123")
    made.want("a", (Change(0, 0, "import os"),))
    made.want("b", (Change(0, 0, "import os"), Change(3, 4, "x")))
    (edit,) = made.edits()
    assert (edit.after, edit.causes) == (b"import os012x", ("a", "b"))


def test_what_would_be_no_python_is_not_written() -> None:
    made = Draft("app.py", b"x = 1\n", "x = 1\n")
    made.replace("port/hardcoded", 4, 5, "(")
    assert list(made.edits()) == []
    assert made.left_out == ["port/hardcoded"]
    made = Draft("app.py", b"x = 1\n", "x = 1\n")
    made.replace("port/hardcoded", 4, 5, "2")
    assert [edit.after for edit in made.edits()] == [b"x = 2\n"]


@given(st.text("ab\r\n\u2028", max_size=12), st.integers(0, 9))
def test_a_line_is_what_python_and_git_count_as_one(text: str, number: int) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, end = draft(text).span(number)
    assert text[start:end] == (lines[number - 1] if 1 <= number <= len(lines) else "")


@pytest.mark.parametrize(
    ("name", "data"),
    [("a", b"\0"), ("a", b"caf\xe9"), ("a", b"x\0y"), ("a", b"\xff\xfe\0"), ("gone", b"")],
)
def test_what_is_no_text_is_not_opened(tmp_path: Path, name: str, data: bytes) -> None:
    assert opened(project(tmp_path, {"a": data}), name) is None


def test_what_is_large_or_behind_a_link_is_not_opened(tmp_path: Path) -> None:
    files = project(tmp_path, {"a/x": "x\n", "large": b"x" * (of_tree.TEXT_BYTES + 1)})
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "file").symlink_to("a/x")
    assert opened(files, "a/x") is not None
    assert [
        opened(files, path) for path in ("large", "link/x", "file", "../x", "/etc/hosts", "", ".", "a")
    ] == [None] * 8
