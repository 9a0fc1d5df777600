"""Memory after the load of a model, which takes more for a moment than it needs."""

from __future__ import annotations

import ctypes
import gc


def settle() -> None:
    """The model is loaded and stays: return what is free to the kernel, and look at the rest no more.

    The C library keeps free memory for later, and a small dyno has no later. A garbage collection goes
    over all of TensorFlow's objects, 50 ms in the middle of a request, unless they are frozen. What a
    master froze before the fork is not looked at here either, so in its workers this takes milliseconds.
    """
    if gc.get_freeze_count():
        gc.collect()
    gc.freeze()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library than glibc
        return
