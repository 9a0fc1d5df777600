"""What a cause or a code means, looked up in the catalogue: no app, no log, no network."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from diag.catalogue import CATALOGUE
from diag.cause import Cause
from diag.codes import CODES, Code
from diag.meanings import FAMILIES, MEANINGS, WAYS

SCHEMA = "diag.explain/1"
EXAMPLES = Path(__file__).with_name("examples.json")

_CODE = re.compile(r"(?:error |code=)?([hrl]\d\d)")
_EXIT = re.compile(r"(?:(?:process )?exit(?:ed)?(?: with)?(?: code| status)? )?(\d{1,3})")
_PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
_CAUSES = {cause.id: cause for cause in sorted(CATALOGUE, key=lambda c: list(MEANINGS).index(c.id))}


class Unknown(Exception):  # noqa: N818  the user's word, not our error
    """No cause, code or family has this name; the text has the nearest ones."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What was asked for: `kind` is ``all``, ``code``, ``family``, ``causes`` or ``cause``."""

    kind: str
    subject: str
    codes: tuple[Code, ...]
    causes: tuple[Cause, ...]

    def to_json(self) -> dict[str, Any]:
        """The form of the schema `diag.explain/1`; lists are present even when empty."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "subject": self.subject or None,
            "codes": [_code_json(code) for code in self.codes],
            "causes": [_cause_json(cause) for cause in self.causes],
        }


def explain(word: str = "") -> Explained:
    """What `word` names, in any case: a code, an exit status, a family, an id or its last part.

    Raises `Unknown`.
    """
    asked = " ".join(word.lower().split()).rstrip("/")
    if not asked:
        return Explained("all", "", tuple(CODES.values()), tuple(_CAUSES.values()))
    code = _code_of(asked)
    if code is not None:
        return Explained("code", code.name, (code,), behind(code))
    if asked in FAMILIES:
        return Explained("family", asked, (), family(asked))
    if asked in _CAUSES:
        return Explained("cause", asked, (), (_CAUSES[asked],))
    same = tuple(cause for cause in _CAUSES.values() if fault_of(cause) == asked)
    if len(same) == 1:
        return Explained("cause", same[0].id, (), same)
    if same:
        return Explained("causes", asked, (), same)
    raise Unknown(_not_known(word.strip(), asked))


def behind(code: Code) -> tuple[Cause, ...]:
    """The causes a code may stand for, most frequent first."""
    order = dict.fromkeys((*code.causes, *(c.id for c in _CAUSES.values() if code.name in c.codes)))
    return tuple(_CAUSES[id_] for id_ in order if id_ in _CAUSES)


def family(name: str) -> tuple[Cause, ...]:
    """The causes of a family, in the catalogue's order."""
    return tuple(cause for cause in _CAUSES.values() if cause.id.startswith(f"{name}/"))


def fault_of(cause: Cause) -> str:
    """The part of the id after the family."""
    return cause.id.partition("/")[2]


def in_general(template: str) -> str:
    """A text of the catalogue for no app in particular: ``{module}`` is shown as ``<module>``."""
    return _PLACEHOLDER.sub(r"<\1>", template)


def seen_by(cause: Cause) -> tuple[str, ...]:
    """The ways in which this cause can be found."""
    return tuple(WAYS[letter] for letter in MEANINGS[cause.id].seen_by)


@cache
def examples() -> dict[str, Any]:
    """By id an example from a fixture: its title, what was seen, its steps. Some causes have none."""
    loaded: dict[str, Any] = json.loads(EXAMPLES.read_text("utf-8"))
    return loaded


def _code_of(asked: str) -> Code | None:
    match = _CODE.fullmatch(asked)
    if match:
        return CODES.get(match[1].upper())
    match = _EXIT.fullmatch(asked)
    return CODES.get(f"exit {int(match[1])}") if match else None


def _not_known(word: str, asked: str) -> str:
    names = {name.lower(): name for name in (*_CAUSES, *FAMILIES, *CODES)}
    names |= {fault_of(cause): cause.id for cause in _CAUSES.values()}
    near = difflib.get_close_matches(asked, names, n=4, cutoff=0.5)
    found = ", ".join(dict.fromkeys(names[name] for name in near))
    shown = word if len(word) <= 60 else f"{word[:59]}…"
    told = f"No cause or code is named {shown!r}."
    return f"{told} Near to it: {found}." if found else f"{told} python -m diag explain lists them all."


def _code_json(code: Code) -> dict[str, Any]:
    return {
        "code": code.name,
        "title": code.title,
        "meaning": code.meaning,
        "look": list(code.look),
        "docs": code.docs,
        "causes": [cause.id for cause in behind(code)],
    }


def _cause_json(cause: Cause) -> dict[str, Any]:
    return {
        "cause": cause.id,
        "level": cause.level.word,
        "codes": list(cause.codes),
        "seen_by": list(seen_by(cause)),
        "meaning": MEANINGS[cause.id].text,
        "why": in_general(cause.why),
        "fix": [in_general(step) for step in cause.fix],
        "docs": cause.docs,
        "rivals": [{"cause": r.cause, "would_tell": r.would_tell} for r in cause.rivals],
        "example": examples().get(cause.id),
    }
