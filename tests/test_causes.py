"""The catalogue is complete, and what is printed from it is up to date."""

from __future__ import annotations

import json

import pytest

from diag.catalogue import CATALOGUE
from diag.explain import EXAMPLES
from diag.meanings import FAMILIES, MEANINGS, WAYS
from tests.causes import DOCUMENT, as_json, document, example_of, examples, fixtures_of
from tests.servers import ROOT

IDS = (ROOT / "tests" / "ids.txt").read_text().split()
STALE = "python -m tests.causes writes it anew"


def test_every_id_that_was_ever_given_is_there_once() -> None:
    assert sorted(cause.id for cause in CATALOGUE) == sorted(IDS)


def test_every_id_has_a_meaning_and_a_family() -> None:
    assert set(MEANINGS) >= {cause.id for cause in CATALOGUE}
    assert list(MEANINGS) == IDS
    assert list(dict.fromkeys(id_.partition("/")[0] for id_ in IDS)) == list(FAMILIES)


@pytest.mark.parametrize("id_", IDS)
def test_a_meaning_is_a_sentence_that_goes_on_after_when(id_: str) -> None:
    seen_by, text = MEANINGS[id_]
    assert text.endswith(".")
    assert ". " not in text.replace("e.g. ", "")
    assert len(text) <= 110
    assert "{" not in text
    assert seen_by
    assert list(seen_by) == [letter for letter in WAYS if letter in seen_by]


def test_docs_causes_md_is_what_the_catalogue_prints() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), STALE


def test_the_examples_are_what_the_fixtures_show() -> None:
    assert EXAMPLES.read_text("utf-8") == as_json(examples()), STALE


def test_the_examples_are_small() -> None:
    assert EXAMPLES.stat().st_size < 300_000


@pytest.mark.parametrize("id_", [id_ for id_ in IDS if list(fixtures_of(id_))])
def test_a_cause_with_a_fixture_has_an_example(id_: str) -> None:
    assert example_of(id_) is not None


@pytest.mark.parametrize("id_", sorted(json.loads(EXAMPLES.read_text("utf-8"))))
def test_an_example_has_something_seen_and_something_to_do(id_: str) -> None:
    example = json.loads(EXAMPLES.read_text("utf-8"))[id_]
    assert example["saw"]
    assert example["fix"]
    assert "…" not in example["title"]
