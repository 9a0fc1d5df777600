"""Our own lines, written by the code that writes them on a dyno, read back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from checks.evidence import Evidence, Level, Result, Value
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.collect.logs.line import Line
from diag.collect.logs.own import Own
from diag.diagnose import diagnose
from tests.servers import PLAIN_ENV, ROOT

PROGRAM = """
from checks.evidence import Evidence, Level, Result, Value
from checks.facts import Fact
from diag.announce import announce, explain
text = 'It listens on "127.0.0.1:5000", not = everywhere \\\\ here.'
found = Evidence(Fact.PORT_LISTENER, Level.FAIL, text, "pid 4",
                 values={"address": "127.0.0.1", "port": 5000, "fault": "localhost"})
for diagnosis in explain([Result("port", (found,), 0.0)]):
    announce(diagnosis)
"""


def written(form: str) -> str:
    env = {**PLAIN_ENV, "LOG_FORMAT": form}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stderr.strip()


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_diagnosis_is_read_back_word_for_word(form: str) -> None:
    own = Own()

    assert own.read(Line(3, 5.0, "app", "web.1", written(form)))

    (evidence,) = own.evidence()
    values: dict[str, Value] = {"address": "127.0.0.1", "port": 5000, "fault": "localhost"}
    seen = Evidence(Fact.PORT_LISTENER, Level.FAIL, "", values=values)
    (cause,) = diagnose([Result("port", (seen,), 0.0)], CATALOGUE, "doctor", "").diagnoses
    assert evidence.values["cause"] == cause.cause == "port/bound-to-localhost"
    assert evidence.level is Level.FAIL
    assert 'It listens on "127.0.0.1:5000", not = everywhere \\ here.' in evidence.text
    assert evidence.values["fix"] == cause.fix
    assert (evidence.where, evidence.at, evidence.values["dyno"]) == ("line 3", 5.0, "web.1")


def line(text: str, number: int = 1) -> Line:
    return Line(number, None, "app", "web.1", text)


DIAGNOSIS = 'at=error event=diagnosis cause=memory/leak level=fail confidence=likely title="It grows"'


def test_the_same_again_is_counted() -> None:
    own = Own()
    for number in (1, 2, 3):
        own.read(line(DIAGNOSIS, number))
    (evidence,) = own.evidence()
    assert (evidence.values["count"], evidence.values["number"], evidence.values["last"]) == (3, 1, 3)


def test_what_is_resolved_is_no_failure() -> None:
    own = Own()
    own.read(line(DIAGNOSIS))
    own.read(line("at=info event=resolved cause=memory/leak", 2))
    (evidence,) = own.evidence()
    assert evidence.level is Level.WARN
    assert evidence.values["resolved"] is True


@pytest.mark.parametrize(
    "text",
    [
        "at=info method=GET path=/ status=200",
        "at=error event=payment cause=card/declined level=fail",
        "at=error event=diagnosis cause=../../etc level=fail",
        "at=error event=diagnosis cause=memory/leak level=purple",
        '{"event": "diagnosis", "at": "error"}',
        '{"event": ' + "[" * 10_000,
        "at=" + 'a="' * 10_000,
        "",
    ],
)
def test_lines_of_others_are_not_ours(text: str) -> None:
    own = Own()
    assert not own.read(line(text))
    assert own.evidence() == []


def test_what_is_kept_is_bounded() -> None:
    own = Own()
    for number in range(1000):
        own.read(line(f"at=error event=diagnosis cause=memory/leak-{number} level=fail"))
    assert len(own.evidence()) <= 40
