from __future__ import annotations

import pytest

from checks.evidence import Level
from checks.facts import Fact
from tests.diag.collect.logs.raised.frames import diagnoses, evidence, installed


@pytest.mark.parametrize(
    ("host", "level", "confidence"),
    [
        ("shop-1f2e3d4c5b6a.herokuapp.com", Level.FAIL, "certain"),
        ("www.example.org", Level.WARN, "possible"),
        ("203.0.113.80", Level.INFO, "possible"),
        ("localhost:8000", Level.INFO, "possible"),
        ("", Level.INFO, "possible"),
    ],
)
def test_a_scanner_is_rightly_refused(host: str, level: Level, confidence: str) -> None:
    end = (
        f"django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: '{host}'. You may need to add it."
    )
    found = evidence(
        installed("django/core/handlers/exception.py", function="inner"), end=end, fact=Fact.REQUEST_EXCEPTION
    )

    (diagnosis,) = diagnoses(found)

    assert (diagnosis.cause, diagnosis.level, diagnosis.confidence.value) == (
        "config/allowed-hosts",
        level,
        confidence,
    )
