"""The files that ask for a version of Python: their grammar, as the buildpack reads it.

Source: heroku-buildpack-python `lib/python_version.sh` (v351): blanks around the version are allowed, and
lines that begin with #; nothing else is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_NUMBER = r"(?:0|[1-9]\d{0,5})"
_VERSION = re.compile(rf"^(?P<minor>{_NUMBER}\.{_NUMBER})(?:\.(?P<patch>{_NUMBER}))?$")
_LOOSE = re.compile(r"(?<![\d.])(?P<minor>[23]\.\d{1,2})(?:\.(?P<patch>\d{1,2}))?(?![\d])")
_MARKS = (
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"\xef\xbb\xbf", "UTF-8 with a byte order mark"),
)
FOUND = 60  # characters of a file that are quoted


class Fault(StrEnum):
    """Why a file can't be used."""

    ENCODING = "encoding"
    EMPTY = "empty"
    SEVERAL = "several"
    GRAMMAR = "grammar"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a file asks for: ``3.13`` and maybe a patch, in that line; or why it can't be read."""

    minor: str = ""
    patch: int | None = None
    line: int = 1
    fault: Fault | None = None
    found: str = ""

    @property
    def full(self) -> str:
        """The version as it is asked for."""
        return self.minor if self.patch is None else f"{self.minor}.{self.patch}"


def version(text: str) -> Asked | None:
    """The version, when the text is one."""
    match = _VERSION.match(text)
    if match is None:
        return None
    return Asked(match["minor"], int(match["patch"]) if match["patch"] is not None else None)


def read(data: bytes, *, prefix: str = "") -> Asked:
    """A version file; runtime.txt has the prefix ``python-``.

    What a file that can't be used probably means stands in `minor`, too.
    """
    try:
        text = _decoded(data)
    except _Encoded as error:
        return _meant(error.text, Fault.ENCODING, error.encoding, 1)
    lines = [
        (number, line.strip())
        for number, line in enumerate(re.split(r"\r?\n", text), 1)
        if line.strip() and not line.strip().startswith("#")
    ]
    if not lines:
        return Asked(fault=Fault.EMPTY, found="")
    number, first = lines[0]
    if len(lines) > 1:
        return _meant(first, Fault.SEVERAL, ", ".join(line for _, line in lines[:5]), lines[1][0])
    asked = version(first.removeprefix(prefix)) if first.startswith(prefix) else None
    if asked is None:
        return _meant(first, Fault.GRAMMAR, first, number)
    return Asked(asked.minor, asked.patch, number)


class _Encoded(Exception):  # noqa: N818  the user's input, not our error
    """The file is not in plain UTF-8; `text` is what it probably says."""

    def __init__(self, encoding: str, text: str) -> None:
        super().__init__(encoding)
        self.encoding = encoding
        self.text = text


def _decoded(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            raise _Encoded(name, data.decode("utf-16" if name == "UTF-16" else "utf-8-sig", "replace"))
    if b"\0" in data:
        raise _Encoded("UTF-16", data.decode("latin-1").replace("\0", ""))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _Encoded("another encoding", data.decode("latin-1")) from None


def _meant(text: str, fault: Fault, found: str, line: int) -> Asked:
    match = _LOOSE.search(text[:2_000])
    shown = "".join(each if each.isprintable() else "?" for each in found)[:FOUND]
    minor = match["minor"] if match else ""
    return Asked(minor, None, line, fault, shown)
