"""Models in base64 in a config var: every way to write it, and every way it can be broken."""

from __future__ import annotations

import base64
import json
import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.config_var import decode, write
from checks.evidence import Dyno, Evidence, Fault, Level
from checks.facts import Fact
from checks.limits import CONFIG_BYTES
from checks.model_source import ConfigVar
from tests.servers import ROOT

SOURCE = ConfigVar("MODEL_BASE64", "MODEL_URI")
MODEL = bytes(range(256)) + b"\xfb\xff\xbf"
PLAIN = base64.b64encode(MODEL).decode()


def dyno(value: str) -> Dyno:
    return Dyno(env={"MODEL_BASE64": value}, root=ROOT)


def fault_of(value: str, folder: Path) -> Evidence:
    """It holds nothing of the value, and no file is left."""
    with pytest.raises(Fault) as caught:
        write(SOURCE, folder / "0" / "model", dyno(value))
    evidence = caught.value.evidence
    told = json.dumps(evidence.to_json())
    assert not any(value[at : at + 8] in told for at in range(0, len(value) - 8, 4))
    assert not (folder / "0").exists() or not list((folder / "0").iterdir())
    return evidence


@pytest.mark.parametrize(
    "form",
    [
        lambda text: text,
        lambda text: f"  {text}\n",
        lambda text: "\r\n".join(textwrap.wrap(text, 76)),
        lambda text: " ".join(textwrap.wrap(text, 4)),
        lambda text: text.replace("+", "-").replace("/", "_"),
        lambda text: text.rstrip("="),
        lambda text: f"data:application/octet-stream;base64,{text}",
        lambda text: f" DATA:;base64,\n{text}",
    ],
)
def test_every_way_to_write_it_gives_the_same_file(form: Callable[[str], str], tmp_path: Path) -> None:
    for content in (MODEL, MODEL + b"1", MODEL + b"12"):
        value = form(base64.b64encode(content).decode())
        assert write(SOURCE, tmp_path / "0" / "model", dyno(value)) == ()
        assert (tmp_path / "0" / "model").read_bytes() == content
    assert os.listdir(tmp_path / "0") == ["model"]


@given(st.binary(min_size=1, max_size=200))
def test_what_was_encoded_comes_back(content: bytes) -> None:
    for encoded in (
        base64.b64encode(content),
        base64.urlsafe_b64encode(content),
        base64.encodebytes(content),
    ):
        assert decode(encoded.decode(), SOURCE) == content
        assert decode(encoded.decode().strip().rstrip("="), SOURCE) == content


@pytest.mark.parametrize("value", ["", "  \n"])
def test_a_variable_that_is_not_set(value: str, tmp_path: Path) -> None:
    evidence = fault_of(value, tmp_path)

    assert (evidence.fact, evidence.level) == (Fact.MODEL_SOURCE, Level.FAIL)
    assert evidence.values == {"fault": "unset", "variable": "MODEL_BASE64", "encoding": "base64"}
    assert evidence.text == "MODEL_BASE64, which MODEL_URI names, is not set."


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (
            PLAIN[:100] + "!" + PLAIN[100:],
            f"the 101. of its {len(PLAIN) + 1} characters is no character of base64",
        ),
        (PLAIN[:100] + "\n=" + PLAIN[100:], f"the 102. of its {len(PLAIN) + 2} characters is no"),
        (f"data:;base64,{PLAIN[:8]}ü{PLAIN[8:]}", f"the 22. of its {len(PLAIN) + 14} characters is no"),
        (f'"{PLAIN}"', f"the 1. of its {len(PLAIN) + 2} characters is a quotation mark"),
        (PLAIN.rstrip("=")[:101], "101 characters of base64 can't be whole"),
        (PLAIN.rstrip("=") + "===", "end in more than two ="),
        ("==", "its 2 characters hold no content"),
        ("data:application/json,{}", "the 5. of its 24 characters is no"),
        ("s3://bucket/key-of-a-model", "the 3. of its 26 characters is no"),
    ],
)
def test_what_does_not_decode_is_told_by_its_place(value: str, what: str, tmp_path: Path) -> None:
    evidence = fault_of(value, tmp_path)

    assert (evidence.fact, evidence.values["fault"]) == (Fact.MODEL_SOURCE, "base64-invalid")
    assert what in evidence.text
    assert "may have been cut" not in evidence.text


def test_a_value_as_long_as_all_config_vars_may_be_was_probably_cut(tmp_path: Path) -> None:
    value = base64.b64encode(bytes(CONFIG_BYTES)).decode()[: CONFIG_BYTES - 12 - 3]

    evidence = fault_of(value, tmp_path)

    assert "so it may have been cut" in evidence.text
    assert evidence.values["limit_bytes"] == CONFIG_BYTES


def test_a_value_that_no_dyno_can_get_works_here_and_is_remarked(tmp_path: Path) -> None:
    room = CONFIG_BYTES - len("MODEL_BASE64")
    exact = base64.b64encode(bytes(room // 4 * 3)).decode()
    assert len(exact) == room

    assert write(SOURCE, tmp_path / "model", dyno(exact)) == ()
    (remark,) = write(SOURCE, tmp_path / "model", dyno(exact + "AAAA"))

    assert (remark.fact, remark.level) == (Fact.CONFIG_SIZE, Level.WARN)
    assert remark.values["total_bytes"] == CONFIG_BYTES + 4
    assert "32,772 bytes" in remark.text
