"""Host names that Django refuses: the app's own, or what scanners try."""

from __future__ import annotations

import re

from checks.evidence import Value
from diag.collect.logs.raised.record import Raised

_HOST = re.compile(r"Invalid HTTP_HOST header: '(?P<host>[^']{0,300})'")
_ADDRESS = re.compile(r"^\[|^[\d.]+(?::\d+)?$|^localhost\b|[^\w.:-]|^$")


def disallowed(raised: Raised, _target: str) -> dict[str, Value]:
    """A name of Heroku's is the app's own; an address is asked by who knows no name, as scanners do."""
    match = _HOST.search(raised.root[1])
    if match is None:
        return {}
    host = match["host"].rpartition(":")[0] or match["host"]
    if _ADDRESS.search(match["host"]) or "not valid according to RFC" in raised.root[1]:
        return {"fault": "host-junk", "host": "an address"}
    of_heroku = host.endswith(".herokuapp.com")
    return {"fault": "host-heroku" if of_heroku else "host-other", "host": host[:80]}
