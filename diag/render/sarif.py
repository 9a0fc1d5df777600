"""The report as SARIF 2.1.0, which code scanning shows at the lines that are meant.

What GitHub asks for is in its docs under "SARIF support for code scanning"; where SARIF leaves a choice, its
choice is taken here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import metadata
from typing import Any
from urllib.parse import quote

from checks.evidence import Evidence, Level
from diag.catalogue import CATALOGUE
from diag.cause import Cause, Confidence
from diag.explain import in_general
from diag.meanings import MEANINGS
from diag.render.harmless import clipped, harmless
from diag.render.places import Place, place_of
from diag.report import Diagnosis, Report, Silenced

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
DESCRIBED = 1024  # characters of a description that GitHub takes
_LEVEL = {Level.FAIL: "error", Level.UNKNOWN: "warning", Level.WARN: "warning"}
_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
_PRECISION = {Confidence.CERTAIN: "very-high", Confidence.LIKELY: "high", Confidence.POSSIBLE: "medium"}
_WAYS = {"preflight": "P", "doctor": "PC"}  # of `diag.meanings`: what a command could have found
# One result without a location makes GitHub refuse the whole file (github/codeql-action#2459). So what is in
# no file, such as a file that is missing, stands where it would be mended.
_MENDED_IN = {"build": "requirements.txt", "dependency": "requirements.txt", "python": ".python-version"}
_ELSE_MENDED_IN = "Procfile"
_NUMBER = re.compile(r"(?<=:)[0-9]+|(?<=\bline )[0-9]+")
_CAUSES = {cause.id: cause for cause in CATALOGUE}


def draw(report: Report, folder: str = "", *, with_silenced: bool = True) -> str:
    """One SARIF document. `folder` is where the project lies in its repository: empty, or ``web/``.

    What the project silences is among the results, as suppressed, unless `with_silenced` is False.
    """
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, folder, with_silenced)]}
    return json.dumps(document, indent=2) + "\n"


def _run(report: Report, folder: str, with_silenced: bool) -> dict[str, Any]:
    found = [result for diagnosis in report.diagnoses for result in _results(diagnosis, folder)]
    found += [_loose(evidence, folder) for evidence in report.unexplained]
    if with_silenced:
        found += [_suppressed(silenced, folder) for silenced in report.silenced]
    rules = _rules(report.kind, dict.fromkeys(result["ruleId"] for result in found))
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    run: dict[str, Any] = {
        "tool": {"driver": _driver(rules)},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [{**result, "ruleIndex": index[result["ruleId"]]} for result in _told_apart(found)],
    }
    if report.notes:
        notes = [{"level": "note", "message": {"text": _text(note)}} for note in report.notes]
        run["invocations"][0]["toolExecutionNotifications"] = notes
    return run


def _driver(rules: list[dict[str, Any]]) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "diag"}
    try:
        about = metadata.metadata("dyno-diag")
    except metadata.PackageNotFoundError:  # run from a checkout
        return driver | {"rules": rules}
    driver["version"] = about["Version"]
    urls = dict(url.split(", ", 1) for url in about.get_all("Project-URL") or () if ", " in url)
    if "Homepage" in urls:
        driver["informationUri"] = urls["Homepage"]
    return driver | {"rules": rules}


def _rules(kind: str, used: Iterable[str]) -> list[dict[str, Any]]:
    """All that the command could have found, so that what is gone counts as mended, and what it found."""
    ways = set(_WAYS.get(kind, ""))
    possible = (cause.id for cause in CATALOGUE if ways.intersection(MEANINGS[cause.id].seen_by))
    ids = dict.fromkeys((*possible, *used))
    return [_rule(_CAUSES[id_]) if id_ in _CAUSES else _rule_without_cause(id_) for id_ in ids]


def _rule(cause: Cause) -> dict[str, Any]:
    family, _, _ = cause.id.partition("/")
    meaning = MEANINGS[cause.id].text
    steps = [f"{number}. {in_general(step)}" for number, step in enumerate(cause.fix, 1)]
    why = in_general(cause.why)
    level = _LEVEL.get(cause.level, "note")
    return {
        "id": cause.id,
        "name": "".join(word.capitalize() for word in re.split(r"\W+", cause.id)),
        "shortDescription": {"text": meaning[0].upper() + meaning[1:]},
        "fullDescription": {"text": clipped(why, DESCRIBED)},
        "help": {
            "text": "\n".join((why, *steps, cause.docs)),
            "markdown": "\n".join((_escaped(why), "", "```", *steps, "```", "", f"[docs]({cause.docs})")),
        },
        "helpUri": cause.docs,
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["heroku", family, *cause.codes],
            "precision": _PRECISION[cause.confidence],
            "problem.severity": _SEVERITY[level],
        },
    }


def _rule_without_cause(fact: str) -> dict[str, Any]:
    told = "A finding for which there is no known cause."
    return {
        "id": fact,
        "name": "".join(word.capitalize() for word in fact.split("-")),
        "shortDescription": {"text": told},
        "fullDescription": {"text": told},
        "help": {"text": told},
        "properties": {"tags": ["heroku"]},
    }


def _results(diagnosis: Diagnosis, folder: str) -> Iterator[dict[str, Any]]:
    """One result for each place of the evidence; one where the fault would be mended if there is none."""
    at: dict[Place, Evidence] = {}
    nowhere = []
    for evidence in diagnosis.evidence:
        place = place_of(evidence, folder)
        if place is None:
            nowhere.append(evidence.text)
        else:
            at.setdefault(place, evidence)
    for place, evidence in at.items():
        yield _result(diagnosis, place, evidence, (evidence.text, *nowhere))
    if not at:
        family, _, _ = diagnosis.cause.partition("/")
        mended = replace(diagnosis.evidence[0], where=_MENDED_IN.get(family, _ELSE_MENDED_IN) + ":1")
        yield _result(diagnosis, place_of(mended, folder) or Place(_ELSE_MENDED_IN), mended, tuple(nowhere))


def _result(diagnosis: Diagnosis, place: Place, evidence: Evidence, saw: tuple[str, ...]) -> dict[str, Any]:
    sure = "" if diagnosis.confidence is Confidence.CERTAIN else f" ({diagnosis.confidence.value})"
    steps = [f"{number}. {step}" for number, step in enumerate(diagnosis.fix, 1)]
    lines = (diagnosis.title + sure, *saw, *steps)
    return {
        "ruleId": diagnosis.cause,
        "level": _LEVEL.get(min(diagnosis.level, evidence.level), "note"),
        "message": {"text": "\n".join(map(_text, lines))},
        "locations": [_location(place)],
        "partialFingerprints": {"diag/v1": _fingerprint(diagnosis.cause, place, evidence)},
        "properties": {"confidence": diagnosis.confidence.value},
    }


def _loose(evidence: Evidence, folder: str) -> dict[str, Any]:
    place = place_of(evidence, folder) or place_of(replace(evidence, where=f"{_ELSE_MENDED_IN}:1"), folder)
    return {
        "ruleId": evidence.fact.value,
        "level": _LEVEL.get(evidence.level, "note"),
        "message": {"text": _text(evidence.text) or evidence.fact.value},
        "locations": [_location(place or Place(_ELSE_MENDED_IN))],
        "partialFingerprints": {
            "diag/v1": _fingerprint(evidence.fact.value, place or Place(_ELSE_MENDED_IN), evidence)
        },
    }


def _suppressed(silenced: Silenced, folder: str) -> dict[str, Any]:
    result = next(_results(silenced.diagnosis, folder))
    in_its_file = silenced.told.rpartition(":")[0] == silenced.evidence.where.rpartition(":")[0]
    suppression = {"kind": "inSource" if in_its_file else "external", "status": "accepted"}
    if silenced.reason:
        suppression["justification"] = _text(silenced.reason)
    return result | {"suppressions": [suppression]}


def _location(place: Place) -> dict[str, Any]:
    try:
        path = place.path.encode("utf-8", "surrogateescape")  # the bytes of the name
    except UnicodeEncodeError:
        path = place.path.encode("utf-8", "replace")
    artifact = {"uri": quote(path), "uriBaseId": ROOT}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": place.line or 1}}}


def _fingerprint(cause: str, place: Place, evidence: Evidence) -> str:
    """The same wherever the line moves within its file.

    GitHub's own ``primaryLocationLineHash`` is left to its upload, which warns of any other value.
    """
    said = _NUMBER.sub("", evidence.text)
    parts = (cause, place.path, evidence.fact.value, str(evidence.values.get("fault")), said)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _told_apart(results: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same said twice of one file is two results: they are numbered."""
    seen: Counter[str] = Counter()
    for result in results:
        same = result["partialFingerprints"]["diag/v1"]
        seen[same] += 1
        yield result | {"partialFingerprints": {"diag/v1": f"{same}:{seen[same]}"}}


def _text(text: str) -> str:
    """Text on one line in which nothing acts; what looks like a link is none."""
    return harmless(text).replace("](", "] (")


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", text)
