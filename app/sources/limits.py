"""How long a download may take, and what the disk must keep."""

from __future__ import annotations

from dataclasses import dataclass

from checks.limits import MB

BLOCK = 256 * 1024  # bytes held at a time
DISK_RESERVE_BYTES = 16 * MB  # left free, for what the app and its libraries write


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. What may pass by itself is tried again after each pause in turn, until patience is over.

    That is short, since the loader tries again later and people read the cause meanwhile. A try that got
    bytes begins anew with the first pause.
    """

    connect: float = 5.0
    stall: float = 15.0  # without a byte
    deadline: float = 600.0  # for the whole file
    pauses: tuple[float, ...] = (0.25, 0.75, 1.5, 2.0)
    patience: float = 5.0
