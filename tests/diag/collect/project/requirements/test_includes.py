"""Files that requirements.txt includes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.requirements.texts import Files, read, read_all


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"requirements.txt": "-r dev.txt"}, "includes dev.txt, and there is no such file"),
        ({"requirements.txt": "-c limits.txt"}, "includes limits.txt, and there is no such file"),
        (
            {"requirements.txt": "-r requirements\\prod.txt", "requirements/prod.txt": ""},
            "and there is no such file",
        ),
        (
            {"requirements.txt": "-r 'requirements\\prod.txt'", "requirements/prod.txt": ""},
            "a path as only Windows writes it",
        ),
        ({"requirements.txt": "-r ../shared.txt"}, "includes ../shared.txt, and there is no such file"),
        (
            {"requirements.txt": "-r /home/ann/base.txt"},
            "includes /home/ann/base.txt, and there is no such file",
        ),
        (
            {"requirements.txt": "-r local.txt", "local.txt": "", ".gitignore": "local.txt\n"},
            "which is here and left out of what is pushed",
        ),
        (
            {"requirements.txt": "-r dev.txt", "dev.txt": "", ".slugignore": "dev.txt\n"},
            "which is here and left out of what is pushed",
        ),
    ],
)
def test_an_include_that_is_not_there(tmp_path: Path, files: Files, said: str) -> None:
    _, evidence = read_all(tmp_path, files)
    assert told(evidence) == ["fail certain requirements"]
    assert said in evidence[0].text
    (only,) = diagnosed(evidence)
    assert "is not in the repository" in only.fix[0]


def test_a_circle_of_includes_is_refused(tmp_path: Path) -> None:
    files: Files = {"requirements.txt": "-r a.txt\nflask", "a.txt": "-r requirements.txt\ngunicorn"}
    found, evidence = read_all(tmp_path, files)
    assert told(evidence) == ["fail certain requirements"]
    assert "pip refuses a circle" in evidence[0].text
    assert set(found.all) == {"flask", "gunicorn"}


def test_a_file_may_be_included_twice_side_by_side(tmp_path: Path) -> None:
    files: Files = {
        "requirements.txt": "-r a.txt\n-r b.txt",
        "a.txt": "-r c.txt",
        "b.txt": "-r c.txt",
        "c.txt": "flask",
    }
    assert read_all(tmp_path, files)[1] == []


def test_what_stands_on_the_web_is_not_read(tmp_path: Path) -> None:
    found, evidence = read(tmp_path, "-r https://h/requirements.txt\nflask")
    assert evidence == []
    assert not found.is_whole
