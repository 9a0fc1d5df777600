"""Lines that are no requirements, and what they were meant to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.requirements.texts import read


@pytest.mark.parametrize(
    ("line", "said", "instead"),
    [
        ("flask=2.0.1", "has one = where two are meant: flask=2.0.1", "flask==2.0.1"),
        ("flask = 2.0", "has one = where two are meant: flask = 2.0", "flask==2.0"),
        ("numpy=1.21.2=py39h20f2e39_0", "is written as conda does it", "numpy==1.21.2"),
        ("Flask      2.0.1", "has no == before the version", "Flask==2.0.1"),
        ("pip install flask", "is a command", "flask"),
        ("!pip install flask", "is a command", "flask"),
        ("import flask", "is a statement of Python", None),
        ("from flask import Flask", "is a statement of Python", None),
        ("flask, gunicorn", "has more than one name", None),
        ("<<<<<<< HEAD", "is left from a merge conflict", None),
        ("=======", "is left from a merge conflict", None),
        ("<!DOCTYPE html>", "is of a web page", None),
        ("Package    Version", "has more than one name", None),
        ("---------- -------", "has an option that pip refuses", None),
        ("pytz>dev", "has a version that is none", None),
        ("flask==", "is no requirement", None),
        ("flask; sys_platform = 'linux'", "has no valid condition", None),
        ("-e git+https://github.com/u/shop.git", "without a name: add #egg=NAME", None),
        (
            "-e git+https://github.com/u/shop.git#egg=shop[web]",
            "no plain name after egg=",
            "shop[web] @ git+https://github.com/u/shop.git",
        ),
        ("-e https://h/shop.zip", "a URL that is no repository", "https://h/shop.zip"),
        ("flask -U", "has an option that pip refuses: pip knows no option -U here", None),
    ],
)
def test_lines_that_are_no_requirements(tmp_path: Path, line: str, said: str, instead: str | None) -> None:
    found, evidence = read(tmp_path, f"gunicorn\n{line}\nrequests\n")
    assert told(evidence) == ["fail certain requirements"]
    assert said in evidence[0].text
    assert evidence[0].where == "requirements.txt:2"
    assert evidence[0].values.get("instead") == instead
    assert {"gunicorn", "requests"} <= set(found.all)
    assert not found.is_whole
    (only,) = diagnosed(evidence)
    assert only.cause == "build/requirements-unreadable"
    assert only.title == f"pip can't read the requirements: {evidence[0].text}"
    if instead:
        assert f"In requirements.txt, line 2, write: {instead}" in only.fix


def test_a_page_of_no_requirements_is_told_ten_times_and_counted(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, "one two\n" * 500)
    assert len(evidence) == 11
    assert evidence[-1].text == "490 more lines are no requirements"
