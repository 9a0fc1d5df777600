"""About how large the slug will be."""

from __future__ import annotations

from pathlib import Path

from checks.evidence import Evidence
from diag.collect.project.dependencies.slug import estimate_slug
from diag.collect.project.python.deployed import DeployedPython
from tests.diag.collect.project.dependencies.required import faults, required
from tests.projects import project


def estimate(folder: Path, *lines: str, generation: str = "cedar", **files: int) -> list[Evidence]:
    tree = project(
        folder, {"app.py": "", **{name.replace("_", "."): b"\0" * size for name, size in files.items()}}
    )
    return estimate_slug(tree, required(*lines), DeployedPython("3.12"), generation=generation)


def test_a_small_app_is_not_told(tmp_path: Path) -> None:
    assert estimate(tmp_path, "flask==3.0.0", "gunicorn==23.0.0", "numpy==1.26.4") == []


def test_torch_with_cuda_is_too_large(tmp_path: Path) -> None:
    (found,) = estimate(tmp_path, "flask", "torch==2.4.0")

    assert faults([found]) == ["fail likely slug-too-large requirements.txt:2"]
    assert isinstance(found.values["megabytes"], int)
    assert found.values["megabytes"] > 2000
    assert "GB" in str(found.values["size"])
    assert "nvidia-" in str(found.values["largest"])


def test_fir_has_no_such_limit(tmp_path: Path) -> None:
    assert faults(estimate(tmp_path, "torch==2.4.0", generation="fir")) == [
        "info likely slug-large requirements.txt:1"
    ]


def test_tensorflow_fits(tmp_path: Path) -> None:
    found = estimate(tmp_path, "tensorflow==2.16.1")

    assert faults(found) == ["info likely slug-large requirements.txt:1"]


def test_torch_for_cpus_fits(tmp_path: Path) -> None:
    assert "slug-too-large" not in "".join(faults(estimate(tmp_path, "torch==2.4.0+cpu", "flask")))


def test_what_is_unknown_is_counted(tmp_path: Path) -> None:
    (found,) = estimate(tmp_path, "torch==2.4.0", "acme-one", "acme-two")

    assert found.values["unknown"] == 2
