"""The load generator wrk, where it is installed: a client in C takes the least from the server.

Ours is in Python and takes twice the processor time for a request, which on two cores slows the server
down and draws all ratios nearer to 1. `apt-get install wrk` or `brew install wrk`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.http import HOST
from bench.load import Load, Tally

_TOLD = ("Accept:", "Connection:")  # the fields that are passed on; wrk writes the others itself
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_PERCENTILE = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)\s*$", re.MULTILINE)
_SCRIPT = """
wrk.method = {method!r}
wrk.body = {body!r}
wrk.headers["Content-Type"] = "application/json"
"""


def is_installed() -> bool:
    """Whether wrk can be run here."""
    return shutil.which("wrk") is not None


def apply(load: Load) -> Tally:
    """Apply the load with wrk; its percentiles stand for the latencies. Raises RuntimeError."""
    head, _, body = load.message.partition("\r\n\r\n")
    first, *fields = head.split("\r\n")
    method, path, _ = first.split(" ")
    told = [option for field in fields if field.startswith(_TOLD) for option in ("--header", field)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        script = Path(folder) / "request.lua"
        script.write_text(_SCRIPT.format(method=method, body=body))
        done = subprocess.run(
            [
                "wrk", "--threads", "1", "--connections", str(load.clients), "--latency",
                "--duration", f"{max(1, round(load.seconds))}s", "--timeout", "10s",
                *told, *(("--script", str(script)) if body else ()), f"http://{HOST}:{load.port}{path}",
            ],
            capture_output=True, text=True, timeout=load.seconds + 60, check=True,
        )  # fmt: skip
    return read(done.stdout)


def read(text: str) -> Tally:
    """The tally in what wrk prints. Raises RuntimeError when it holds none."""
    told = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", text)
    if told is None:
        raise RuntimeError(f"wrk printed no figures:\n{text}")
    seconds = float(told[2]) * {"ms": 1e-3, "s": 1.0, "m": 60.0}[told[3]]
    failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    failed += sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", text)))
    found = {int(percent): float(n) * _UNITS[unit] for percent, n, unit in _PERCENTILE.findall(text)}
    latencies = [found.get(50, 0.0)] * 98 + [found.get(99, 0.0)] * 2
    return Tally(seconds, int(told[1]) - failed, failed, latencies)
