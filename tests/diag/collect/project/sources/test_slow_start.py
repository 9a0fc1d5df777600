"""Work before the port is bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.procfile.web import WebProcess
from tests.sources import GUNICORN, PRELOADED, SCRIPT, findings

HEAD = "import time, os\nimport boto3\nfrom flask import Flask\nfrom waitress import serve\napp = Flask('')\n"
SERVE = "\nif __name__ == '__main__':\n    serve(app, host='0.0.0.0', port=int(os.environ['PORT']))\n"


def of(folder: Path, code: str, web: WebProcess, **more: str) -> list[str]:
    files = {"app.py": HEAD + code, **{f"{name}.py": text for name, text in more.items()}}
    found = findings(folder, files, web, gives=("flask", "waitress", "boto3", "sklearn", "spacy"))
    return [
        f"{e.level.word} {e.values['sure']} {e.where}" for e in found if e.values["fault"] == "slow-start"
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("time.sleep(90)", ["fail likely app.py:6"]),
        ("for part in range(9):\n    time.sleep(10)", ["warn possible app.py:7"]),
        ("boto3.client('s3').download_file('b', 'k', '/tmp/m')", ["warn possible app.py:6"]),
        ("from spacy.cli import download\ndownload('en_core_web_lg')", ["warn possible app.py:7"]),
        ("time.sleep(2)", []),
        ("def later():\n    time.sleep(90)", []),
    ],
)
def test_gunicorn_binds_last_only_when_it_preloads(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert of(tmp_path, code, PRELOADED) == expected
    assert of(tmp_path / "workers", code, GUNICORN) == []


def test_a_script_binds_where_it_serves(tmp_path: Path) -> None:
    assert of(tmp_path, f"time.sleep(90){SERVE}", SCRIPT) == ["fail likely app.py:6"]


def test_a_script_that_trains_before_the_server(tmp_path: Path) -> None:
    web = WebProcess("python train.py && gunicorn app:app", server="gunicorn", module="app", attribute="app")
    train = "from sklearn.svm import SVC\nmodel = SVC()\nmodel.fit([[1]], [1])\n"
    assert of(tmp_path, "", web, train=train) == ["warn likely train.py:3"]
    assert of(tmp_path / "other", "", web, train="print('nothing to do')\n") == []
