"""Whatever a body holds: it is a batch of the right shape, or refused."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.predict import parse
from app.runtimes.signature import BadInput, Shape
from tests.app.test_predict import TWO, one, samples

NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.integers(-(2**24), 2**24)
SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=3)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)
DTYPES = st.sampled_from(
    ["float16", "float32", "float64", "bfloat16", "int32", "int64", "uint8", "bool", "str"]
)
SHAPES = st.lists(st.none() | st.integers(0, 4), max_size=3).map(tuple)


@given(st.data())
def test_a_correct_body_round_trips(data: st.DataObject) -> None:
    sizes = data.draw(SIZES)
    count = math.prod(sizes)
    values = data.draw(st.lists(NUMBERS, min_size=count, max_size=count))
    sample = np.array(values, np.float64).reshape(sizes)
    shape = tuple(data.draw(st.sampled_from([size, None])) for size in sizes)
    single = {"features": sample.tolist()}
    many = {"instances": [sample.tolist(), sample.tolist()]}

    assert samples(single, shape).tolist() == [sample.tolist()]
    assert samples(many, shape).tolist() == [sample.tolist()] * 2
    assert samples({"features": sample.ravel().tolist()}, tuple(sizes)).tolist() == [sample.tolist()]


@given(body=st.binary(max_size=80), shape=SHAPES, dtype=DTYPES)
def test_no_bytes_raise_anything_but_bad_input(body: bytes, shape: Shape, dtype: str) -> None:
    _only_bad_input(body, shape, dtype)


@given(content=ANYTHING, key=st.sampled_from(["features", "instances"]), shape=SHAPES, dtype=DTYPES)
def test_no_json_raises_anything_but_bad_input(content: Any, key: str, shape: Shape, dtype: str) -> None:
    _only_bad_input(json.dumps({key: content}).encode(), shape, dtype)
    _only_bad_input(json.dumps(content).encode(), shape, dtype)


@given(value=st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=3)), shape=SHAPES, dtype=DTYPES)
def test_no_lists_of_numbers_raise_anything_but_bad_input(value: Any, shape: Shape, dtype: str) -> None:
    _only_bad_input(json.dumps({"instances": value}).encode(), shape, dtype)
    _only_bad_input(json.dumps({"features": value}).encode(), shape, dtype)


@given(content=ANYTHING, key=st.sampled_from(["features", "instances"]))
def test_no_json_for_several_inputs_raises_anything_but_bad_input(content: Any, key: str) -> None:
    for value in (content, {"left": content, "right": content}, [{"left": content, "right": content}]):
        with contextlib.suppress(BadInput):
            found = parse(json.dumps({key: value}).encode(), TWO).samples
            assert found["left"].shape[1:] == (2,)
            assert len(found["left"]) == len(found["right"])


def _only_bad_input(body: bytes, shape: Shape, dtype: str) -> None:
    try:
        found = parse(body, one(shape, dtype)).samples["x"]
    except BadInput as error:
        json.dumps(str(error))
    else:
        assert found.dtype.kind == "O" or np.isfinite(found).all()
        assert found.shape[0] >= 1
        assert all(want in (None, have) for have, want in zip(found.shape[1:], shape, strict=True))
