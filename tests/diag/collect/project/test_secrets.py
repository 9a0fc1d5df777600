"""Secrets in files that are pushed."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.secrets import find_secrets
from tests.projects import project
from tests.sources import told

KEY = "AKIA" + "Q3EGRXTZ5LBN7WYC"
GITHUB = "ghp_" + "a1B2c3D4" * 5


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({".env": "DEBUG=1\nSECRET_KEY=8f3kd93kd93kd\n"}, ["warn certain secret .env:2"]),
        ({"config.py": f"KEY = '{KEY}'\n"}, ["warn likely secret config.py:1"]),
        ({"deploy.sh": f"x\nexport TOKEN={GITHUB}\n"}, ["warn likely secret deploy.sh:2"]),
        (
            {"key.pem": "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEow" * 60 + "\n"},
            ["warn likely secret key.pem:1"],
        ),
    ],
)
def test_a_secret_in_the_source(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    found = list(find_secrets(project(tmp_path, files)))

    assert told(found) == expected
    assert all(secret not in repr(found) for secret in (KEY, GITHUB, "8f3kd93kd93kd"))


@pytest.mark.parametrize(
    "files",
    [
        {".env": "SECRET_KEY=8f3kd93kd93kd\n", ".gitignore": ".env\n"},
        {".env": "DEBUG=1\nPORT=5000\nFLASK_APP=app.py\n"},
        {".env": "SECRET_KEY=change-me\nAPI_KEY=<your key>\nDATABASE_URL=postgres://u:p@localhost/db\n"},
        {".env.example": "SECRET_KEY=8f3kd93kd93kd\n"},
        {"tests/test_keys.py": f"KEY = '{KEY}'\n"},
        {"docs.py": "KEY = 'AKIAIOSFODNN7EXAMPLE'\n"},
        {"x.pem": "-----BEGIN PUBLIC KEY-----\n" + "MIIEow" * 60},
    ],
)
def test_what_is_no_secret_or_not_pushed(tmp_path: Path, files: dict[str, str]) -> None:
    assert told(find_secrets(project(tmp_path, files))) == []
