"""All rules together."""

from __future__ import annotations

import time

import pytest

from diag.collect.project.dependencies.rules import check_dependencies
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.requirement import Requirement, Requirements
from tests.diag.collect.project.dependencies.required import faults, required


@pytest.mark.parametrize(
    ("python", "lines"),
    [
        ("3.13", ("flask==3.1.0", "gunicorn==23.0.0")),
        ("3.12", ("django==5.0.6", "gunicorn==22.0.0", "psycopg2-binary==2.9.9", "whitenoise==6.6.0")),
        ("3.12", ("fastapi==0.110.0", "uvicorn[standard]==0.29.0", "pydantic==2.6.4", "sqlalchemy==2.0.29")),
        (
            "3.11",
            ("tensorflow-cpu==2.15.0", "flask==3.0.0", "gunicorn==21.2.0", "numpy==1.26.4", "pillow==10.2.0"),
        ),
        ("3.12", ("pandas==2.2.2", "scikit-learn==1.4.2", "numpy==1.26.4", "flask==3.0.3", "joblib==1.4.2")),
        ("3.14", ("flask==3.1.0", "acme-internal==1.0")),
    ],
)
def test_healthy_projects(python: str, lines: tuple[str, ...]) -> None:
    assert faults(check_dependencies(required(*lines), DeployedPython(python))) == []


def test_an_old_tutorial_on_a_new_python() -> None:
    lines = ("Flask==1.1.2", "gunicorn==20.0.4", "numpy==1.19.5", "tweepy==4.14.0")
    found = faults(check_dependencies(required(*lines), DeployedPython("3.13")))

    assert found[0] == "fail likely source-build requirements.txt:3"
    assert "fail likely pkg-resources requirements.txt:2" in found
    assert "fail likely flask-family requirements.txt:1" in found
    assert "fail likely old-for-python requirements.txt:4" in found


def test_fir_has_other_processors() -> None:
    asked = required("tensorflow==2.16.1")

    assert faults(check_dependencies(asked, DeployedPython("3.12")), "gpu-build")
    assert faults(check_dependencies(asked, DeployedPython("3.12"), "fir"), "gpu-build") == []


@pytest.mark.parametrize("python", ["3.13", "3.8", "3.99", "2.7"])
@pytest.mark.parametrize("version", ["garbage", "1!2.0", "1.0+cpu", "9" * 400, "", "1.0.dev0", "*"])
def test_odd_versions_and_pythons_raise_nothing(python: str, version: str) -> None:
    names = (
        "flask",
        "numpy",
        "tensorflow",
        "torch",
        "setuptools",
        "django",
        "psycopg",
        "no-such-name",
        "-",
        "",
    )
    odd = {
        name: Requirement(
            name, "requirements.txt:1", version=version, extras=("binary", "\0"), as_written="?"
        )
        for name in names
    }

    for locked in (False, True):
        check_dependencies(
            Requirements("pip", "requirements.txt", odd, is_locked=locked), DeployedPython(python)
        )


def test_garbage_is_read_in_time() -> None:
    asked = required(*(f"name-{number}==1.{number}" for number in range(500)), "boto3", "urllib3==1.24")
    began = time.perf_counter()

    check_dependencies(asked, DeployedPython("3.12"))

    assert time.perf_counter() - began < 3
