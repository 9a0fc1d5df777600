"""Quoted text made harmless: no character of a log line acts on the terminal that shows it."""

from __future__ import annotations

import re

# Control characters (C0, DEL, C1), line and paragraph separators, those that turn the direction of
# writing, those that are invisible, halves of surrogate pairs, tags.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def harmless(text: str) -> str:
    r"""The text on one line; a newline or tab is a blank, and what could act is shown as ``\x1b``."""
    return _ACTIVE.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\t\n\r":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clipped(text: str, most: int) -> str:
    """The text, or its beginning and … when it has more than `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
