"""Names that were meant to be .python-version or runtime.txt."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Those the buildpack knows and refuses. Source: heroku-buildpack-python `lib/python_version.sh` (v351).
_REFUSED = frozenset(
    (
        *(" .python-version", ".python-version ", ".python_version", ".python-version.txt"),
        *(
            ".python-version.py",
            ".python-version.rtf",
            ".Python-version",
            ".python.version",
            ".pythonversion",
        ),
        *(",python-version", "python-version", "python_version", "python-version.txt"),
    )
)
_LIKE_VERSION = re.compile(r"^[.,]?python[-_. ]?versions?(?:\.(?:txt|md|rtf|py))?$")
_LIKE_RUNTIME = re.compile(r"^\.?run[-_ ]?times?(?:\.te?xt)*$")
_OF_RUNTIME = re.compile(r"\s{0,20}python-\d")


def refused(names: Iterable[str]) -> str:
    """The first name that ends a build on Cedar, or empty."""
    return next((name for name in sorted(names) if name in _REFUSED), "")


def overlooked(names: Iterable[str]) -> tuple[str, ...]:
    """Names that are near .python-version, and that nobody reads."""
    like = (name for name in names if name not in _REFUSED and name != ".python-version")
    return tuple(sorted(name for name in like if _LIKE_VERSION.match(name.strip().lower())))


def like_runtime(names: Iterable[str]) -> tuple[str, ...]:
    """Names that are near runtime.txt; whether they mean it, their text tells (`means_runtime`)."""
    return tuple(sorted(n for n in names if n != "runtime.txt" and _LIKE_RUNTIME.match(n.strip().lower())))


def means_runtime(text: str) -> bool:
    """Whether the text is that of a runtime.txt."""
    return _OF_RUNTIME.match(text) is not None
