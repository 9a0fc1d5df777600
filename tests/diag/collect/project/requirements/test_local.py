"""Projects that are installed from their folder bring what their own files declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.requirements.requirement import Requirements
from tests.diag.collect.project.judged import told
from tests.projects import project

PEP_621 = """\
[project]
name = "My.Shop"
version = "1"
dependencies = ["flask>=3", "colorama ; sys_platform == 'win32'"]
[project.optional-dependencies]
web = ["gunicorn==23.0.0"]
"""
POETRY = """\
[tool.poetry]
name = "shop"
[tool.poetry.dependencies]
python = "^3.10"
flask = "^3.0"
uvicorn = {version = ">=0.30", extras = ["standard"]}
boto3 = {version = "*", optional = true}
tomli = [{version = "^2", markers = "python_version < '3.11'"}]
"""
DYNAMIC = """\
[project]
name = "shop"
dynamic = ["dependencies"]
[tool.setuptools.dynamic]
dependencies = {file = ["base.in"]}
"""
SETUP_CFG = """\
[metadata]
name = shop
[options]
install_requires =
    flask>=3
    requests
[options.extras_require]
web = gunicorn
"""
SETUP_PY = """\
from setuptools import setup
REQUIRED = ["flask>=3", "requests"]
setup(name="shop", install_requires=REQUIRED)
"""


def read(folder: Path, files: dict[str, str]) -> Requirements:
    requirements, evidence = read_requirements(project(folder, files), DeployedPython("3.13"))
    assert told(evidence) == []
    return requirements


@pytest.mark.parametrize("line", [".", "-e .", "--editable=.", "-e ./", "-e file:."])
def test_the_root_itself(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, {"requirements.txt": line, "pyproject.toml": PEP_621})
    assert list(found.all) == ["my-shop", "flask"]
    assert found.all["flask"].where == "pyproject.toml"
    assert found.is_whole


def test_with_extras(tmp_path: Path) -> None:
    found = read(tmp_path, {"requirements.txt": "-e .[web]", "pyproject.toml": PEP_621})
    assert list(found.all) == ["my-shop", "flask", "gunicorn"]
    assert found.all["gunicorn"].version == "23.0.0"


def test_a_folder_below(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"requirements.txt": "-e libs/shop\nrequests", "libs/shop/pyproject.toml": PEP_621}
    )
    assert set(found.all) == {"my-shop", "flask", "requests"}


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"pyproject.toml": POETRY}, ["shop", "flask", "uvicorn"]),
        ({"pyproject.toml": DYNAMIC, "base.in": "flask\nrequests # both\n"}, ["shop", "flask", "requests"]),
        ({"setup.py": "", "setup.cfg": SETUP_CFG}, ["shop", "flask", "requests"]),
        ({"setup.py": SETUP_PY}, ["shop", "flask", "requests"]),
        ({"setup.py": 'import setuptools\nsetuptools.setup(install_requires=["flask"])'}, ["flask"]),
    ],
)
def test_each_place_where_requirements_may_stand(
    tmp_path: Path, files: dict[str, str], names: list[str]
) -> None:
    found = read(tmp_path, {"requirements.txt": "-e .", **files})
    assert list(found.all) == names
    assert found.is_whole


def test_poetry_constraints_become_specifiers(tmp_path: Path) -> None:
    found = read(tmp_path, {"requirements.txt": ".", "pyproject.toml": POETRY})
    assert str(found.all["flask"].specifier) == "<4,>=3.0"
    assert found.all["uvicorn"].extras == ("standard",)


@pytest.mark.parametrize(
    "setup",
    [
        "from setuptools import setup\nsetup(install_requires=open('r.txt').read().split())",
        "from setuptools import setup\nsetup(**SETTINGS)",
        "from setuptools import setup\nsetup(install_requires=['flask', NAME])",
        "def broken(:",
        "raise SystemExit",
    ],
)
def test_what_only_running_it_would_tell(tmp_path: Path, setup: str) -> None:
    assert not read(tmp_path, {"requirements.txt": "-e .", "setup.py": setup}).is_whole


def test_a_folder_without_a_project_ends_the_build(tmp_path: Path) -> None:
    files = {"requirements.txt": "-e .", "setup.cfg": SETUP_CFG}
    _, evidence = read_requirements(project(tmp_path, files), DeployedPython("3.13"))
    assert told(evidence) == ["fail certain requirements"]
    assert "neither pyproject.toml nor setup.py" in evidence[0].text


def test_without_a_package_manager_what_is_declared_is_read(tmp_path: Path) -> None:
    found = read(tmp_path / "a", {"pyproject.toml": PEP_621})
    assert (found.manager, list(found.all), found.is_whole) == ("", ["flask"], False)
    pipfile = '[packages]\nflask = "*"\ngunicorn = "==23.0.0"\n'
    pipfile += (
        'pywin32 = {version = "*", markers = "sys_platform == \'win32\'"}\n[dev-packages]\npytest = "*"\n'
    )
    found = read(tmp_path / "b", {"Pipfile": pipfile})
    assert (found.manager, found.all["gunicorn"].version, set(found.all)) == (
        "pipenv",
        "23.0.0",
        {"flask", "gunicorn"},
    )
