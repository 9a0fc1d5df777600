"""Requirements by a path, a URL or a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.requirements.texts import Files, read, read_all


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("numpy @ file:///C:/ci/numpy_1649782933444/work", "C:/ci/numpy_1649782933444/work"),
        ("numpy @ file:///tmp/build/80754af9/numpy/work", "/tmp/build/80754af9/numpy/work"),
        ("certifi @ file:///croot/certifi_1/certifi", "/croot/certifi_1/certifi"),
        ("-e file:///home/ann/shop", "/home/ann/shop"),
        ("./libs/nothing", "./libs/nothing"),
        ("-e ./libs/nothing", "./libs/nothing"),
        ("./wheels/shop-1.0-py3-none-any.whl", "./wheels/shop-1.0-py3-none-any.whl"),
        ("C:\\Users\\ann\\shop", "C:\\Users\\ann\\shop"),
        ("shop @ file:./libs/nothing", "./libs/nothing"),
    ],
)
def test_paths_that_no_build_has(tmp_path: Path, line: str, path: str) -> None:
    _, evidence = read(tmp_path, line)
    assert told(evidence) == ["fail certain requirements"]
    assert evidence[0].values["path"] == path
    assert evidence[0].values["reason"] == "local-path"
    (only,) = diagnosed(evidence)
    assert only.fix[0].startswith(f"{path} is on another machine")


def test_a_path_that_a_marker_leaves_out_is_no_failure(tmp_path: Path) -> None:
    assert read(tmp_path, "numpy @ file:///C:/ci/numpy/work ; sys_platform == 'win32'")[1] == []


def test_a_wheel_of_the_project_is_fine(tmp_path: Path) -> None:
    files: Files = {
        "requirements.txt": "./wheels/My_Shop-1.2-py3-none-any.whl",
        "wheels/My_Shop-1.2-py3-none-any.whl": "",
    }
    found, evidence = read_all(tmp_path, files)
    assert evidence == []
    assert found.all["my-shop"].version == "1.2"


@pytest.mark.parametrize(
    ("wheel", "system"),
    [("shop-1-cp313-cp313-win_amd64.whl", "Windows"), ("shop-1-cp313-cp313-macosx_11_0_arm64.whl", "macOS")],
)
def test_a_wheel_of_another_system(tmp_path: Path, wheel: str, system: str) -> None:
    _, evidence = read(tmp_path, f"https://h/{wheel}")
    assert told(evidence) == ["fail certain platform-only"]
    (only,) = diagnosed(evidence)
    assert only.title == f"{wheel} is for {system} only, and a dyno runs Linux."


@pytest.mark.parametrize(
    ("line", "name", "source"),
    [
        ("git+https://github.com/u/shop.git@v1", "", "git+https://github.com/u/shop.git@v1"),
        (
            "git+https://github.com/u/shop.git#egg=Shop_X",
            "shop-x",
            "git+https://github.com/u/shop.git#egg=Shop_X",
        ),
        (
            "-e git+https://github.com/u/shop.git@1f#egg=shop",
            "shop",
            "git+https://github.com/u/shop.git@1f#egg=shop",
        ),
        (
            "shop[x] @ git+https://${TOKEN}@github.com/u/shop.git",
            "shop",
            "git+https://${TOKEN}@github.com/u/shop.git",
        ),
        ("https://github.com/u/shop/archive/main.zip", "", "https://github.com/u/shop/archive/main.zip"),
        (
            "torch @ https://h/torch-2.2.0%2Bcpu-cp313-cp313-linux_x86_64.whl",
            "torch",
            "https://h/torch-2.2.0%2Bcpu-cp313-cp313-linux_x86_64.whl",
        ),
    ],
)
def test_addresses(tmp_path: Path, line: str, name: str, source: str) -> None:
    found, evidence = read(tmp_path, line)
    assert evidence == []
    (only,) = (*found.all.values(), *found.unnamed)
    assert (only.name, only.source) == (name, source)
    assert found.is_whole is bool(name)


@pytest.mark.parametrize(
    "line",
    [
        "git+ssh://git@github.com/u/shop.git",
        "shop @ git+ssh://git@gitlab.example.com/u/shop.git",
        "-e git+ssh://git@github.com/u/shop.git#egg=shop",
    ],
)
def test_a_repository_over_ssh_needs_a_key(tmp_path: Path, line: str) -> None:
    _, evidence = read(tmp_path, line)
    assert told(evidence) == ["fail likely requirements"]
    assert evidence[0].values["reason"] == "git"
    assert "over SSH" in evidence[0].text


def test_github_no_longer_speaks_git(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, "-e git://github.com/u/shop.git#egg=shop")
    assert told(evidence) == ["fail likely requirements"]
    assert evidence[0].values["instead"] == "git+https://github.com/u/shop.git#egg=shop"
