"""Causes about the services an app talks to: databases and Redis."""

import re

from checks.evidence import Level
from diag.cause import Cause, Confidence, Seen
from diag.causes.raised import RAISED

_SAID = r"(?P<reason>.{1,140}(?!\S)|\S{1,140})"
# What the drivers of PostgreSQL, MySQL, MongoDB and Redis say. SQLite has no server to reach.
_UNREACHABLE = re.compile(
    r"^OperationalError: (?!.*\(sqlite3)(?=.*(?:[Cc]onnection refused|could not translate host name"
    r"|failed to resolve host|[Cc]an't connect to|could not connect to server|connection timeout expired"
    r"|timeout expired|server closed the connection|no pg_hba\.conf entry|SSL connection has been closed"
    r"|password authentication failed|too many connections|remaining connection slots"
    r"|Name or service not known|Temporary failure in name resolution))" + _SAID + r"|^(?:ServerSelectionTimeoutError): (?P<reason_mongo>.{1,140})"
    r"|^ConnectionError: (?=Error (?:-?\d+ )?(?:while )?connecting to )(?P<reason_redis>.{1,140})"
)
