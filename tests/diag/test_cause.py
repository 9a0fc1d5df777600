"""Causes: when one applies, and what it tells."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.cause import Cause, Confidence, Matcher, Pattern, Seen, fill, fill_all
from tests.checks.strategies import EVIDENCE


def saw(level: Level = Level.FAIL, **values: Value) -> Evidence:
    return Evidence(Fact.S3_OBJECT, level, "x", values=values)


def cause(*when: Seen, **more: Any) -> Cause:
    texts: dict[str, Any] = {"title": "t", "why": "w", "docs": "https://d"}
    return Cause(**({"id": "f/x", "level": Level.FAIL, "codes": (), "when": when, "fix": (), **texts} | more))


@pytest.mark.parametrize(
    ("pattern", "value", "groups"),
    [
        ("no-key", "no-key", {}),
        ("no-key", "no-key-at-all", None),
        ("no-key", None, None),
        (("no-key", "no-bucket"), "no-bucket", {}),
        (("no-key", "no-bucket"), "no", None),
        ("7", 7, {}),
        (Pattern("can't start"), "RuntimeError: can't start new thread", {}),
        (Pattern("^can't start"), "RuntimeError: can't start new thread", None),
        (Pattern(r"No module named '(?P<module>\w+)'"), "E: No module named 'cv2'", {"module": "cv2"}),
        (Pattern(r"a(?P<b>b)?(?P<c>c)"), "ac", {"c": "c"}),
        (Pattern(r"(?P<n>\d+)"), 42, {"n": "42"}),
        # Each exception of a chain is looked at by itself.
        (Pattern(r"^OSError"), ("KeyError: 1", "OSError: 2"), {}),
        (Pattern(r"KeyError.*OSError"), ("KeyError: 1", "OSError: 2"), None),
        ("OSError", ("KeyError", "OSError"), {}),
        (Pattern("."), (), None),
        (Pattern("."), "", None),
    ],
)
def test_a_value_fits_a_text_one_of_several_or_an_expression(
    pattern: Matcher, value: Value, groups: dict[str, str] | None
) -> None:
    assert Seen(Fact.S3_OBJECT, fault=pattern).match(saw(fault=value)) == groups


def test_every_value_must_fit_and_all_groups_are_kept() -> None:
    seen = Seen(Fact.S3_OBJECT, fault="denied", code=Pattern("(?P<a>A)"), key=Pattern("(?P<b>b)"))

    assert seen.match(saw(fault="denied", code="A", key="b")) == {"a": "A", "b": "b"}
    assert seen.match(saw(fault="denied", code="A", key="x")) is None
    assert seen.match(saw(fault="denied", code="A")) is None


def test_another_fact_does_not_fit() -> None:
    assert Seen(Fact.S3_CLOCK, Fact.S3_OBJECT).match(saw()) == {}
    assert Seen(Fact.S3_CLOCK).match(saw()) is None


@pytest.mark.parametrize(
    ("at_least", "fitting"),
    [
        (None, {Level.INFO, Level.WARN, Level.UNKNOWN, Level.FAIL}),  # good news never has a cause
        (Level.WARN, {Level.WARN, Level.UNKNOWN, Level.FAIL}),
        (Level.FAIL, {Level.FAIL}),
    ],
)
def test_the_level_decides_from_where_on_evidence_fits(at_least: Level | None, fitting: set[Level]) -> None:
    seen = Seen(Fact.S3_OBJECT) if at_least is None else Seen(Fact.S3_OBJECT, at_least=at_least)

    assert {level for level in Level if seen.match(saw(level)) is not None} == fitting


@given(EVIDENCE)
def test_any_evidence_can_be_looked_at(evidence: Evidence) -> None:
    anything = Pattern(r"(?P<some>\w)")

    groups = Seen(*Fact, fault=anything, chain=("a", "b"), level=anything).match(evidence)

    assert groups is None or set(groups) <= {"some"}


def test_the_first_pattern_that_fits_gives_the_values_and_they_win_over_the_evidences_own() -> None:
    entry = cause(
        Seen(Fact.S3_CLOCK),
        Seen(Fact.S3_OBJECT, text=Pattern("module (?P<module>[a-z]+)")),
        Seen(Fact.S3_OBJECT),
    )

    values, confidence = entry.match(saw(text="module a.b", module="a.b")) or ({}, None)
    assert (values, confidence) == ({"text": "module a.b", "module": "a"}, Confidence.CERTAIN)
    assert entry.match(saw(n=1)) == ({"n": 1}, Confidence.CERTAIN)
    assert entry.match(Evidence(Fact.S3_IDENTITY, Level.FAIL, "x")) is None


def test_a_cause_is_data_and_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        cause().title = "else"  # type: ignore[misc]


@pytest.mark.parametrize("absent", ["id", "level", "codes", "title", "when", "why", "fix", "docs"])
def test_an_author_must_answer_every_question(absent: str) -> None:
    entry = cause()
    answers = {f.name: getattr(entry, f.name) for f in dataclasses.fields(entry) if f.name != absent}

    with pytest.raises(TypeError, match=absent):
        Cause(**answers)


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("The bucket {bucket}.", {"bucket": "b"}, "The bucket b."),
        ("{mb:.0f} MB of {quota_mb:.0f}", {"mb": 590.4, "quota_mb": 512}, "590 MB of 512"),
        ("{names} is not set.", {"names": ("A", "B")}, "A, B is not set."),
        ("no placeholder", {}, "no placeholder"),
        ('app.json: {{"env": {{}}}}', {}, 'app.json: {"env": {}}'),
        ("{bucket}", {}, None),
        ("{bucket}", {"bucket": None}, None),
        ("{mb:.0f}", {"mb": "many"}, None),
        ("{0}", {"0": "x"}, "x"),
        ("{}", {"a": 1}, None),
        ("{bucket.__class__}", {"bucket": "b"}, None),
        ("{bucket[0]}", {"bucket": "b"}, None),
        ("{bucket!r}", {"bucket": "b"}, "'b'"),
        ("{bucket}", {"bucket": "{key}", "key": "secret"}, "{key}"),  # a value is never a template
    ],
)
def test_texts_are_filled_from_values_or_not_at_all(
    template: str, values: dict[str, Any], text: str | None
) -> None:
    assert fill(template, values) == text


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("The bucket {bucket}.", {"bucket": "b"}, "The bucket b."),
        ("The bucket {bucket} is in {region}.", {"bucket": "b"}, "The bucket b is in …."),
        ("{workers} hold {mb:.0f} MB", {"workers": 3}, "3 hold … MB"),
        ("{mb:.0f} MB", {"mb": "many"}, "many MB"),
        ("{mb:.0f} MB", {"mb": None}, "… MB"),
        ("{bucket.__class__}", {"bucket": "b"}, "…"),
        ("{names}", {"names": ("A", "B")}, "A, B"),
    ],
)
def test_a_sentence_that_must_stand_shows_dots_for_what_nobody_tells(
    template: str, values: dict[str, Any], text: str
) -> None:
    assert fill_all(template, values) == text


@given(
    st.dictionaries(st.sampled_from(["bucket", "mb", "names"]), st.one_of(st.none(), st.text(), st.floats()))
)
def test_whatever_the_values_are_a_sentence_has_no_placeholders_left(values: dict[str, Any]) -> None:
    text = fill_all("{bucket} {mb:.1f} {names}", values)

    for name, value in values.items():
        if isinstance(value, str):
            assert value in text
        assert f"{{{name}}}" not in text.replace(str(value), "")
