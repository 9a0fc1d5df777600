"""Whole logs: each fixture is a log as somebody would paste it, with the cause that stands behind it.

`python -m tests.logs` writes the expected texts (NAME.txt) anew; read the difference before committing it.
"""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from checks.evidence import Level
from diag.collect.logs.source import blocks
from diag.logs import Unreadable, examine, examine_blocks
from diag.meanings import MEANINGS
from diag.report import Report
from tests.logs import CASES, draw, expected_text, name_of, report_on

MACHINE = re.compile(r"pyenv|/root/|\.venv/3")


def about(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return loaded


def failing(report: Report) -> list[str]:
    return [d.cause for d in report.diagnoses if d.level is Level.FAIL] + [
        e.text for e in report.unexplained if e.level is Level.FAIL
    ]


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_a_log_has_its_cause_first(path: Path) -> None:
    report, wanted = report_on(path), about(path)

    first = report.diagnoses[0] if report.diagnoses else None
    assert (first.cause if first else None) == wanted["first"]
    if first is not None:
        if wanted.get("confidence"):
            assert first.confidence.value == wanted["confidence"]
        if wanted.get("level"):
            assert first.level.word == wanted["level"]


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_a_near_miss_is_not_taken_for_the_cause_it_resembles(path: Path) -> None:
    cause = f"{path.parent.parent.name}/{path.parent.name}"
    # Some resemble it so much that it stays possible, and the fixture says so.
    if path.stem.startswith("near-") and about(path)["first"] != cause:
        assert cause not in [d.cause for d in report_on(path).diagnoses if d.level is Level.FAIL]


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_the_whole_text(path: Path) -> None:
    assert draw(report_on(path)) == expected_text(path)


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_a_fixture_tells_nothing_of_the_machine_it_was_made_on(path: Path) -> None:
    assert not MACHINE.search(path.read_bytes().decode("utf-8", "replace"))
    assert about(path)["made_with"]


def test_each_cause_that_a_log_can_show_has_two_logs() -> None:
    seen = Counter(about(p)["first"] for p in CASES if not p.stem.startswith("near-"))
    in_logs = {id_ for id_, meaning in MEANINGS.items() if "L" in meaning.seen_by}
    assert {id_ for id_ in in_logs if seen[id_] < 2} == set()


def test_several_files_are_one_log(tmp_path: Path) -> None:
    whole = next(p for p in CASES if len(p.read_bytes().splitlines()) > 20)
    lines = whole.read_bytes().splitlines(keepends=True)
    (tmp_path / "a.log").write_bytes(b"".join(lines[:10]))
    (tmp_path / "b.log").write_bytes(b"".join(lines[10:]))

    report = examine([str(tmp_path / "a.log"), str(tmp_path / "b.log")])

    assert [d.cause for d in report.diagnoses] == [d.cause for d in report_on(whole).diagnoses]
    assert report.subject == "a.log, b.log"


@pytest.mark.parametrize("name", ["missing.log", "."])
def test_what_cannot_be_read_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="can't be read"):
        examine([str(tmp_path / name)])


@pytest.mark.parametrize("data", [b"", b"\n\n\n", b"\xff\xfe\x00", b"hello\n", bytes(range(256)) * 50])
def test_what_is_no_log_has_no_failure(data: bytes) -> None:
    assert failing(examine_blocks(blocks(io.BytesIO(data)))) == []


def test_every_line_is_counted() -> None:
    report = examine_blocks([b"2026-11-20T14:02:11.000000+00:00 app[web.1]: x\n" * 3, b"what is this\n"])

    assert report.notes[0].startswith("4 lines read")
