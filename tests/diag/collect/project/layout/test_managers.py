"""The package manager's file: exactly one must be in the root."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.layout.roots import WEB, look, read, within_git
from tests.projects import project


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"requirements.txt": "", "uv.lock": ""}, "requirements.txt, uv.lock"),
        ({"Pipfile": "", "Pipfile.lock": "{}", "requirements.txt": ""}, "Pipfile.lock, requirements.txt"),
        (
            {"poetry.lock": "", "uv.lock": "", "requirements.txt": ""},
            "requirements.txt, poetry.lock, uv.lock",
        ),
    ],
)
def test_several_package_managers(tmp_path: Path, files: dict[str, str], named: str) -> None:
    evidence = read(tmp_path, {**files, **WEB})
    assert told(evidence) == ["fail certain package-manager-multiple"]
    (only,) = diagnosed(evidence)
    assert only.title == f"The project has the files of several package managers: {named}."


def test_fir_has_no_pipenv(tmp_path: Path) -> None:
    files = {"Pipfile": "", "Pipfile.lock": "{}", **WEB}
    assert told(read(tmp_path / "a", {**files, "requirements.txt": ""}, "fir")) == []
    evidence = read(tmp_path / "b", files, "fir")
    assert told(evidence) == ["fail certain package-manager-none"]
    assert "Fir has no Pipenv" in evidence[0].text
    assert told(read(tmp_path / "c", {"Pipfile": "", **WEB}, "fir")) == ["fail certain package-manager-none"]


def test_a_second_one_that_waits_to_be_committed(tmp_path: Path) -> None:
    tree = project(tmp_path, {"uv.lock": "", "requirements.txt": "", **WEB})
    evidence = look(within_git(tree, untracked=("requirements.txt",)))
    assert told(evidence) == ["warn likely package-manager-multiple", "warn certain uncommitted"]


def test_one_that_slugignore_leaves_out_does_not_count(tmp_path: Path) -> None:
    assert (
        told(read(tmp_path, {"uv.lock": "", "requirements.txt": "", ".slugignore": "uv.lock\n", **WEB})) == []
    )


def test_a_buildpack_that_writes_requirements_txt(tmp_path: Path) -> None:
    exporting = "https://github.com/moneymeets/python-poetry-buildpack"
    app_json = f'{{"buildpacks": [{{"url": "heroku/nodejs"}}, {{"url": "{exporting}"}}, {{"url": "heroku/python"}}]}}'
    files = {"poetry.lock": "", "pyproject.toml": "", "app.json": app_json, **WEB}
    evidence = read(tmp_path, files)
    assert told(evidence) == ["warn likely package-manager-multiple"]
    assert f"{exporting}, which writes a requirements.txt beside poetry.lock" in evidence[0].text


@pytest.mark.parametrize("more", [{}, {"requirements.txt": ""}, {"uv.lock": ""}])
def test_a_pipfile_without_lock_ends_the_build_before_others_are_looked_for(
    tmp_path: Path, more: dict[str, str]
) -> None:
    evidence = read(tmp_path, {"Pipfile": "", **more, **WEB})
    assert told(evidence) == ["fail certain pipfile-without-lock"]
    assert [each.cause for each in diagnosed(evidence)] == ["build/pipfile-without-lock"]


def test_a_lock_file_that_is_ignored(tmp_path: Path) -> None:
    evidence = read(tmp_path, {"Pipfile": "", "Pipfile.lock": "{}", ".gitignore": "*.lock\n", **WEB})
    assert evidence[0].text == "There is a Pipfile, and Pipfile.lock is here, but git ignores it"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"app.py": ""}, "nothing names the requirements"),
        ({"pyproject.toml": "", "app.py": ""}, "pyproject.toml is not one of them"),
        ({"environment.yml": "", "app.py": ""}, "environment.yml is not one of them"),
        ({"requirments.txt": "", "app.py": ""}, "requirments.txt is spelt otherwise"),
        ({"requirement.txt": "", "app.py": ""}, "requirement.txt is spelt otherwise"),
        ({"requirements.txt.txt": "", "app.py": ""}, "requirements.txt.txt is spelt otherwise"),
        (
            {"app.py": "", "requirements.txt": "", ".gitignore": "*.txt\n"},
            "requirements.txt is here, but git ignores it",
        ),
        (
            {"app.py": "", "requirements.txt": "", ".slugignore": "*.txt\n"},
            ".slugignore leaves requirements.txt out",
        ),
    ],
)
def test_no_package_manager(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    evidence = read(tmp_path, {**files, **WEB})
    assert told(evidence) == ["fail certain package-manager-none"]
    assert evidence[0].text.endswith(reason)
    (only,) = diagnosed(evidence)
    assert only.cause == "build/package-manager-none"
    assert only.fix


def test_a_slip_is_mended_by_a_new_name(tmp_path: Path) -> None:
    (only,) = diagnosed(read(tmp_path, {"Requirements.txt": "", "app.py": "", **WEB}))
    assert only.fix[0].startswith("git mv Requirements.txt requirements.txt")


def test_files_in_a_folder_are_included_from_the_root(tmp_path: Path) -> None:
    files = {
        "manage.py": "",
        "requirements/base.txt": "",
        "requirements/dev.txt": "",
        "requirements/prod.txt": "",
    }
    (only,) = diagnosed(read(tmp_path, {**files, **WEB}))
    assert only.fix[0].startswith("echo '-r requirements/prod.txt' > requirements.txt")


def test_a_root_with_a_version_and_the_app_below(tmp_path: Path) -> None:
    files = {".python-version": "3.13", "backend/requirements.txt": "", "backend/app.py": ""}
    assert told(read(tmp_path, files)) == ["fail likely app-in-subdirectory"]


@pytest.mark.parametrize("more", [{}, {"pyproject.toml": ""}, {"setup.cfg": ""}])
def test_setup_py_alone(tmp_path: Path, more: dict[str, str]) -> None:
    evidence = read(tmp_path / "a", {"setup.py": "", **more, **WEB})
    assert told(evidence) == ["fail certain setup-py-only"]
    assert [each.cause for each in diagnosed(evidence)] == ["build/setup-py-only"]
    assert told(read(tmp_path / "b", {"setup.py": "", **more, **WEB}, "fir")) == [
        "fail certain package-manager-none"
    ]


def test_a_hook_may_make_the_file(tmp_path: Path) -> None:
    files = {"app.py": "", "pyproject.toml": "", **WEB}
    makes = {"bin/pre_compile": "#!/bin/sh\npoetry export > requirements.txt\n"}
    assert told(read(tmp_path / "a", {**files, **makes})) == ["warn possible package-manager-none"]
    other = {"bin/pre_compile": "#!/bin/sh\necho hello\n"}
    assert told(read(tmp_path / "b", {**files, **other})) == ["fail likely package-manager-none"]


def test_conda_installs_in_its_own_way(tmp_path: Path) -> None:
    app_json = '{"buildpacks": [{"url": "https://github.com/kennethreitz/conda-buildpack"}]}'
    assert told(read(tmp_path, {"environment.yml": "", "app.py": "", "app.json": app_json, **WEB})) == []
