"""Build output that was pasted without an envelope, told from what an app prints."""

from __future__ import annotations

import re

_AFTER = re.compile(
    r"(?:Running release command|Released v\d+|Verifying deploy|https?://\S+ deployed to "
    r"|To https://git\.heroku\.com|\* \[new branch\]"
    r"|! \[remote rejected\]|error: failed to push some refs"
    r"|Waiting for release|[0-9a-f]{7,}\.\.[0-9a-f]{7,})"
)
# How output of an installer alone begins, pasted without its buildpack.
_BARE = re.compile(
    r"(?:-----> |===> (?:ANALYZING|DETECTING|BUILDING)|\[Error: | !     |remote: |ERROR: failed to build:"
    r"|(?:ERROR: |\[[\w.]+\]: )+(?:Could not find a version"
    r"|No matching distribution|Cannot install|ResolutionImpossible"
    r"|Invalid requirement|Could not open requirements|Failed (?:building"
    r"|to build)|Could not build wheels|Could not install"
    r"|THESE PACKAGES|In --require-hashes|Package '|Command errored out|Ignored the following)"
    r"|(?:ERROR: )?\S+\.whl is not a supported wheel|Double requirement given"
    r"|Collecting [\w.\[\],-]+(?:[=<>~!]=?\S+)? ?(?:\(from|$)"
    r"|error: (?:subprocess-exited-with-error|metadata-generation-failed"
    r"|legacy-install-failure|resolution-too-deep"
    r"|The lockfile at|The Python request|Distribution `)"
    r"|pyproject\.toml changed significantly since poetry\.lock"
    r"|Your Pipfile\.lock(?: \(|$)|× No solution found|Building wheel for \S+ \(|Looking in indexes: http"
    r"|Requirement already satisfied: |WARNING: (?:Retrying \(Retry\("
    r"|Ignoring version )|error: (?:Failed to (?:build|download|parse) `"
    r"|No solution found)|\[DeployException\])"
)
_BARE_WORDS = frozenset(
    {
        "--",
        "==",
        "[E",
        " !",
        "re",
        "ER",
        "[p",
        "er",
        "Do",
        "Co",
        "py",
        "Yo",
        "× ",
        "Bu",
        "Lo",
        "Re",
        "  ",
        "WA",
    }
)
_TOOL_STARTS = (
    "│",
    "╰",
    "×",
    "ERROR",
    "error",
    "note:",
    "hint:",
    "WARNING: ",
    "INFO: pip",
    "Requested ",
    "Please use pip",
    "Installing collected",
)
_AFTER_STARTS = frozenset({"Re", "Ve", "ht", "To", "* ", " *", " !", "er", "Wa", "Ru", "  "})


def begins(text: str) -> bool:
    """Whether the line can only be the first of build output."""
    return text[:2] in _BARE_WORDS and _BARE.match(text) is not None


def goes_on(text: str) -> bool:
    """Whether the line goes on with an installer's output, which has no end of its own."""
    return not text[:1].strip() or text.startswith(_TOOL_STARTS) or begins(text)


def is_of_app(text: str) -> bool:
    """Whether the line is surely none of a build: gunicorn's, uvicorn's, the router's."""
    return text.startswith(("[20", "INFO:     ", "at=", "sock="))


def comes_after(text: str) -> bool:
    """Whether the line is one of those that follow a build: the release, the end of the push."""
    return text[:2] in _AFTER_STARTS and _AFTER.match(text.strip()) is not None
