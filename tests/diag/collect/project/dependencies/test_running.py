"""Releases that install together and do not run together."""

from __future__ import annotations

import pytest

from checks.evidence import Evidence
from diag.collect.project.dependencies.resolution import resolve
from diag.collect.project.dependencies.running import check_running, installed_setuptools
from diag.collect.project.python.deployed import DeployedPython
from tests.diag.collect.project.dependencies.required import faults, required


def check(python: str, *lines: str, manager: str = "pip", locked: bool = False) -> list[Evidence]:
    asked = required(*lines, manager=manager, locked=locked)
    return list(check_running(asked, DeployedPython(python), resolve(asked, python)))


@pytest.mark.parametrize(
    ("python", "lines", "fault", "package"),
    [
        ("3.11", ("pandas==2.0.3",), "numpy-abi", "pandas"),
        ("3.11", ("opencv-python-headless==4.8.0.76",), "numpy-abi", "opencv-python-headless"),
        ("3.10", ("streamlit==1.8.1", "protobuf==4.21.0", "altair<5"), "protobuf", "streamlit"),
        ("3.11", ("flask==1.1.2",), "flask-family", "flask"),
        ("3.11", ("flask==2.2.2",), "flask-family", "flask"),
        ("3.11", ("flask==3.0.0", "flask-login==0.6.0"), "flask-addon", "flask-login"),
        ("3.11", ("flask==2.2.5", "flask-sqlalchemy==2.5.1"), "sqlalchemy", "flask-sqlalchemy"),
    ],
)
def test_what_does_not_run_together(python: str, lines: tuple[str, ...], fault: str, package: str) -> None:
    found = check(python, *lines)
    told = [each for each in found if each.values["fault"] == fault and each.values["package"] == package]

    assert len(told) == 1
    assert faults(told)[0].startswith(f"fail likely {fault} requirements.txt:")


@pytest.mark.parametrize(
    ("python", "lines"),
    [
        ("3.11", ("pandas==2.0.3", "numpy==1.26.4")),
        ("3.11", ("pandas==2.2.2",)),
        (
            "3.11",
            ("flask==1.1.4", "markupsafe==2.0.1", "itsdangerous==1.1.0", "werkzeug==1.0.1", "jinja2==2.11.3"),
        ),
        ("3.11", ("flask==3.0.0", "flask-login==0.6.3")),
        ("3.11", ("flask==2.2.5", "werkzeug==2.2.3", "flask-sqlalchemy==2.5.1", "sqlalchemy==1.4.46")),
        ("3.13", ("flask", "gunicorn")),
        ("3.13", ("no-such-name==1",)),
    ],
)
def test_what_runs(python: str, lines: tuple[str, ...]) -> None:
    assert check(python, *lines) == []


def test_says_which_bound_would_help() -> None:
    (found,) = (e for e in check("3.11", "pandas==2.0.3") if e.values["fault"] == "numpy-abi")

    assert found.values["below"] == "<2"
    assert found.values["sister"] == "numpy"
    assert found.text.startswith("pandas 2.0.3 was built for NumPy 1, and numpy 2.")


@pytest.mark.parametrize(
    ("python", "lines", "manager"),
    [
        ("3.13", ("gunicorn==20.0.4", "flask"), "pip"),
        ("3.12", ("apscheduler==3.9.1", "setuptools==82.0.0"), "pip"),
        ("3.13", ("razorpay==1.4.2",), "pip"),
        ("3.13", ("google-cloud-vision==3.1.4",), "pip"),
        ("3.13", ("dash==2.13.0",), "poetry"),
    ],
)
def test_no_pkg_resources(python: str, lines: tuple[str, ...], manager: str) -> None:
    found = faults(check(python, *lines, manager=manager), "pkg-resources")

    # A release that requires setuptools brings the newest, which has none either.
    assert found == ["fail likely pkg-resources requirements.txt:1"]


@pytest.mark.parametrize(
    ("python", "lines"),
    [
        ("3.12", ("gunicorn==20.0.4", "flask")),
        ("3.13", ("gunicorn==20.0.4", "setuptools==80.9.0")),
        ("3.13", ("gunicorn==21.2.0",)),
        ("3.13", ("dash==2.14.0",)),
    ],
)
def test_pkg_resources_are_there(python: str, lines: tuple[str, ...]) -> None:
    assert faults(check(python, *lines), "pkg-resources") == []


def test_setuptools_of_the_buildpack() -> None:
    asked = required("flask")

    assert installed_setuptools(asked, DeployedPython("3.12"), resolve(asked, "3.12")) == "70.3.0"
    assert installed_setuptools(asked, DeployedPython("3.13"), resolve(asked, "3.13")) == ""
