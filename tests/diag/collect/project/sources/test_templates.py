"""Templates that Flask does not find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told

APP = """from flask import Flask, render_template
app = Flask(__name__)

@app.get("/")
def index():
    return render_template("home.html")
"""


def of(folder: Path, *paths: str, app: str = APP) -> list[str]:
    return told(findings(folder, {"app.py": app, **dict.fromkeys(paths, "<p>")}))


@pytest.mark.parametrize(
    "path", ["Templates/home.html", "templates/Home.html", "template/home.html", "home.html"]
)
def test_one_that_lies_elsewhere(tmp_path: Path, path: str) -> None:
    assert of(tmp_path, path) == ["fail likely file-missing app.py:6"]


@pytest.mark.parametrize("path", ["templates/home.html", "shop/templates/home.html"])
def test_one_that_is_there(tmp_path: Path, path: str) -> None:
    assert of(tmp_path, path) == []


def test_one_that_may_come_with_a_package(tmp_path: Path) -> None:
    assert of(tmp_path) == []


def test_another_folder_by_choice(tmp_path: Path) -> None:
    app = APP.replace("(__name__)", "(__name__, template_folder='pages')")
    assert of(tmp_path, "pages/home.html", app=app) == []
