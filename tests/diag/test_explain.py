"""What `explain` finds, and how it reads."""

from __future__ import annotations

import json

import pytest

from diag.catalogue import CATALOGUE
from diag.codes import CODES
from diag.explain import Unknown, examples, explain, in_general
from diag.meanings import FAMILIES
from diag.render.explained import draw

EVERY = [cause.id for cause in CATALOGUE]


@pytest.mark.parametrize(
    ("word", "kind", "subject"),
    [
        ("", "all", ""),
        ("R14", "code", "R14"),
        ("r14", "code", "R14"),
        (" h10 ", "code", "H10"),
        ("code=H10", "code", "H10"),
        ("Error R10", "code", "R10"),
        ("L11", "code", "L11"),
        ("137", "code", "exit 137"),
        ("exit 137", "code", "exit 137"),
        ("Process exited with status 3", "code", "exit 3"),
        ("exit code 0", "code", "exit 0"),
        ("memory", "family", "memory"),
        ("PORT", "family", "port"),
        ("port/", "family", "port"),
        ("port/bound-to-localhost", "cause", "port/bound-to-localhost"),
        ("Port/Bound-To-Localhost", "cause", "port/bound-to-localhost"),
        ("bound-to-localhost", "cause", "port/bound-to-localhost"),
    ],
)
def test_a_name_is_found_in_any_case(word: str, kind: str, subject: str) -> None:
    found = explain(word)
    assert (found.kind, found.subject) == (kind, subject)


@pytest.mark.parametrize(
    "word", ["R98", "999", "exit", "nonsense", "port/no-such-fault", "\x1b[31m", "x" * 5000]
)
def test_what_is_not_known_is_refused(word: str) -> None:
    with pytest.raises(Unknown) as refused:
        explain(word)
    assert len(str(refused.value)) < 300
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("R41", "R14"),
        ("port/bound-to-localhos", "port/bound-to-localhost"),
        ("bound-localhost", "port/bound-to-localhost"),
        ("memroy", "memory"),
        ("exit 138", "exit 137"),
    ],
)
def test_it_says_what_is_near(word: str, near: str) -> None:
    with pytest.raises(Unknown, match=f"Near to it: .*{near}"):
        explain(word)


def test_a_name_that_two_families_have_is_both() -> None:
    found = explain("download-failed")
    assert [cause.id for cause in found.causes] == ["build/download-failed", "model/download-failed"]
    assert draw(found, 100).count("download-failed") == 2


def test_all_of_it_is_every_cause_and_code_once() -> None:
    everything = explain()
    assert sorted(cause.id for cause in everything.causes) == sorted(EVERY)
    assert [code.name for code in everything.codes] == list(CODES)
    assert sum(len(explain(name).causes) for name in FAMILIES) == len(EVERY)


@pytest.mark.parametrize("name", CODES)
def test_a_code_has_its_causes_in_its_own_order(name: str) -> None:
    found = [cause.id for cause in explain(name).causes]
    here = [id_ for id_ in CODES[name].causes if id_ in EVERY]
    assert found[: len(here)] == here
    assert set(found[len(here) :]) == {c.id for c in CATALOGUE if name in c.codes} - set(here)


@pytest.mark.parametrize("word", ["", *EVERY, *CODES, *FAMILIES])
def test_json_has_the_schema_and_every_list(word: str) -> None:
    data = json.loads(json.dumps(explain(word).to_json()))
    assert data.keys() == {"schema", "kind", "subject", "codes", "causes"}
    assert data["schema"] == "diag.explain/1"
    for code in data["codes"]:
        assert code.keys() == {"code", "title", "meaning", "look", "docs", "causes"}
    for cause in data["causes"]:
        assert cause.keys() == {
            "cause", "level", "codes", "seen_by", "meaning", "why", "fix", "docs", "rivals", "example",
        }  # fmt: skip
        assert "{" not in cause["why"]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100])
@pytest.mark.parametrize("word", ["", "H10", "exit 137", "port", "port/bound-to-localhost"])
def test_no_line_is_wider_than_it_may_be(word: str, width: int) -> None:
    for line in draw(explain(word), width).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("id_", EVERY)
def test_a_cause_is_told_whole(id_: str) -> None:
    drawn = "".join(draw(explain(id_), 200).split())
    cause = next(c for c in CATALOGUE if c.id == id_)
    for text in (id_, in_general(cause.why), *map(in_general, cause.fix), cause.docs, *cause.codes):
        assert "".join(text.split()) in drawn


def test_a_value_of_an_app_is_shown_by_its_name() -> None:
    assert (
        in_general("{percent:.1f} % of {quota_mb:.0f} MB, {module}")
        == "<percent> % of <quota_mb> MB, <module>"
    )
    assert in_general('In code: {"a": 1} and {}') == 'In code: {"a": 1} and {}'


def test_an_example_is_told_with_what_was_seen() -> None:
    id_ = next(id_ for id_ in EVERY if id_ in examples())
    drawn = "".join(draw(explain(id_), 200).split())
    for text in (examples()[id_]["title"], *examples()[id_]["saw"], *examples()[id_]["fix"]):
        assert "".join(text.split()) in drawn


def test_the_most_frequent_cause_stands_first() -> None:
    lines = draw(explain("H10")).splitlines()
    first = lines.index("Behind it, most frequent first:") + 1
    assert "dependency/module-not-found" in lines[first]
