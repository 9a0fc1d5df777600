"""One line of Heroku's router, of either generation. Source: Dev Center `http-routing`, `error-codes`."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 12_000  # characters: a request line has at most 8,192 bytes
LONGEST_PATH = 80  # characters of a path that are kept

# The order almost all lines have; others go through `_KEY`.
_USUAL = re.compile(
    r"(?:sock=(\w+) )?at=(\w+) (?:code=(H\d\d) desc=\"([^\"]*)\" )?method=([\w-]*) path=\"([^\"]*)\" "
    r"host=[^ ]* (?:request_id=[^ ]* )?fwd=(?:\"[^\"]*\"|[^ ]*) dyno=([\w.-]*) connect=(\d*)(?:ms)? "
    r"service=(\d*)(?:ms)? status=(\d*) bytes=\d*(?: protocol=([\w./]*))?"
)
# What nearly all lines are: a request that a dyno has answered.
ANSWERED = re.compile(
    r"at=info method=([\w-]+) path=\"([^\"?]*)[^\"]*\" host=[^ ]* request_id=[^ ]* fwd=\"[^\"]*\" "
    r"dyno=([\w.-]+) connect=\d+ms service=(\d{1,10})ms status=(\d{3}) "
)
_KEY = re.compile(r"(?:^|(?<= ))([a-z_]{2,20})=(?:\"([^\"]*)\"?|([^ \"]*))")
_NEEDED = ("method=", "path=", "host=")
_ALWAYS_INFO = frozenset({"H80", "H81", "H82", "H83"})
_CODE = re.compile(r"H\d\d\Z")
# A segment of a path that names one thing among many: numbers, hashes, UUIDs, tokens, addresses.
_ONE_OF_MANY = re.compile(
    r"\d+|[0-9a-fA-F]{8,}|[0-9a-fA-F-]{32,}|(?=[^/]*\d)[\w.~+=%-]{20,}|[^/]*(?:@|%40)[^/]*|[^/]{40,}"
)


class Request(NamedTuple):
    """What the router says of one request. Times are milliseconds, None where the line has none.

    `code` is ``H12`` or empty; `sock` the side that broke the connection, ``backend`` or ``client``;
    `modern` tells Router 2.0 and Fir from the legacy router, by fields the latter does not print.
    """

    level: str
    code: str
    desc: str
    sock: str
    method: str
    path: str
    dyno: str
    connect: int | None
    service: int | None
    status: int | None
    modern: bool


def looks_routed(text: str) -> bool:
    """Whether a line can be the router's, whatever its envelope says."""
    head = text[:LONGEST]
    return "at=" in head[:40] and all(key in head for key in _NEEDED)


def parse(text: str) -> Request | None:
    """The request of a router line, or None when it is none. Cut and reordered lines are read too."""
    match = _USUAL.match(text[:LONGEST])
    if match is None:
        return _by_keys(text[:LONGEST])
    sock, level, code, desc, method, path, dyno, connect, service, status, protocol = match.groups()
    return Request(
        level,
        code or "",
        desc or "",
        sock or "",
        method,
        path,
        dyno,
        _number(connect),
        _number(service),
        _number(status),
        (protocol or "").startswith("http") and (protocol or "")[4:5].isdigit(),
    )


def _by_keys(text: str) -> Request | None:
    found: dict[str, str] = {}
    for match in _KEY.finditer(text):
        key, quoted, bare = match.groups()
        found.setdefault(key, bare if quoted is None else quoted)
    level, code = found.get("at", ""), found.get("code", "")
    if not _CODE.match(code) or (level == "info" and code not in _ALWAYS_INFO):
        code = ""
    # The app's own logfmt lines have at= and method= too; only the router has all of these.
    known = len(found.keys() & {"method", "path", "host", "fwd", "dyno", "status", "service", "request_id"})
    if not level or known < (1 if code else 5):
        return None
    protocol = found.get("protocol", "")
    return Request(
        level,
        code,
        found.get("desc", ""),
        found.get("sock", ""),
        found.get("method", ""),
        found.get("path", ""),
        found.get("dyno", ""),
        _number(found.get("connect", "")),
        _number(found.get("service", "")),
        _number(found.get("status", "")),
        protocol[4:5].isdigit() or "tls" in found,
    )


def _number(digits: str) -> int | None:
    digits = digits.removesuffix("ms")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def route(path: str) -> str:
    """The path without its query, with ``<id>`` for each part that names one thing among many.

    So requests of one kind count together, and no token in a path reaches a report.
    """
    path = path.partition("?")[0].partition("#")[0][:LONGEST]
    parts = ["<id>" if _ONE_OF_MANY.fullmatch(part[:200]) else part for part in path.split("/", 12)[:12]]
    short = "/".join(parts)
    return short if len(short) <= LONGEST_PATH else short[: LONGEST_PATH - 1] + "…"
