"""The promises the layout makes."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from tests.servers import PLAIN_ENV, ROOT


@pytest.mark.parametrize("top", ["checks", "diag"])
def test_what_others_install_has_every_package_and_not_the_app(top: str) -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    here = {str(p.parent.relative_to(ROOT)).replace("/", ".") for p in (ROOT / top).rglob("__init__.py")}
    assert here == {name for name in listed if name.split(".")[0] == top}
    assert not any(name.startswith(("app", "tests", "bench")) for name in listed)


def test_checks_and_diag_import_nothing_heavy() -> None:
    program = """
import importlib, pkgutil, sys
import checks, diag
for package in (checks, diag):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith("diag.render"):
            importlib.import_module(module.name)
heavy = ("tensorflow", "keras", "boto3", "botocore", "requests", "flask", "django", "numpy", "structlog")
print([m for m in heavy if m in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=PLAIN_ENV, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_requirements_are_exact_and_of_the_dyno_alone() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", pin) for pin in pins)
    names = {pin.split("==")[0].lower() for pin in pins}
    assert {
        "flask",
        "gunicorn",
        "tensorflow_cpu",
        "numpy",
        "psutil",
        "boto3",
        "requests",
        "structlog",
    } <= names
    assert not names & {"pytest", "mypy", "ruff", "moto", "tensorflow"}


def pins(name: str) -> set[str]:
    """The exact pins of a requirements file."""
    lines = (ROOT / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


@pytest.mark.parametrize(
    ("name", "runtime"),
    [("requirements-onnx.txt", "onnxruntime"), ("requirements-litert.txt", "ai-edge-litert")],
)
def test_a_lean_service_has_the_same_pins_and_no_tensorflow(name: str, runtime: str) -> None:
    lean = pins(name)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[\w.]+", pin) for pin in lean)
    names = {pin.split("==")[0].lower() for pin in lean}
    assert {"flask", "gunicorn", "numpy", "psutil", "boto3", "requests", "structlog", runtime} <= names
    assert not names & {"tensorflow", "tensorflow_cpu", "keras", "h5py"}
    assert lean <= pins("requirements.txt") | pins("requirements-dev.txt"), "tested with the same versions"


def test_the_procfile_names_the_command_that_is_documented() -> None:
    command = (ROOT / "Procfile").read_text().strip().removeprefix("web: ")
    assert command == "python -m diag.gunicorn app.wsgi:app"
    assert (ROOT / "runtime.txt").read_text().strip() == "python-3.13"
