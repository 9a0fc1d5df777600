"""The modules of widely used distributions, and what they bring with them.

Of needs the table has those of several years together, since an older release is often pinned: it says of
too much that it is there rather than of too little.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checks.exceptions.known import DISTRIBUTION, SAME_NAME

TABLE = Path(__file__).with_name("names.json")
_NONE = "-"  # a name for what it requires
_SEPARATORS = re.compile(r"[-_.]+")
# Of several distributions with a module the one to install on a dyno, where the table of errors has none.
_BEST = {
    "bson": "pymongo",
    "crontab": "python-crontab",
    "docx": "python-docx",
    "faiss": "faiss-cpu",
    "gnupg": "python-gnupg",
    "googlesearch": "googlesearch-python",
    "jwt": "PyJWT",
    "mpl_toolkits": "matplotlib",
    "ninja": "django-ninja",
    "progressbar": "progressbar2",
    "pyrebase": "Pyrebase4",
    "redis": "redis",
    "serpapi": "google-search-results",
    "sseclient": "sseclient-py",
    "tinymce": "django-tinymce",
    "websocket": "websocket-client",
}


@lru_cache(1)
def _table() -> dict[str, str]:
    data: dict[str, Any] = json.loads(TABLE.read_bytes())
    names: dict[str, str] = data["names"]
    return names


def normal(name: str) -> str:
    """The name as the index compares it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def modules(name: str) -> tuple[str, ...] | None:
    """The modules of a distribution, by its normalised name; None where they are not known."""
    entry = _table().get(name)
    if entry is None:
        return None
    names = entry.partition(";")[0]
    if names == _NONE:
        return ()
    return tuple(names.split()) or (name.replace("-", "_"),)


def needs(name: str, extras: Iterable[str] = ()) -> tuple[str, ...] | None:
    """What a distribution requires; None where it, or one of the extras, is not known."""
    found: list[str] = []
    for each in (name, *(f"{name}[{normal(extra)}]" for extra in extras)):
        entry = _table().get(each)
        if entry is None:
            return None
        found += entry.split(";")[1].split()
    return tuple(found)


def kilobytes(name: str) -> int | None:
    """About how large the wheel of its newest release is; None where it is not known."""
    entry = _table().get(name)
    return int(entry.rpartition(";")[2]) if entry else None


def brings(name: str, extras: Iterable[str] = ()) -> frozenset[str]:
    """All that is installed with a distribution, itself included, by normalised names."""
    return closure((name, tuple(extras)))[0]


def closure(
    *asked: tuple[str, tuple[str, ...]], exact: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> tuple[frozenset[str], frozenset[str]]:
    """What is installed with those, and what of it the table does not know.

    `exact` has the needs of the very releases that are taken, where these are known.
    """
    seen = {name for name, _ in asked}
    unknown: set[str] = set()
    waiting = list(asked)
    while waiting:
        name, extras = waiting.pop()
        wanted = needs(name, extras)
        if wanted is None:
            unknown.add(name)
            wanted = needs(name) or ()
        if name in exact:
            wanted = (*exact[name], *(need for extra in extras for need in _of_extra(name, extra)))
        for need in wanted:
            if need not in seen:
                seen.add(need)
                waiting.append((need, ()))
    return frozenset(seen), frozenset(unknown)


def _of_extra(name: str, extra: str) -> tuple[str, ...]:
    return needs(f"{name}[{normal(extra)}]") or ()


@lru_cache(1)
def _bringing() -> dict[str, str]:
    """By module the distribution that brings it; of several the one with the shortest name.

    A package that only one fills is there as well: ``opentelemetry.sdk``.
    """
    found: dict[str, str] = {}
    within: dict[str, set[str]] = {}
    for name in sorted(_table(), key=len, reverse=True):
        if name.endswith("]"):
            continue
        for module in modules(name) or ():
            found[module] = name
            package = module.rpartition(".")[0]
            while package:
                within.setdefault(package, set()).add(name)
                package = package.rpartition(".")[0]
    alone = {package: names.pop() for package, names in within.items() if len(names) == 1}
    return {**alone, **found}


def distribution_for(module: str) -> str:
    """The distribution to require for a module, as people write it; empty where none is known."""
    parts = module.split(".")
    for depth in range(len(parts), 0, -1):
        name = ".".join(parts[:depth])
        found = DISTRIBUTION.get(name) or (name if name in SAME_NAME else "") or _BEST.get(name)
        if found:
            return found
    bringing = _bringing()
    return next(
        (bringing[name] for d in range(len(parts), 0, -1) if (name := ".".join(parts[:d])) in bringing), ""
    )
