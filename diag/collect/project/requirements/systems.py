"""Distributions that can't be installed on Linux at all, whichever release is asked for.

Each was tried with pip 26.2.1 on Linux x86-64, 2026-11-21. Many others that are made for Windows or macOS
(appnope, comtypes, pyreadline3, WMI, pywinauto) have a pure wheel and install there without harm.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.requirements.requirement import Requirement, Requirements

_NO_FILE = "the index has no file of it for Linux"
_NO_BUILD = "its source compiles there alone"
_BY_ANOTHER = "it requires a package that exists for it alone"
WINDOWS, MACOS = "Windows", "macOS"
ELSEWHERE = (
    ("pywin32", WINDOWS, _NO_FILE),
    ("pypiwin32", WINDOWS, _BY_ANOTHER),
    ("pywinpty", WINDOWS, _NO_BUILD),
    ("win10toast", WINDOWS, _BY_ANOTHER),
    ("windows-curses", WINDOWS, _NO_FILE),
    ("metatrader5", WINDOWS, _NO_FILE),
    ("pyaudiowpatch", WINDOWS, _NO_FILE),
    ("onnxruntime-directml", WINDOWS, _NO_FILE),
    ("tensorflow-intel", WINDOWS, _NO_FILE),
    ("twisted-iocpsupport", WINDOWS, _NO_BUILD),
    ("winrt", WINDOWS, _NO_FILE),
    ("winrt-runtime", WINDOWS, _NO_BUILD),
    ("winsdk", WINDOWS, _NO_BUILD),
    ("pyobjc", MACOS, _BY_ANOTHER),
    ("pyobjc-core", MACOS, _NO_BUILD),
    ("rumps", MACOS, _BY_ANOTHER),
    ("applaunchservices", MACOS, _BY_ANOTHER),
    ("macfsevents", MACOS, _NO_BUILD),
    ("tensorflow-macos", MACOS, _NO_FILE),
    ("tensorflow-metal", MACOS, _NO_FILE),
)
# Families of distributions that share a beginning.
FAMILIES = (("pyobjc-framework-", MACOS, _BY_ANOTHER), ("winrt-windows-", WINDOWS, _NO_BUILD))
_BY_NAME = {name: (system, reason) for name, system, reason in ELSEWHERE}
_EMPTY = {"tensorflow-intel": "0.0.1"}  # a release that holds nothing, for every system
MOST = 10


def of_other_systems(requirements: Requirements) -> Iterator[Evidence]:
    """Requirements for Windows or macOS that no marker keeps from the dyno."""
    found = [(each, known) for each in requirements if (known := _known(each)) is not None]
    for each, (system, reason) in found[:MOST]:
        version = each.version
        pin = f"{each.name}=={version}" if version else each.name
        yield finding(
            Fact.PROJECT_REQUIREMENT,
            "platform-only",
            Level.FAIL,
            LIKELY if requirements.other_index else SURE,
            f"{pin} is required, and {reason}",
            each.where,
            package=each.name,
            version=version,
            system=system,
            file=each.where.partition(":")[0],
        )
    if len(found) > MOST:
        text = f"{len(found) - MOST} more requirements are for other systems"
        yield finding(Fact.PROJECT_REQUIREMENT, "platform-only", Level.FAIL, LIKELY, text, requirements.file)


def _known(requirement: Requirement) -> tuple[str, str] | None:
    if requirement.source:
        return None
    if requirement.name in _EMPTY and requirement.version in ("", _EMPTY[requirement.name]):
        return None
    known = _BY_NAME.get(requirement.name)
    if known is not None:
        return known
    return next(
        ((system, reason) for start, system, reason in FAMILIES if requirement.name.startswith(start)), None
    )
