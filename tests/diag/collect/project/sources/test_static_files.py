"""Django's static files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import DJANGO, findings

APPS = "INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.staticfiles']\nALLOWED_HOSTS = ['*']\n"
WSGI = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = None\n"


def of(folder: Path, settings: str, **more: str) -> list[str]:
    files = {"manage.py": "", "shop/__init__.py": "", "shop/settings.py": settings, "shop/wsgi.py": WSGI}
    files |= {name.replace("_json", ".json"): text for name, text in more.items()}
    found = findings(folder, files, DJANGO, gives=("django", "storages", "django_heroku"))
    return [
        f"{e.level.word} {e.values['sure']} {e.where}" for e in found if e.values["fault"] == "static-root"
    ]


def test_nowhere_to_collect_them(tmp_path: Path) -> None:
    assert of(tmp_path, APPS) == ["fail likely shop/settings.py:1"]


@pytest.mark.parametrize(
    "settings",
    [
        f"{APPS}STATIC_ROOT = 'staticfiles'\n",
        f"{APPS}STORAGES = {{'staticfiles': {{'BACKEND': 'storages.backends.s3.S3Storage'}}}}\n",
        f"{APPS}import django_heroku\ndjango_heroku.settings(locals())\n",
        APPS.replace(", 'django.contrib.staticfiles'", ""),
        APPS.replace("'django.contrib.auth', ", "'django.contrib.auth']  # "),
    ],
)
def test_settings_that_do_not_need_it(tmp_path: Path, settings: str) -> None:
    assert of(tmp_path, settings) == []


def test_a_build_that_does_not_collect(tmp_path: Path) -> None:
    assert of(tmp_path, APPS, app_json='{"env": {"DISABLE_COLLECTSTATIC": {"value": "1"}}}') == []
