"""What one line of a traceback is: CPython's own form, rich's boxes, loguru's marks."""

from __future__ import annotations

import re
from typing import NamedTuple

from diag.collect.logs.raised.record import Frame

HEAD = "Traceback (most recent call last)"
FRAME_STARTS = ('  File "', '> File "', 'File "')
LINE_CHARS = 2_000  # of one line that are kept
NAME_CHARS = 300
ENDS = -1
FROZEN = "<frozen>"  # a module within the interpreter, such as os, which rich does not name

_DURING = "During handling of the above exception, another exception occurred"
_DIRECT = "The above exception was the direct cause of the following exception"
_FRAME = re.compile(
    r'(?:  |> )?File "(?P<file>[^"]{1,500})", line (?P<line>\d{1,9})(?:, in (?P<function>.{1,300}))?'
)
# rich 12 and 13 write the bare path, wrapped at the width of the terminal.
_BOXED = re.compile(r"[│┃] *(?P<file>[^\s│]{1,500}):(?P<line>\d{1,9}) in (?P<function>[^\s│]{1,300})")
_BOXED_FROZEN = re.compile(r"[│┃] *in (?P<function>[^\s│:]{1,300}):(?P<line>\d{1,9})")
_BOXED_CODE = re.compile(r"[│┃] *❱ *\d{1,9} (?:│ )?(?P<code>[^│]*)")
_EXCEPTION = re.compile(r"(?P<type>[A-Za-z_]\w*(?:\.(?:\w+|<locals>))*)(?:: (?P<message>.*)|:)?$")
_PLAIN = re.compile(r"\w*(?:Error|Exception|Exit|Interrupt|Iteration|Warning|Group|Timeout|Fault)$")
_NAME = re.compile(r"[A-Z]\w*[a-z]\w*$")
_SMALL = frozenset(["error", "gaierror", "herror", "timeout", "unknown_timezone"])
_GROUP_PART = re.compile(r"\s*\+(?:-\+)?-{8,} (?P<number>\d+|\.\.\.) -{8,}$")
_GROUP_END = re.compile(r"\s*\+-{20,}$")
# How records begin that follow a message; what continues one begins otherwise.
_RECORD = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]|\[?\d\d:\d\d:\d\d|\[\d{1,2}/[A-Z][a-z]{2}/\d{4}|(?:\d{1,3}\.){3}\d{1,3}\b"
    r"|\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b|\{\"|-----> | !  | \* |\$ "
    r"|(?:Exception in thread|Exception ignored in|Internal Server Error: |Not Found: |Bad Request: )"
    r"|(?:Starting|Booting|Watching|Performing|Running|Loading|Loaded) "
    r"|\d{1,6}/\d{1,6} |\d{1,3}%\||(?:heroku|app)\[|Process [\w-]+:$"
    r"|(?:GET|POST|PUT|HEAD) /|Sentry is |worker: "
)
_DIGITS = str.maketrans("123456789", "000000000")


class Words(NamedTuple):
    """An exception's own line; `weak` where its name alone does not say that it is one."""

    type: str
    message: str
    weak: bool


def frame_in(text: str) -> Frame | None:
    """The frame a line names; of a box too."""
    match = _FRAME.match(text)
    if match is None:
        return None
    return Frame(match["file"], int(match["line"]), (match["function"] or "").strip()[:NAME_CHARS], "")


def marks_columns(text: str) -> bool:
    """Whether it is the line of marks below a line of code."""
    return not text.strip("^~ ")


def boxed_frame_in(text: str) -> Frame | None:
    """The same in rich's box."""
    match = _BOXED.match(text)
    if match:
        return Frame(match["file"], int(match["line"]), match["function"], "")
    match = _BOXED_FROZEN.match(text)
    return Frame(FROZEN, int(match["line"]), match["function"], "") if match else None


def boxed_code_in(text: str) -> str:
    """The line of code that rich marks, or empty."""
    match = _BOXED_CODE.match(text)
    return match["code"].strip() if match else ""


def exception_in(text: str) -> Words | None:
    """The type (without its module) and the message that a line holds, when it can be an exception's."""
    if not text or not (text[0].isalpha() or text[0] == "_"):
        return None
    match = _EXCEPTION.match(text[:LINE_CHARS])
    if match is None:
        return None
    module, _, name = match["type"].rpartition(".")
    plain = bool(_PLAIN.match(name)) and name not in ("Error", "Warning", "Exit")
    if not plain and not _NAME.match(name) and not (module and (name in _SMALL or name[0].islower())):
        return None
    if not plain and not module and name in _SMALL:
        return None
    return Words(name[:NAME_CHARS], (match["message"] or "").strip(), weak=not plain and not module)


def link_in(text: str) -> bool | None:
    """Whether what follows was caused by what stands above (True) or only came after it (False)."""
    if _DURING in text:
        return False
    return True if _DIRECT in text else None


def group_part_in(text: str) -> int:
    """The number of a sub-exception that begins, `ENDS` at the end of a group, 0 for other lines."""
    if "+" not in text[:400]:
        return 0
    match = _GROUP_PART.match(text[:400])
    if match:
        return int(match["number"]) if match["number"].isdigit() else 99
    return ENDS if _GROUP_END.match(text[:400]) else 0


def begins_a_record(text: str) -> bool:
    """Whether a line is the begin of another log record rather than a message's next line."""
    return bool(_RECORD.match(text))


def prefix_of(text: str) -> str:
    """What stands before ``Traceback`` and may stand before each of its lines."""
    prefix = text[: text.find(HEAD)]
    return prefix.replace("+ Exception Group ", "| ")


def without(prefix: str, text: str) -> str:
    """The line without the prefix of its traceback; numbers in it, such as a time, may differ."""
    if not prefix:
        return text
    if text.startswith(prefix):
        return text[len(prefix) :]
    if prefix.endswith("| ") and text == prefix.rstrip():
        return ""
    start = text[: len(prefix)]
    if start.translate(_DIGITS) == prefix.translate(_DIGITS):
        return text[len(prefix) :]
    return text
