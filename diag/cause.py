"""A cause: an entry of the catalogue, data that says when it applies and what it tells.

Texts are templates over the values of the evidence: ``{variable}`` becomes the real name. A step of
`fix` whose placeholders the evidence can't fill is left out, so one cause can advise on variants.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from checks.evidence import Evidence, Level
from checks.facts import Fact


class Pattern:
    """A regular expression, compiled when it is first needed: most runs need few of the catalogue's."""

    __slots__ = ("_compiled", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled: re.Pattern[str] | None = None

    def search(self, text: str) -> re.Match[str] | None:
        """The first place in the text that it matches."""
        if self._compiled is None:
            self._compiled = re.compile(self.pattern)
        return self._compiled.search(text)


Matcher = str | tuple[str, ...] | Pattern


class Confidence(StrEnum):
    """How sure a diagnosis is."""

    CERTAIN = "certain"  # the evidence says so itself
    LIKELY = "likely"  # the facts fit and those of its rivals do not
    POSSIBLE = "possible"  # rivals remain


SURENESS = (Confidence.POSSIBLE, Confidence.LIKELY, Confidence.CERTAIN)  # from the least to the most


@dataclass(frozen=True, slots=True)
class Rival:
    """Another cause the same evidence fits, and what would tell them apart."""

    cause: str
    would_tell: str


class Seen:
    """A pattern over one piece of evidence.

    `facts` are the facts it may be; each keyword names a value that must be equal to a string, be
    one of several, or match a regular expression anywhere. A named group of an expression becomes
    a value for the texts. ``chain`` is matched against each exception of a chain. `confidence` is
    how sure this piece of evidence makes the cause, where that differs from `Cause.confidence`.
    """

    __slots__ = ("at_least", "confidence", "facts", "values")

    def __init__(
        self,
        *facts: Fact,
        at_least: Level = Level.INFO,
        confidence: Confidence | None = None,
        **values: Matcher,
    ) -> None:
        self.facts = frozenset(facts)
        self.at_least = at_least
        self.confidence = confidence
        self.values = values

    def match(self, evidence: Evidence) -> dict[str, str] | None:
        """The named groups when the evidence fits (maybe none), else None."""
        if evidence.fact not in self.facts or evidence.level < self.at_least:
            return None
        groups: dict[str, str] = {}
        for name, wanted in self.values.items():
            found = _value_match(evidence.values.get(name), wanted)
            if found is None:
                return None
            groups |= found
        return groups


def _value_match(value: object, wanted: Matcher) -> dict[str, str] | None:
    several = value if isinstance(value, tuple) else (value,)
    for each in several:
        if each is None:
            continue
        if isinstance(wanted, Pattern):
            match = wanted.search(str(each))
            if match:
                return {k: v for k, v in match.groupdict().items() if v is not None}
        elif str(each) in ((wanted,) if isinstance(wanted, str) else wanted):
            return {}
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One entry. There are few defaults on purpose: an author must answer every question.

    `id` is the contract and never reworded. `level` is the worst this cause can be; a diagnosis is
    never worse than its evidence. `over` names causes that are less exact and give way; a `general`
    one gives way to any other that explains the same evidence. `title_without` is the title where the
    evidence lacks the names that `title` wants: a log does not always tell them.
    """

    id: str
    level: Level
    codes: tuple[str, ...]
    title: str
    when: tuple[Seen, ...]
    why: str
    fix: tuple[str, ...]
    docs: str
    title_without: str = ""
    confidence: Confidence = Confidence.CERTAIN
    rivals: tuple[Rival, ...] = ()
    over: tuple[str, ...] = ()
    general: bool = False

    def match(self, evidence: Evidence) -> tuple[dict[str, Any], Confidence] | None:
        """Values for the texts and how sure it is, when this evidence points here; else None."""
        for seen in self.when:
            groups = seen.match(evidence)
            if groups is not None:
                return {**evidence.values, **groups}, seen.confidence or self.confidence
        return None


class _Values(string.Formatter):
    """Fills ``{name}`` and ``{name:.0f}``; no attribute or index access, for values are not ours."""

    def get_field(
        self,
        field_name: str,
        args: Sequence[Any],  # noqa: ARG002  the formatter's own signature
        kwargs: Mapping[str, Any],
    ) -> Any:
        value = kwargs[field_name]
        if value is None:
            raise KeyError(field_name)
        if isinstance(value, tuple):
            value = ", ".join(value)
        return value, field_name


_FORMATTER = _Values()


def fill(template: str, values: Mapping[str, Any]) -> str | None:
    """The template with its placeholders filled, or None when the values don't allow it."""
    try:
        return _FORMATTER.vformat(template, (), values)
    except (KeyError, ValueError, TypeError):
        return None


class _Lenient(_Values):
    """Shows … for what it can't fill."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        try:
            return super().get_field(field_name, args, kwargs)
        except (KeyError, TypeError):
            return "…", field_name

    def format_field(self, value: Any, format_spec: str) -> Any:
        try:
            return super().format_field(value, format_spec)
        except (ValueError, TypeError):
            return str(value)


_LENIENT = _Lenient()


def fill_all(template: str, values: Mapping[str, Any]) -> str:
    """The template with … where the values don't tell: a sentence that must stand either way."""
    return _LENIENT.vformat(template, (), values)
