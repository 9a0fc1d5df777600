"""What a line that is no requirement was meant to be."""

from __future__ import annotations

import re

from checks.secrets import mask

QUOTED = 80  # characters of a line
_NAME = r"(?P<name>[A-Za-z0-9][\w.-]{0,80}(?:\[[\w,. -]{0,80}\])?)"
_VERSION = r"(?P<version>v?\d[\w.!+*-]{0,40})"
_CONDA = re.compile(rf"^{_NAME}={_VERSION}=[\w.-]{{1,60}}$")
_ONE_EQUALS = re.compile(rf"^{_NAME} ?= ?{_VERSION}$")
_LISTED = re.compile(rf"^{_NAME} {{1,60}}\(?{_VERSION}\)?$")
_COMMAND = re.compile(
    r"^(?:[!%$>] ?)?(?:sudo )?(?:python3? -m )?(?:pip3?|conda|mamba|poetry|uv(?: pip)?|pipenv|apt(?:-get)?) "
    r"(?:install|add) (?P<what>.{1,200})$"
)
_IMPORT = re.compile(r"^(?:import|from) +(?P<module>\w{1,60})\b")
_SEVERAL = re.compile(r"^[A-Za-z0-9][\w.=<>~-]{0,80}(?:, ?| {1,40})[A-Za-z][\w.=<>~, -]{0,400}$")
_LEGACY = re.compile(r"[<>=~!]=?\s{0,10}[\w.*-]{1,40}$")


def explained(text: str) -> tuple[str, str]:  # noqa: PLR0911  one answer a kind of line
    """What is wrong with it, to go on after "line 3", and what to write instead (empty if unknown)."""
    quoted = mask(text[:QUOTED], {})
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        return "is left from a merge conflict", ""
    if text.lower().startswith(("<!doctype", "<html", "<?xml")):
        return "is of a web page, not of a requirements file", ""
    if match := _CONDA.match(text):
        return f"is written as conda does it: {quoted}", f"{match['name']}=={match['version']}"
    if match := _COMMAND.match(text):
        return f"is a command: {quoted}", "" if match["what"].startswith("-") else match["what"].split(" ")[0]
    if _IMPORT.match(text):
        return f"is a statement of Python: {quoted}", ""
    if match := _ONE_EQUALS.match(text):
        return f"has one = where two are meant: {quoted}", f"{match['name']}=={match['version']}"
    if match := _LISTED.match(text):
        return f"has no == before the version: {quoted}", f"{match['name']}=={match['version']}"
    if _SEVERAL.match(text):
        return f"has more than one name: {quoted}", ""
    if _LEGACY.search(text):
        return f"has a version that is none: {quoted}", ""
    return f"is no requirement: {quoted}", ""
