"""Requirements for Windows or macOS alone, installers, NLTK: what is required and should not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence
from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from diag.collect.project.requirements.systems import ELSEWHERE
from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.requirements.locks import UV, UV_LOCK
from tests.projects import project


def read(folder: Path, requirements: str, minor: str = "3.13", **files: str) -> list[Evidence]:
    tree = project(
        folder, {"requirements.txt": requirements, **{k.replace("_py", ".py"): v for k, v in files.items()}}
    )
    return read_requirements(tree, DeployedPython(minor))[1]


@pytest.mark.parametrize(
    ("line", "system"),
    [
        ("pywin32==306", "Windows"),
        ("PyWin32", "Windows"),
        ("pywinpty==2.0.14", "Windows"),
        ("twisted_iocpsupport==1.0.4", "Windows"),
        ("tensorflow-intel==2.16.1", "Windows"),
        ("winrt-Windows.Foundation==2.0.1", "Windows"),
        ("pyobjc-framework-Cocoa==10.3", "macOS"),
        ("tensorflow-macos==2.15.0", "macOS"),
        ("rumps", "macOS"),
    ],
)
def test_of_another_system(tmp_path: Path, line: str, system: str) -> None:
    evidence = read(tmp_path, f"flask==3.1.0\n{line}\n")
    assert told(evidence) == ["fail certain platform-only"]
    assert evidence[0].where == "requirements.txt:2"
    (only,) = diagnosed(evidence)
    assert only.cause == "build/platform-only-package"
    assert f"is for {system} only" in only.title


@pytest.mark.parametrize(
    "line",
    [
        "pywin32==306 ; sys_platform == 'win32'",
        "pywin32 ; platform_system == 'Windows'",
        "pyobjc-core ; sys_platform == 'darwin'",
        *(
            "appnope==0.1.4",
            "colorama==0.4.6",
            "comtypes",
            "WMI",
            "pyreadline3",
            "win32-setctime",
            "pywin32-ctypes",
        ),
        *("pywinauto", "tensorflow-intel", "uvloop==0.21.0", "winshell", "python-magic-bin", "pexpect"),
        "pywin32 @ https://h/pywin32-306-cp313-cp313-linux_x86_64.whl",
    ],
)
def test_what_a_dyno_can_have(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, line) == []


def test_another_index_may_have_it(tmp_path: Path) -> None:
    evidence = read(tmp_path, "--extra-index-url https://packages.example.com/simple\npywin32==306\n")
    assert told(evidence) == ["fail likely platform-only"]


def test_in_a_lock_file_without_a_marker(tmp_path: Path) -> None:
    lock = UV_LOCK.replace('name = "jmespath"', 'name = "pywin32"').replace(
        '{ name = "markupsafe" },\n]', '{ name = "markupsafe" },\n    { name = "pywin32" },\n]', 1
    )
    tree = project(tmp_path, {"uv.lock": lock, "pyproject.toml": UV})
    assert "fail certain platform-only" in told(read_requirements(tree, DeployedPython("3.13"))[1])


def test_a_whole_freeze_of_windows_is_told_ten_times(tmp_path: Path) -> None:
    evidence = read(tmp_path, "\n".join(name for name, _, _ in ELSEWHERE if name != "tensorflow-intel"))
    assert len(evidence) == 11


@pytest.mark.parametrize(
    ("line", "minor", "expected"),
    [
        ("pip==20.3.4", "3.13", ["warn likely installer-pinned"]),
        ("pip==21.3.1", "3.12", ["warn likely installer-pinned"]),
        ("setuptools==57.5.0", "3.12", ["warn likely installer-pinned"]),
        ("pip==20.3.4", "3.11", ["info likely installer-pinned"]),
        ("pip==24.0", "3.13", ["info likely installer-pinned"]),
        ("pip==26.2.1", "3.13", []),
        ("pip<24.1", "3.13", []),
        ("setuptools==57.5.0", "3.11", []),
        ("setuptools<81", "3.13", []),
        ("setuptools==80.9.0", "3.13", []),
        ("wheel==0.30.0", "3.13", []),
        ("pip-tools==5.0", "3.13", []),
    ],
)
def test_installers_that_break_on_the_deployed_python(
    tmp_path: Path, line: str, minor: str, expected: list[str]
) -> None:
    evidence = read(tmp_path, line, minor)
    assert told(evidence) == expected
    assert [each.cause for each in diagnosed(evidence)] == ["build/installer-pinned"] * len(expected)


def test_the_titles_of_both_installers(tmp_path: Path) -> None:
    (pip,) = diagnosed(read(tmp_path / "a", "pip==20.3.4"))
    assert pip.title == "The requirements replace the build's pip 26.2.1 by 20.3.4."
    (setuptools,) = diagnosed(read(tmp_path / "b", "setuptools==57.5.0"))
    assert setuptools.title == "The requirements pin setuptools to 57.5.0, which is too old for this Python."


def test_distribute_builds_on_no_python_3(tmp_path: Path) -> None:
    evidence = read(tmp_path, "distribute==0.6.49")
    assert told(evidence) == ["fail certain distribute"]
    (only,) = diagnosed(evidence)
    assert only.cause == "build/source-build-failed"
    assert only.fix[0] == "In requirements.txt replace distribute by setuptools"


NLTK = "import os\nimport nltk\n"


@pytest.mark.parametrize(
    ("pin", "files", "resource"),
    [
        ("nltk==3.9.1", {}, "punkt_tab"),
        ("nltk==3.8.1", {}, "punkt"),
        ("nltk==3.9.1", {"nltk.txt": "punkt stopwords\n"}, "punkt_tab"),
        ("nltk==3.9.1", {"start_py": "# nltk.download('punkt_tab') was done once\n"}, "punkt_tab"),
    ],
)
def test_nltk_without_the_data_that_is_used(
    tmp_path: Path, pin: str, files: dict[str, str], resource: str
) -> None:
    app = f"{NLTK}words = nltk.word_tokenize('a b')\n"
    evidence = read(tmp_path, pin, app_py=app, **files)
    assert told(evidence) == ["warn likely nltk-data"]
    assert evidence[0].where == "app.py:3"
    assert evidence[0].values["resource"] == resource
    (only,) = diagnosed(evidence)
    assert only.cause == "build/nltk-data-missing"
    assert only.fix[0] == f"echo {resource} >> nltk.txt"


@pytest.mark.parametrize(
    ("requirements", "files"),
    [
        ("flask", {"app.py": NLTK}),
        ("nltk", {"app.py": "import flask\n# import nltk one day\n"}),
        ("nltk", {"app.py": f"{NLTK}nltk.word_tokenize('a b')", "nltk.txt": "punkt_tab\n"}),
        ("nltk", {"app.py": f"{NLTK}nltk.word_tokenize('a b')", "nltk.txt": "popular\n"}),
        ("nltk", {"app.py": f"{NLTK}stem = nltk.PorterStemmer().stem('a')"}),
        ("nltk", {"app.py": f"{NLTK}nltk.download('punkt_tab')\nnltk.word_tokenize('a b')\n"}),
        ("nltk", {"app.py": NLTK, "start.py": "import nltk\nnltk.download('punkt')\n"}),
        ("nltk", {"app.py": f"{NLTK}nltk.data.path.append('data')\nnltk.word_tokenize('a b')\n"}),
        ("nltk", {"app.py": NLTK, "nltk_data/corpora/stopwords/english": "a\n"}),
        ("nltk", {"old.py": NLTK, ".slugignore": "old.py\n"}),
    ],
)
def test_nltk_whose_data_comes_from_somewhere(
    tmp_path: Path, requirements: str, files: dict[str, str]
) -> None:
    tree = project(tmp_path, {"requirements.txt": requirements, **files})
    assert read_requirements(tree, DeployedPython("3.13"))[1] == []


def test_where_docker_builds_nothing_is_certain(tmp_path: Path) -> None:
    files = {
        "heroku.yml": "build:\n  docker:\n    web: Dockerfile\n",
        "requirements.txt": "pywin32==306\nflask=1\n",
    }
    tree = project(tmp_path, files)
    evidence = read_requirements(tree, DeployedPython("3.13"))[1]
    assert told(evidence) == ["warn possible requirements", "warn possible platform-only"]


@pytest.mark.parametrize(
    "name", ["requirements.txt", "Pipfile.lock", "poetry.lock", "uv.lock", "pyproject.toml"]
)
@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"\x00" * 99, b"[" * 5000, b"{" * 5000, b"(" * 900, b"a=" + b"9" * 5000]
)
def test_garbage_is_survived(tmp_path: Path, name: str, content: bytes) -> None:
    tree = project(tmp_path, {"poetry.lock": UV_LOCK, name: content})
    requirements, evidence = read_requirements(tree, DeployedPython("3.13"))
    assert all(each.text for each in evidence)
    for each in requirements:
        each.specifier.contains("1.0")
