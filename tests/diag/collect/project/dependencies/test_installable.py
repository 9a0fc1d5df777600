"""What pip will not find, and what it would have to compile."""

from __future__ import annotations

import pytest

from checks.evidence import Evidence
from diag.collect.project.dependencies.installable import check_installable
from diag.collect.project.python.deployed import DeployedPython
from tests.diag.collect.project.dependencies.required import faults, required


def check(python: str, *lines: str, other_index: str = "") -> list[Evidence]:
    return list(check_installable(required(*lines, other_index=other_index), DeployedPython(python)))


@pytest.mark.parametrize(
    ("python", "line", "fault"),
    [
        ("3.13", "tensorflow==2.12.0", "certain tensorflow-no-wheel"),
        ("3.12", "tensorflow<2.16", "certain tensorflow-no-wheel"),
        ("3.11", "django==6.0", "certain no-matching-distribution"),
        ("3.13", "psycopg[binary]==3.1.18", "certain no-matching-distribution"),
        ("3.12", "flask==1.5", "likely no-matching-distribution"),
        ("3.12", "pandas==1.3.0.1", "certain no-matching-distribution"),
        ("3.13", "torch==1.13.1", "certain no-matching-distribution"),
    ],
)
def test_no_file_for_this_python(python: str, line: str, fault: str) -> None:
    assert faults(check(python, line)) == [f"fail {fault} requirements.txt:1"]


@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("3.11", "tensorflow==2.12.0"),
        ("3.12", "psycopg[binary]==3.1.18"),
        ("3.13", "psycopg==3.1.18"),
        ("3.13", "psycopg[binary]"),
        ("3.12", "tensorflow"),
        ("3.12", "tensorflow>=2.16"),
        ("3.12", "django==5.1"),
        ("3.12", "flask==99.0"),  # may have come out since
        ("3.12", "flask==3.1.99"),  # the newest series may go on
        ("3.13", "no-such-name==1.0"),
        ("3.13", "tensorflow @ https://example.com/tensorflow-2.12.0-cp313.whl"),
        ("3.12", "torch==2.4.0+cpu"),
        ("3.12", "django==5.1rc1"),
    ],
)
def test_what_may_well_be_there(python: str, line: str) -> None:
    assert check(python, line) == []


def test_says_what_would_fit() -> None:
    (found,) = check("3.13", "tensorflow==2.12.0")

    assert found.values["fits"] == "3.11"
    assert found.values["for_python"] == "Python 3.13"
    assert str(found.values["newest"]) >= "2.20"


def test_what_fails_to_compile_is_likely() -> None:
    (found,) = check("3.12", "numpy==1.19.5")

    assert faults([found]) == ["fail likely source-build requirements.txt:1"]
    assert found.text.endswith(
        "so it is compiled in the build: ModuleNotFoundError: No module named 'distutils'"
    )
    assert (found.values["subject"], str(found.values["newest"])[:2]) == ("numpy 1.19.5", "2.")


def test_what_nobody_knows_is_possible() -> None:
    assert faults(check("3.13", "numpy==1.26.4")) == ["warn possible source-build requirements.txt:1"]


@pytest.mark.parametrize(
    "line", ["pyyaml==6.0.1", "psycopg2==2.9.9", "markupsafe==2.1.1", "sqlalchemy==1.4.46"]
)
def test_what_compiles_is_left_alone(line: str) -> None:
    assert check("3.13", line) == []


@pytest.mark.parametrize("line", ["flask-mail==0.9.1", "flask==0.12.2", "future==0.18.2"])
def test_pure_python_is_built_in_a_moment(line: str) -> None:
    assert check("3.13", line) == []


def test_another_index_may_have_it() -> None:
    found = check("3.13", "tensorflow==2.12.0", other_index="requirements.txt:1")

    assert faults(found) == ["warn possible tensorflow-no-wheel requirements.txt:1"]


def test_a_pre_release_is_taken_where_there_is_nothing_else() -> None:
    assert check("3.12", "flask>=3") == []
