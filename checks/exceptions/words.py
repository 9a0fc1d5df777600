"""What an exception says: on one line, bounded, and without the value of any config var."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.evidence import Dyno
from checks.secrets import mask

MESSAGE_CHARS = 600

NOT_A_NUMBER = re.compile(
    r"^(?:invalid literal for int\(\) with base \d+|could not convert string to float): (?P<literal>.+)"
)
_INPUT_VALUE = re.compile(r"input_value=.*?, input_type=")


def one_line(error: BaseException, dyno: Dyno) -> str:
    """``Type: message``, the form in which causes meet an exception."""
    return f"{type(error).__name__}: {message_of(error, dyno)}"


def message_of(error: BaseException, dyno: Dyno) -> str:
    """On one line, without secrets; of a long one the beginning and the end, where tracebacks tell."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return told(text, dyno.env)


def told(text: str, env: Mapping[str, str]) -> str:
    """A message as `message_of` gives it; `env` holds the config vars whose values are secret."""
    far = MESSAGE_CHARS * 4
    ends = (text,) if len(text) <= far * 2 else (text[:far], text[-far:])
    joined = " … ".join(mask(_without_values(" ".join(end.split()), env), env) for end in ends)
    half = MESSAGE_CHARS // 2
    return joined if len(joined) <= MESSAGE_CHARS else f"{joined[:half]} … {joined[3 - half :]}"


def _without_values(text: str, env: Mapping[str, str]) -> str:
    """What conversions quote may be the value of any config var, however harmless its name."""
    text = _INPUT_VALUE.sub("input_value=…, input_type=", text)
    match = NOT_A_NUMBER.search(text)
    if match:
        name = next((n for n, v in env.items() if v.strip() and repr(v) == match["literal"]), "")
        if name:
            text = text.replace(match["literal"], f"[{name}]")
    return text
