"""GPU builds, and requirements without versions."""

from __future__ import annotations

import pytest

from checks.evidence import Evidence
from diag.collect.project.dependencies.habits import check_gpu, check_unpinned
from diag.collect.project.dependencies.resolution import resolve
from diag.collect.project.python.deployed import DeployedPython
from tests.diag.collect.project.dependencies.required import faults, required


def gpu(python: str, *lines: str, other_index: str = "") -> list[Evidence]:
    asked = required(*lines, other_index=other_index)
    return list(check_gpu(asked, DeployedPython(python), resolve(asked, python)))


def test_tensorflow_with_code_for_a_gpu() -> None:
    (found,) = gpu("3.11", "tensorflow==2.15.0")

    assert faults([found]) == ["warn likely gpu-build requirements.txt:1"]
    assert found.values["instead"] == "tensorflow-cpu==2.15.0"
    assert isinstance(found.values["megabytes"], int)
    assert found.values["megabytes"] > 100


def test_torch_with_cuda() -> None:
    (found,) = gpu("3.12", "torch==2.4.0")

    assert found.values["torch"] == "torch"
    assert isinstance(found.values["megabytes"], int)
    assert found.values["megabytes"] > 1000


def test_others_with_cuda() -> None:
    (found,) = gpu("3.11", "onnxruntime-gpu==1.16.0")

    assert found.values["instead"] == "onnxruntime"


@pytest.mark.parametrize(
    "line", ["tensorflow-cpu==2.15.0", "torch==2.4.0+cpu", "onnxruntime==1.16.0", "numpy", "tf-keras"]
)
def test_builds_for_cpus(line: str) -> None:
    assert gpu("3.11", line) == []


def test_another_index_has_torch_for_cpus() -> None:
    assert gpu("3.12", "torch==2.4.0", other_index="requirements.txt:1") == []


def test_what_nothing_pins() -> None:
    (found,) = check_unpinned(required("flask", "gunicorn>=20", "numpy==1.26.4", "pandas<3", "setuptools"))

    assert faults([found]) == ["warn certain unpinned requirements.txt:1"]
    assert found.text == "2 of 5 requirements have no exact version: flask and gunicorn"


def test_the_rest_is_counted() -> None:
    (found,) = check_unpinned(required("flask", "gunicorn", "numpy", "pandas", "requests"))

    assert found.values["package"] == "flask, gunicorn, numpy and 2 more"


def test_what_is_pinned_or_bounded_or_locked() -> None:
    assert list(check_unpinned(required("flask==3.0.0", "gunicorn~=23.0", "numpy<3"))) == []
    assert list(check_unpinned(required("flask", locked=True))) == []
    assert list(check_unpinned(required("flask @ https://example.com/flask.zip"))) == []
