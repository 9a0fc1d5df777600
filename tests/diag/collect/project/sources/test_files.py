"""Files that the web process opens."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.sources import findings, told

HEAD = "import json, os, pickle\nfrom pathlib import Path\nimport joblib\nimport pandas as pd\nfrom flask import Flask\napp = Flask('')\n"
LINE = 7


def of(folder: Path, code: str, **more: str) -> list[str]:
    files = {
        "app.py": HEAD + code,
        **{name.replace("__", "/").replace("_dot_", "."): text for name, text in more.items()},
    }
    return told(findings(folder, files, gives=("flask", "pandas", "joblib", "requests", "boto3")))


@pytest.mark.parametrize(
    "code",
    [
        "words = open('data/words.txt').read()",
        "words = (Path(__file__).resolve().parents[0] / 'data' / 'words.txt').read_text()",
        "words = Path('data/words.txt').open().read()",
        "Path('out.txt').open('w').write('x')",
        "words = open(os.path.join('data', 'words.txt'))",
        "words = open(os.path.join(os.path.dirname(__file__), 'data', 'words.txt'))",
        "BASE = Path(__file__).resolve().parent\nwords = open(BASE / 'data' / 'words.txt')",
        "with open('./data/words.txt', 'r', encoding='utf-8') as file:\n    pass",
        "open('out.txt', 'w').write('x')",
        "try:\n    open('missing.txt')\nexcept FileNotFoundError:\n    pass",
        "if os.path.exists('cache.json'):\n    json.load(open('cache.json'))",
        "import urllib.request\nurllib.request.urlretrieve('https://x', 'model.pkl')\njoblib.load('model.pkl')",
        "open('/etc/hostname')",
        "try:\n    open('local.cfg')\nexcept Exception:\n    pass",
        "try:\n    joblib.load('model.pkl')\nexcept OSError:\n    pass",
        "pd.read_csv('https://example.com/x.csv')",
    ],
)
def test_what_is_there_or_may_be(tmp_path: Path, code: str) -> None:
    assert of(tmp_path, code, data__words_dot_txt="a") == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("model = joblib.load('model.pkl')", "fail likely file-missing app.py:7"),
        ("words = Path('data/other.txt').read_text()", "fail likely file-missing app.py:7"),
        (
            "words = (Path(__file__).parents[0] / 'Data' / 'words.txt').open()",
            "fail certain file-missing app.py:7",
        ),
        ("model = pickle.load(open('model.pkl', 'rb'))", "fail likely file-missing app.py:7"),
        ("rows = pd.read_csv('data/Words.txt')", "fail certain file-missing app.py:7"),
        ("rows = pd.read_csv('data\\\\words.txt')", "fail certain file-missing app.py:7"),
        ("rows = open('words.txt')", "fail likely file-missing app.py:7"),
        ("rows = open('C:\\\\Users\\\\Anna\\\\words.txt')", "fail likely file-missing app.py:7"),
        ("rows = open('/home/anna/shop/words.txt')", "fail likely file-missing app.py:7"),
        ("def load():\n    return open('nothing.txt')\nWORDS = load()", "fail likely file-missing app.py:8"),
        ("open(os.environ.get('WORDS', 'nowhere.txt'))", "warn likely file-missing app.py:7"),
        (
            "try:\n    model = joblib.load('model.pkl')\nexcept Exception as e:\n    print(e)",
            "warn likely file-missing app.py:8",
        ),
        (
            "@app.get('/')\ndef index():\n    return open('nothing.txt').read()",
            "info possible file-missing app.py:9",
        ),
    ],
)
def test_what_the_dyno_will_not_have(tmp_path: Path, code: str, expected: str) -> None:
    assert of(tmp_path, code, data__words_dot_txt="a") == [expected]


def test_a_file_that_slugignore_leaves_out(tmp_path: Path) -> None:
    found = of(tmp_path, "open('data/words.txt')", data__words_dot_txt="a", _dot_slugignore="*.txt\n")

    assert found == ["fail certain file-missing app.py:7"]


def test_a_file_that_git_ignores(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"x")
    (tmp_path / ".gitignore").write_text("*.pkl\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)

    assert of(tmp_path, "joblib.load('model.pkl')") == ["fail certain file-missing app.py:7"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import logging\nlogging.FileHandler('logs/app.log')", ["fail likely file-missing app.py:8"]),
        ("open('out/x.txt', 'w')", ["fail likely file-missing app.py:7"]),
        (
            "import logging.config\nlogging.config.dictConfig({'handlers': {'f': {'filename': 'logs/a.log'}}})",
            ["fail likely file-missing app.py:8"],
        ),
        ("import logging\nos.makedirs('logs', exist_ok=True)\nlogging.FileHandler('logs/app.log')", []),
        ("import logging\nlogging.FileHandler('app.log')", []),
        ("open('data/x.txt', 'w')", []),
        ("@app.get('/')\ndef index():\n    open('out/x.txt', 'w')", []),
    ],
)
def test_a_folder_that_git_does_not_keep(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert of(tmp_path, code, data__words_dot_txt="a") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def load(name):\n    return open(os.path.join('data', name))\nload('words.txt')", []),
        (
            "def load(name):\n    return open(os.path.join('data', name))\nload('Words.txt')",
            ["fail certain file-missing app.py:8"],
        ),
        ("def load(name):\n    return open(name)\nload('a')\nload('b')", []),
    ],
)
def test_a_name_that_is_passed_on(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert of(tmp_path, code, data__words_dot_txt="a") == expected


def test_what_a_build_may_make_is_a_warning(tmp_path: Path) -> None:
    built = of(tmp_path, "open('build/index.html')", package_dot_json="{}")

    assert built == ["warn likely file-missing app.py:7"]
