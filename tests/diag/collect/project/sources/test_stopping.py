"""Handlers of SIGTERM."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources import findings, told

HEAD = "import signal, sys, time\nfrom flask import Flask\napp = Flask('')\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", ["fail certain term-ignored app.py:4"]),
        (
            "DRAIN = 45\ndef stop(*_):\n    time.sleep(DRAIN)\n    sys.exit(0)\nsignal.signal(signal.SIGTERM, stop)",
            ["fail likely term-ignored app.py:6"],
        ),
        ("def stop(*_):\n    time.sleep(5)\nsignal.signal(signal.SIGTERM, stop)", []),
        ("def stop(*_):\n    time.sleep(45)\nsignal.signal(signal.SIGINT, stop)", []),
        ("def stop(*_):\n    time.sleep(45)\n", []),
        (
            "def stop(*_):\n    'Says so.'\n    print('stopping')\nsignal.signal(signal.SIGTERM, stop)",
            ["fail likely term-ignored app.py:7"],
        ),
        ("def stop(*_):\n    print('x')\n    sys.exit(0)\nsignal.signal(signal.SIGTERM, stop)", []),
        ("def stop(*_):\n    app.done = True\nsignal.signal(signal.SIGTERM, stop)", []),
        ("def stop(*_):\n    app.shutdown()\nsignal.signal(signal.SIGTERM, stop)", []),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))", []),
    ],
)
def test_what_keeps_a_process_alive(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert told(findings(tmp_path, {"app.py": HEAD + code})) == expected


def test_a_handler_of_another_module(tmp_path: Path) -> None:
    files = {
        "app.py": "from life import install\nfrom flask import Flask\napp = Flask('')\ninstall()\n",
        "life.py": (
            "import signal, time\ndef drain(a, b):\n    time.sleep(31)\n"
            "def install():\n    signal.signal(signal.SIGTERM, drain)\n"
        ),
    }
    assert told(findings(tmp_path, files)) == ["fail likely term-ignored life.py:3"]
