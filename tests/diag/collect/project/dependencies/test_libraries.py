"""Distributions that load a library which the stacks do not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence
from diag.collect.project.dependencies.libraries import apt_packages, check_libraries
from diag.collect.project.dependencies.resolution import resolve
from tests.diag.collect.project.dependencies.required import faults, required
from tests.projects import project


def check(
    *lines: str, imported: tuple[str, ...] | None = None, apt: frozenset[str] | None = None
) -> list[Evidence]:
    asked = required(*lines)
    return list(check_libraries(asked, resolve(asked, "3.12"), imported=imported, apt=apt))


def test_opencv_with_windows() -> None:
    (found,) = check("opencv-python==4.10.0.84")

    assert faults([found]) == ["fail likely shared-library requirements.txt:1"]
    assert (found.values["library"], found.values["instead"]) == ("libGL.so.1", "opencv-python-headless")


def test_by_way_of_another() -> None:
    (found,) = check("flask", "ultralytics")

    assert found.where == "requirements.txt:2"
    assert "which ultralytics brings" in found.text
    assert "instead" not in found.values


@pytest.mark.parametrize(
    ("imported", "told"),
    [
        (("cv2",), "fail likely"),
        (("cv2.dnn", "flask"), "fail likely"),
        (("flask",), "warn possible"),
        (None, "fail likely"),
    ],
)
def test_only_what_is_imported_fails(imported: tuple[str, ...] | None, told: str) -> None:
    assert faults(check("opencv-python", imported=imported)) == [f"{told} shared-library requirements.txt:1"]


def test_both_builds_of_opencv_write_the_same_files() -> None:
    found = check("opencv-python", "opencv-python-headless")

    assert faults(found) == ["warn possible shared-library requirements.txt:1"]


@pytest.mark.parametrize("lines", [("opencv-python-headless",), ("pillow",), ("no-such-name",)])
def test_what_needs_no_library(lines: tuple[str, ...]) -> None:
    assert check(*lines) == []


def test_an_aptfile_brings_it() -> None:
    assert check("opencv-python", apt=frozenset({"libgl1"})) == []
    assert check("opencv-python", apt=frozenset()) == []
    assert faults(check("opencv-python", apt=frozenset({"ffmpeg"}))) == [
        "warn possible shared-library requirements.txt:1"
    ]


def test_what_an_aptfile_names(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"Aptfile": "# for cv2\nlibgl1\n\n:repo:deb http://example.com x\nlibzbar0=0.23\n"}
    )

    assert apt_packages(tree) == frozenset(("libgl1", "libzbar0"))
    assert apt_packages(project(tmp_path / "without", {"Procfile": "web: x"})) is None
