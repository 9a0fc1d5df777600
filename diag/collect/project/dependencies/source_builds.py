"""Releases without a wheel for newer Pythons: which compile there, and what the build of the others says.

Each was built with a C compiler and without Rust, with the build tools that pip takes today: those that a
release names itself, in their newest version. The newest Python that was tried is 3.13.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from diag.distributions import releases


class Failed(NamedTuple):
    """`package` in `versions` does not build on Python `since` and later; the build says `says`."""

    package: str
    versions: str
    since: str
    says: str


_EVERY = "3.10"  # nothing that depends on Python's version: the oldest on Heroku
_PKG_RESOURCES = "ModuleNotFoundError: No module named 'pkg_resources'"
_DISTUTILS = "ModuleNotFoundError: No module named 'distutils'"
_COMPILER = "NameError: name 'CCompiler' is not defined"
_CONFIG_PARSER = "AttributeError: module 'configparser' has no attribute 'SafeConfigParser'"
_LONG = "longintrepr.h: No such file or directory"
_DIGIT = "'PyLongObject' has no member named 'ob_digit'"
_BYTES = "too few arguments to function '_PyLong_AsByteArray'"
_INCOMPLETE = "invalid use of incomplete typedef 'PyInterpreterState'"
_ASSIGNED = "lvalue required as left operand of assignment"
_NO_RUST = "error: can't find Rust compiler"
_ONLY = "RuntimeError: Cannot install on Python version {python}"
_RUST = "the Python is newer than PyO3's maximum supported version ({newest})"

# What is told of 3.12 alone was not tried on 3.11, and the other way round.
FAILED = (
    # Build tools that moved on: on every Python for which there is no wheel.
    Failed("grpcio", "<1.49", _EVERY, _PKG_RESOURCES),
    Failed("markupsafe", "<1.1", _EVERY, "ImportError: cannot import name 'Feature' from 'setuptools'"),
    Failed("numpy", "<1.19", _EVERY, _COMPILER),
    Failed("pandas", "<2.1", _EVERY, _PKG_RESOURCES),
    Failed(
        "pyyaml",
        ">=5.4,<6.0.1",
        _EVERY,
        "AttributeError: 'build_ext' object has no attribute 'cython_sources'",
    ),
    Failed("scikit-learn", ">=0.24,<1", _EVERY, _PKG_RESOURCES),
    Failed("scikit-learn", "<0.23", "3.12", _PKG_RESOURCES),
    Failed("scikit-learn", "<0.24", "3.12", _COMPILER),
    Failed("scipy", "<1.6", "3.12", _COMPILER),
    Failed("statsmodels", "<0.12", "3.12", _COMPILER),
    Failed("statsmodels", ">=0.13,<0.14", _EVERY, _PKG_RESOURCES),
    # Rust without a compiler, and Rust that knows no such Python.
    Failed("tiktoken", "<0.8", _EVERY, _NO_RUST),
    Failed("tokenizers", "<0.14", _EVERY, _NO_RUST),
    Failed("orjson", "<3.9", "3.12", _RUST.format(newest="3.11")),
    Failed("pydantic-core", "<2.20", "3.13", _RUST.format(newest="3.12")),
    Failed("pydantic-core", "<=2.33.2", "3.14", _RUST.format(newest="3.13")),
    Failed("rpds-py", "<0.19", "3.13", _RUST.format(newest="3.12")),
    # They say themselves for which Pythons they are, in setup.py.
    Failed("llvmlite", ">=0.36,<0.40", "3.12", _ONLY),
    Failed("numba", ">=0.53,<0.57", "3.12", _ONLY),
    # distutils, gone in 3.12, and what was built on it.
    Failed("h5py", ">=3,<3.9", "3.12", _DISTUTILS),
    Failed(
        "llvmlite",
        "<0.36",
        "3.12",
        "TypeError: Popen.__init__() got an unexpected keyword argument 'dry_run'",
    ),
    Failed("numba", "<0.53", "3.12", "ModuleNotFoundError: No module named 'numpy.distutils'"),
    Failed("numpy", "<1.26", "3.12", _DISTUTILS),
    Failed("scikit-learn", ">=1,<1.1", "3.12", _DISTUTILS),
    Failed("hiredis", "<2", "3.12", "ModuleNotFoundError: No module named 'imp'"),
    Failed("matplotlib", "<3.4", "3.12", _CONFIG_PARSER),
    Failed("wordcloud", "<1.9", "3.12", _CONFIG_PARSER),
    Failed("gensim", "<4.2", "3.12", "AttributeError: 'dict' object has no attribute '__NUMPY_SETUP__'"),
    # Python's own C interface: 3.11 and 3.12 moved what was open to all.
    Failed("asyncpg", "<0.27", "3.12", _LONG),
    Failed("asyncpg", "<0.28", "3.12", _DIGIT),
    Failed("aiohttp", ">=3.8,<3.8.2", "3.11", _LONG),
    Failed("aiohttp", ">=3.8,<3.9", "3.12", _DIGIT),
    Failed("cffi", "<=1.14.0", "3.11", _ASSIGNED),
    Failed("frozenlist", "<1.3", "3.11", _LONG),
    Failed("frozenlist", "<1.4", "3.12", _DIGIT),
    Failed("gevent", "<=1.4.0", "3.11", _LONG),
    Failed("gevent", "<22", "3.12", "'PyThreadState' has no member named 'recursion_limit'"),
    Failed("greenlet", "<1", "3.12", "'_PyErr_StackItem' has no member named 'exc_type'"),
    Failed("greenlet", "<2", "3.12", "unknown type name 'CFrame'"),
    Failed("greenlet", "<3", "3.12", "'_PyCFrame' has no member named 'use_tracing'"),
    Failed("httptools", "<0.2", "3.11", _LONG),
    Failed("httptools", "<0.6", "3.12", _DIGIT),
    Failed("lxml", "<4.7", "3.11", _LONG),
    Failed("lxml", "<4.9.3", "3.12", _DIGIT),
    Failed("psycopg2", "<2.8", _EVERY, _INCOMPLETE),
    Failed("psycopg2-binary", "<2.8", _EVERY, _INCOMPLETE),
    Failed("ruamel-yaml-clib", "<0.2.7", "3.13", _LONG),
    Failed("ruamel-yaml-clib", "<0.2.8", "3.13", _DIGIT),
    Failed("spacy", "<2.4", "3.12", "ImportError: cannot import name 'msvccompiler' from 'distutils'"),
    Failed("spacy", ">=3,<3.1", "3.12", "Cython.Compiler.Errors.CompileError"),
    Failed("uvloop", "<0.17", "3.12", _LONG),
    Failed("uvloop", "<0.18", "3.12", _DIGIT),
    Failed("yarl", "<1.7", "3.11", _LONG),
    Failed("yarl", "<1.9", "3.12", _DIGIT),
    # And 3.13 once more.
    Failed("asyncpg", "<0.30", "3.13", _BYTES),
    Failed("gevent", "<23", "3.13", "Cython.Compiler.Errors.CompileError: src/gevent/libev/corecext.pyx"),
    Failed("greenlet", "<3.1", "3.13", "'PyThreadState' has no member named 'trash'"),
    Failed("httptools", "<0.6.2", "3.13", _BYTES),
    Failed("lxml", "<5", "3.13", _BYTES),
    Failed("pillow", "<10.1", "3.13", "KeyError: '__version__'"),
    Failed("scikit-learn", ">=1.1,<1.3", "3.13", "Cython.Compiler.Errors.CompileError"),
    Failed("uvloop", "<0.20", "3.13", _BYTES),
)

# Releases without a wheel that were built on 3.13, and so are on what is older.
BUILT_UP_TO = "3.13"
BUILT = {
    "aiohttp": ">=3.9,<3.10",
    "cffi": ">=1.14.6,<1.17",
    "frozenlist": ">=1.4,<1.5",
    "hiredis": ">=2.2,<2.4",
    "kiwisolver": ">=1.3.1,<1.5",
    "markupsafe": ">=1.1.1,<2.2",
    "multidict": ">=5.1,<6.1",
    "psutil": ">=5.6.7,<6",
    "psycopg2": ">=2.8.6,<2.10",
    "psycopg2-binary": ">=2.8.6,<2.10",
    "pyyaml": ">=5.3,!=5.4.*,!=6.0,<6.0.2",
    "regex": ">=2020.11.13,<2024",
    "sqlalchemy": ">=1.2.19,<2.1",
    "ujson": ">=1.35,<5.8",
    "wrapt": ">=1.11.2,<1.15",
    "yarl": ">=1.9.4,<1.10",
}


@lru_cache(1)
def _failed() -> dict[str, list[Failed]]:
    found: dict[str, list[Failed]] = {}
    for failed in FAILED:
        found.setdefault(failed.package, []).append(failed)
    return found


def why_it_fails(name: str, version: str, python: str) -> str:
    """What the build says of that release on this Python; empty where it is not known to fail."""
    return next(
        (
            failed.says.format(python=python)
            for failed in _failed().get(name, ())
            if _numbers(python) >= _numbers(failed.since) and releases.within(version, failed.versions)
        ),
        "",
    )


def is_known_to_build(name: str, version: str, python: str) -> bool:
    """Whether that release was compiled on this Python, or on a newer one."""
    versions = BUILT.get(name, "")
    return bool(versions) and _numbers(python) <= _numbers(BUILT_UP_TO) and releases.within(version, versions)


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(map(int, python.split(".")))
