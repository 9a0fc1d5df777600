"""Pipfile.lock: what it installs, and whether the build will take it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.requirements.requirement import Requirements
from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.requirements.locks import HASH, HASH_OF_2024, PIPFILE, PIPFILE_LOCK
from tests.projects import project


def read(folder: Path, lock: str, pipfile: str | None = PIPFILE) -> tuple[Requirements, list[Evidence]]:
    files = {"Pipfile.lock": lock} | ({} if pipfile is None else {"Pipfile": pipfile})
    return read_requirements(project(folder, files), DeployedPython("3.11"))


def test_a_fresh_lock_file(tmp_path: Path) -> None:
    found, evidence = read(tmp_path, PIPFILE_LOCK)
    assert evidence == []
    assert (found.manager, found.is_whole, found.is_locked, found.other_index) == ("pipenv", True, True, "")
    assert {each.name: each.version for each in found} == {"click": "8.5.1", "itsdangerous": "2.2.0"}
    assert all(each.direct for each in found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('ItsDangerous = "*"', 'ItsDangerous = "==2.1.2"'),
        ('ItsDangerous = "*"', 'ItsDangerous = "*"\nflask = "*"'),
        ('iniconfig = "*"\n', ""),
        ('python_version = "3.11"', 'python_version = "3.12"'),
        ("pypi.org/simple", "packages.example.com/simple"),
    ],
)
def test_a_pipfile_that_was_changed(tmp_path: Path, before: str, after: str) -> None:
    _, evidence = read(tmp_path, PIPFILE_LOCK, PIPFILE.replace(before, after))
    assert told(evidence) == ["fail likely lockfile"]
    assert "Pipfile was changed after Pipfile.lock was written (9fc94d there" in evidence[0].text
    (only,) = diagnosed(evidence)
    assert only.cause == "build/lockfile-stale"
    assert only.fix[0].startswith("pipenv lock ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('ItsDangerous = "*"', "# a comment\nitsdangerous = '*'"),
        (
            '[requires]\npython_version = "3.11"',
            '[scripts]\nweb = "gunicorn app:app"\n\n[requires]\npython_version = "3.11"',
        ),
    ],
)
def test_what_the_hash_leaves_out(tmp_path: Path, before: str, after: str) -> None:
    pipfile = PIPFILE.replace(before, after)
    assert read(tmp_path, PIPFILE_LOCK, pipfile)[1] == []


def test_a_lock_file_of_an_older_pipenv_is_refused_where_names_are_spelt_otherwise(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, PIPFILE_LOCK.replace(HASH, HASH_OF_2024))
    assert told(evidence) == ["fail likely lockfile"]
    assert "by a Pipenv before 2026.7.1" in evidence[0].text


def test_a_lock_file_without_hash(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, PIPFILE_LOCK.replace(HASH, ""))
    assert evidence[0].text == "Pipfile.lock has no hash of the Pipfile it was made from"


def test_a_pipfile_with_other_categories(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, PIPFILE_LOCK, f'{PIPFILE}\n[docs]\nsphinx = "*"\n')
    assert told(evidence) == ["fail likely lockfile"]


def test_without_the_pipfile_pipenv_ends(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, PIPFILE_LOCK, None)
    assert told(evidence) == ["fail certain lockfile"]
    (only,) = diagnosed(evidence)
    assert only.fix[0] == "git add -f Pipfile   (the lock file alone is not enough)"


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (
            "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> main\n",
            "line 1, can't be parsed: a merge conflict is left in it",
        ),
        (
            PIPFILE_LOCK.replace('"default": {\n', '"default": {\n<<<<<<< HEAD\n'),
            "a merge conflict is left in it",
        ),
        (PIPFILE_LOCK[:-20], "can't be parsed"),
        ("[]", "it holds no table of names"),
    ],
)
def test_a_lock_file_that_is_no_json(tmp_path: Path, lock: str, said: str) -> None:
    found, evidence = read(tmp_path, lock)
    assert told(evidence) == ["fail certain lockfile"]
    assert said in evidence[0].text
    assert not found.is_whole
    assert [each.cause for each in diagnosed(evidence)] == ["build/lockfile-stale"]


def test_a_pipfile_that_is_no_toml(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, PIPFILE_LOCK, '[packages\nflask = "*"\n')
    assert told(evidence) == ["fail certain lockfile"]
    assert evidence[0].where == "Pipfile:1"


def test_what_a_lock_file_may_hold_besides(tmp_path: Path) -> None:
    lock = """{"_meta": {"sources": [{"url": "https://packages.example.com/simple"}]}, "default": {
        "shop": {"git": "https://github.com/u/shop.git", "ref": "1f"},
        "here": {"path": ".", "editable": true},
        "colorama": {"version": "==0.4.6", "markers": "sys_platform == 'win32'"},
        "uvicorn": {"version": "==0.30", "extras": ["standard"]},
        "odd": {"version": "*"}, "wrong": 3}}"""
    found, _ = read(tmp_path, lock, None)
    assert {each.name: (each.version, each.source) for each in found} == {
        "shop": ("", "https://github.com/u/shop.git"),
        "here": ("", "."),
        "uvicorn": ("0.30", ""),
        "odd": ("", ""),
        "wrong": ("", ""),
    }
    assert found.all["uvicorn"].extras == ("standard",)
    assert found.other_index == "Pipfile.lock"
