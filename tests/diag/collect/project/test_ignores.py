"""What a project wishes to be silent, as it is written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.collect.project import ignores as module
from diag.collect.project.ignores import Ignore, Ignores, read_ignores
from tests.projects import project

SPRING = date(2027, 3, 1)


def table(folder: Path, text: str) -> Ignores:
    return read_ignores(project(folder, {"pyproject.toml": f"[tool.diag.ignore]\n{text}\n"}))


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ('"port/hardcoded" = "why"', Ignore("port/hardcoded", "pyproject.toml:2", "why")),
        ("'port/hardcoded' = ' why '", Ignore("port/hardcoded", "pyproject.toml:2", "why")),
        ('"port/hardcoded" = ""', Ignore("port/hardcoded", "pyproject.toml:2")),
        ('"a" = {reason = "why"}', Ignore("a", "pyproject.toml:2", "why")),
        ('"a" = {}', Ignore("a", "pyproject.toml:2")),
        ('"a" = {reason = "w", until = 2027-03-01}', Ignore("a", "pyproject.toml:2", "w", SPRING)),
        ('"a" = {reason = "w", until = "2027-03-01"}', Ignore("a", "pyproject.toml:2", "w", SPRING)),
        ('"a" = {reason = "w", until = 2027-03-01T10:00:00Z}', Ignore("a", "pyproject.toml:2", "w", SPRING)),
        ('"a" = {reason = "w", path = "x/*"}', Ignore("a", "pyproject.toml:2", "w", None, ("x/*",))),
        ('"a" = {reason = "w", path = ["x", "y"]}', Ignore("a", "pyproject.toml:2", "w", None, ("x", "y"))),
    ],
)
def test_an_entry_of_the_table(tmp_path: Path, text: str, wished: Ignore) -> None:
    assert table(tmp_path, text) == Ignores((wished,))


def test_a_cause_may_have_several_entries(tmp_path: Path) -> None:
    found = table(tmp_path, '"a" = [{reason = "w", path = "x"}, {reason = "v", path = "y"}]')
    assert [(ignore.reason, ignore.paths) for ignore in found.all] == [("w", ("x",)), ("v", ("y",))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('"a" = 3', "neither a text"),
        ('"a" = true', "neither a text"),
        ('"a" = [["b"]]', "neither a text"),
        ('"a" = {reson = "w"}', "'reson'"),
        ('"a" = {reason = 3}', "reason is no text"),
        ('"a" = {reason = "w", until = "soon"}', "no date"),
        ('"a" = {reason = "w", until = 3}', "no date"),
        ('"a" = {reason = "w", until = 10:00:00}', "no date"),
        ('"a" = {reason = "w", path = 3}', "no pattern"),
        ('"a" = {reason = "w", path = [3]}', "no pattern"),
        ('"a" = {reason = "w", path = " "}', "no pattern"),
        ('"a" = {reason = "w", path = []}', "path is empty"),
    ],
)
def test_an_entry_that_is_not_understood_silences_nothing_and_is_told(
    tmp_path: Path, text: str, told: str
) -> None:
    found = table(tmp_path, text)
    assert found.all == ()
    (evidence,) = found.faults
    assert evidence.values["fault"] == "ignore-malformed"
    assert evidence.values["id"] == "a"
    assert told in evidence.text
    assert evidence.where == "pyproject.toml:2"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.diag]\nignore = 3\n", "ignore is no table"),
        ("[tool]\ndiag = []\n", "diag is no table"),
        ("[tool.diag.ignore]\nport/hardcoded = 'w'\n", "no TOML"),
        ("[tool.diag.ignore]\n'a' = '\n", "no TOML"),
        ("[tool.diag.ignore\n", "no TOML"),
        (f"[tool.diag.ignore]\na = {'[' * 5000}\n", "no TOML"),
    ],
)
def test_a_table_that_is_none_is_told_once(tmp_path: Path, text: str, told: str) -> None:
    (evidence,) = read_ignores(project(tmp_path, {"pyproject.toml": text})).faults
    assert told in evidence.text
    assert evidence.where == "pyproject.toml"
    assert "id" not in evidence.values


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": ""},
        {"pyproject.toml": "[tool.diag]\nmodel = 'a:b'\n"},
        {"pyproject.toml": "[tool.ruff]\nignore = ['diag']\n"},
        {"pyproject.toml": "tool = 3 # diag\n", "other.toml": "[tool.diag.ignore]\n'a' = 3\n"},
        {"pyproject.toml": b"\xff\xfe\x00tool diag"},
        {"pyproject.toml": "not TOML, and nothing of tool or diag is meant"},
        {"web/pyproject.toml": "[tool.diag.ignore]\n'a' = 'w'\n"},
    ],
)
def test_a_project_that_silences_nothing_has_no_ignores(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    found = read_ignores(project(tmp_path, files))
    assert found.all == ()
    assert [e.text for e in found.faults] == (
        []
        if files.get("pyproject.toml") != "tool = 3 # diag\n"
        else ["What is to be ignored is not understood: tool is no table."]
    )


def comments(folder: Path, text: str, name: str = "app.py") -> tuple[Ignore, ...]:
    found = read_ignores(project(folder, {name: text}))
    assert found.faults == ()
    return found.all


@pytest.mark.parametrize(
    ("comment", "wished"),
    [
        ("# diag: ignore[port/hardcoded] only here", (["port/hardcoded"], "only here", None)),
        ("#diag:ignore[a]: only here", (["a"], "only here", None)),
        ("# diag: ignore[a] - only here", (["a"], "only here", None)),
        ("# diag: ignore[ a , b ] w", (["a", "b"], "w", None)),
        ("# diag: ignore[a]", (["a"], "", None)),
        ("# diag: ignore[a] until 2027-03-01 w", (["a"], "w", SPRING)),
        ("# diag: ignore[a] until 2027-03-01: w", (["a"], "w", SPRING)),
        ("# diag: ignore[a] until 2027-03-01", (["a"], "", SPRING)),
        ("# diag: ignore[a] until the move is done", (["a"], "until the move is done", None)),
        ("# noqa: E501  # diag: ignore[a] w", (["a"], "w", None)),
        ("# diag: ignore[a] w  # noqa: E501", (["a"], "w", None)),
        ("# diag: ignore[a] see #12", (["a"], "see #12", None)),
    ],
)
@pytest.mark.parametrize("name", ["app.py", "Procfile", "requirements.txt", "bin/start.sh", "pyproject.toml"])
def test_a_comment_at_the_line(
    tmp_path: Path, name: str, comment: str, wished: tuple[list[str], str, date | None]
) -> None:
    ids, reason, until = wished
    found = comments(tmp_path, f"x = 1\ny = 2  {comment}\n", name)
    assert [ignore.cause for ignore in found] == ids
    assert {(ignore.reason, ignore.until, ignore.told) for ignore in found} == {(reason, until, f"{name}:2")}
    assert all(ignore.fits(f"{name}:2") for ignore in found)
    assert not any(ignore.fits(f"{name}:{line}") for ignore in found for line in (1, 3))


@pytest.mark.parametrize("name", ["app.py", "Procfile"])
def test_a_comment_alone_speaks_of_the_next_line_that_says_something(tmp_path: Path, name: str) -> None:
    (found,) = comments(tmp_path, "# diag: ignore[a] w\n\n# more\nx = 1\ny = 2\n", name)
    assert [line for line in range(7) if found.fits(f"{name}:{line}")] == [4]
    assert found.fits(name), "what is found of the file as a whole"
    assert not found.fits("")
    assert not found.fits("other.py:4")


def test_in_python_it_speaks_of_the_whole_statement(tmp_path: Path) -> None:
    text = (
        "x = 1\nrun(\n    port=1,  # diag: ignore[a] w\n    # diag: ignore[b] v\n    debug=True,\n)\ny = 2\n"
    )
    for found in comments(tmp_path, text):
        assert [line for line in range(9) if found.fits(f"app.py:{line}")] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "text",
    [
        's = "# diag: ignore[a] in a string"\n',
        "s = '''\n# diag: ignore[a] in a string\n'''\n",
        "x = 1  # diag: ignore a\n",
        "x = 1  # type: ignore[a]\n",
        "x = 1  # see the docs of diag: ignore[a]\n",
        "x = 1#diag: ignore[a\n",
    ],
)
def test_what_only_looks_like_one_is_none(tmp_path: Path, text: str) -> None:
    assert comments(tmp_path, text) == ()


@pytest.mark.parametrize("name", ["README.md", "data/deep/list.txt", "app.js", "image.png"])
def test_other_files_are_not_looked_into(tmp_path: Path, name: str) -> None:
    assert comments(tmp_path, "# diag: ignore[a] w\nx\n", name) == ()


def test_python_that_is_none_is_read_line_by_line(tmp_path: Path) -> None:
    (found,) = comments(tmp_path, "x = (1\ny = 2  # diag: ignore[a] w\n")
    assert found.fits("app.py:2")


def test_a_long_file_is_read_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOKENIZED", 10)
    (found,) = comments(tmp_path, "x = 1\ny = 2  # diag: ignore[a] w\n")
    assert found.fits("app.py:2")


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# diag: ignore[a] until 2027-13-01 w", "no date"),
        ("# diag: ignore[] w", "names no cause"),
        ("# diag: ignore[ , ] w", "names no cause"),
    ],
)
def test_a_comment_that_is_not_understood_is_told(tmp_path: Path, comment: str, told: str) -> None:
    found = read_ignores(project(tmp_path, {"app.py": f"x = 1\n{comment}\ny = 2\n"}))
    assert found.all == ()
    assert told in found.faults[0].text
    assert found.faults[0].where == "app.py:2"


def test_a_comment_with_nothing_below_it_fits_no_line(tmp_path: Path) -> None:
    (found,) = comments(tmp_path, "x = 1\n# diag: ignore[a] w\n")
    assert not any(found.fits(f"app.py:{line}") for line in range(1, 4))


@pytest.mark.parametrize(
    ("pattern", "where", "fits"),
    [
        ("legacy/*", "legacy/app.py:3", True),
        ("legacy/*", "legacy/deep/app.py", True),
        ("legacy", "legacy/app.py:3", True),
        ("legacy/", "legacy/app.py:3", True),
        ("./legacy", "legacy/app.py:3", True),
        ("*.py", "shop/app.py:3", True),
        ("app.py", "app.py:3", True),
        ("legacy", "legacy2/app.py:3", False),
        ("app.py", "shop/app.py:3", False),
        ("legacy/*", "", False),
        ("a:2", "a:2", False),  # the line, as everywhere
    ],
)
def test_a_path_is_a_pattern(pattern: str, where: str, fits: bool) -> None:
    assert Ignore("a", "pyproject.toml:2", paths=(pattern,)).fits(where) is fits


def test_without_a_path_everything_fits() -> None:
    assert all(Ignore("a", "pyproject.toml:2").fits(where) for where in ("", "app.py", "app.py:3", "git"))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                b"[tool.diag.ignore]",
                b'"a"',
                b"=",
                b"{",
                b"[",
                b"# diag: ignore[",
                b"]",
                b"\n",
                b"'''",
                b" until 2",
                b"\xff",
                b"\0",
                b"\\",
                b"\t(",
            ]
        ),
        max_size=30,
    )
)
def test_nothing_that_is_written_there_makes_it_fail(tmp_path: Path, parts: list[bytes]) -> None:
    data = b"".join(parts)
    found = read_ignores(project(tmp_path, {"pyproject.toml": data, "app.py": data, "Procfile": data}))
    assert all(isinstance(ignore.fits("app.py:1"), bool) for ignore in found.all)
    assert all(evidence.text.endswith(".") for evidence in found.faults)
