"""Names that are required by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.python.deployed import DeployedPython
from diag.collect.project.requirements.reading import read_requirements
from tests.diag.collect.project.judged import diagnosed
from tests.projects import project
from tests.sources import told


@pytest.mark.parametrize(
    ("line", "cause", "step"),
    [
        ("pkg-resources==0.0.0", "dependency/no-matching-distribution", "Ubuntu's pip freeze makes it up"),
        ("pkg_resources==0.0.0", "dependency/no-matching-distribution", "Ubuntu's pip freeze makes it up"),
        ("sqlite3", "dependency/no-matching-distribution", "remove sqlite3: it is a part of Python"),
        ("PIL", "dependency/no-matching-distribution", "replace pil by pillow"),
        ("yaml==5.0", "dependency/no-matching-distribution", "replace yaml by pyyaml"),
        ("en-core-web-sm==3.7.1", "dependency/no-matching-distribution", "pip index versions"),
        ("sklearn", "build/source-build-failed", "replace sklearn by scikit-learn"),
        ("wsgiref==0.1.2", "build/source-build-failed", "remove wsgiref: it is a part of Python"),
    ],
)
def test_no_file_or_none_that_builds(tmp_path: Path, line: str, cause: str, step: str) -> None:
    tree = project(tmp_path, {"requirements.txt": f"flask==3.1.3\n{line}\n"})
    evidence = read_requirements(tree, DeployedPython("3.13"))[1]
    assert [each.where for each in evidence] == ["requirements.txt:2"]
    (only,) = diagnosed(evidence)
    assert (only.cause, only.level.word, only.confidence.value) == (cause, "fail", "likely")
    assert any(step in each for each in only.fix)


@pytest.mark.parametrize(
    "line",
    [
        "argparse==1.4.0",  # has a file that installs
        "typing==3.7.4.3",
        "dataclasses",
        "sqlite3 @ https://example.com/sqlite3-1.0.tar.gz",
        "wsgiref==0.1.2; python_version < '3'",
        "scikit-learn",
        "en_core_web_sm @ https://github.com/explosion/spacy-models/releases/download/x/en_core_web_sm-3.7.1.whl",
    ],
)
def test_names_that_install(tmp_path: Path, line: str) -> None:
    tree = project(tmp_path, {"requirements.txt": f"{line}\n"})
    assert told(read_requirements(tree, DeployedPython("3.13"))[1]) == []


def test_another_index_may_have_it(tmp_path: Path) -> None:
    text = "--extra-index-url https://pypi.example.com/simple\nqueue\n"
    tree = project(tmp_path, {"requirements.txt": text})
    found = told(read_requirements(tree, DeployedPython("3.13"))[1])
    assert found == ["warn possible no-matching-distribution requirements.txt:2"]
