"""Django's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import DJANGO, findings, told

WSGI = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"


def of(folder: Path, settings: str, **more: str) -> list[str]:
    files = {"shop/__init__.py": "", "shop/wsgi.py": WSGI, "shop/settings.py": settings, **more}
    return told(
        findings(
            folder, files, DJANGO, gives=("django", "environ", "decouple", "whitenoise", "django_heroku")
        )
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("ALLOWED_HOSTS = []", ["fail certain hosts shop/settings.py:1"]),
        ("ALLOWED_HOSTS = ['localhost', '127.0.0.1']", ["fail certain hosts shop/settings.py:1"]),
        ("ALLOWED_HOSTS = ['www.example.com']", ["info likely hosts shop/settings.py:1"]),
        ("ALLOWED_HOSTS = ['*']", []),
        ("ALLOWED_HOSTS = ['*.herokuapp.com', 'shop.local']", ["fail likely hosts shop/settings.py:1"]),
        ("ALLOWED_HOSTS = ['.herokuapp.com', 'localhost']", []),
        ("ALLOWED_HOSTS = ['my-shop-1a2b.herokuapp.com']", []),
        (
            "import os\nALLOWED_HOSTS = os.environ.get('HOSTS', 'localhost').split(',')",
            ["warn likely hosts shop/settings.py:2"],
        ),
        ("import os\nALLOWED_HOSTS = os.environ.get('HOSTS', '*').split(',')", []),
        ("import environ\nenv = environ.Env()\nALLOWED_HOSTS = env.list('ALLOWED_HOSTS', default=[])", []),
        (
            "import os\nALLOWED_HOSTS = [os.environ.get('HOST', 'localhost')]",
            ["warn likely hosts shop/settings.py:2"],
        ),
        ("ALLOWED_HOSTS = []\nimport django_heroku\ndjango_heroku.settings(locals())", []),
        ("import os\nALLOWED_HOSTS = []\nif os.environ.get('DYNO'):\n    ALLOWED_HOSTS = ['*']", []),
        ("ALLOWED_HOSTS = []\nALLOWED_HOSTS.append('*')", []),
        ("ALLOWED_HOSTS = []\nALLOWED_HOSTS += ['*']", []),
    ],
)
def test_allowed_hosts(tmp_path: Path, settings: str, expected: list[str]) -> None:
    assert of(tmp_path, settings) == expected


def test_other_settings_may_be_chosen_by_a_config_var(tmp_path: Path) -> None:
    wsgi = WSGI.replace("shop.settings", "shop.conf.dev")
    files = {
        "shop/conf/__init__.py": "",
        "shop/conf/dev.py": "ALLOWED_HOSTS = []\nDEBUG = True",
        "shop/conf/production.py": "",
    }

    assert of(tmp_path, "", **{"shop/wsgi.py": wsgi, **files}) == ["warn possible hosts shop/conf/dev.py:1"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("DEBUG = True", ["warn certain debug-on shop/settings.py:1"]),
        ("DEBUG = False", []),
        ("DEBUG = 'False'", ["warn certain debug-on shop/settings.py:1"]),
        ("import os\nDEBUG = os.environ.get('DEBUG', 'False')", ["warn likely debug-on shop/settings.py:2"]),
        ("import os\nDEBUG = os.environ.get('DEBUG', '')", []),
        ("import os\nDEBUG = bool(int(os.environ.get('DEBUG', '0')))", []),
        ("import os\nDEBUG = os.environ.get('DEBUG') == '1'", []),
        (
            "import os\nDEBUG = os.environ.get('DEBUG', 'True') == 'True'",
            ["info possible debug-on shop/settings.py:2"],
        ),
        ("from decouple import config\nDEBUG = config('DEBUG', default=False, cast=bool)", []),
    ],
)
def test_debug(tmp_path: Path, settings: str, expected: list[str]) -> None:
    assert of(tmp_path, settings) == expected


def test_an_app_that_nothing_brings(tmp_path: Path) -> None:
    settings = "INSTALLED_APPS = ['django.contrib.admin', 'rest_framework', 'cart']\nMIDDLEWARE = ['whitenoise.middleware.X']"

    assert of(tmp_path, settings, **{"cart/__init__.py": ""}) == ["fail certain module shop/settings.py:1"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'db.sqlite3'}}",
            ["warn likely sqlite shop/settings.py:1"],
        ),
        (
            (
                "import dj_database_url\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'x'}}\n"
                "DATABASES['default'].update(dj_database_url.config())"
            ),
            [],
        ),
        (
            "import environ\nenv = environ.Env()\nDATABASES = {'default': env.db('DATABASE_URL', default='sqlite:///x')}",
            [],
        ),
    ],
)
def test_the_database(tmp_path: Path, settings: str, expected: list[str]) -> None:
    found = of(tmp_path, settings)

    assert [line for line in found if "module" not in line] == expected


def test_settings_that_are_not_there(tmp_path: Path) -> None:
    files = {"shop/wsgi.py": WSGI.replace("shop.settings", "shop.setings")}

    assert of(tmp_path, "", **files) == ["fail likely own-module shop/wsgi.py:2"]


def test_a_secret_key_in_the_source(tmp_path: Path) -> None:
    assert of(tmp_path, f"SECRET_KEY = 'django-insecure-{'x' * 40}'") == [
        "warn likely secret-key shop/settings.py:1"
    ]
    assert of(tmp_path, "import os\nSECRET_KEY = os.environ.get('SECRET_KEY', 'x')") == []
