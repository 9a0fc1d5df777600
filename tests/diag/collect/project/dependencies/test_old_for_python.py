"""Releases whose own import fails on the Python that is deployed."""

from __future__ import annotations

import pytest

from checks.evidence import Evidence
from diag.collect.project.dependencies.old_for_python import check_old_for_python
from diag.collect.project.dependencies.resolution import resolve
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirements
from tests.diag.collect.project.dependencies.required import faults, required


def check(requirements: Requirements, python: str, *imported: str) -> list[Evidence]:
    deployed = DeployedPython(python)
    resolution = resolve(requirements, python)
    return list(check_old_for_python(requirements, deployed, resolution, imported=imported or None))


@pytest.mark.parametrize(
    ("line", "python", "module"),
    [
        ("tweepy==4.14.0", "3.13", "imghdr"),
        ("django==3.2.25", "3.13", "cgi"),
        ("django==2.2.28", "3.13", "distutils"),
        ("redis==3.5.3", "3.13", "distutils"),
        ("httpx==0.23.0", "3.13", "cgi"),
        ("eventlet==0.30.2", "3.12", "imp"),
        ("discord.py==2.3.2", "3.13", "audioop"),
        ("python-telegram-bot==13.15", "3.14", "imghdr"),
        ("bottle==0.12.25", "3.13", "cgi"),
    ],
)
def test_a_module_that_is_gone(line: str, python: str, module: str) -> None:
    found = check(required(line), python)

    assert faults(found)[0] == "fail likely old-for-python requirements.txt:1"
    assert found[0].values["module"] == module
    assert f"imports {module}, which Python {found[0].values['removed_in']} no longer has" in found[0].text


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("tweepy==4.14.0", "3.12"),
        ("tweepy==4.15.0", "3.13"),
        ("django==4.2.11", "3.13"),
        ("django==3.2.25", "3.12"),
        ("redis==5.0.1", "3.13"),
        ("httpx==0.23.1", "3.13"),
        ("urllib3==1.26.5", "3.13"),
        ("sqlalchemy==1.4.46", "3.13"),
        ("sqlalchemy==2.0.31", "3.13"),
        ("sqlalchemy==2.0.20", "3.12"),
        ("jinja2==2.10.3", "3.10"),
        ("python-telegram-bot==20.7", "3.13"),
        ("flask", "3.14"),
    ],
)
def test_what_runs_is_left_alone(line: str, python: str) -> None:
    assert check(required(line), python) == []


def test_setuptools_has_a_distutils_of_its_own() -> None:
    # With pip the buildpack installs setuptools up to Python 3.12.
    assert check(required("django==2.2.28"), "3.12") == []
    assert check(required("django==3.1.14", "setuptools==80.0.0"), "3.13") != []  # cgi is gone all the same
    assert check(required("redis==3.5.3", "setuptools"), "3.13") == []
    assert check(required("redis==3.5.3", manager="uv"), "3.12") != []


@pytest.mark.parametrize(
    ("line", "backport"),
    [
        ("tweepy==4.14.0", "standard-imghdr==3.13.0"),
        ("pydub==0.25.1", "audioop-lts"),
        ("bottle==0.12.25", "legacy-cgi"),
    ],
)
def test_a_backport_brings_the_module(line: str, backport: str) -> None:
    assert faults(check(required(line), "3.13"))
    assert check(required(line, backport), "3.13") == []


def test_names_the_requirement_that_brings_it() -> None:
    (found,) = check(required("flask==3.0.0", "celery==4.4.7"), "3.11")

    assert found.where == "requirements.txt:2"
    assert found.text == (
        "vine 1.3.0 (celery requires it) imports formatargspec from inspect, "
        "and can't be imported on Python 3.11 and later"
    )
    assert (found.values["required_by"], found.values["fits"]) == ("celery", "3.10")


def test_says_which_python_and_which_release_would_do() -> None:
    (found,) = check(required("tweepy==4.14.0"), "3.13")

    assert (found.values["fits"], found.values["newer"], found.values["removed_in"]) == (
        "3.12",
        "4.15.0",
        "3.13",
    )


def test_the_last_release_has_no_newer_one() -> None:
    (found,) = check(required("pydub"), "3.13")

    assert "newer" not in found.values


def test_what_the_web_process_does_not_import_is_only_possible() -> None:
    asked = required("flask==3.0.0", "tweepy==4.14.0")

    assert faults(check(asked, "3.13", "flask", "os")) == ["warn possible old-for-python requirements.txt:2"]
    assert faults(check(asked, "3.13", "flask", "tweepy.api")) == [
        "fail likely old-for-python requirements.txt:2"
    ]


def test_servers_and_apps_of_django_are_imported_by_name() -> None:
    assert faults(check(required("gunicorn", "eventlet==0.30.2"), "3.12", "flask")) == [
        "fail likely old-for-python requirements.txt:2"
    ]
    asked = required("django==5.0.6", "redis==3.5.3")
    assert faults(check(asked, "3.13", "os")) == ["fail likely old-for-python requirements.txt:2"]


def test_a_requirement_by_url_may_be_anything() -> None:
    assert check(required("tweepy @ https://example.com/tweepy.zip"), "3.13") == []
