"""What is used and needs something that no import names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told

FASTAPI = "from fastapi import FastAPI, Form, UploadFile\napp = FastAPI()\n"
GIVES = ("fastapi", "pydantic", "pandas", "starlette")


@pytest.mark.parametrize(
    ("code", "distribution", "level"),
    [
        (FASTAPI + "@app.post('/')\ndef sign(name: str = Form()): ...", "python-multipart", "fail"),
        (FASTAPI + "@app.post('/')\ndef sign(photo: UploadFile): ...", "python-multipart", "fail"),
        (
            "from pydantic import BaseModel, EmailStr\nclass A(BaseModel):\n    mail: EmailStr",
            "email-validator",
            "fail",
        ),
        (
            FASTAPI + "from fastapi.templating import Jinja2Templates\nt = Jinja2Templates('t')",
            "Jinja2",
            "fail",
        ),
        ("import pandas as pd\ndef f():\n    return pd.read_excel('https://x')", "openpyxl", "warn"),
    ],
)
def test_the_other_half_is_missing(tmp_path: Path, code: str, distribution: str, level: str) -> None:
    found = findings(tmp_path, {"app.py": code}, gives=GIVES)

    assert [(e.values["distribution"], e.level.word) for e in found] == [(distribution, level)]


@pytest.mark.parametrize(
    "code",
    [
        FASTAPI,  # imported and not used
        "from pydantic import BaseModel, EmailStr",
        "import pandas as pd\npd.read_csv('https://x')",
        "def Form(): ...\nForm()",
    ],
)
def test_what_needs_nothing_more(tmp_path: Path, code: str) -> None:
    assert told(findings(tmp_path, {"app.py": code}, gives=GIVES)) == []


def test_what_is_required_is_there(tmp_path: Path) -> None:
    code = FASTAPI + "@app.post('/')\ndef sign(name: str = Form()): ..."

    assert told(findings(tmp_path, {"app.py": code}, gives=(*GIVES, "multipart"))) == []
    assert told(findings(tmp_path, {"app.py": code}, gives=GIVES, unsure=("multipart",))) == []
