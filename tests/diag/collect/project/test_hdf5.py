"""Attributes of HDF5 files, as Keras 2 and 3 wrote them."""

from __future__ import annotations

import time

import pytest

from diag.collect.project.hdf5 import text_attribute
from tests.preflight import FIXTURES

MODELS = FIXTURES / "models"


@pytest.mark.parametrize(("name", "version"), [("keras-2.h5", "2.15.0"), ("keras-3.h5", "3.15.1")])
def test_the_keras_that_saved_a_file(name: str, version: str) -> None:
    data = (MODELS / name).read_bytes()
    assert text_attribute(data, b"keras_version") == version
    assert text_attribute(data, b"backend") == "tensorflow"
    assert text_attribute(data, b"weather") == ""


def test_no_hdf5() -> None:
    assert text_attribute(b"", b"keras_version") == ""
    assert text_attribute(b"keras_version\0" * 100, b"keras_version") == ""


def test_a_file_that_breaks_off_anywhere_is_read_as_far_as_it_goes() -> None:
    data = (MODELS / "keras-3.h5").read_bytes()
    found = {text_attribute(data[:length], b"keras_version") for length in range(0, len(data), 7)}
    assert found == {"", "3.15.1"}


def test_hostile_bytes_take_no_time() -> None:
    data = b"\x89HDF" + b"\1\0\1\0\1\0\1\0keras_version\0\x09" * 300_000
    began = time.perf_counter()
    assert text_attribute(data, b"keras_version") == ""
    assert time.perf_counter() - began < 0.5
