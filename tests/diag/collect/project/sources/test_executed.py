"""Servers that a script starts without a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import SCRIPT, findings


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("os.execvp('uvicorn', ['uvicorn', 'a:b', '--port', '$PORT'])", 2),
        ("CMD = ['gunicorn', 'a:b',\n       '--bind', '0.0.0.0:$PORT']\nsubprocess.run(CMD)", 3),
        (
            "def main():\n    cmd = ['uvicorn', '--port', '${PORT}']\n    subprocess.run(cmd, check=True)\nmain()",
            3,
        ),
        ("os.execvp('uvicorn', ['uvicorn', 'a:b', '--port', os.environ['PORT']])", 0),
        ("subprocess.run('uvicorn a:b --port $PORT', shell=True)", 0),
        ("os.system('uvicorn a:b --port $PORT')", 0),
        ("subprocess.run(['echo', '$PORT'])", 0),
        ("def never():\n    os.execvp('uvicorn', ['uvicorn', '--port', '$PORT'])", 0),
    ],
)
def test_a_port_that_stays_a_word(tmp_path: Path, code: str, line: int) -> None:
    found = findings(tmp_path, {"app.py": f"import os, subprocess\n{code}\n"}, SCRIPT)
    told = [each.where for each in found if each.values["fault"] == "port-literal"]
    assert told == ([f"app.py:{line}"] if line else [])
