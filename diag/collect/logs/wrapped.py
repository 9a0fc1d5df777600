"""Lines that a terminal or an editor has broken."""

from __future__ import annotations

import re
from typing import NamedTuple

NARROWEST = 60  # characters of the narrowest terminal that is expected
WIDEST = 300

_ENVELOPED = re.compile(
    r"[\s>`]*(?:\d{4}-\d\d-\d\d[T ][\d:.,]+\S* )?(?:heroku|app)\[[\w.-]+\]|[A-Z][a-z]{2} [ \d]\d \d\d:"
)
_ANOTHER = ("Traceback ", "  ", "[", "{", "remote:", "-----", " !")


class Held(NamedTuple):
    """A line that waits for its end: what there is of it, what stands before each part, the last part."""

    number: int
    text: str
    indent: str
    last: str


def is_enveloped(text: str) -> bool:
    """Whether this is the beginning of an entry."""
    return _ENVELOPED.match(text) is not None


def is_rest_of(before: str, text: str) -> bool:
    """Whether this line is the end of the one before."""
    if not text or len(before) > WIDEST or text.startswith(_ANOTHER) or is_enveloped(text):
        return False
    return len(text) <= len(before) or before.endswith(" ")
