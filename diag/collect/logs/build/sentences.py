"""What pip, Pipenv, Poetry and uv say in one line, each with the fault it names.

Seen in runs of pip 19 to 25, Pipenv 2026, Poetry 2 and uv 0.13, and in older releases' source.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from checks.evidence import Value


class Sentence(NamedTuple):
    """A word that must be there (a cheap test), the fault, the pattern, and fixed values."""

    word: str
    fault: str
    pattern: re.Pattern[str]
    values: dict[str, Value]


def _s(word: str, fault: str, pattern: str, **values: Value) -> Sentence:
    return Sentence(word, fault, re.compile(pattern), values)


SENTENCES: tuple[Sentence, ...] = (
    # requirements that can't be read
    _s("nvalid requirement", "requirements", r"Invalid requirement: (?P<what>.{0,120})", reason="invalid"),
    _s(
        "requirements file",
        "requirements",
        r"Could not open requirements file: .*?'(?P<what>[^']{1,200})'",
        reason="missing-file",
    ),
    _s("InvalidRequirement", "requirements", r"InvalidRequirement: (?P<what>.{0,120})", reason="invalid"),
    _s(
        "editable",
        "requirements",
        (
            r"(?P<what>\S.{0,80}?) (?:is not a valid editable requirement"
            r"|should either be a path to a local project)"
        ),
        reason="invalid",
    ),
    _s(
        "nstallable",
        "requirements",
        r"(?:Directory '(?P<what>[^']{1,200})' is not installable)",
        reason="no-project",
    ),
    _s(
        "Python project",
        "requirements",
        (
            r"(?P<what>file:\S{1,200}"
            r"|/\S{1,200}) does not appear to be a Python project"
        ),
        reason="no-project",
    ),
    _s("Cannot unpack", "requirements", r"Cannot unpack file (?P<what>\S{1,120})", reason="no-archive"),
    _s(
        "current project",
        "root-project",
        r"The current project could not be installed: (?P<said>.{1,120})",
    ),
    # lock files
    _s(
        "Pipfile.lock",
        "lockfile",
        r"Pipfile\.lock (?:\(\w+\) )?is out[- ]of[- ]date",
        lock="Pipfile.lock",
        relock="pipenv lock",
    ),
    _s(
        "poetry.lock",
        "lockfile",
        (
            r"(?:pyproject\.toml changed significantly since poetry\.lock was last "
            r"generated|poetry\.lock is not up to date"
            r"|poetry\.lock file is not compatible)"
        ),
        lock="poetry.lock",
        relock="poetry lock",
    ),
    _s(
        "lock file",
        "lockfile",
        (
            r"The lock file is not (?:up to date|compatible)"
            r"|Unable to read the lock file|lock file (?:is broken|does not exist)"
        ),
        lock="poetry.lock",
        relock="poetry lock",
    ),
    _s(
        "uv.lock",
        "lockfile",
        (
            r"The lockfile at `uv\.lock` needs to be updated"
            r"|Failed to parse(?: lockfile)?:? `?\S*uv\.lock"
            r"|Unable to find lockfile at `uv\.lock"
        ),
        lock="uv.lock",
        relock="uv lock",
    ),
    _s(
        "nvalid ",
        "lockfile",
        (
            r"^Invalid (?:statement|TOML file|key"
            r"|value)\b.{0,80}\(at line \d+, column \d+\)$"
        ),
        lock="poetry.lock",
        relock="poetry lock",
        reason="unparsable",
    ),
    _s(
        "known checksums",
        "lockfile",
        (
            r"Downloaded distributions for (?P<package>[\w.-]{1,80}) .*did not match "
            r"any known checksums"
        ),
        lock="poetry.lock",
        relock="poetry lock",
        reason="hash",
    ),
    _s(
        "known hashes",
        "lockfile",
        r"Hash for (?P<package>[\w.-]{1,80}) .*not found in known hashes",
        lock="poetry.lock",
        relock="poetry lock",
        reason="hash",
    ),
    _s(
        "DO NOT MATCH THE HASHES",
        "lockfile",
        r"THESE PACKAGES DO NOT MATCH THE HASHES",
        reason="hash",
        hashes="requirements.txt",
    ),
    _s("ismatch", "lockfile", r"[Hh]ash mismatch for `?(?P<package>[\w.-]{1,80})", reason="hash"),
    _s(
        "require-hashes",
        "lockfile",
        r"In --require-hashes mode|Hashes are required in --require-hashes mode",
        reason="hash-missing",
        hashes="requirements.txt",
    ),
    # versions of Python
    _s(
        "different Python",
        "unmatched",
        (
            r"[Pp]ackage '?(?P<package>[\w.-]{1,80}?)'? requires a different Python: "
            r"(?P<runs>[\d.]+\w*) not in '(?P<needs>[^']{1,60})'"
        ),
        reason="python",
    ),
    _s(
        "the running Python is",
        "unmatched",
        (
            r"(?P<package>[\w.-]{1,80}) requires Python '(?P<needs>[^']{1,60})' but the running Python is "
            r"(?P<runs>[\d.]+)"
        ),
        reason="python",
    ),
    _s(
        "by the project",
        "python-range",
        (
            r"(?:[Pp]ython version"
            r"|activated Python version) \(?(?P<runs>\d[\d.]*)\)? is not (?:allowed"
            r"|supported) by the project \((?P<needs>[^)]{1,60})\)"
        ),
        manifest="pyproject.toml",
    ),
    _s(
        "Python requirement",
        "python-range",
        (
            r"(?:resolved to|uses) Python (?P<runs>\d[\d.]*).{0,60}incompatible with "
            r"the project's Python requirement: `(?P<needs>[^`]{1,60})`"
        ),
        manifest="pyproject.toml",
    ),
    _s(
        "Your Pipfile requires",
        "python-range",
        (
            r"Your Pipfile requires \"?python_(?:full_)?version\"? "
            r"(?P<needs>[\d.]+),? but you are using (?P<runs>\d[\d.]*)"
        ),
        manifest="Pipfile",
    ),
    # contradictions
    _s("ouble requirement", "conflict", r"Double requirement given: (?P<what>.{1,200})"),
    _s("ResolutionImpossible", "conflict", r"ResolutionImpossible"),
    _s("resolution-too-deep", "conflict", r"resolution-too-deep", reason="too-deep"),
    _s("ResolutionTooDeep", "conflict", r"ResolutionTooDeep|\bResolutionTooDeepError", reason="too-deep"),
    _s("olving failed", "conflict", r"(?i)version solving failed"),
    _s(
        "incompatible versions in the resolved",
        "conflict",
        r"There are incompatible versions in the resolved dependencies",
    ),
    # files for other machines
    _s(
        "not a supported wheel",
        "wheel",
        r"(?P<file>\S{1,200}\.whl) is not a supported wheel on this platform",
    ),
    # the package's own metadata
    _s("broken metadata", "package-metadata", r"contains broken metadata"),
    _s(
        "inconsistent",
        "package-metadata",
        (
            r"Requested (?P<package>[\w.-]{1,80})\S* from .{1,300} has inconsistent "
            r"(?P<what>\w+)"
        ),
        reason="metadata",
    ),
    # the index
    _s(
        "HTTP error",
        "unmatched",
        r"HTTP error (?P<status>40[134]|410)\b.* while getting (?P<url>\S{1,200})",
        reason="url",
    ),
)

NETWORK = re.compile(
    r"Retry\(total=|Max retries exceeded|Read timed out|ReadTimeout|Temporary failure in name resolution"
    r"|NewConnectionError|ConnectTimeout|IncompleteRead|RemoteDisconnected|ProtocolError|ConnectionReset"
    r"|HTTP error 5\d\d|5\d\d (?:Server|Service|Bad|Gateway|Internal|Backend)|Could not resolve host"
    r"|Failed to (?:fetch|download)|Request failed after \d+ retries"
    r"|error sending request|curl: \((?!22\))\d+\)"
    r"|curl: \(22\) The requested URL returned error: 5\d\d"
    r"|Connection (?:refused|reset|aborted|broken)|All attempts to connect"
)
NETWORK_WORDS = (
    "Retry",
    "etries",
    "imed out",
    "Timeout",
    "resol",
    "onnect",
    "ncomplete",
    "rotocol",
    "HTTP",
    "Server",
    "Failed to",
    "curl: ",
    "sending request",
)
