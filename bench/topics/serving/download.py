"""What the download of 1 GB adds to the memory of our service.

The file is all zeros and no model, so the service says so in the end; what is compared is the most its
processes hold while 1 GB comes with what they hold after a file of 1 KB.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.effort import Effort
from bench.quota import peak_of
from bench.server import ROOT, Server, procfile, serving
from bench.storage import BUCKET, s3, web
from bench.table import Bound, Table
from checks.processes import memory_of

LARGE, SMALL = "large.keras", "small.keras"
SIZES = {LARGE: 1 << 30, SMALL: 1 << 10}
KILOBYTES = 150 << 10  # a second: the download outlasts the import of TensorFlow
EVERY = 0.05  # seconds between two looks
REST = 1.0
_OVER = r"event=boot\b.*phase=failed"


def measure(effort: Effort) -> Table:  # noqa: ARG001  one download is enough
    """Anonymous MB of the worker and its child."""
    table = Table(
        "Anonymous MB (with swap) of the service while it downloads a file of 1 GB",
        ("source", "after 1 KB", "at most during 1 GB", "seconds", "added"),
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bucket = Path(folder) / BUCKET
        bucket.mkdir()
        for name, size in SIZES.items():
            with (bucket / name).open("wb") as file:
                file.truncate(size)  # sparse: it takes no room here
        for scheme in ("http", "s3"):
            rested, _, _ = _download(Path(folder), scheme, SMALL)
            _, most, seconds = _download(Path(folder), scheme, LARGE)
            added = most - rested
            figures = (f"{rested:.1f}", f"{most:.1f}", f"{seconds:.1f}", f"{added:+.1f}")
            table.add(scheme, *figures, verdict=Bound(30, False, " MB").cells(added))
    return table


def _download(folder: Path, scheme: str, name: str) -> tuple[float, float, float]:
    """MB after a rest, MB at most, and seconds until the service has seen that it is no model."""
    with _source(folder, scheme, name) as env:
        log = {"LOG_FORMAT": "logfmt"}
        with serving(procfile(), env | log, ROOT) as server:
            with peak_of(lambda: _anonymous(server), EVERY) as peak:
                line = server.until_told(f"^.*{_OVER}.*$")[0]
            seconds = time.monotonic() - server.began
            if "download_s=" not in line:
                raise RuntimeError(f"nothing was downloaded: {line}")
            time.sleep(REST)
            return _anonymous(server), peak.figure, seconds


@contextmanager
def _source(folder: Path, scheme: str, name: str) -> Iterator[dict[str, str]]:
    """The config vars that name the file."""
    if scheme == "s3":
        with s3(folder, KILOBYTES) as env:
            yield env | {"MODEL_URI": f"s3://{BUCKET}/{name}"}
    else:
        with web(folder, KILOBYTES) as url:
            yield {"MODEL_URI": f"{url}/{BUCKET}/{name}"}


def _anonymous(server: Server) -> float:
    """Of master, worker and what downloads; a check that asks S3 meanwhile is not the download's."""
    return sum(memory_of(pid).unevictable for pid in server.pids() if not _is_check(pid))


def _is_check(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return any(word.startswith(b"checks.") for word in words.read().split(b"\0"))
    except OSError:  # it has just ended
        return True
