"""How many threads a model's computing may use: by the dyno's share of CPU, not by what the host shows.

A pool as large as the host (8 cores on a shared dyno, 48 or 96 on Fir) makes threads that wait for each
other's turn: the answers get slower and each thread costs memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checks.evidence import Dyno
from checks.memory import read_quota

# Dynos of up to 1 GB share their cores with others (Dev Center `dyno-types`: eco, basic, standard-1x and
# 2x), and show 8 of them; private-s, of 1 GB too, has 2.
SHARED_MB = 1024
SHARED_CORES = 2
MOST_CORES = 1024  # whatever a config var says


@dataclass(frozen=True, slots=True)
class Threads:
    """Sizes of the pools: `intra` works on one operation, `inter` on several at once."""

    intra: int
    inter: int = 1


def threads_for(dyno: Dyno, workers: int = 1) -> Threads:
    """What one of so many workers may use; one core is left to the server and its threads.

    With as many threads as cores a small network costs more CPU and answers no sooner: each layer waits
    for the slowest thread, and that one shares its core with whoever asked.
    ``TF_NUM_INTRAOP_THREADS``, ``TF_NUM_INTEROP_THREADS`` and ``OMP_NUM_THREADS`` win where they are set.
    """
    share = max(1, (cores(dyno) - 1) // max(1, workers))
    intra = _told(dyno, "TF_NUM_INTRAOP_THREADS") or _told(dyno, "OMP_NUM_THREADS")
    return Threads(intra or share, _told(dyno, "TF_NUM_INTEROP_THREADS") or 1)


def cores(dyno: Dyno) -> int:
    """The CPUs this dyno may really use at once: the least that anything tells, and at least one."""
    return max(1, min(_limits(dyno)))


def _limits(dyno: Dyno) -> Iterator[int]:
    yield len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cpu_quota(dyno.cgroup)
    if quota is not None:
        yield round(quota)  # Fir gives 0.9, 1.8, 3.6 … of its 1, 2, 4 …
    elif dyno.on_heroku and read_quota(dyno).mb <= SHARED_MB:
        yield SHARED_CORES


def _cpu_quota(cgroup: Path) -> float | None:
    """CPUs by the cgroup, version 2 or 1; None where there is no limit."""
    try:
        quota, period = (cgroup / "cpu.max").read_text("ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        pass
    for folder in (cgroup / "cpu", cgroup / "cpu,cpuacct"):
        try:
            told = [int((folder / f"cpu.cfs_{name}_us").read_text("ascii")) for name in ("quota", "period")]
        except (OSError, ValueError):
            continue
        if told[0] > 0 and told[1] > 0:
            return told[0] / told[1]
    return None


def _told(dyno: Dyno, name: str) -> int:
    """The config var's number; 0 where it holds none."""
    value = dyno.var(name)
    return min(int(value), MOST_CORES) if re.fullmatch(r"[0-9]{1,6}", value) else 0


def bound_tensorflow(threads: Threads) -> None:
    """Size TensorFlow's pools, in the process that will use them and before its first operation.

    Later on the pools are there already, and stay as they are.
    """
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads.intra)
        tf.config.threading.set_inter_op_parallelism_threads(threads.inter)
    except RuntimeError:  # an operation has run: by the app's own code, or an earlier try to load
        return
