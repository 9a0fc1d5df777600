"""Give memory back that loading a model took for a moment."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Return what is free to the kernel: the C library keeps it for later, and a small dyno has no later.

    What a master froze before the fork is not looked at, so this takes milliseconds in its workers; of a
    process of its own it is left out, where a collection goes over all of TensorFlow.
    """
    if gc.get_freeze_count():
        gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library than glibc
        return
