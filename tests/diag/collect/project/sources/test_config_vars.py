"""Config vars that the web process needs at boot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings

MANY = ("flask", "decouple", "environs", "environ", "pydantic_settings", "starlette", "dotenv")


def needed(folder: Path, code: str, **more: str) -> list[tuple[object, str, object]]:
    files = {"app.py": code, **{name.replace("__", "."): text for name, text in more.items()}}
    found = findings(folder, files, gives=MANY)
    return [
        (e.values["variable"], e.level.word, e.values["sure"])
        for e in found
        if e.values["fault"] == "variable-needed"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nKEY = os.environ['API_KEY']",
        "from os import environ\nKEY = environ['API_KEY']",
        "import os\nclass Config:\n    KEY = os.environ['API_KEY']",
        "import os\ndef key():\n    return os.environ['API_KEY']\nKEY = key()",
        "from decouple import config\nKEY = config('API_KEY')",
        "from decouple import config\nKEY = config('API_KEY', cast=str)",
        "from environs import Env\nenv = Env()\nenv.read_env()\nKEY = env.str('API_KEY')",
        "import environ\nenv = environ.Env(DEBUG=(bool, False))\nKEY = env('API_KEY')",
        "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    api_key: str\n    debug: bool = False\nsettings = Settings()",
        (
            "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass Settings(BaseSettings):\n"
            "    model_config = SettingsConfigDict(env_prefix='api_')\n    key: str\nsettings = Settings()"
        ),
        "from starlette.config import Config\nconfig = Config('.env')\nKEY = config('API_KEY')",
        "from settings import KEY",
        (
            "import os\ndef need(name):\n    value = os.environ.get(name)\n    if value is None:\n        raise RuntimeError(name)\n"
            "    return value\nKEY = need('API_KEY')"
        ),
        "import os\ndef need(name):\n    return os.environ[name]\nKEY = need('API_KEY')",
        "from environs import Env\nenv = Env()\nwith env.prefixed('API_'):\n    KEY = env.str('KEY')",
    ],
)
def test_one_that_is_read_without_a_default(tmp_path: Path, code: str) -> None:
    assert needed(tmp_path, code, settings__py="import os\nKEY = os.environ['API_KEY']") == [
        ("API_KEY", "warn", "possible")
    ]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nKEY = os.environ.get('API_KEY')",
        "import os\nKEY = os.getenv('API_KEY', 'x')",
        "import os\ntry:\n    KEY = os.environ['API_KEY']\nexcept KeyError:\n    KEY = ''",
        "import os\nif 'API_KEY' in os.environ:\n    KEY = os.environ['API_KEY']",
        "import os\nos.environ['API_KEY'] = 'x'\nKEY = os.environ['API_KEY']",
        "import os\nos.environ.setdefault('API_KEY', 'x')\nKEY = os.environ['API_KEY']",
        "from decouple import config\nKEY = config('API_KEY', default='')",
        "from environs import Env\nenv = Env()\nKEY = env('API_KEY', None)",
        "from pydantic_settings import BaseSettings\nfrom typing import Optional\nclass S(BaseSettings):\n    api_key: Optional[str] = None\ns = S()",
        "import os\nif __name__ == '__main__':\n    KEY = os.environ['API_KEY']",
        "import os\nPORT = os.environ['PORT']\nDYNO = os.environ['DYNO']",
        "import os\nURL = os.environ['DATABASE_URL']",
        "import os\ndef get(name, default=None):\n    return os.environ.get(name, default)\nKEY = get('API_KEY')",
    ],
)
def test_one_that_may_be_missing(tmp_path: Path, code: str) -> None:
    assert needed(tmp_path, code) == []


def test_one_that_only_a_request_reads_is_mentioned(tmp_path: Path) -> None:
    code = "import os\nfrom flask import Flask\napp = Flask('')\n@app.get('/')\ndef index():\n    return os.environ['API_KEY']"

    assert needed(tmp_path, code) == [("API_KEY", "info", "possible")]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ('{"env": {"API_KEY": {"value": "x"}}}', []),
        ('{"env": {"API_KEY": {"required": true}}}', []),
        ('{"env": {"API_KEY": "x"}}', []),
        ('{"env": {"OTHER": "x"}}', [("API_KEY", "warn", "likely")]),
        ('{"addons": ["heroku-postgresql"]}', [("API_KEY", "warn", "possible")]),
        ("[[[[", [("API_KEY", "warn", "possible")]),
        ('{"env": 5, "addons": {"a": 1}, "formation": []}', [("API_KEY", "warn", "possible")]),
    ],
)
def test_what_app_json_declares(tmp_path: Path, declared: str, expected: list[object]) -> None:
    assert needed(tmp_path, "import os\nKEY = os.environ['API_KEY']", app__json=declared) == expected


def test_all_names_stand_in_the_first_finding(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": "import os\nA = os.environ['ONE']\nB = os.environ['TWO']"})

    assert found[0].values["names"] == ("ONE", "TWO")
