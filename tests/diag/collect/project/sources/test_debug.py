"""ASGI apps in debug mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("app = FastAPI(debug=True)", ["warn certain debug-on app.py:3"]),
        ("app = FastAPI(debug=os.environ.get('DEBUG', True))", ["warn likely debug-on app.py:3"]),
        ("app = FastAPI(debug=False)", []),
        ("app = FastAPI(debug=os.environ.get('DEBUG') == '1')", []),
        ("app = FastAPI()", []),
    ],
)
def test_fastapi(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert (
        told(findings(tmp_path, {"app.py": f"import os\nfrom fastapi import FastAPI\n{code}\n"})) == expected
    )
