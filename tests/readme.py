"""The README's transcripts, made by running what they show.

``python -m tests.readme`` writes them anew; `tests/test_readme.py` checks that they are what is printed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers import PLAIN_ENV, ROOT, serve

README = ROOT / "README.md"
FIXTURE = ROOT / "tests" / "fixtures" / "readme"
PUSHED = ROOT / "tests" / "fixtures" / "readme-push"
LOG = ROOT / "tests" / "fixtures" / "readme.log"  # Flask's own server on a dyno
_BLOCK = re.compile(r"<!-- transcript: (\w+) -->\n(?:```\n.*?```\n)?", re.DOTALL)


def doctor(folder: Path) -> str:
    """What ``python -m diag`` prints in the folder of the broken app."""
    command = [sys.executable, "-m", "diag"]
    done = subprocess.run(
        command, cwd=folder, env=PLAIN_ENV, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    return f"$ python -m diag\n{done.stdout}"


def preflight(folder: Path) -> str:
    """What ``python -m diag preflight`` prints in the folder of a third."""
    command = [sys.executable, "-m", "diag", "preflight"]
    done = subprocess.run(
        command, cwd=folder, env=PLAIN_ENV, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    return f"$ python -m diag preflight\n{done.stdout}"


def logs() -> str:
    """What ``python -m diag logs`` makes of the log of another broken app."""
    command = [sys.executable, "-m", "diag", "logs"]
    with LOG.open("rb") as stream:
        done = subprocess.run(
            command, stdin=stream, env=PLAIN_ENV, capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 1, done.stderr
    return f"$ heroku logs -n 1500 | python -m diag logs\n{done.stdout}"


def log(folder: Path) -> str:
    """The diagnosis line in the log of gunicorn."""
    command = (sys.executable, "-m", "diag.gunicorn", "shop:app")
    with serve(command, folder, folder / "log.txt") as server:
        server.ended()
        return next(line for line in server.text().splitlines(keepends=True) if "event=diagnosis" in line)


def made() -> dict[str, str]:
    """Every transcript by name."""
    with tempfile.TemporaryDirectory() as home:
        folder, pushed = Path(home) / "shop", Path(home) / "pushed" / "shop"
        shutil.copytree(FIXTURE, folder)
        shutil.copytree(PUSHED, pushed)
        return {
            "logs": logs(),
            "preflight": preflight(pushed),
            "doctor": doctor(folder),
            "log": log(folder),
        }


def written(text: str) -> dict[str, str]:
    """The transcripts that stand in a README's text."""
    blocks = re.findall(r"<!-- transcript: (\w+) -->\n```\n(.*?)```\n", text, re.DOTALL)
    return dict(blocks)


def timeless(text: str) -> str:
    """Without what differs from run to run: seconds, megabytes, and how they wrap."""
    return " ".join(re.sub(r"\d+(\.\d+)?", "N", text).split())


if __name__ == "__main__":
    blocks = made()
    README.write_text(
        _BLOCK.sub(lambda m: f"<!-- transcript: {m[1]} -->\n```\n{blocks[m[1]]}```\n", README.read_text())
    )
