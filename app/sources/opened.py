"""A source that has answered: where its bytes begin, how many there are, and how to check them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Protocol

from app.sources.faults import Broken
from app.sources.limits import BLOCK

_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class Opened:
    """The content from byte `start` on; a server may give all of it where a part was asked for."""

    start: int
    total: int | None  # bytes of the whole file
    validator: str  # proves later on that the file is still the same; empty when nothing does
    host: str
    blocks: Iterator[bytes]  # raises Broken
    close: Callable[[], None]
    digests: Mapping[str, str] = field(default_factory=dict)  # of the whole file: algorithm → hexadecimal


class Opener(Protocol):
    """What can open a source."""

    @property
    def host(self) -> str:
        """Whom it asks, or asked last."""

    def open(self, offset: int, validator: str) -> Opened:
        """The content from `offset` on if it is still the file of `validator`, else from 0.

        Raises Failed.
        """


def blocks_of(raw: Any, stall: float) -> Iterator[bytes]:
    """The body of a urllib3 response as it comes, never decoded. Raises Broken."""
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    try:
        # Unlike read(), read1() gives what has come before a connection stalls.
        while block := raw.read1(BLOCK, decode_content=False):
            yield block
    except (ReadTimeoutError, TimeoutError):
        raise Broken("stalled", f"no byte for {stall:g} s") from None
    except (HTTPError, HTTPException, OSError, ValueError):
        raise Broken("cut", "the connection ended before the file did") from None


def content_range(text: str) -> tuple[int, int, int | None] | None:
    """First and last byte and the whole size of ``bytes 5-9/10``; None for anything else."""
    match = _CONTENT_RANGE.fullmatch(text.strip())
    if match is None:
        return None
    first, last = int(match[1]), int(match[2])
    total = None if match[3] == "*" else int(match[3])
    return (first, last, total) if first <= last and (total is None or last < total) else None
