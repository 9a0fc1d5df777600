"""Build output that was pasted without an envelope, told from what an app prints.

A paste is often an excerpt, indented or quoted, without the arrows and marks of the buildpack.
"""

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
    r"|(?:ERROR: |\[[\w.]{3,60}\]: *)*(?:Could not find a version that (?:satisfies|matches) "
    r"|No matching distribution found for |error in \S+ setup command: |Failed building wheel for \S+$)"
    r"|(?:ERROR: |\[[\w.]{3,60}\]: *)+(?:Cannot install|ResolutionImpossible"
    r"|Invalid requirement|Could not open requirements|Failed to build"
    r"|Could not build wheels|Could not install"
    r"|THESE PACKAGES|In --require-hashes|Package '|Command errored out|Ignored the following)"
    r"|(?:ERROR: )?\S{1,200}\.whl is not a supported wheel|Double requirement given"
    r"|Collecting [\w.\[\],-]+(?:[=<>~!]=?\S+)? ?(?:\(from|$)"
    r"|error: (?:subprocess-exited-with-error|metadata-generation-failed"
    r"|legacy-install-failure|resolution-too-deep"
    r"|The lockfile at|The Python request|Distribution `|command '\S*(?:gcc|g\+\+|cc)' failed)"
    r"|\S{1,200}\.(?:c|cc|cpp|cxx|pyx):\d+:\d+: fatal error: |Error: pg_config executable not found"
    r"|Command \"?\S*python.{1,600}?(?:egg_info|setup\.py)"
    r"|File \"(?:setup\.py|/tmp/pip-\S{1,200}/setup\.py)\", line "
    r"|\$ python\S* \S*manage\.py collectstatic\b"
    r"|pyproject\.toml changed significantly since poetry\.lock"
    r"|Your Pipfile\.lock(?: \(|$)|× No solution found|Building wheel for \S+ \(|Looking in indexes: http"
    r"|Requirement already satisfied: |WARNING: (?:Retrying \(Retry\("
    r"|Ignoring version )|error: (?:Failed to (?:build|download|parse) `"
    r"|No solution found)|\[DeployException\])"
)
_BARE_WORDS = frozenset(
    {"--", "==", "[E", " !", "re", "ER", "[p", "er", "Do", "Co", "py", "Yo", "× ", "Bu", "Lo", "Re", "WA"}
    | {"No", "Fa", "Er", "$ ", "Fi", "[D", "[I", "[R"}
)
# What the buildpack or the platform marks; a paste may have lost the mark.
_SENTENCE = re.compile(
    r"(?:Heroku )?[Pp]ush rejected, |Push failed$|Error while running '\$ python"
    r"|Requested runtime [('][Pp]ython|Compiled slug size: \S+ is too large"
    r"|No default language could be detected|App not compatible with buildpack: "
)
_MARK = re.compile(r"![ \t]{1,20}(?=[A-Z])")
_NARROW = 3  # characters of a mark that an app may write, too
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,20}Z ")  # as GitHub Actions writes before each line
_QUOTE = re.compile(r"[#>|*]{1,4} *remote: ?")
_PASTED = frozenset(
    {"! ", "!\t", "--", "re", "##", "# ", "* ", "| ", "#r", "*r", "|r", "> ", ">r"}
    | {"Pu", "He", "Er", "Re", "Co", "No", "Ap"}
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


def plain(text: str) -> str:
    """The line as the buildpack wrote it: without quotes, indentation of marks or a stamp of CI."""
    if text[:2] == "20" and (stamp := _STAMP.match(text)):
        text = text[stamp.end() :]
    if text[:1] == "`":
        text = text.strip("`")
    stripped = text.lstrip(" \t")
    if stripped[:2] not in _PASTED:
        return text
    if quote := _QUOTE.match(stripped):
        text = stripped[quote.end() :]
        stripped = text.lstrip(" \t")
    if stripped.startswith(("-----> ", "remote: ")):
        return stripped
    mark = _MARK.match(stripped)
    said = stripped[mark.end() :] if mark else stripped
    if _SENTENCE.match(said) or (mark and len(mark.group()) > _NARROW):
        return f" !     {said}"
    return text


def begins(text: str) -> bool:
    """Whether the line, made `plain`, can only be the first of build output."""
    if text[:3] == " ! ":
        return _BARE.match(text) is not None
    stripped = text.lstrip(" \t")
    if stripped[:2] not in _BARE_WORDS or _BARE.match(stripped) is None:
        return False
    # An app says "Collecting data", too, and may indent it.
    return not text[:1].isspace() or not stripped.startswith("Collecting ") or "(from" in stripped


def goes_on(text: str) -> bool:
    """Whether the line goes on with an installer's output, which has no end of its own."""
    return not text[:1].strip() or text.startswith(_TOOL_STARTS) or begins(text)


def is_of_app(text: str) -> bool:
    """Whether the line is surely none of a build: gunicorn's, uvicorn's, the router's."""
    return text.startswith(("[20", "INFO:     ", "at=", "sock="))


def comes_after(text: str) -> bool:
    """Whether the line is one of those that follow a build: the release, the end of the push."""
    return text[:2] in _AFTER_STARTS and _AFTER.match(text.strip()) is not None
