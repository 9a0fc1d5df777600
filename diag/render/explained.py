"""What `diag.explain` found, as text. Without rich: it would take longer to import than all the rest."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from diag.cause import Cause
from diag.codes import Code
from diag.explain import Explained, examples, family, in_general, seen_by
from diag.meanings import FAMILIES, MEANINGS

WIDEST = 100
NARROW = 70
ID_COLUMN = 38
LABEL = 8


def draw(found: Explained, width: int | None = None) -> str:
    """Plain text within `width` columns; those of the terminal, at most 100, unless told."""
    if width is None:
        columns = shutil.get_terminal_size((WIDEST, 24)).columns if sys.stdout.isatty() else WIDEST
        width = min(columns, WIDEST)
    return "".join(f"{line}\n" for line in _lines(found, max(width, 30)))


def _lines(found: Explained, width: int) -> Iterator[str]:
    if found.kind == "cause":
        yield from _cause(found.causes[0], width)
    elif found.kind == "code":
        yield from _code(found.codes[0], found.causes, width)
    elif found.kind == "family":
        yield from _family(found.subject, width)
    elif found.kind == "causes":
        yield from _list(found.causes, width)
    else:
        yield from _all(found, width)


def _all(found: Explained, width: int) -> Iterator[str]:
    for name in FAMILIES:
        yield from _family(name, width)
        yield ""
    yield "codes and exit statuses"
    for code in found.codes:
        yield from _beside(f"  {code.name}", 12, code.title, width)
    yield ""
    yield from _wrapped("More on one: python -m diag explain ID or CODE", width)


def _family(name: str, width: int) -> Iterator[str]:
    yield from _wrapped(f"{name}: {FAMILIES[name]}", width)
    yield from _list(family(name), width)


def _list(causes: Iterable[Cause], width: int) -> Iterator[str]:
    for cause in causes:
        codes = f" ({', '.join(cause.codes)})" if cause.codes else ""
        text = f"{MEANINGS[cause.id].text.removesuffix('.')}{codes}"
        yield from _beside(f"  {cause.level.word:<4}  {cause.id}", ID_COLUMN + 8, text, width)


def _code(code: Code, causes: tuple[Cause, ...], width: int) -> Iterator[str]:
    yield from _wrapped(f"{code.name}  {code.title}", width)
    yield from _wrapped(code.meaning, width)
    yield ""
    yield from _rows("look", code.look, width)
    yield from _rows("docs", (code.docs,), width)
    if causes:
        yield ""
        order = ", most frequent first" if len(causes) > 1 else ""
        yield from _wrapped(f"Behind it{order}:", width)
        yield from _list(causes, width)


def _cause(cause: Cause, width: int) -> Iterator[str]:
    shows = f"Heroku shows {_joined(cause.codes, 'or')}" if cause.codes else "Heroku shows no code"
    yield from _wrapped(f"{cause.level.word.upper()}  {cause.id}", width)
    yield from _wrapped(f"It is this when {MEANINGS[cause.id].text}", width)
    yield from _wrapped(f"{shows}. Seen by {_joined(seen_by(cause), 'and')}.", width)
    yield ""
    yield from _rows("why", (in_general(cause.why),), width)
    yield from _rows("fix", _numbered(in_general(step) for step in cause.fix), width)
    rivals = [f"{rival.cause}; this would tell: {rival.would_tell}" for rival in cause.rivals]
    yield from _rows("or", rivals, width)
    yield from _rows("docs", (cause.docs,), width)
    if any(in_general(step) != step for step in cause.fix):
        yield ""
        yield from _wrapped(
            "A report fills in what stands in <…>, and leaves out what does not apply.", width
        )
    example = examples().get(cause.id)
    if example is not None:
        yield ""
        yield from _example(example, width)


def _example(example: dict[str, Any], width: int) -> Iterator[str]:
    sure = "" if example["confidence"] == "certain" else f" ({example['confidence']})"
    yield from _wrapped(f"For example: {example['title']}{sure}", width)
    for seen in example["saw"]:
        yield from _rows("saw", (seen,), width)
    yield from _rows("fix", _numbered(example["fix"]), width)


def _numbered(steps: Iterable[str]) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, 1)]


def _joined(words: tuple[str, ...], last: str) -> str:
    return f" {last} ".join(", ".join(words).rsplit(", ", 1))


def _rows(label: str, texts: Iterable[str], width: int) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield from _beside(f"  {label}" if number == 0 else "", LABEL, text, width)


def _beside(left: str, indent: int, text: str, width: int) -> Iterator[str]:
    """The text in a column to the right; below, where the terminal is too narrow for two."""
    if width < NARROW and indent > LABEL:
        yield from _wrapped(left, width)
        left, indent = "", LABEL
    lines = _wrapped(text, width - indent)
    for number, line in enumerate(lines):
        yield f"{left if number == 0 else '':<{indent}}{line}".rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    # Commands and addresses are to be pasted: they are broken only where they would not fit at all.
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
