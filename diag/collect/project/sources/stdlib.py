"""The standard library of each Python: the modules it has, and those that left."""

from __future__ import annotations

import sys

# The last Python that had a module. PEP 594, PEP 632, and "What's New in Python" 3.9 to 3.14.
LAST_WITH = {
    "binhex": "3.10",
    "asynchat": "3.11",
    "asyncore": "3.11",
    "distutils": "3.11",
    "imp": "3.11",
    "smtpd": "3.11",
    "aifc": "3.12",
    "audioop": "3.12",
    "cgi": "3.12",
    "cgitb": "3.12",
    "chunk": "3.12",
    "crypt": "3.12",
    "imghdr": "3.12",
    "lib2to3": "3.12",
    "mailcap": "3.12",
    "msilib": "3.12",
    "nis": "3.12",
    "nntplib": "3.12",
    "ossaudiodev": "3.12",
    "pipes": "3.12",
    "sndhdr": "3.12",
    "spwd": "3.12",
    "sunau": "3.12",
    "telnetlib": "3.12",
    "uu": "3.12",
    "xdrlib": "3.12",
}
# The first Python that has a module, of those that came after 3.8.
_FIRST_WITH = {
    "graphlib": (3, 9),
    "zoneinfo": (3, 9),
    "tomllib": (3, 11),
    "wsgiref.types": (3, 11),
    "annotationlib": (3, 14),
    "compression": (3, 14),
}
# Built for Windows or macOS only.
_ELSEWHERE = frozenset(("winreg", "winsound", "msvcrt", "_winapi", "nt", "ntpath_", "msilib", "_scproxy"))
# Names of Python 2, and what they are called since.
PYTHON_2 = {
    "ConfigParser": "configparser",
    "Queue": "queue",
    "StringIO": "io",
    "cPickle": "pickle",
    "cStringIO": "io",
    "httplib": "http.client",
    "Tkinter": "tkinter",
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
    "HTMLParser": "html.parser",
    "SocketServer": "socketserver",
    "BaseHTTPServer": "http.server",
    "SimpleHTTPServer": "http.server",
    "Cookie": "http.cookies",
    "cookielib": "http.cookiejar",
    "commands": "subprocess",
    "__builtin__": "builtins",
    "thread": "_thread",
}
# Imported while the interpreter starts, before any folder of a project is looked into.
_AT_START = frozenset(
    (
        *("os", "sys", "io", "abc", "site", "stat", "codecs", "encodings", "posixpath", "genericpath"),
        *("ntpath", "zipimport", "importlib", "builtins", "types_", "_collections_abc", "sitecustomize"),
        *("usercustomize", "__main__", "runpy", "this", "antigravity", "idlelib", "test", "__future__"),
    )
)


def has(name: str, python: tuple[int, int]) -> bool:
    """Whether the standard library of that Python has the top-level module on Linux."""
    if name in _ELSEWHERE:
        return False
    last = LAST_WITH.get(name)
    if last is not None:
        return python <= _numbers(last)
    first = _FIRST_WITH.get(name)
    if first is not None:
        return python >= first
    return name in sys.stdlib_module_names or name in sys.builtin_module_names


def can_be_hidden(name: str, python: tuple[int, int]) -> bool:
    """Whether a file of a project could stand in its place: not built in, nor imported at the very start."""
    return has(name, python) and name not in _AT_START and name not in sys.builtin_module_names


def _numbers(minor: str) -> tuple[int, int]:
    major, _, rest = minor.partition(".")
    return int(major), int(rest)
