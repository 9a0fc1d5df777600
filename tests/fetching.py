"""Fetch a file as the loader does, quickly, and see what comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.sources.fetch import fetch
from app.sources.limits import Limits
from checks.evidence import Dyno, Evidence, Fault
from checks.model_source import HttpUrl, Remote
from tests.servers import PLAIN_ENV, ROOT

# Tries are counted, not timed: a machine under load gives the same answers.
QUICK = Limits(connect=5.0, stall=5.0, deadline=60.0, pauses=(0.02, 0.02, 0.02, 0.02), patience=60.0)
STALLING = Limits(connect=5.0, stall=0.8, deadline=60.0, pauses=(0.02,), patience=60.0)
SECRETS = ("user", "pass-word", "SIGNATURE")


def dyno(env: Mapping[str, str] | None = None, **more: str) -> Dyno:
    return Dyno(env={**PLAIN_ENV, **(env or {}), **more}, root=ROOT)


def http(url: str, path: str = "/models/model.keras") -> HttpUrl:
    """A source whose URL holds all that a URL can hide."""
    scheme, _, host = url.partition("://")
    return HttpUrl(f"{scheme}://user:pass-word@{host}{path}?X-Sig=SIGNATURE#SIGNATURE", "MODEL_URL")


def content_of(source: Remote, folder: Path, at: Dyno | None = None, limits: Limits = QUICK) -> bytes:
    """The file that is fetched. Nothing else stays but the lock."""
    target = folder / "0" / "model"
    fetch(source, target, at or dyno(), limits)
    assert sorted(path.name for path in target.parent.iterdir()) == ["model", "model.lock"]
    return target.read_bytes()


def failure(source: Remote, folder: Path, at: Dyno | None = None, limits: Limits = QUICK) -> Evidence:
    """What the fetch raises; it tells no secret, and leaves a part only where another try may help."""
    at = at or dyno()
    target = folder / "0" / "model"
    with pytest.raises(Fault) as caught:
        fetch(source, target, at, limits)
    evidence = caught.value.evidence
    told = json.dumps(evidence.to_json())
    hidden = (*SECRETS, at.env.get("AWS_SECRET_ACCESS_KEY", ""), at.env.get("AWS_ACCESS_KEY_ID", ""))
    assert [each for each in hidden if each and each in told] == []
    assert not target.exists()
    if not evidence.values.get("passing"):
        assert [path.name for path in target.parent.iterdir()] == ["model.lock"]
    return evidence
