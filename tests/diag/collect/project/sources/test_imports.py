"""Modules that nothing brings, and files that hide what is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.procfile.web import WebProcess
from tests.sources import SCRIPT, findings, told

FLASK = "from flask import Flask\napp = Flask(__name__)\n"


def test_a_module_that_nothing_brings(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": FLASK + "import yaml"})

    assert told(found) == ["fail certain module app.py:3"]
    assert found[0].values["module"] == "yaml"


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import yaml\nexcept ImportError:\n    yaml = None",
        "try:\n    import yaml\nexcept Exception:\n    yaml = None",
        "try:\n    import flask\nexcept ImportError:\n    import yaml",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import yaml",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import yaml",
        "if __name__ == '__main__':\n    import yaml",
        "import os\nif os.environ.get('DEBUG'):\n    import yaml",
        "import sys\nif sys.platform.startswith('win'):\n    import yaml",
        "import os\ndef init():\n    if not os.getenv('DSN'):\n        return\n    import yaml\ninit()",
        "import json, zoneinfo, tomllib, sqlite3",
        '"""Example:\n\nimport yaml\n"""',
        "import flask.cli",
    ],
)
def test_an_import_that_can_not_fail_the_boot(tmp_path: Path, code: str) -> None:
    assert told(findings(tmp_path, {"app.py": FLASK + code})) == []


def test_what_only_a_request_imports_is_no_failure_of_the_boot(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": FLASK + "@app.get('/')\ndef index():\n    import yaml"})

    assert told(found) == ["info likely module app.py:5"]


def test_what_can_not_be_told_is_at_most_mentioned(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": FLASK + "import acme_tools"}, unsure=["acme_tools"])

    assert told(found) == ["info possible module app.py:3"]


def test_scripts_beside_the_web_process_do_not_count(tmp_path: Path) -> None:
    assert (
        told(
            findings(
                tmp_path, {"app.py": FLASK, "train.py": "import torch", "tests/test_app.py": "import pytest"}
            )
        )
        == []
    )


def test_a_module_of_python_that_has_gone(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": FLASK + "import imp\nimport distutils.util"})

    assert told(found) == ["fail certain module app.py:3", "fail certain module app.py:4"]
    assert found[0].values["last_python"] == "3.11"


def test_an_own_module_in_other_capitals(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": FLASK + "import helpers", "Helpers.py": ""})

    assert told(found) == ["fail certain own-module-case app.py:3"]


def test_an_own_module_that_gitignore_leaves_out(tmp_path: Path) -> None:
    files = {"app.py": FLASK + "from shop import secrets_local", ".gitignore": "shop/secrets_local.py\n"}
    found = findings(tmp_path, {**files, "shop/__init__.py": "", "shop/secrets_local.py": ""})

    assert told(found) == []  # a name that the package may make itself

    found = findings(tmp_path, {**files, "app.py": FLASK + "import shop.secrets_local"})
    assert told(found) == ["fail certain own-module-left-out app.py:3"]


def test_an_own_module_of_another_folder(tmp_path: Path) -> None:
    web = WebProcess(
        "gunicorn --chdir web app:app",
        server="gunicorn",
        module="app",
        attribute="app",
        folder="web",
        path=("web",),
    )
    found = findings(tmp_path, {"web/app.py": FLASK + "import helpers", "helpers.py": ""}, web)

    assert [e.values.get("own_file") for e in found] == [None]
    assert told(found)[0].startswith("fail certain module")


def test_a_relative_import_of_what_is_not_there(tmp_path: Path) -> None:
    web = WebProcess("gunicorn shop.app:app", server="gunicorn", module="shop.app", attribute="app")
    found = findings(
        tmp_path, {"shop/__init__.py": "", "shop/app.py": FLASK + "from .modls import Item"}, web
    )

    assert told(found) == ["fail likely own-module shop/app.py:3"]
    assert found[0].values["module"] == "shop.modls"


def test_a_file_that_hides_a_package(tmp_path: Path) -> None:
    found = findings(
        tmp_path, {"app.py": "import shop", "shop.py": FLASK, "flask.py": "from flask import Flask"}
    )

    assert "fail certain shadowed shop.py:1" in told(found)


def test_a_file_that_hides_a_module_of_python(tmp_path: Path) -> None:
    found = findings(
        tmp_path, {"app.py": FLASK + "import random\nrandom.choice([1])", "random.py": "def roll(): pass"}
    )

    assert told(found) == ["fail likely shadowed random.py"]


def test_a_name_that_python_does_not_need_at_the_start_hides_nothing_here(tmp_path: Path) -> None:
    files = {
        "app.py": FLASK + "from statistics import summary",
        "statistics.py": "def summary(): pass",
        "test/__init__.py": "",
    }

    assert told(findings(tmp_path, files)) == []


def test_an_own_package_that_has_what_is_taken_hides_nothing(tmp_path: Path) -> None:
    files = {
        "app.py": FLASK + "from redis import connection",
        "redis/__init__.py": "",
        "redis/connection.py": "",
    }

    assert told(findings(tmp_path, files, gives=("flask", "redis"))) == []


def test_a_syntax_error_in_the_web_process(tmp_path: Path) -> None:
    found = findings(
        tmp_path, {"app.py": FLASK + "import part", "part.py": "def f(:\n    pass", "old.py": "print 'x'"}
    )

    assert told(found) == ["fail certain syntax part.py:1"]


def test_a_merge_conflict_is_named(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": FLASK + "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n"})

    assert told(found) == ["fail certain syntax app.py:3"]
    assert "merge conflict" in found[0].text


def test_syntax_that_a_newer_python_may_know_is_not_judged(tmp_path: Path) -> None:
    files = {"app.py": FLASK + "try:\n    pass\nexcept ValueError, KeyError:\n    pass\n"}
    found = findings(tmp_path, files)

    assert told(found) == ["fail certain syntax app.py:5"]  # 3.13 does not know it


@pytest.mark.parametrize(
    "source",
    [
        b"\x00" * 100,
        b"\xff\xfe\x00i",
        b"(" * 100_000,
        b"-" * 200_000 + b"1",
        b"x = " + b"a." * 100_000 + b"a",
        b"[" * 3000 + b"]" * 3000,
        b"# coding: nonsense\nx = 1",
        b"x = 1\n" * 500_000,
        b"lambda: " * 20_000 + b"1",
    ],
    ids=lambda source: repr(source[:12]),
)
def test_hostile_sources_end_in_a_finding_or_are_skipped(tmp_path: Path, source: bytes) -> None:
    findings(tmp_path, {"app.py": b"import bad\n", "bad.py": source})
    findings(tmp_path, {"app.py": source}, SCRIPT)


def test_what_comes_after_a_check_that_raises_is_always_come_to(tmp_path: Path) -> None:
    code = "import os\ndef init():\n    if not os.getenv('DSN'):\n        raise ValueError\n    import yaml\ninit()"
    assert told(findings(tmp_path, {"app.py": FLASK + code})) == ["fail certain module app.py:7"]
