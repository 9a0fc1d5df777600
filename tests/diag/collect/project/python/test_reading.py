"""Which Python is deployed, and what is told about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.evidence import Evidence
from diag.collect.logs.build.packages import HEROKU_PYTHONS
from diag.collect.project.git import Git
from diag.collect.project.python import supported
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.python.reading import read_python
from tests.diag.collect.project.judged import diagnosed, told
from tests.projects import project

PIP = {"requirements.txt": "flask==3.1.0\n"}
PINNED = {**PIP, ".python-version": "3.13\n"}
LOCK = '{"_meta": {"requires": {%s}}, "default": {}}'
UV = {"uv.lock": 'version = 1\nrequires-python = ">=3.11"\n'}


def read(
    folder: Path, files: dict[str, str], generation: str = "cedar"
) -> tuple[DeployedPython, list[Evidence]]:
    return read_python(project(folder, files), generation)


def test_a_healthy_project_is_told_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, PINNED) == (DeployedPython("3.13", ".python-version:1"), [])


@pytest.mark.parametrize("generation", ["cedar", "fir"])
def test_without_a_version_the_default_is_taken(tmp_path: Path, generation: str) -> None:
    python, evidence = read(tmp_path, PIP, generation)
    assert python == DeployedPython("3.14")
    assert python.is_default
    assert told(evidence) == ["warn certain version-unpinned"]
    assert "3.14" in evidence[0].text
    assert [each.cause for each in diagnosed(evidence)] == ["python/version-unpinned"]


def test_a_root_that_is_not_python_s_needs_no_version(tmp_path: Path) -> None:
    assert read(tmp_path, {"backend/requirements.txt": "flask\n", "README.md": ""})[1] == []


def test_only_cedar_keeps_the_version_of_an_earlier_build(tmp_path: Path) -> None:
    assert "keeps its own" in read(tmp_path / "a", PIP)[1][0].text
    assert "keeps its own" not in read(tmp_path / "b", PIP, "fir")[1][0].text


def test_runtime_txt_wins_over_python_version(tmp_path: Path) -> None:
    python, evidence = read(tmp_path, {**PINNED, "runtime.txt": "python-3.12\n"})
    assert python == DeployedPython("3.12", "runtime.txt:1")
    assert told(evidence) == ["warn certain runtime-txt"]
    assert "3.12 wins over the 3.13 of .python-version" in evidence[0].text


def test_both_files_may_agree(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, {**PINNED, "runtime.txt": "python-3.13\n"})
    assert "wins" not in evidence[0].text


def test_on_fir_runtime_txt_ends_the_build(tmp_path: Path) -> None:
    python, evidence = read(tmp_path, {**PIP, "runtime.txt": "python-3.12\n"}, "fir")
    assert python.minor == "3.12"
    assert told(evidence) == ["fail certain runtime-txt"]
    (only,) = diagnosed(evidence)
    assert only.cause == "python/runtime-txt-deprecated"


def test_on_fir_with_both_python_version_counts(tmp_path: Path) -> None:
    python, evidence = read(tmp_path, {**PINNED, "runtime.txt": "python-3.12\n"}, "fir")
    assert python == DeployedPython("3.13", ".python-version:1")
    assert told(evidence) == ["fail certain runtime-txt"]


def test_uv_refuses_runtime_txt_and_needs_python_version(tmp_path: Path) -> None:
    assert told(read(tmp_path / "a", {**UV, "runtime.txt": "python-3.12\n"})[1]) == [
        "fail certain runtime-txt"
    ]
    assert told(read(tmp_path / "b", UV)[1]) == ["fail certain version-unpinned"]
    assert told(read(tmp_path / "c", {**UV, ".python-version": "3.12\n"})[1]) == []


@pytest.mark.parametrize(
    ("requires", "minor"),
    [
        ('"python_version": "3.11"', "3.11"),
        ('"python_version": "3.11", "python_full_version": "3.12.4"', "3.12"),
        ('"python_version": 3.11', "3.11"),
    ],
)
def test_pipenv_takes_the_version_of_its_lock_file(tmp_path: Path, requires: str, minor: str) -> None:
    python, evidence = read(tmp_path, {"Pipfile.lock": LOCK % requires})
    assert (python, evidence) == (DeployedPython(minor, "Pipfile.lock:1"), [])


def test_a_lock_file_without_a_version_leaves_it_to_the_default(tmp_path: Path) -> None:
    assert told(read(tmp_path, {"Pipfile.lock": LOCK % ""})[1]) == ["warn certain version-unpinned"]


def test_a_lock_file_of_pipenv_beside_pip_says_nothing_on_fir(tmp_path: Path) -> None:
    files = {**PIP, "Pipfile.lock": LOCK % '"python_version": "3.11"'}
    assert read(tmp_path, files, "fir")[0].minor == "3.14"


def test_a_pipfile_that_takes_any_version_is_refused(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, {"Pipfile.lock": LOCK % '"python_version": "*"'})
    assert told(evidence) == ["fail certain version-file"]
    (only,) = diagnosed(evidence)
    assert only.title == "The version of Python in Pipfile.lock can't be read."


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.9", "fail certain python-unsupported"),
        ("2.7.18", "fail certain python-unsupported"),
        ("3.10", "warn certain python-ending"),
        ("3.15", "warn likely python-unsupported"),
        ("3.16", "fail likely python-unsupported"),
        ("4.0", "fail likely python-unsupported"),
        ("3.12.99", "fail likely python-unsupported"),
        ("3.13.16", "info possible python-unsupported"),
        ("3.10.1", "fail likely python-unsupported"),
        ("3.11.4", "warn likely python-unsupported"),
    ],
)
def test_versions_that_are_not_there(tmp_path: Path, version: str, expected: str) -> None:
    _, evidence = read(tmp_path, {**PIP, ".python-version": version})
    assert told(evidence) == [expected]
    (only,) = diagnosed(evidence)
    assert only.cause == "python/version-unsupported"
    assert only.title.startswith(f"Python {version} ")


@pytest.mark.parametrize("version", ["3.11", "3.12.3", "3.13.15", "3.14.7", "3.11.9"])
def test_versions_that_are_there(tmp_path: Path, version: str) -> None:
    assert read(tmp_path, {**PIP, ".python-version": version})[1] == []


def test_the_versions_are_those_that_the_log_reader_knows() -> None:
    assert supported.MINORS == HEROKU_PYTHONS


@pytest.mark.parametrize(
    ("content", "found"),
    [("python-3.12\n", "python-3.12"), ("3.12\n3.11\n", "3.12, 3.11"), ("latest\n", "latest")],
)
def test_a_file_that_can_not_be_read(tmp_path: Path, content: str, found: str) -> None:
    python, evidence = read(tmp_path, {**PIP, ".python-version": content})
    assert told(evidence) == ["fail certain version-file"]
    (only,) = diagnosed(evidence)
    assert only.cause == "python/version-file-invalid"
    assert f"What was found in .python-version: {found}" in only.fix
    assert python.minor == ("3.14" if content == "latest\n" else "3.12")


def test_a_file_that_is_not_committed_yet_is_not_certain(tmp_path: Path) -> None:
    tree = project(tmp_path, {**PIP, ".python-version": "python-3.12\n"})
    tree.git = Git(frozenset({"requirements.txt"}), (".python-version",), (), (), has_commit=True, prefix="")
    assert told(read_python(tree)[1]) == ["fail likely version-file"]


@pytest.mark.parametrize(
    "name", [".python_version", "python-version", ".python-version.txt", ".python-version "]
)
def test_a_misspelt_name_ends_the_build_on_cedar(tmp_path: Path, name: str) -> None:
    _, evidence = read(tmp_path / "a", {**PINNED, name: "3.12\n"})
    assert told(evidence) == ["fail certain version-file"]
    (only,) = diagnosed(evidence)
    assert f"git mv '{name}' .python-version" in only.fix
    assert told(read(tmp_path / "b", {**PINNED, name: "3.12\n"}, "fir")[1]) == ["warn likely version-file"]


def test_runtime_txt_is_read_before_names_are_compared(tmp_path: Path) -> None:
    files = {**PIP, "runtime.txt": "python-3.13\n", "python-version": "3.12\n"}
    assert told(read(tmp_path, files)[1]) == ["warn certain runtime-txt"]


@pytest.mark.parametrize("name", ["python.version", "pythonversion.txt", "Python-Version"])
def test_names_nearby_are_not_read(tmp_path: Path, name: str) -> None:
    assert told(read(tmp_path, {**PINNED, name: "3.12\n"})[1]) == ["warn likely version-file"]


def test_a_misspelt_runtime_txt_is_told_by_what_it_holds(tmp_path: Path) -> None:
    assert told(read(tmp_path / "a", {**PINNED, "Runtime.txt": "python-3.12\n"})[1]) == [
        "warn likely version-file"
    ]
    assert told(read(tmp_path / "b", {**PINNED, "runtime": "our own notes\n"})[1]) == []


@pytest.mark.parametrize(
    "name", ["versions.py", "python_version/__init__.py", "docs/.python_version", "python.md"]
)
def test_other_names_are_no_slips(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, {**PINNED, name: ""})[1] == []


POETRY_LOCK = {"poetry.lock": "[metadata]\n"}


@pytest.mark.parametrize(
    ("files", "fits"),
    [
        ({**UV, "pyproject.toml": '[project]\nrequires-python = ">=3.11,<3.13"\n'}, "3.12"),
        ({**POETRY_LOCK, "pyproject.toml": '[tool.poetry.dependencies]\npython = "~3.11"\n'}, "3.11"),
        (
            {
                **POETRY_LOCK,
                "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9, <3.12 || 3.8.*"\n',
            },
            "3.11",
        ),
        ({"requirements.txt": "-e .\n", "pyproject.toml": '[project]\nrequires-python = "<3.13"\n'}, "3.12"),
        (
            {"requirements.txt": ".[web]\n", "pyproject.toml": '[project]\nrequires-python = "==3.12.*"\n'},
            "3.12",
        ),
    ],
)
def test_a_project_that_leaves_the_deployed_version_out(
    tmp_path: Path, files: dict[str, str], fits: str
) -> None:
    _, evidence = read(tmp_path, {**files, ".python-version": "3.13\n"})
    assert told(evidence) == ["fail likely python-range"]
    (only,) = diagnosed(evidence)
    assert only.cause == "python/version-unsupported"
    assert only.fix[0].startswith(f"echo {fits} > .python-version")


@pytest.mark.parametrize(
    "files",
    [
        {**UV, "pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'},
        {**POETRY_LOCK, "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\n'},
        {**POETRY_LOCK, "pyproject.toml": '[tool.poetry.dependencies]\npython = ">=3.9 <4"\n'},
        {**POETRY_LOCK, "pyproject.toml": '[tool.poetry.dependencies]\npython = "whatever"\n'},
        {"requirements.txt": "flask\n", "pyproject.toml": '[project]\nrequires-python = "<3.13"\n'},
        {**UV, "pyproject.toml": "[project\n"},
    ],
)
def test_a_project_that_allows_it_or_is_not_asked(tmp_path: Path, files: dict[str, str]) -> None:
    assert read(tmp_path, {**files, ".python-version": "3.13\n"})[1] == []


def test_an_unpinned_version_may_be_that_of_an_earlier_build(tmp_path: Path) -> None:
    files = {**POETRY_LOCK, "pyproject.toml": '[tool.poetry.dependencies]\npython = "<3.13"\n'}
    _, evidence = read(tmp_path, files)
    assert told(evidence) == ["fail likely python-range", "warn certain version-unpinned"]
    assert "an earlier build" in evidence[0].text


VENV = {".venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.11.7\n"}


@pytest.mark.parametrize(
    "text", ["version = 3.11.7\n", "version_info = 3.11.7.final.0\n", "version_info = 3.11.7\n"]
)
def test_another_python_in_the_virtual_environment(tmp_path: Path, text: str) -> None:
    files = {**PINNED, ".gitignore": ".venv\n", ".venv/pyvenv.cfg": text}
    _, evidence = read(tmp_path, files)
    assert told(evidence) == ["warn likely other-here"]
    (only,) = diagnosed(evidence)
    assert only.title == "Here runs Python 3.11, and the app is deployed with 3.13."
    assert only.fix[0] == "echo 3.11 > .python-version   (deploys what runs here)"


@pytest.mark.parametrize(
    "files",
    [
        {**PIP, ".python-version": "3.11\n", **VENV},
        {**PINNED, **VENV, "venv/pyvenv.cfg": "version = 3.13.1\n"},
        {**PINNED, ".venv/pyvenv.cfg": "no version here\n"},
        {**PINNED, "services/.venv/pyvenv.cfg": "version = 3.9.1\n"},
    ],
)
def test_the_same_python_here_or_none_to_compare(tmp_path: Path, files: dict[str, str]) -> None:
    assert read(tmp_path, files)[1] == []


DOCKER = {"heroku.yml": "build:\n  docker:\n    web: Dockerfile\n"}


def test_where_docker_builds_its_file_names_the_python(tmp_path: Path) -> None:
    files = {
        **PIP,
        **DOCKER,
        "Dockerfile": "ARG X\nFROM --platform=linux/amd64 docker.io/library/python:3.12-slim\n",
    }
    assert read(tmp_path / "a", files) == (DeployedPython("3.12", "Dockerfile:2"), [])
    files["Dockerfile"] = "FROM ubuntu:24.04\n"
    assert read(tmp_path / "b", files) == (DeployedPython("3.14"), [])


def test_what_stops_the_build_is_told_before_what_only_warns(tmp_path: Path) -> None:
    files = {**UV, ".gitignore": ".venv\n", **VENV, "runtime.txt": "python-3.13\n"}
    assert told(read(tmp_path, files)[1]) == ["fail certain runtime-txt", "warn likely other-here"]


@pytest.mark.parametrize("name", ["runtime.txt", ".python-version", "Pipfile.lock", "pyproject.toml"])
@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"\x00" * 50, b"[" * 5000, b"9" * 9000, b"{}", b'{"_meta": 3}']
)
def test_garbage_is_survived(tmp_path: Path, name: str, content: bytes) -> None:
    files: dict[str, str | bytes] = {**PIP, **UV, name: content}
    python, evidence = read_python(project(tmp_path, files))
    assert python.numbers
    assert replace(python, where="").minor
    assert all(each.text for each in evidence)
