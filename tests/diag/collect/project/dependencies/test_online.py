"""What the index says today, as told by a program of the test: nothing is asked of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from diag.collect.project.dependencies import online
from diag.collect.project.dependencies.installers import Tried
from diag.collect.project.dependencies.online import Looked, check_online, look
from diag.collect.project.python.deployed import DeployedPython
from tests.diag.collect.project.dependencies.required import faults, required

UV_CONFLICT = """  × No solution found when resolving dependencies:
  ╰─▶ Because flask==2.3.2 depends on werkzeug>=2.3.3 and you require flask==2.3.2, we can
      conclude that you require werkzeug>=2.3.3.
      And because you require werkzeug==2.2.3, we can conclude that your requirements are
      unsatisfiable.
"""
UV_NO_FILE = """  × No solution found when resolving dependencies:
  ╰─▶ Because tensorflow==2.12.0 has no wheels with a matching Python ABI tag (e.g., `cp313`) and
      you require tensorflow==2.12.0, we can conclude that your requirements are unsatisfiable.
"""
UV_NO_NAME = """  × No solution found when resolving dependencies:
  ╰─▶ Because acme-zzz was not found in the package registry and you require acme-zzz, we can
      conclude that your requirements are unsatisfiable.
"""
UV_NO_VERSION = """  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of flask==3.0.99 and you require flask==3.0.99, we can conclude
      that your requirements are unsatisfiable.
"""
PIP_CONFLICT = """ERROR: Cannot install -r requirements.txt (line 1) and werkzeug==2.2.3 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested werkzeug==2.2.3
    flask 2.3.2 depends on Werkzeug>=2.3.3
"""
PIP_NO_FILE = """ERROR: Could not find a version that satisfies the requirement tensorflow==2.12.0 (from versions: 2.20.0rc0, 2.20.0)
ERROR: No matching distribution found for tensorflow==2.12.0
"""


def asked(
    monkeypatch: pytest.MonkeyPatch,
    *answers: Tried,
    lines: tuple[str, ...] = ("flask==2.3.2", "werkzeug==2.2.3"),
) -> tuple[Looked, list[list[str]]]:
    """What was found, and the lines of each question."""
    questions: list[list[str]] = []

    def resolved(lines: Sequence[str], *_: object, **_more: object) -> Tried:
        questions.append(list(lines))
        return answers[min(len(questions), len(answers)) - 1]

    monkeypatch.setattr(online, "resolved", resolved)
    monkeypatch.setattr(online, "versions", lambda *rest, **more: ["1.0"])
    return look(required(*lines), DeployedPython("3.13")), questions


def failed(program: str, output: str) -> Tried:
    return Tried(program, "failed", {}, output)


def test_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found, questions = asked(monkeypatch, Tried("uv", "done", {"Flask": "2.3.2", "click": "8.1.7"}))

    assert questions == [["flask==2.3.2", "werkzeug==2.2.3"]]
    assert [each.level.word for each in found.evidence] == ["ok"]
    assert found.exact is not None
    assert found.exact.is_locked
    assert {r.name: (r.version, r.direct) for r in found.exact} == {
        "flask": ("2.3.2", True),
        "click": ("8.1.7", False),
    }


@pytest.mark.parametrize(
    ("program", "output", "lines", "told"),
    [
        ("uv", UV_CONFLICT, ("flask==2.3.2", "werkzeug==2.2.3"), "fail certain conflict requirements.txt:1"),
        (
            "pip",
            PIP_CONFLICT,
            ("flask==2.3.2", "werkzeug==2.2.3"),
            "fail certain conflict requirements.txt:2",
        ),
        (
            "uv",
            UV_NO_FILE,
            ("flask", "tensorflow==2.12.0"),
            "fail certain tensorflow-no-wheel requirements.txt:2",
        ),
        (
            "pip",
            PIP_NO_FILE,
            ("flask", "tensorflow==2.12.0"),
            "fail certain tensorflow-no-wheel requirements.txt:2",
        ),
        ("uv", UV_NO_NAME, ("flask", "acme-zzz"), "fail certain no-matching-distribution requirements.txt:2"),
        ("uv", UV_NO_VERSION, ("flask==3.0.99",), "fail certain no-matching-distribution requirements.txt:1"),
    ],
)
def test_what_the_programs_say(
    monkeypatch: pytest.MonkeyPatch, program: str, output: str, lines: tuple[str, ...], told: str
) -> None:
    found, _ = asked(monkeypatch, failed(program, output), lines=lines)

    assert faults(list(found.evidence)) == [told]
    assert found.exact is None
    assert "(line 1)" not in found.evidence[0].text


def test_what_has_source_only_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    no_wheel = failed("pip", "ERROR: No matching distribution found for psycopg2==2.9.9\n")
    done = Tried("pip", "done", {"flask": "3.0.0"})
    found, questions = asked(monkeypatch, no_wheel, done, lines=("flask", "psycopg2==2.9.9"))

    assert questions == [["flask", "psycopg2==2.9.9"], ["flask"]]
    assert faults(list(found.evidence)) == [
        "info certain left-out requirements.txt:2",
        "ok certain resolved requirements.txt",
    ]


def test_no_answer_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = asked(monkeypatch, Tried("uv", "late", {}, "error: no network"))

    assert faults(list(found.evidence)) == ["unknown possible unanswered requirements.txt"]
    assert "no network" in found.evidence[0].text


def test_requirements_by_url_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("flask", "acme @ https://user:secret@example.com/acme.zip")
    found, questions = asked(monkeypatch, Tried("uv", "done", {"flask": "3.0.0"}), lines=lines)

    assert questions == [["flask"]]
    assert "secret" not in found.evidence[0].text
    assert faults(list(found.evidence), "left-out") == ["info certain left-out requirements.txt:2"]


def test_nothing_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    found, questions = asked(monkeypatch, Tried("uv", "done", {}), lines=())

    assert (found, questions) == (Looked(()), [])


def checked(monkeypatch: pytest.MonkeyPatch, tried: Tried, *lines: str) -> list[str]:
    monkeypatch.setattr(online, "resolved", lambda lines, python, **rest: tried)
    return faults(list(check_online(required(*lines), DeployedPython("3.12")).evidence))


def test_the_rules_hold_for_what_is_taken_today(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {"flask": "3.0.0", "flask-login": "0.6.0", "werkzeug": "3.0.1"}
    found = checked(monkeypatch, Tried("uv", "done", taken), "flask", "flask-login")

    assert "fail likely flask-addon requirements.txt:2" in found
    assert "warn certain unpinned requirements.txt:1" in found


def test_what_is_left_out_of_the_question_is_still_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {"flask": "3.0.0"}
    lines = ("flask==3.0.0", "opencv-python @ https://example.com/opencv_python-4.10.0.84.zip")

    assert "fail likely shared-library requirements.txt:2" in checked(
        monkeypatch, Tried("uv", "done", taken), *lines
    )


def test_without_an_answer_the_table_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checked(monkeypatch, Tried("uv", "late", {}, "no network"), "flask", "tensorflow==2.12.0")

    assert "unknown possible unanswered requirements.txt" in found
    assert "fail certain tensorflow-no-wheel requirements.txt:2" in found


def test_the_same_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("flask==2.3.2", "werkzeug==2.2.3")
    found = checked(monkeypatch, failed("uv", UV_CONFLICT), *lines)

    assert [each for each in found if " conflict " in each] == ["fail certain conflict requirements.txt:1"]


def test_an_index_of_ones_own_is_not_held_against_pypi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "resolved", lambda lines, python, **rest: failed("uv", UV_NO_NAME))
    requirements = replace(required("flask", "acme-zzz"), other_index="requirements.txt:1")

    assert faults(list(look(requirements, DeployedPython("3.12")).evidence)) == [
        "unknown possible unanswered requirements.txt:1"
    ]
