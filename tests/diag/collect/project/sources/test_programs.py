"""Programs, and signals that are ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told

GIVES = ("selenium", "pytesseract", "pdf2image", "webdriver_manager")


@pytest.mark.parametrize(
    ("code", "program"),
    [
        ("import subprocess\nsubprocess.run(['ffmpeg', '-i', 'x'])", "ffmpeg"),
        ("import os\nos.system('wkhtmltopdf a b')", "wkhtmltopdf"),
        ("import pytesseract\npytesseract.image_to_string(None)", "tesseract"),
        ("from selenium import webdriver\ndef f():\n    return webdriver.Chrome()", "chromedriver"),
        ("from pdf2image import convert_from_path\nconvert_from_path('a')", "pdftoppm"),
    ],
)
def test_a_program_that_no_stack_has(tmp_path: Path, code: str, program: str) -> None:
    found = findings(tmp_path, {"app.py": code}, gives=GIVES)

    assert [(e.values["fault"], e.values["program"], e.level.word) for e in found] == [
        ("program", program, "warn")
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": "import subprocess\nsubprocess.run(['git', 'log'])"},
        {"app.py": "import subprocess\nsubprocess.run(['ffmpeg'])", "Aptfile": "ffmpeg\n"},
        {
            "app.py": "import os\nos.system('ffmpeg')",
            "app.json": '{"buildpacks": [{"url": "https://x/heroku-buildpack-ffmpeg"}]}',
        },
        {"app.py": "from selenium import webdriver\nimport webdriver_manager\nwebdriver.Chrome()"},
    ],
)
def test_a_program_that_is_there(tmp_path: Path, files: dict[str, str]) -> None:
    assert told(findings(tmp_path, files, gives=GIVES)) == []


def test_ignoring_the_signal_to_stop(tmp_path: Path) -> None:
    code = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"

    assert told(findings(tmp_path, {"app.py": code})) == ["fail certain term-ignored app.py:2"]
