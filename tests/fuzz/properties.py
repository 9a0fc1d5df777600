"""What holds for a report on any log whatever."""

from __future__ import annotations

import io
import json
import re
import time
import unicodedata
import zlib
from typing import Any

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.cause import Confidence
from diag.collect.logs.masks import Masks
from diag.collect.logs.source import blocks
from diag.follow import Follower
from diag.logs import examine_blocks
from diag.masked import masked
from diag.render import github, summary, text
from diag.render import json as as_json
from diag.report import Report

SECONDS, SECONDS_PER_MB = 1.0, 4.0  # CPU time, ten times what the worst of our own logs takes
PIECES = 60  # at most: a report is made for some of them
CAUSES = {cause.id for cause in CATALOGUE}
LEVELS = {level.word for level in Level}
FACTS = {fact.value for fact in Fact}


def check(data: bytes) -> Report | None:
    """Read the log, draw its report in all forms, and raise AssertionError when a property does not hold.

    None when the bytes can't be read at all, which the reader says by an error of its own.
    """
    began = time.process_time()
    try:
        pieces = list(blocks(io.BytesIO(data)))
    except (EOFError, OSError, zlib.error):
        return None
    report = examine_blocks(pieces)
    drawn = _drawn(report)
    took = time.process_time() - began
    size = sum(map(len, pieces)) / 1e6
    assert took < SECONDS + SECONDS_PER_MB * size, f"{took:.1f} s for {size:.2f} MB"
    _is_harmless(drawn)
    _is_of_the_schema(json.loads(as_json.draw(report), parse_constant=_no_constant))
    assert masked(report, Masks()) == report, "masking what is masked changes it"
    return report


def check_in_pieces(data: bytes) -> None:
    """What comes in small pieces, as from a pipe, is read as if it came at once."""
    try:
        whole = examine_blocks(blocks(io.BytesIO(data)))
        follower = Follower("log", lambda _: None)
        for now, block in enumerate(blocks(_Dribble(data))):
            follower.read(block, now * 0.1)
    except (EOFError, OSError, zlib.error):
        return
    follower.story.end()
    in_pieces = follower.report()
    assert in_pieces.diagnoses == whole.diagnoses, "in pieces it has other causes"
    assert in_pieces.unexplained == whole.unexplained, "in pieces other things are unexplained"
    assert _counts(in_pieces) == _counts(whole), "in pieces it has other lines"


def _counts(report: Report) -> list[str]:
    """How many lines were read; not from when to when, which depends on the pieces where a clock jumps."""
    return re.findall(r"[\d,]+ (?:lines? read|not understood)", " ".join(report.notes))


class _Dribble(io.BytesIO):
    """A stream that gives little at a time."""

    def read1(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002  BytesIO's own signature
        return super().read(max(997, len(self.getbuffer()) // PIECES))


def _drawn(report: Report) -> dict[str, str]:
    return {
        "text": text.draw(report),
        "narrow": text.draw(report, 40),
        "github": github.draw(report),
        "summary": summary.draw(report),
    }


def _is_harmless(drawn: dict[str, str]) -> None:
    """No character that acts on a terminal."""
    for form, said in drawn.items():
        active = {char for char in said if unicodedata.category(char) in ("Cc", "Cs") and char != "\n"}
        assert not active, f"{form} has {sorted(map(hex, map(ord, active)))}"


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def _is_of_the_schema(data: dict[str, Any]) -> None:
    lists = {"diagnoses", "checks", "unexplained", "notes", "silenced"}
    assert set(data) == {"schema", "kind", "subject", "level", *lists}
    assert data["level"] in LEVELS
    assert all(isinstance(data[name], list) for name in lists)
    assert all(isinstance(note, str) for note in data["notes"])
    for each in data["diagnoses"]:
        assert each["cause"] in CAUSES
        assert each["level"] in LEVELS
        assert each["confidence"] in set(Confidence)
        assert each["title"]
        assert "{" not in each["title"] or "{" in str(each["evidence"]), each["title"]
        assert all(isinstance(each[name], list) for name in ("codes", "fix", "evidence", "rivals"))
        assert all(isinstance(step, str) and step for step in each["fix"])
        assert each["evidence"], "a diagnosis without evidence"
        _are_evidence(each["evidence"])
        _is_incident(each["incident"])
    _are_evidence(data["unexplained"])


def _is_incident(incident: dict[str, Any] | None) -> None:
    if incident is None:
        return
    began, ended = incident["began"], incident["ended"]
    assert began is None or ended is None or began <= ended
    assert incident["count"] >= 1
    assert all(moment["text"] for moment in incident["timeline"])


def _are_evidence(found: list[dict[str, Any]]) -> None:
    for each in found:
        assert each["fact"] in FACTS
        assert each["level"] in LEVELS
        assert each["text"].strip()
        assert len(each["text"]) < 3_000, "evidence of " + str(len(each["text"]))
        again = Evidence.from_json(each).to_json()
        # Beyond the year 4000 a float has no whole milliseconds any more.
        assert {**again, "at": each["at"]} == each
