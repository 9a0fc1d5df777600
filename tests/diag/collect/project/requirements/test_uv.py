"""uv.lock: what it installs, and whether it fits pyproject.toml. Each change was tried with uv 0.12.5."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.requirements.requirement import Requirements
from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.requirements.locks import UV, UV_LOCK
from tests.projects import project


def read(folder: Path, lock: str, manifest: str | None = UV) -> tuple[Requirements, list[Evidence]]:
    files = {"uv.lock": lock} | ({} if manifest is None else {"pyproject.toml": manifest})
    return read_requirements(project(folder, files), DeployedPython("3.13"))


def test_a_fresh_lock_file(tmp_path: Path) -> None:
    found, evidence = read(tmp_path, UV_LOCK)
    assert evidence == []
    assert (found.manager, found.is_whole, found.is_locked, found.other_index) == ("uv", True, True, "")
    assert {each.name: each.version for each in found} == {"click": "8.5.1", "markupsafe": "3.0.4"}
    assert all(each.direct for each in found)


def test_the_size_is_that_of_the_wheel_for_the_dyno(tmp_path: Path) -> None:
    found, _ = read(tmp_path, UV_LOCK)
    assert found.all["markupsafe"].wheel_bytes == 33_333
    assert found.all["click"].wheel_bytes == 21_112


def test_markers_and_extras_are_followed(tmp_path: Path) -> None:
    lock = UV_LOCK.replace("sys_platform == 'never'", "sys_platform == 'linux'")
    found, _ = read(tmp_path, lock, UV.replace("'never'", "'linux'"))
    assert {each.name: each.direct for each in found} == {
        "click": True,
        "markupsafe": True,
        "httpx": True,
        "h2": False,
    }


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('version = "0.1.0"', 'version = "0.2.0"', "version 0.2.0 of the project, and uv.lock 0.1.0"),
        ('name = "shop"', 'name = "shop2"', "names the project shop2, and uv.lock shop"),
        ('"markupsafe"]', '"markupsafe", "requests"]', "requires requests, and uv.lock does not know it"),
        (', "markupsafe"]', "]", "made with markupsafe, which pyproject.toml no longer requires"),
        ("Click>=8,<9", "Click>=8.1", "requires click >=8.1, and uv.lock <9,>=8"),
        ("Click>=8,<9", "Click", "requires click in any version, and uv.lock <9,>=8"),
        ("jmespath", "boto3", "requires boto3, and uv.lock does not know it"),
        ("iniconfig>=2", "iniconfig>=1", "requires iniconfig >=1, and uv.lock >=2 (group dev)"),
        (
            'requires-python = ">=3.11"',
            'requires-python = ">=3.12"',
            "allows Python >=3.12, and uv.lock >=3.11",
        ),
    ],
)
def test_a_manifest_that_was_changed(tmp_path: Path, before: str, after: str, said: str) -> None:
    _, evidence = read(tmp_path, UV_LOCK, UV.replace(before, after))
    assert told(evidence) == ["fail likely lockfile"]
    assert said in evidence[0].text
    (only,) = diagnosed(evidence)
    assert only.cause == "build/lockfile-stale"
    assert only.fix[0].startswith("uv lock ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Click>=8,<9", "click <9, >= 8"),
        ('name = "shop"', 'name = "Shop"\ndescription = "x"'),
        ('">=3.11"', '">=3.11.0"'),
        ("[project]\n", "[tool.ruff]\nline-length = 99\n[project]\n"),
        ('version = "0.1.0"', 'version = "0.1"'),
        ('"markupsafe"]', '"MarkupSafe"]'),
    ],
)
def test_what_uv_does_not_mind(tmp_path: Path, before: str, after: str) -> None:
    assert read(tmp_path, UV_LOCK, UV.replace(before, after))[1] == []


@pytest.mark.parametrize(
    ("needs", "kept"),
    [("~=3.11", ">=3.11, <4"), ("==3.12.*", "==3.12.*"), (">=3.11,!=3.12.0", ">=3.11, !=3.12.0")],
)
def test_uv_writes_the_range_in_a_form_of_its_own(tmp_path: Path, needs: str, kept: str) -> None:
    lock = UV_LOCK.replace('requires-python = ">=3.11"', f'requires-python = "{kept}"')
    assert read(tmp_path, lock, UV.replace('">=3.11"', f'"{needs}"'))[1] == []


def test_a_source_of_its_own_is_not_compared(tmp_path: Path) -> None:
    lock = UV_LOCK.replace(
        '{ name = "click", specifier = ">=8,<9" }', '{ name = "click", git = "https://h/click" }'
    )
    assert read(tmp_path, lock)[1] == []


def test_without_the_manifest_uv_ends(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, UV_LOCK, None)
    assert told(evidence) == ["fail certain lockfile"]


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD\n", ">>>>>>> main\n"])
def test_a_merge_conflict(tmp_path: Path, mark: str) -> None:
    lock = UV_LOCK.replace('[[package]]\nname = "h2"', f'{mark}[[package]]\nname = "h2"')
    _, evidence = read(tmp_path, lock)
    assert told(evidence) == ["fail certain lockfile"]
    assert evidence[0].where == f"uv.lock:{lock[: lock.index(mark)].count(chr(10)) + 1}"


def test_a_manifest_that_is_no_toml(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, UV_LOCK, UV.replace("[project]", "[project"))
    assert told(evidence) == ["fail certain lockfile"]
    assert evidence[0].where == "pyproject.toml:1"


def test_one_name_in_two_releases(tmp_path: Path) -> None:
    lock = """
version = 1
[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version < '3.12'"]
[[package]]
name = "numpy"
version = "2.2.0"
source = { registry = "https://packages.example.com/simple" }
resolution-markers = ["python_full_version >= '3.12'"]
[[package]]
name = "shop"
version = "1"
source = { editable = "." }
dependencies = [
    { name = "numpy", version = "1.26.4", source = {}, marker = "python_full_version < '3.12'" },
    { name = "numpy", version = "2.2.0", source = {}, marker = "python_full_version >= '3.12'" },
]
[package.metadata]
requires-dist = [{ name = "numpy" }]
"""
    found, evidence = read(
        tmp_path, lock, '[project]\nname = "shop"\nversion = "1"\ndependencies = ["numpy"]\n'
    )
    assert evidence == []
    assert found.all["numpy"].version == "2.2.0"
    assert found.other_index == "uv.lock"


def test_a_workspace_without_a_project_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    lock = """
version = 1
[manifest]
members = ["api"]
[[package]]
name = "api"
version = "1"
source = { virtual = "api" }
dependencies = [{ name = "flask" }]
[[package]]
name = "flask"
version = "3.1.0"
source = { registry = "https://pypi.org/simple" }
"""
    found, evidence = read(tmp_path, lock, '[tool.uv.workspace]\nmembers = ["api"]\n')
    assert evidence == []
    assert list(found.all) == ["flask"]
    assert not found.is_whole


@pytest.mark.parametrize(
    "lock", ["package = 3", "[[package]]\nname = 3", "[[package]]\nsource = 1\ndependencies = [3]"]
)
def test_a_lock_file_of_another_shape_is_survived(tmp_path: Path, lock: str) -> None:
    found, _ = read(tmp_path, f"version = 1\n{lock}\n")
    assert not found.is_whole
