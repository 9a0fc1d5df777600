"""What is printed from the catalogue: docs/causes.md, and the examples that `explain` shows.

``python -m tests.causes`` writes both anew; `tests/test_causes.py` checks that they are up to date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checks.evidence import Evidence, Result
from diag.catalogue import CATALOGUE
from diag.cause import Cause
from diag.diagnose import diagnose
from diag.explain import EXAMPLES, explain, family, in_general
from diag.meanings import FAMILIES, MEANINGS, WAYS
from diag.render.harmless import clipped, harmless
from diag.report import Diagnosis, Report
from tests.servers import ROOT

DOCUMENT = ROOT / "docs" / "causes.md"
FIXTURES = ROOT / "tests" / "fixtures"
SAW = 4
QUOTED = 160


def examples() -> dict[str, Any]:
    """By id what its first fixture shows: a log, what a check saw, or a project."""
    found = ((cause.id, example_of(cause.id)) for cause in explain().causes)
    return {id_: example for id_, example in found if example is not None}


def example_of(id_: str) -> dict[str, Any] | None:
    for path in fixtures_of(id_):
        first = next(iter(report_on(path).diagnoses), None)
        if first is not None and first.cause == id_:
            return as_example(first)
    return None


def fixtures_of(id_: str) -> Iterator[Path]:
    for path in (
        *sorted((FIXTURES / "logs" / id_).glob("*.log")),
        *sorted((FIXTURES / "causes" / id_).glob("*")),
        *sorted((FIXTURES / "projects" / id_).glob("*")),
    ):
        if path.suffix in {".log", ".json", ".txt"} and not path.name.startswith("near-"):
            yield path


def report_on(path: Path) -> Report:
    if path.suffix == ".log":
        from diag.logs import examine

        return examine([str(path)])
    if path.suffix == ".txt":
        from tests.preflight import report_on as report_on_project

        return report_on_project(path)
    evidence = tuple(Evidence.from_json(each) for each in json.loads(path.read_text("utf-8"))["evidence"])
    return diagnose([Result("check", evidence, 0.0)], CATALOGUE, "health", "")


def as_example(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "title": harmless(diagnosis.title),
        "confidence": diagnosis.confidence.value,
        "saw": [quoted(evidence) for evidence in diagnosis.evidence[:SAW]],
        "fix": [harmless(step) for step in diagnosis.fix],
    }


def quoted(evidence: Evidence) -> str:
    where = f"{evidence.where}   " if evidence.where else ""
    return where + clipped(harmless(evidence.text), QUOTED)


def document() -> str:
    """The whole of docs/causes.md."""
    return "\n".join(_document())


def _document() -> Iterator[str]:
    yield from (
        "# Causes",
        "",
        "Every failure that `diag` can name has one id, which lasts; `python -m diag explain ID` tells it",
        "with an example. A Heroku code (H10, R14) is a symptom: `python -m diag explain R14` has the causes",
        "behind it.",
        "",
        "`<name>` stands for what a report fills in from the app at hand; of the steps it prints those that",
        "apply. Seen by:",
        "",
        *(f"- {letter}: {way}" for letter, way in WAYS.items()),
        "",
        "`python -m tests.causes` prints this file from the catalogue.",
    )
    for name, headline in FAMILIES.items():
        yield from ("", f"## {name}: {headline}")
        for cause in family(name):
            yield from _section(cause)
    yield ""


def _section(cause: Cause) -> Iterator[str]:
    codes = ", ".join(cause.codes) or "no code"
    seen = " ".join(MEANINGS[cause.id].seen_by)
    yield from (
        "",
        f"### {cause.id}",
        "",
        f"It is this when {escaped(MEANINGS[cause.id].text)}",
        f"{cause.level.word} · {codes} · seen by {seen} · [docs]({cause.docs})",
        "",
        "```",
        *(f"{number}. {in_general(step)}" for number, step in enumerate(cause.fix, 1)),
        "```",
    )


def escaped(text: str) -> str:
    """Text with what Markdown would take for markup."""
    return "".join(f"\\{character}" if character in "\\`*_<>[]" else character for character in text)


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    EXAMPLES.write_text(as_json(examples()), "utf-8")
    DOCUMENT.write_text(document(), "utf-8")
