"""Names that people require by mistake: no distribution has them, or one of Python 2 that nothing can build.

Asked of the index, and built with pip on Python 3.13, 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, POSSIBLE, finding
from diag.collect.project.requirements.requirement import Requirement, Requirements
from diag.collect.project.words import words_of

# Modules of the standard library. Others of them (asyncio, typing, enum …) have a distribution of that name.
_STANDARD = words_of(
    """
    abc aifc array asynchat asyncore atexit audioop base64 bdb binascii bisect builtins bz2 calendar cgi
    cgitb cmath cmd code codecs codeop collections colorsys compileall concurrent contextlib copy copyreg
    cprofile crypt csv ctypes curses dbm decimal difflib distutils doctest encodings ensurepip errno
    faulthandler fcntl filecmp fileinput fnmatch fractions ftplib gc genericpath getopt getpass gettext
    glob grp gzip heapq idlelib imaplib imghdr imp inspect io itertools json keyword lib2to3 linecache
    locale lzma mailcap marshal math mimetypes mmap msilib msvcrt netrc nis nntplib nt ntpath nturl2path
    numbers opcode operator optparse os ossaudiodev pdb pickle pickletools pipes pkgutil platform plistlib
    poplib posix posixpath pprint profile pstats pty pwd py-compile pyclbr pydoc pydoc-data pyexpat queue
    quopri random re reprlib rlcompleter runpy sched select shelve shlex shutil signal site smtpd smtplib
    sndhdr socket socketserver spwd sqlite3 sre-compile sre-constants sre-parse stat string stringprep
    struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios
    textwrap this threading time timeit tkinter tokenize tomllib trace traceback tracemalloc tty turtle
    turtledemo types unicodedata urllib uu venv warnings weakref webbrowser winreg winsound xdrlib xml
    xmlrpc zipapp zipfile zipimport zlib zoneinfo
    """
)
# What Ubuntu's and conda's own Python has installed, and pip freeze writes down.
_OF_THE_SYSTEM = words_of(
    """
    apt apturl brlapi cloud-init command-not-found cupshelpers hidpidaemon kernelstub language-selector
    nvidia-ml pkg-resources python-xapp software-properties system76driver ubuntu-advantage-tools
    ubuntu-drivers-common ufw unattended-upgrades usb-creator xkit anaconda-navigator conda menuinst
    navigator-updater
    """
)
# Modules and programs, and the distribution that is meant.
_MEANT = {
    "curl": "pycurl",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "gunicorn3": "gunicorn",
    "magic": "python-magic",
    "mongodb": "pymongo",
    "mysqldb": "mysqlclient",
    "opencv": "opencv-python-headless",
    "openssl": "pyopenssl",
    "pil": "pillow",
    "postgresql": "psycopg2-binary",
    "python": "",
    "python3": "",
    "sqlite": "",
    "win32api": "",
    "yaml": "pyyaml",
}
# Distributions of which no release can be built any more, and what the build says.
_BROKEN = {
    "ast": ("", "its source lacks files"),
    "chunk": ("", "ValueError: invalid mode: 'rU'"),
    "email": ("", "SyntaxError: multiple exception types must be parenthesized"),
    "enum": ("", "it hides Python's own enum while it is built"),
    "functools": ("", "its C code is of Python 2"),
    "html": ("", "ModuleNotFoundError: No module named 'cgi'"),
    "http": ("", "it hides Python's own http while it is built"),
    "logging": ("", "SyntaxError: its source is of Python 2"),
    "multiprocessing": ("", "SyntaxError: its source is of Python 2"),
    "mysql-python": ("mysqlclient", "ModuleNotFoundError: No module named 'ConfigParser'"),
    "secrets": ("", "ImportError: Installing this module requires OpenSSL python bindings"),
    "skimage": ("scikit-image", "it is a notice that scikit-image is meant"),
    "sklearn": ("scikit-learn", "it is a notice that scikit-learn is meant"),
    "ssl": ("", "SyntaxError: its source is of Python 2"),
    "wsgiref": ("", "SyntaxError: its source is of Python 2"),
}
_OF_SPACY = re.compile(r"[a-z]{2,3}-(?:core|dep|ent|sent|udv25)-[a-z0-9]+-(?:sm|md|lg|trf)")
MOST = 10


def of_no_distribution(requirements: Requirements) -> Iterator[Evidence]:
    """Requirements for which pip finds no file at all, whatever the Python."""
    found = [(each, why) for each in requirements if not each.source and (why := _why(each.name))]
    for each, why in found[:MOST]:
        yield _finding(each, why, may_be_elsewhere=bool(requirements.other_index))
    for each in requirements:
        if each.name in _BROKEN and not each.source:
            yield _broken(each)


def _broken(requirement: Requirement) -> Evidence:
    meant, said = _BROKEN[requirement.name]
    instead = f"{meant} is meant" if meant else "Python has a module of that name itself"
    return finding(
        Fact.PROJECT_REQUIREMENT,
        "source-build",
        Level.FAIL,
        LIKELY,
        f"{requirement.name} is required, which can't be built ({said}): {instead}",
        requirement.where,
        subject=requirement.name,
        name=requirement.name,
        meant=meant,
        standard="" if meant else requirement.name,
        said=said,
    )


def _why(name: str) -> str:
    if _OF_SPACY.fullmatch(name):
        return "is a model of spaCy's, which comes by the URL of its wheel"
    if name in _STANDARD:
        return "is a part of Python"
    if name in _OF_THE_SYSTEM:
        return "is a part of the system that pip freeze ran on"
    return "is the name of no distribution" if name in _MEANT else ""


def _finding(requirement: Requirement, why: str, *, may_be_elsewhere: bool) -> Evidence:
    name = requirement.name
    return finding(
        Fact.PROJECT_REQUIREMENT,
        "no-matching-distribution",
        Level.WARN if may_be_elsewhere else Level.FAIL,
        POSSIBLE if may_be_elsewhere else LIKELY,
        f"{name} is required, which {why}: the index has nothing of that name",
        requirement.where,
        package=name,
        wanted=f"{name}=={requirement.version}" if requirement.version else name,
        for_python="any Python",
        standard=name if name in _STANDARD else "",
        nonsense=name if name == "pkg-resources" else "",
        meant=_MEANT.get(name, ""),
    )
