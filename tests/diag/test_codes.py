"""What the codes mean, and which causes stand behind them."""

from __future__ import annotations

import re

import pytest

from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.codes import CODES, Code
from diag.codes.dyno import DYNO
from diag.codes.exits import EXITS
from diag.codes.logging import LOGGING
from diag.codes.router import ROUTER
from diag.meanings import MEANINGS


def _name(code: Code) -> str:
    return code.name


HEROKUS = [code for code in CODES.values() if not code.name.startswith("exit ")]


def test_no_code_stands_there_twice() -> None:
    assert len(CODES) == len((*ROUTER, *DYNO, *LOGGING, *EXITS))


def test_every_code_that_a_log_tells_is_explained() -> None:
    told = {fact.value.removeprefix("log-").upper() for fact in Fact if re.fullmatch(r"log-[hrl]\d\d", fact)}
    assert told == {code.name for code in HEROKUS}


@pytest.mark.parametrize("code", CODES.values(), ids=_name)
def test_a_code_says_what_it_means_and_where_to_look(code: Code) -> None:
    assert code.meaning.endswith(".")
    assert len(code.meaning) <= 300
    assert code.look
    assert code.docs.startswith("https://devcenter.heroku.com/articles/")
    assert set(code.causes) <= set(MEANINGS)
    assert len(set(code.causes)) == len(code.causes)


def test_the_order_of_causes_names_every_cause_with_the_code() -> None:
    # What is missing would still be shown, but last, wherever it belongs.
    missing = [(code, c.id) for c in CATALOGUE for code in c.codes if c.id not in CODES[code].causes]
    assert missing == []


@pytest.mark.parametrize("code", [code for code in CODES.values() if "error-codes#" in code.docs], ids=_name)
def test_a_link_leads_to_the_code_itself(code: Code) -> None:
    assert code.docs.partition("#")[2].startswith(code.name.lower() + "-")
