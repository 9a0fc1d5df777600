"""Threads by the dyno's share of CPU: of each kind of dyno as its files show it, and in real pools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.threads import Threads, cores, threads_for
from checks.evidence import Dyno
from tests.servers import ROOT

MB = 1024 * 1024


@pytest.fixture(autouse=True)
def large_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a node of Fir shows itself."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(48)), raising=False)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{content}\n")
    return folder


def dyno(folder: Path, files: dict[str, str], **env: str) -> Dyno:
    cgroup = write(folder / "cgroup", files)
    return Dyno(env={"DYNO": "web.1", **env}, root=folder, cgroup=cgroup, proc=folder / "proc")


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"cpu.max": "90000 100000"}, 1),
        ({"cpu.max": "180000 100000"}, 2),
        ({"cpu.max": "360000 100000"}, 4),
        ({"cpu.max": "2880000 100000"}, 29),
        ({"cpu.max": "5000 100000"}, 1),
        ({"cpu.max": "180000 100000", "memory.max": str(512 * MB)}, 2),
        ({"cpu/cpu.cfs_quota_us": "150000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu,cpuacct/cpu.cfs_quota_us": "300000", "cpu,cpuacct/cpu.cfs_period_us": "100000"}, 3),
        ({"memory/memory.limit_in_bytes": "536870912"}, 2),
        ({"memory/memory.limit_in_bytes": "1073741824"}, 2),
        ({"memory/memory.limit_in_bytes": "2684354560"}, 48),  # performance-m; its own cores are told rightly
        ({"cpu.max": "max 100000", "memory.max": "536870912"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 2),  # 512 MB are assumed
        ({"cpu.max": "nonsense"}, 2),
        ({"cpu.max": "100 0"}, 2),
    ],
)
def test_cores_are_what_the_dyno_may_use(tmp_path: Path, files: dict[str, str], wanted: int) -> None:
    assert cores(dyno(tmp_path, files)) == wanted


def test_a_host_with_fewer_cores_than_its_share_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)

    assert cores(dyno(tmp_path, {"cpu.max": "360000 100000"})) == 1


def test_off_a_dyno_small_memory_says_nothing_of_cores(tmp_path: Path) -> None:
    laptop = Dyno(env={}, root=tmp_path, cgroup=tmp_path, proc=tmp_path)

    assert cores(laptop) == 48


@pytest.mark.parametrize(("workers", "each"), [(0, 3), (1, 3), (2, 1), (3, 1), (9, 1)])
def test_workers_share_the_cores_but_one(tmp_path: Path, workers: int, each: int) -> None:
    found = threads_for(dyno(tmp_path, {"cpu.max": "360000 100000"}), workers)

    assert found == Threads(intra=each, inter=1)


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ({"TF_NUM_INTRAOP_THREADS": "6"}, Threads(6, 1)),
        ({"OMP_NUM_THREADS": "3"}, Threads(3, 1)),
        ({"TF_NUM_INTRAOP_THREADS": "6", "OMP_NUM_THREADS": "3"}, Threads(6, 1)),
        ({"TF_NUM_INTEROP_THREADS": "2"}, Threads(1, 2)),
        ({"TF_NUM_INTRAOP_THREADS": "0", "OMP_NUM_THREADS": "many"}, Threads(1, 1)),
        ({"TF_NUM_INTRAOP_THREADS": "-4"}, Threads(1, 1)),
        ({"OMP_NUM_THREADS": "999999"}, Threads(1024, 1)),
    ],
)
def test_config_vars_win(tmp_path: Path, env: dict[str, str], wanted: Threads) -> None:
    assert threads_for(dyno(tmp_path, {"cpu.max": "90000 100000"}, **env), 4) == wanted


PROGRAM = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
from app.threads import Threads, bound_tensorflow

def count():
    return int(next(l for l in open("/proc/self/status") if l.startswith("Threads")).split()[1])

before = count()
bound_tensorflow(Threads(int(sys.argv[1]), int(sys.argv[2])))

@tf.function
def work(x):
    return tf.reduce_sum(tf.matmul(x, x)) + tf.reduce_sum(x)

work(tf.ones((300, 300)))
bound_tensorflow(Threads(7, 7))  # too late, and no error
print(count() - before, tf.config.threading.get_intra_op_parallelism_threads())
"""


@pytest.mark.tensorflow
def test_the_real_pools_of_tensorflow_have_these_sizes() -> None:
    def run(intra: int, inter: int) -> tuple[int, int]:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(intra), str(inter)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        more, told = map(int, done.stdout.split())
        return more, told

    (small, one), (large, twelve) = run(1, 1), run(12, 6)

    assert (one, twelve) == (1, 12)
    assert small <= 4
    assert large >= small + 8  # so the small one is small by its bounds
