"""From the start to ready with a model on S3: the download runs beside the import of TensorFlow."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.effort import Effort
from bench.models import mobilenet
from bench.rounds import Spread
from bench.server import ROOT, procfile, serving
from bench.storage import BUCKET, s3
from bench.table import NOT_ASKED, Bound, Table

KEY = "mobilenet-v2.keras"
SLACK = 1.15
STEPS = {
    "TensorFlow": "tensorflow_import_s",
    "download": "download_s",
    "load": "load_s",
    "warm-up": "warm_up_s",
}
_FIELD = re.compile(r"\b(\w+_s)=([\d.]+)")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds: from the start of the process to ready, and of the steps by the service's own ledger."""

    ready: float
    steps: dict[str, float]

    @property
    def allowed(self) -> float:
        """1.15 times max(import, download) + load + warm-up."""
        imported, downloaded, *others = (self.steps[name] for name in STEPS.values())
        return SLACK * max(imported, downloaded) + sum(others)

    @property
    def saved(self) -> float:
        """How much longer the steps would take one after the other, at the least."""
        return sum(self.steps[name] for name in STEPS.values()) - self.ready


def measure(effort: Effort) -> Table:
    """With S3 as fast as this machine can, and as slow as makes the download last like the import."""
    rounds = effort.slow_start_rounds
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bucket = Path(folder) / BUCKET
        bucket.mkdir()
        kilobytes = Path(shutil.copy(mobilenet(), bucket / KEY)).stat().st_size // 1024
        _start(Path(folder), 0)  # not counted
        fast = [_start(Path(folder), 0) for _ in range(rounds)]
        imported = Spread.of(start.steps["tensorflow_import_s"] for start in fast).median
        slow = [_start(Path(folder), max(1, int(kilobytes / imported))) for _ in range(rounds)]
    table = Table(
        f"Seconds to ready, MobileNetV2 ({kilobytes / 1024:.0f} MB) on a local S3, medians",
        ("S3", "ready", *STEPS, "allowed", "overlap saved", "ready/allowed"),
    )
    for name, starts in {"as fast as it can": fast, "as slow as the import": slow}.items():
        steps = [f"{Spread.of(s.steps[step] for s in starts).median:.2f}" for step in STEPS.values()]
        whole, allowed, saved = (
            f"{Spread.of(figures).median:.2f}"
            for figures in (
                [s.ready for s in starts],
                [s.allowed for s in starts],
                [s.saved for s in starts],
            )
        )
        ratio = Spread.of(start.ready / start.allowed for start in starts)
        verdict = Bound(1, False, " ×").cells(ratio.median) if starts else NOT_ASKED
        table.add(name, whole, *steps, allowed, saved, ratio.text(), verdict=verdict)
    table.notes.append(f"allowed: {SLACK} × max(TensorFlow, download) + load + warm-up")
    return table


def _start(folder: Path, kilobytes: int) -> Start:
    with s3(folder, kilobytes) as env:
        source = {"MODEL_URI": f"s3://{BUCKET}/{KEY}", "LOG_FORMAT": "logfmt"}
        with serving(procfile(), env | source, ROOT) as server:
            ready = server.until_answer("/readyz")
            line = server.until_told(r"^.*event=boot\b.*phase=ready.*$")[0]
    steps = {name: float(seconds) for name, seconds in _FIELD.findall(line)}
    missing = sorted(set(STEPS.values()) - set(steps))
    if missing:
        raise RuntimeError(f"the boot line has no {', '.join(missing)}: {line}")
    return Start(ready, steps)
