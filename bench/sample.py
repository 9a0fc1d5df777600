"""The model that both prediction services load: the sample one of our own service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.server import ROOT


def sample_model() -> Path:
    """Its file, made by the service's own code on first use."""
    path = ROOT / "models" / "sample.keras"
    if not path.exists():
        command = [sys.executable, "-m", "app.sample"]
        subprocess.run(command, cwd=ROOT, check=True, start_new_session=True, timeout=120)
    return path
