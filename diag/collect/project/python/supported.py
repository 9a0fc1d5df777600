"""The versions of Python that Heroku builds, as far as they are known.

Source: heroku/heroku-buildpack-python v351 (2026-08-18) for Cedar, heroku/buildpacks-python 6.5.6
(2026-08-05) for Fir. Patch releases go on coming, so a newer one than these may well exist.
"""

from __future__ import annotations

AS_OF = "2026-08-18"
# The newest patch release of each minor version, by generation.
_NEWEST = {
    "cedar": {"3.10": 21, "3.11": 16, "3.12": 14, "3.13": 15, "3.14": 7},
    "fir": {"3.10": 20, "3.11": 15, "3.12": 13, "3.13": 15, "3.14": 7},
}
MINORS = tuple(_NEWEST["cedar"])  # 3.9 left in January 2026
DEFAULT = "3.14"  # of a new app, where nothing names a version
LEAVES = {"3.10": "2027-01-06"}  # the day from which the buildpack no longer has it
# A stack has the patch releases that were current when it came, and later ones: the first of heroku-22 (which
# came in May 2022) and of heroku-24 (May 2024), less one, since the lists themselves are not published.
_FIRST_OF_22 = {"3.10": 3}
_FIRST_OF_24 = {"3.10": 13, "3.11": 8, "3.12": 2}
_MORE = 3  # patch releases that may have come since


def newest_patch(minor: str, generation: str = "cedar") -> int:
    """The newest patch release that is known; 0 for a minor version that is not."""
    return _NEWEST.get(generation, _NEWEST["cedar"]).get(minor, 0)


def is_known(minor: str) -> bool:
    """Whether the buildpack builds it."""
    return minor in MINORS


def numbers(minor: str) -> tuple[int, int]:
    """``3.13`` as (3, 13)."""
    major, _, rest = minor.partition(".")
    return int(major), int(rest)


def is_past(minor: str) -> bool:
    """Whether the buildpack no longer builds it."""
    return numbers(minor) < numbers(MINORS[0])


def is_next(minor: str) -> bool:
    """Whether it is the one after the newest known, which may have come since."""
    major, newest = numbers(MINORS[-1])
    return numbers(minor) == (major, newest + 1)


def may_have_come(minor: str, patch: int, generation: str) -> bool:
    """Whether a patch release beyond the newest known may have come since."""
    return patch <= newest_patch(minor, generation) + _MORE


def is_on_no_stack(minor: str, patch: int) -> bool:
    """Whether the patch release is older than every stack that is still supported."""
    return patch < _FIRST_OF_22.get(minor, 0)


def is_on_heroku_22_only(minor: str, patch: int) -> bool:
    """Whether of the supported stacks only heroku-22 may have the patch release."""
    return patch < _FIRST_OF_24.get(minor, 0)
