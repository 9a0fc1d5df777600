"""What app.json declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.app_json import read_app_json
from diag.collect.project.config import find_large_config
from tests.projects import project
from tests.sources import told


def test_everything_it_declares(tmp_path: Path) -> None:
    text = """{"env": {"A": "1", "B": {"value": "2"}, "C": {"generator": "secret"}, "D": {"required": false}},
    "addons": ["heroku-postgresql:essential-0", {"plan": "heroku-redis:mini"}],
    "buildpacks": [{"url": "heroku/nodejs"}, {"url": "heroku/python"}], "formation": {"web": {"size": "Standard-2X"}}}"""
    found = read_app_json(project(tmp_path, {"app.json": text}))

    assert found.brings("A")
    assert found.brings("DATABASE_URL")
    assert not found.brings("E")
    assert found.buildpacks == ("heroku/nodejs", "heroku/python")
    assert found.sizes == {"web": "standard-2x"}
    assert found.env["D"] is False


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"env": [], "addons": 5, "formation": 1}', "[" * 100_000, "\x00"]
)
def test_one_that_says_nothing(tmp_path: Path, text: str) -> None:
    found = read_app_json(project(tmp_path, {"app.json": text}))

    assert dict(found.env) == {}


def test_config_vars_that_do_not_fit(tmp_path: Path) -> None:
    tree = project(tmp_path, {".env": f"A=1\nMODEL_BASE64={'x' * 40_000}\n"})
    found = list(find_large_config(tree, read_app_json(tree)))

    assert told(found) == ["fail likely too-large .env:2"]
    assert "xxx" not in repr(found)
    tree = project(tmp_path, {".env": f"A=1\nMODEL_BASE64={'x' * 30_000}\n"})
    assert list(find_large_config(tree, read_app_json(tree))) == []
