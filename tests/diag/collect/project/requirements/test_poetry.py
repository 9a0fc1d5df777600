"""poetry.lock: what it installs, and whether the build will take it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.requirements.requirement import Requirements
from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.requirements.locks import (
    HASH_OF_POETRY_2_2,
    HASH_OF_POETRY_2_4,
    POETRY,
    POETRY_1,
    POETRY_1_LOCK,
    POETRY_LOCK,
)
from tests.projects import project

SHOP = {"shop/__init__.py": ""}


def read(folder: Path, lock: str, manifest: str | None, **more: str) -> tuple[Requirements, list[Evidence]]:
    files = {"poetry.lock": lock, **SHOP, **more} | ({} if manifest is None else {"pyproject.toml": manifest})
    return read_requirements(project(folder, files), DeployedPython("3.13"))


def test_a_fresh_lock_file(tmp_path: Path) -> None:
    found, evidence = read(tmp_path, POETRY_LOCK, POETRY)
    assert evidence == []
    assert (found.manager, found.is_whole, found.is_locked) == ("poetry", True, True)
    assert {each.name: each.version for each in found} == {"click": "8.5.1"}
    assert found.all["click"].direct
    assert found.other_index == "poetry.lock"


def test_a_lock_file_of_poetry_1_is_followed_from_the_manifest(tmp_path: Path) -> None:
    found, evidence = read(tmp_path, POETRY_1_LOCK, POETRY_1)
    assert evidence == []
    assert list(found.all) == ["click"]


@pytest.mark.parametrize(
    ("lock", "manifest", "before", "after"),
    [
        (POETRY_LOCK, POETRY, '"click (>=8)"', '"click (>=8)", "flask"'),
        (POETRY_LOCK, POETRY, ">=3.10,<4", ">=3.11,<4"),
        (POETRY_LOCK, POETRY, 'dev = ["iniconfig"]', 'dev = ["iniconfig", "pytest"]'),
        (POETRY_1_LOCK, POETRY_1, 'click = "^8.0"', 'click = "^8.1"'),
        (POETRY_1_LOCK, POETRY_1, 's3 = ["jmespath"]', "s3 = []"),
    ],
)
def test_a_manifest_that_was_changed(
    tmp_path: Path, lock: str, manifest: str, before: str, after: str
) -> None:
    _, evidence = read(tmp_path, lock, manifest.replace(before, after))
    assert told(evidence) == ["fail likely lockfile"]
    (only,) = diagnosed(evidence)
    assert only.cause == "build/lockfile-stale"
    assert only.fix[0].startswith("poetry lock ")


@pytest.mark.parametrize(
    ("lock", "manifest", "before", "after"),
    [
        (POETRY_LOCK, POETRY, 'version = "0.1.0"', 'version = "0.2.0"\ndescription = "A shop"'),
        (POETRY_LOCK, POETRY, "[project]\n", "# a comment\n[tool.ruff]\nline-length = 100\n\n[project]\n"),
        (POETRY_1_LOCK, POETRY_1, 'description = ""', 'description = "A shop"'),
    ],
)
def test_what_the_hash_leaves_out(tmp_path: Path, lock: str, manifest: str, before: str, after: str) -> None:
    assert read(tmp_path, lock, manifest.replace(before, after))[1] == []


def test_before_poetry_2_3_groups_were_not_hashed(tmp_path: Path) -> None:
    older = POETRY_LOCK.replace("by Poetry 2.4.1", "by Poetry 2.2.1")
    without = POETRY.replace('[dependency-groups]\ndev = ["iniconfig"]\n\n', "")
    assert told(read(tmp_path / "a", older, without)[1]) == ["fail likely lockfile"]
    then = older.replace(HASH_OF_POETRY_2_4, HASH_OF_POETRY_2_2)
    assert then != older
    assert read(tmp_path / "b", then, POETRY)[1] == []
    assert told(read(tmp_path / "c", then.replace("Poetry 2.2.1", "Poetry 2.3.0"), POETRY)[1]) == [
        "fail likely lockfile"
    ]


def test_without_the_manifest_poetry_ends(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, POETRY_LOCK, None)
    assert told(evidence) == ["fail certain lockfile"]
    assert diagnosed(evidence)[0].fix[0].startswith("git add -f pyproject.toml ")


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (
            POETRY_LOCK.replace("[[package]]", "<<<<<<< HEAD\n[[package]]", 1),
            "line 3, can't be parsed: a merge conflict",
        ),
        (
            POETRY_LOCK.replace('name = "click"', "name = click", 1),
            "poetry.lock, line 4, can't be parsed: Invalid value",
        ),
    ],
)
def test_a_lock_file_that_is_no_toml(tmp_path: Path, lock: str, said: str) -> None:
    found, evidence = read(tmp_path, lock, POETRY)
    assert told(evidence) == ["fail certain lockfile"]
    assert said in evidence[0].text
    assert not found.is_whole


def test_a_format_that_poetry_can_not_read(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, POETRY_LOCK.replace('lock-version = "2.1"', 'lock-version = "3.0"'), POETRY)
    assert told(evidence) == ["fail likely lockfile"]
    assert "version 3.0 of its format" in evidence[0].text


def test_what_the_requirements_lead_to(tmp_path: Path) -> None:
    lock = """
[[package]]
name = "a"
version = "1"
optional = false
[package.dependencies]
b = {version = "*", markers = "sys_platform == 'linux'"}
c = {version = "*", markers = "sys_platform == 'win32'"}
d = {version = "*", optional = true}
[[package]]
name = "b"
version = "2"
optional = false
[package.dependencies]
D = [
    {version = "*", markers = "python_version < '3.10'"},
    {version = "*", markers = "python_version >= '3.10'"},
]
[[package]]
name = "c"
version = "3"
[[package]]
name = "d"
version = "4"
[package.source]
type = "git"
url = "https://github.com/u/d.git"
[[package]]
name = "unrelated"
version = "5"
[metadata]
lock-version = "2.0"
"""
    found, _ = read(tmp_path, lock, '[tool.poetry.dependencies]\na = "*"\n')
    assert {each.name: each.direct for each in found} == {"a": True, "b": False, "d": False}
    assert found.all["d"].source == "https://github.com/u/d.git"


def test_markers_may_differ_by_group(tmp_path: Path) -> None:
    lock = """
[[package]]
name = "a"
version = "1"
groups = ["main", "dev"]
markers = {main = "sys_platform == \\"win32\\""}
[[package]]
name = "b"
version = "1"
groups = ["main", "dev"]
markers = {dev = "sys_platform == \\"win32\\""}
[metadata]
lock-version = "2.1"
"""
    assert list(read(tmp_path, lock, POETRY)[0].all) == ["b"]


OWN = '[project]\nname = "My.Shop"\n'


@pytest.mark.parametrize(
    ("manifest", "files"),
    [
        (OWN, {"my_shop/__init__.py": ""}),
        (OWN, {"my_shop.py": ""}),
        (OWN, {"src/my_shop/views.py": ""}),
        (OWN, {"src/my_shop.py": ""}),
        (f"{OWN}[tool.poetry]\npackage-mode = false\n", {"app.py": ""}),
        (
            f'{OWN}[tool.poetry]\npackages = [{{include = "web", from = "src"}}]\n',
            {"src/web/__init__.py": ""},
        ),
        (f'{OWN}[tool.poetry]\npackages = [{{include = "web/**/*.py"}}]\n', {"app.py": ""}),
        ('[tool.poetry]\nname = "my-shop"\n', {"my_shop/app.py": ""}),
        ('[tool.poetry]\nbuild = "build.py"\nname = "x"\n', {}),
    ],
)
def test_poetry_finds_the_project_itself(tmp_path: Path, manifest: str, files: dict[str, str]) -> None:
    _, evidence = read_requirements(
        project(tmp_path, {"poetry.lock": POETRY_LOCK, "pyproject.toml": manifest, **files}),
        DeployedPython("3.13"),
    )
    assert "fail likely root-project" not in told(evidence)


@pytest.mark.parametrize(
    ("manifest", "missing"),
    [
        (OWN, "package my_shop for the project My.Shop"),
        (
            f'{OWN}[tool.poetry]\npackages = [{{include = "web"}}]\n',
            "web, which [tool.poetry] packages names",
        ),
    ],
)
def test_an_app_that_is_no_package_ends_the_build(tmp_path: Path, manifest: str, missing: str) -> None:
    files = {"poetry.lock": POETRY_LOCK, "pyproject.toml": manifest, "app.py": "", "tests/my_shop.py": ""}
    _, evidence = read_requirements(project(tmp_path, files), DeployedPython("3.13"))
    assert told(evidence) == ["fail likely lockfile", "fail likely root-project"]
    assert f"finds no {missing}" in evidence[-1].text
    assert diagnosed(evidence)[-1].cause == "build/project-not-installable"
