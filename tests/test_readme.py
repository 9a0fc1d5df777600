"""The README shows what is printed."""

from __future__ import annotations

import re

import pytest

from tests.readme import README, made, timeless, written
from tests.servers import ROOT


@pytest.mark.tensorflow
def test_its_transcripts_are_what_the_commands_print() -> None:
    standing, printed = written(README.read_text()), made()
    assert standing.keys() == printed.keys()
    for name, text in printed.items():
        assert timeless(standing[name]) == timeless(text), f"python -m tests.readme writes {name} anew"


def test_every_config_var_that_app_json_declares_is_explained() -> None:
    declared = set(re.findall(r'^    "([A-Z_0-9]+)":', (ROOT / "app.json").read_text(), re.MULTILINE))
    assert declared
    assert declared <= set(re.findall(r"`([A-Z_0-9]+)`", README.read_text()))


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b(?! is| a)", README.read_text()))
    assert {"serve", "test", "bench"} <= named <= targets | {"are"}
