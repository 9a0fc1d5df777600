"""Models that only the main block loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.procfile.web import WebProcess
from tests.sources import GUNICORN, SCRIPT, findings

APP = """import joblib
from flask import Flask
app = Flask("")
MODEL = None

def prepare():
    global MODEL
    MODEL = joblib.load("m.joblib")

@app.get("/")
def index():
    return str(MODEL)
"""
MAIN = "\nif __name__ == '__main__':\n    prepare()\n    app.run(host='0.0.0.0')\n"


def of(folder: Path, code: str, web: WebProcess = GUNICORN) -> list[str]:
    files = {"app.py": code, "m.joblib": "x"}
    found = findings(folder, files, web, gives=("flask", "joblib"))
    return [f"{e.level.word} {e.values['sure']} {e.where}" for e in found if e.values["fault"] == "main-only"]


def test_a_web_server_never_comes_to_it(tmp_path: Path) -> None:
    assert of(tmp_path, APP + MAIN) == ["fail likely app.py:15"]


def test_python_does(tmp_path: Path) -> None:
    assert of(tmp_path, APP + MAIN, SCRIPT) == []


@pytest.mark.parametrize(
    "code",
    [
        APP + "prepare()\n" + MAIN,
        APP.replace("    return str", "    prepare()\n    return str") + MAIN,
        APP + "import threading\nthreading.Thread(target=prepare).start()\n" + MAIN,
        APP.replace("def prepare", "@app.before_request\ndef prepare") + MAIN,
        APP.replace("MODEL = None", "MODEL = object()") + MAIN,
        APP.replace("return str(MODEL)", "return ''") + MAIN,
        APP.replace("joblib.load('m.joblib')", "1").replace('joblib.load("m.joblib")', "1") + MAIN,
    ],
)
def test_what_sets_it_otherwise_or_is_no_model(tmp_path: Path, code: str) -> None:
    assert of(tmp_path, code) == []
