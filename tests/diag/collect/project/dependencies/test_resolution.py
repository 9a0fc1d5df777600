"""What a build would install."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diag.collect.project.dependencies.resolution import resolve
from diag.collect.project.requirements.requirement import Requirement, Requirements
from tests.diag.collect.project.dependencies.required import required, resolved


def versions(python: str, *lines: str) -> dict[str, str]:
    return {name: release.version for name, release in resolved(python, *lines).chosen.items()}


def test_pins_and_what_they_bring() -> None:
    found = versions("3.11", "flask==1.1.2", "gunicorn==20.0.4")

    assert (found["flask"], found["gunicorn"]) == ("1.1.2", "20.0.4")
    assert found["werkzeug"] >= "3"  # Flask 1 sets no upper bound
    assert {"jinja2", "markupsafe", "itsdangerous", "click"} <= found.keys()


def test_a_bound_of_one_holds_for_all() -> None:
    found = versions("3.11", "tensorflow==2.15.0", "pandas")

    assert found["numpy"].startswith("1.26")
    assert found["keras"].startswith("2.15")


def test_the_way_back() -> None:
    # The newest FastAPI needs pydantic 2: an older one is taken.
    found = resolved("3.12", "fastapi", "pydantic==1.10.18")

    assert found.clash is None
    assert found.chosen["fastapi"].version.startswith("0.1")
    assert found.chosen["pydantic"].version == "1.10.18"


@pytest.mark.parametrize(
    ("python", "lines", "one", "other"),
    [
        ("3.11", ("flask==2.3.2", "werkzeug==2.2.3"), "flask 2.3.2", "werkzeug==2.2.3"),
        ("3.11", ("tensorflow==2.15.0", "numpy==2.1.0"), "tensorflow 2.15.0", "numpy==2.1.0"),
        ("3.12", ("requests==2.25.1", "idna==3.4"), "requests 2.25.1", "idna==3.4"),
        ("3.12", ("boto3==1.28.0", "botocore==1.30.0"), "boto3 1.28.0", "botocore==1.30.0"),
        ("3.12", ("pydantic==2.6.4", "pydantic-core==2.16.2"), "pydantic 2.6.4", "pydantic-core==2.16.2"),
    ],
)
def test_pins_that_contradict_each_other(python: str, lines: tuple[str, ...], one: str, other: str) -> None:
    clash = resolved(python, *lines).clash

    assert clash is not None
    assert (clash.one.one, clash.other.one) == (one, other)
    assert clash.is_final


@pytest.mark.parametrize(
    ("python", "lines"),
    [
        ("3.11", ("flask==2.3.2", "werkzeug==2.3.3")),
        ("3.11", ("tensorflow==2.15.0", "numpy<2", "pandas==2.1.4")),
        ("3.12", ("requests==2.31.0", "urllib3==2.2.0", "idna==3.4")),
        ("3.12", ("flask>=2", "werkzeug>=2", "jinja2>=2", "no-such-name==1")),
        ("3.12", ("boto3==1.34.7", "botocore==1.34.7")),
        ("3.13", ("flask @ https://example.com/flask.zip", "werkzeug==0.1")),
    ],
)
def test_what_fits(python: str, lines: tuple[str, ...]) -> None:
    assert resolved(python, *lines).clash is None


def test_two_needs_without_a_common_release() -> None:
    clash = resolved("3.12", "tensorflow==2.16.1", "ml-dtypes==0.2.0").clash

    assert clash is not None
    assert clash.name == "ml-dtypes"


def test_a_range_clash_may_be_mended_by_a_later_release() -> None:
    clash = resolved("3.12", "tensorflow", "protobuf==3.20.0").clash

    assert clash is not None
    assert not clash.is_final


def test_a_search_that_takes_too_long_says_nothing_and_keeps_the_pins() -> None:
    found = resolved("3.12", "boto3", "urllib3==1.24", "redis==3.5.3")

    assert found.clash is None
    assert not found.is_whole
    assert found.chosen.keys() == {"urllib3", "redis"}


def test_a_lock_file_is_taken_as_it_is() -> None:
    found = resolve(required("flask==2.3.2", "werkzeug==2.2.3", locked=True), "3.11")

    assert found.clash is None
    assert {name: release.version for name, release in found.chosen.items()} == {
        "flask": "2.3.2",
        "werkzeug": "2.2.3",
    }
    assert found.wanted_by["werkzeug"] == ("flask",)


def test_constraints_bound_and_install_nothing() -> None:
    asked = required("flask")
    bound = required("werkzeug<3", "numpy==1.26.4").all
    found = resolve(replace(asked, constraints=bound), "3.12")

    assert found.chosen["werkzeug"].version.startswith("2.")
    assert found.chosen["flask"].version < "3"
    assert "numpy" not in found.chosen


def test_who_brings_what() -> None:
    found = resolved("3.12", "flask==3.0.0")

    assert found.wanted_by["flask"] == ()
    assert set(found.wanted_by["markupsafe"]) == {"jinja2", "werkzeug"}


def test_nothing_is_required() -> None:
    assert resolve(Requirements(), "3.12").chosen == {}


def test_garbage_is_no_clash() -> None:
    odd = Requirement("flask", "requirements.txt:1", version="garbage", as_written="flask===garbage")

    assert resolve(Requirements("pip", "requirements.txt", {"flask": odd}), "9.99").clash is None
