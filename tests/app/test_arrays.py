"""Lists of JSON and arrays, both ways. What /predict makes of them is in test_predict."""

from __future__ import annotations

import json
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from app.arrays import array, kind_of, to_json
from app.runtimes.signature import BadInput


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        ([0.5], "float32", (1,)),
        ([[1, 2.5], [3, 4]], "float64", (2, 2)),
        ([[[1]], [[2]]], "int8", (2, 1, 1)),
        ([["a"], ["b"]], "str", (2, 1)),
        ([[True, False]], "bool", (1, 2)),
    ],
)
def test_nested_lists_become_an_array_of_the_type(value: Any, dtype: str, shape: tuple[int, ...]) -> None:
    found = array(value, "it", dtype)

    assert (found.tolist(), found.shape) == (value, shape)
    assert found.dtype == (object if dtype == "str" else dtype)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([[1, 2], [3]], "it holds lists of unequal length"),
        ([[1], 2], "it holds lists of unequal length"),
        ([[[1], [2]], [[3], 4]], "it holds lists of unequal length"),
        ([[], []], "it is empty"),
    ],
)
def test_what_is_no_array_is_refused_by_the_name_it_is_given(value: Any, told: str) -> None:
    with pytest.raises(BadInput, match=f"^{told}$"):
        array(value, "it", "float32")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ([], "a list"),
        ({}, "an object"),
        ("", "a string"),
        (0, "a number"),
        (0.5, "a number"),
        (True, "true or false"),
        (None, "null"),
    ],
)
def test_json_has_a_word_for_each_kind(value: Any, word: str) -> None:
    assert kind_of(value) == word


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        (np.array([[0.5, np.nan], [np.inf, -np.inf]], np.float32), [[0.5, None], [None, None]]),
        (np.array([[0.5, 1.5]], np.float16), [[0.5, 1.5]]),
        (np.array([[0.5, 1.5]], ml_dtypes.bfloat16), [[0.5, 1.5]]),
        (np.array([b"cat", b"\xff"], object), ["cat", "\ufffd"]),
        (np.array([["a"]]), [["a"]]),
        (np.array([b"a"]), ["a"]),
        (np.array([True]), [True]),
        (np.array([[2**62 + 1]]), [[2**62 + 1]]),
        (np.array(0.5), 0.5),
        (np.array(np.nan), None),
    ],
)
def test_answers_become_lists_and_what_is_no_number_becomes_null(answer: Any, content: Any) -> None:
    assert to_json(answer) == content
    json.dumps(to_json(answer), allow_nan=False)
