"""Who builds a project, as far as its own files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.buildpacks import Buildpacks, read_buildpacks
from tests.projects import project

APP_JSON = '{"buildpacks": [{"url": "heroku/nodejs"}, "Heroku/Python"]}'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.py": ""}, Buildpacks()),
        ({"app.json": APP_JSON}, Buildpacks(("heroku/nodejs", "heroku/python"), "app.json")),
        (
            {"project.toml": '[[io.buildpacks.group]]\nid = "heroku/python"\n'},
            Buildpacks(("heroku/python",), "project.toml"),
        ),
        (
            {"project.toml": '[[build.buildpacks]]\nuri = "docker://example/apt"\n'},
            Buildpacks(("docker://example/apt",), "project.toml"),
        ),
        (
            {".buildpacks": "https://github.com/heroku/heroku-buildpack-python\n\n"},
            Buildpacks(("https://github.com/heroku/heroku-buildpack-python",), ".buildpacks"),
        ),
        ({"bin/pre_compile": "make all"}, Buildpacks(hook="make all")),
        ({"bin/pre_compile": "make all", ".slugignore": "bin\n"}, Buildpacks()),
        ({"heroku.yml": "build:\n  docker:\n    web: Dockerfile\n"}, Buildpacks(is_container=True)),
        ({"heroku.yml": "build:\n  languages:\n    - python\n"}, Buildpacks()),
        ({"app.json": '{"stack": "container"}'}, Buildpacks(is_container=True)),
        ({"app.json": '{"stack": "heroku-24"}'}, Buildpacks()),
    ],
)
def test_what_the_files_say(tmp_path: Path, files: dict[str, str], expected: Buildpacks) -> None:
    assert read_buildpacks(project(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("name", "python", "elsewhere"),
    [
        ("heroku/python", True, False),
        ("https://github.com/kennethreitz/conda-buildpack", True, False),
        ("https://github.com/timanovsky/subdir-heroku-buildpack", True, True),
        ("https://github.com/lstoll/heroku-buildpack-monorepo", True, True),
        ("heroku/nodejs", False, False),
        ("heroku-community/apt", False, False),
    ],
)
def test_what_a_buildpack_may_do(name: str, python: bool, elsewhere: bool) -> None:
    buildpacks = Buildpacks((name,), "app.json")
    assert (buildpacks.may_build_python, buildpacks.look_elsewhere) == (python, elsewhere)
