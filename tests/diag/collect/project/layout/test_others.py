"""Buildpacks other than Python's, and what Docker builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diag.collect.project.judged import diagnosed, told
from tests.diag.collect.project.layout.roots import FLASK, PACKAGE, read


@pytest.mark.parametrize(("file", "language"), [("package.json", "Node.js"), ("Gemfile", "Ruby")])
def test_a_buildpack_that_is_asked_before(tmp_path: Path, file: str, language: str) -> None:
    evidence = read(tmp_path, {**FLASK, file: "{}"})
    assert told(evidence) == ["warn likely other-buildpack"]
    (only,) = diagnosed(evidence)
    assert only.cause == "build/wrong-buildpack"
    assert only.title == f"{file} lets the buildpack for {language} take the app, and not Python's."


@pytest.mark.parametrize(
    "files",
    [
        {
            **FLASK,
            "package.json": PACKAGE,
            "app.json": '{"buildpacks": [{"url": "heroku/nodejs"}, {"url": "heroku/python"}]}',
        },
        {**FLASK, "package.json": PACKAGE, "project.toml": '[[io.buildpacks.group]]\nid = "heroku/python"\n'},
        {
            **FLASK,
            "package.json": PACKAGE,
            ".buildpacks": "https://github.com/heroku/heroku-buildpack-python\n",
        },
        {**FLASK, "package.json": PACKAGE, "Procfile": "web: npm start\n"},
        {**FLASK, "package.json": PACKAGE, ".slugignore": "package.json\n"},
        {"app.py": "", "requirements.txt": "", "package.json": '{"scripts": {"start": "node server.js"}}'},
        {**FLASK, "pom.xml": "", "composer.json": "{}", "go.mod": ""},
        {**FLASK, "static/package.json": PACKAGE},
    ],
)
def test_a_front_end_beside_python(tmp_path: Path, files: dict[str, str]) -> None:
    assert "other-buildpack" not in " ".join(told(read(tmp_path, files)))


def test_app_json_that_leaves_python_out(tmp_path: Path) -> None:
    files = {**FLASK, "package.json": PACKAGE, "app.json": '{"buildpacks": [{"url": "heroku/nodejs"}]}'}
    evidence = read(tmp_path, files)
    assert told(evidence) == ["fail likely other-buildpack"]
    (only,) = diagnosed(evidence)
    assert only.title == "The app is built with the buildpack for Node.js, and not with Python's."
    assert 'In app.json add Python\'s to buildpacks: {"url": "heroku/python"}' in only.fix


@pytest.mark.parametrize("url", ["https://github.com/ann/our-own-buildpack", "heroku-community/cli"])
def test_a_buildpack_of_unknown_kind_may_do_anything(tmp_path: Path, url: str) -> None:
    files = {**FLASK, "app.json": f'{{"buildpacks": [{{"url": "{url}"}}]}}'}
    assert told(read(tmp_path, files)) == []


@pytest.mark.parametrize(
    ("app_json", "hint"),
    [
        ('{"buildpacks": [{"url": "heroku/python"}]}', True),
        ('{"buildpacks": [{"url": "heroku/python"}, {"url": "heroku-community/apt"}]}', True),
        ('{"buildpacks": [{"url": "heroku-community/apt"}, {"url": "heroku/python"}]}', False),
    ],
)
def test_an_aptfile_needs_its_buildpack_first(tmp_path: Path, app_json: str, hint: bool) -> None:
    evidence = read(tmp_path, {**FLASK, "Aptfile": "libgl1\n", "app.json": app_json})
    assert told(evidence) == (["info likely aptfile"] if hint else [])


def test_an_aptfile_on_fir(tmp_path: Path) -> None:
    assert "heroku/deb-packages" in read(tmp_path, {**FLASK, "Aptfile": "libgl1\n"}, "fir")[0].text
