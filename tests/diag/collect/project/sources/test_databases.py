"""The database's URL and its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told

HEAD = "import os\nfrom flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\napp = Flask('')\n"
GIVES = ("flask", "flask_sqlalchemy", "sqlalchemy", "dj_database_url", "psycopg2")


def of(folder: Path, code: str, version: str = "2.0.43", driver: str = "psycopg2") -> list[str]:
    versions = {"sqlalchemy": version, driver: "2.9.10"}
    return told(findings(folder, {"app.py": HEAD + code}, gives=GIVES, versions=versions))


@pytest.mark.parametrize(
    "code",
    [
        "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']",
        "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ.get('DATABASE_URL', 'sqlite:///shop.db')",
        "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ.get('DATABASE_URL') or 'sqlite:///shop.db'",
        "URL = os.getenv('DATABASE_URL')\nfrom sqlalchemy import create_engine\nengine = create_engine(URL)",
        "class Config:\n    SQLALCHEMY_DATABASE_URI = os.environ.get('DATABASE_URL')\napp.config.from_object(Config)",
    ],
)
def test_herokus_scheme_reaches_sqlalchemy(tmp_path: Path, code: str) -> None:
    assert [line.rpartition(" ")[0] for line in of(tmp_path, code)] == ["fail likely postgres-scheme"]


def test_an_app_without_a_driver_may_stay_with_its_sqlite(tmp_path: Path) -> None:
    code = "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ.get('DATABASE_URL', 'sqlite:///shop.db')"
    (line,) = of(tmp_path, code, driver="aiosqlite")
    assert line.startswith("warn possible postgres-scheme")


@pytest.mark.parametrize(
    "code",
    [
        "url = os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://', 1)\napp.config['SQLALCHEMY_DATABASE_URI'] = url",
        "url = os.environ['DATABASE_URL']\nif url.startswith('postgres://'):\n    url = 'postgresql' + url[8:]\napp.config['SQLALCHEMY_DATABASE_URI'] = url",
        "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ.get('SQLALCHEMY_URL')",
        "app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql://u:p@h/db'",
    ],
)
def test_a_scheme_that_fits(tmp_path: Path, code: str) -> None:
    assert of(tmp_path, code) == []


def test_sqlalchemy_1_3_still_knows_the_old_scheme(tmp_path: Path) -> None:
    assert of(tmp_path, "app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']", "1.3.24") == []


def test_an_sqlite_file_does_not_last(tmp_path: Path) -> None:
    assert of(tmp_path, "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///shop.db'") == [
        "warn certain sqlite app.py:5"
    ]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:////tmp/cache.db"])
def test_a_database_that_nobody_expects_to_last(tmp_path: Path, url: str) -> None:
    assert of(tmp_path, f"app.config['SQLALCHEMY_DATABASE_URI'] = {url!r}") == []


def test_sqlite_that_is_written_to_and_sqlite_that_is_only_read(tmp_path: Path) -> None:
    read = "import sqlite3\ndb = sqlite3.connect('words.db')\ndb.execute('SELECT 1')\n"

    assert of(tmp_path, read) == []
    assert of(tmp_path, read + "db.execute('INSERT INTO words VALUES (1)')\ndb.commit()") == [
        "warn certain sqlite app.py:6"
    ]


def test_uploads_that_are_kept_and_uploads_in_tmp(tmp_path: Path) -> None:
    code = "from flask import request\nimport os\nUPLOAD_FOLDER = '{}'\n@app.post('/')\ndef up():\n    f = request.files['f']\n    f.save(os.path.join(UPLOAD_FOLDER, f.filename))"

    assert of(tmp_path, code.format("static/uploads")) == ["warn likely uploads app.py:11"]
    assert of(tmp_path, code.format("/tmp")) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("db = create_engine('postgresql://u:p@h/db')", ["fail likely module app.py:6"]),
        (
            "db = create_engine(os.environ.get('DATABASE_URL', 'sqlite://').replace('postgres://', 'postgresql://'))",
            ["fail likely module app.py:6"],
        ),
        ("db = create_engine('sqlite://')", []),
    ],
)
def test_a_database_without_its_driver(tmp_path: Path, code: str, expected: list[str]) -> None:
    found = findings(
        tmp_path, {"app.py": HEAD + "from sqlalchemy import create_engine\n" + code}, gives=GIVES[:-1]
    )

    assert told(found) == expected


def test_data_that_requests_write_and_read_again(tmp_path: Path) -> None:
    code = (
        "import json\nfrom pathlib import Path\nDB = Path(__file__).parent / 'entries.json'\n"
        "def read():\n    return json.loads(DB.read_text())\n@app.post('/')\ndef sign():\n    DB.write_text('[]')"
    )

    assert of(tmp_path, code) == ["warn likely uploads app.py:12"]
    assert of(tmp_path, code.replace("Path(__file__).parent", "Path('/tmp')")) == []
    assert of(tmp_path, "@app.get('/')\ndef report():\n    open('report.csv', 'w').write('x')") == []
