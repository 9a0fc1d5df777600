"""What Heroku's codes and a process's exit statuses mean, and which causes stand behind each.

A code is a symptom, never a cause. The order of `Code.causes` is the order to look in: most frequent
first, as users' reports of Python apps have it.
"""

from diag.codes.code import Code
from diag.codes.dyno import DYNO
from diag.codes.exits import EXITS
from diag.codes.logging import LOGGING
from diag.codes.router import ROUTER

CODES: dict[str, Code] = {code.name: code for code in (*ROUTER, *DYNO, *LOGGING, *EXITS)}

__all__ = ["CODES", "Code"]
