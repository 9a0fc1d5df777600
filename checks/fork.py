"""TensorFlow before a fork: its threads and locks stay behind, and what waits for them waits for ever."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from checks.evidence import Dyno, Evidence, Level
from checks.facts import Fact

_THREADS = "tf_"  # what TensorFlow calls those of its pools, which begin with the first model or operation


def used_before_the_fork(dyno: Dyno) -> Iterator[Evidence]:
    """A finding when this process's parent, a web server's master, has run TensorFlow itself.

    The import alone starts no pool, and is safe.
    """
    parent = os.getppid()
    names = list(_thread_names(dyno, parent))
    count = sum(name.startswith(_THREADS) for name in names)
    if count:
        yield Evidence(
            Fact.MODEL_FORK,
            Level.FAIL,
            f"The master (pid {parent}) has used TensorFlow before it forked this worker: {count} of its "
            f"{len(names)} threads are TensorFlow's, and a fork copies none of them.",
            f"pid {parent}",
            values={"fault": "used-before-fork", "threads": count},
        )


def _thread_names(dyno: Dyno, pid: int) -> Iterator[str]:
    with suppress(OSError):
        for thread in (dyno.proc / str(pid) / "task").iterdir():
            with suppress(OSError):
                yield (thread / "comm").read_text("utf-8", "replace").strip()
