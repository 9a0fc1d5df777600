"""Made-up logs as files, kept between runs: two million lines take half a minute to write.

``python -m bench.logs.files NAME LINES PATH`` writes one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.logs.busy import busy
from bench.logs.talkative import talkative
from bench.server import ROOT

FOLDER = ROOT / "build" / "bench"
VERSION = 1  # one more whenever the lines become others
SHAPES: dict[str, Callable[[int], Iterator[str]]] = {"busy": busy, "talkative": talkative}


def log(name: str, lines: int) -> Path:
    """The file of a made-up log, written if it is not there yet."""
    path = FOLDER / f"{name}-{lines}-v{VERSION}.log"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{os.getpid()}-{path.name}")
        write(name, lines, fresh)
        fresh.replace(path)
    return path


def write(name: str, lines: int, path: Path) -> None:
    """Line by line, so that memory stays small."""
    with path.open("w", encoding="utf-8", newline="\n", buffering=1 << 20) as file:
        file.writelines(SHAPES[name](lines))


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
