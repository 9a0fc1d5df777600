"""The Open Inference Protocol: requests and answers, as functions."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.open_inference import SERVER, Question, answer, datatype, expected, metadata, parse
from app.runtimes.signature import BadInput, Tensor
from tests.servers import ROOT

LEFT = {"name": "left", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6.5]}
RIGHT = {"name": "right", "shape": [2], "datatype": "INT64", "data": [7, 8]}
INPUTS = (Tensor("left", (3,), "float32"), Tensor("right", (), "int64"))
OUTPUTS = (Tensor("sum", (3,), "float32"), Tensor("label", (), "str"))
EXPECTED = (
    'the model takes {"inputs": [{"name": "left", "shape": [1, 3], "datatype": "FP32", "data": […]}, '
    '{"name": "right", "shape": [1], "datatype": "INT64", "data": […]}]}'
)


def asked(content: Any, inputs: tuple[Tensor, ...] = INPUTS) -> Question:
    return parse(json.dumps(content).encode(), inputs, OUTPUTS)


def refusal(content: Any, inputs: tuple[Tensor, ...] = INPUTS) -> str:
    with pytest.raises(BadInput) as caught:
        asked(content, inputs)
    return str(caught.value)


def one(dtype: str, data: Any, shape: Any = (1, 2), **more: Any) -> Any:
    entry = {"name": "x", "shape": shape, "datatype": datatype(dtype), "data": data, **more}
    return asked({"inputs": [entry]}, (Tensor("x", (2,), dtype),)).samples["x"]


def test_inputs_are_found_by_name_in_any_order() -> None:
    question = asked({"id": "42", "inputs": [RIGHT, LEFT], "parameters": {"priority": 1}})

    assert question.samples["left"].tolist() == [[1, 2, 3], [4, 5, 6.5]]
    assert question.samples["left"].dtype == np.float32
    assert question.samples["right"].tolist() == [7, 8]
    assert (question.id, question.wanted) == ("42", ("sum", "label"))


def test_data_may_be_nested() -> None:
    nested = LEFT | {"data": [[1, 2, 3], [4, 5, 6.5]]}

    assert asked({"inputs": [nested, RIGHT]}).samples["left"].tolist() == [[1, 2, 3], [4, 5, 6.5]]


@pytest.mark.parametrize(
    ("outputs", "wanted"),
    [
        ([{"name": "label"}], ("label",)),
        ([{"name": "label"}, {"name": "sum", "parameters": {"binary_data": True}}], ("label", "sum")),
        ([], ("sum", "label")),
        (None, ("sum", "label")),
    ],
)
def test_outputs_are_given_as_they_are_asked_for(outputs: Any, wanted: tuple[str, ...]) -> None:
    assert asked({"inputs": [LEFT, RIGHT], "outputs": outputs}).wanted == wanted


@pytest.mark.parametrize(
    ("dtype", "name", "data"),
    [
        ("float16", "FP16", [0.5, 1.5]),
        ("float32", "FP32", [0.5, 1.5]),
        ("float64", "FP64", [0.5, 1.5]),
        ("int8", "INT8", [1, -2]),
        ("int16", "INT16", [1, -2]),
        ("int32", "INT32", [1, -2]),
        ("int64", "INT64", [1, -(2**63)]),
        ("uint8", "UINT8", [1, 255]),
        ("uint16", "UINT16", [1, 2]),
        ("uint32", "UINT32", [1, 2]),
        ("uint64", "UINT64", [1, 2**64 - 1]),
        ("bool", "BOOL", [True, False]),
        ("str", "BYTES", ["a", "ü"]),
    ],
)
def test_each_datatype_comes_and_goes(dtype: str, name: str, data: list[Any]) -> None:
    found = one(dtype, data)
    output = answer("m", Question({}, ("y",)), {"y": found})["outputs"][0]

    assert datatype(dtype) == name
    assert found.tolist() == [data]
    assert output == {"name": "y", "shape": [1, 2], "datatype": name, "data": data}


def test_bfloat16_is_read_as_numbers() -> None:
    assert datatype("bfloat16") == "BF16"
    assert one("bfloat16", [0.5, 1.5]).tolist() == [[0.5, 1.5]]


def changed(**more: Any) -> dict[str, Any]:
    """The request with another left input; None leaves a key out."""
    left = {key: value for key, value in {**LEFT, **more}.items() if value is not None}
    return {"inputs": [left, RIGHT]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "the body is a list, no object"),
        (None, "the body is null, no object"),
        ({}, "inputs is missing"),
        ({"inputs": None}, "inputs is missing"),
        ({"inputs": {}}, "inputs is an object, no list"),
        ({"inputs": []}, "the input left is missing"),
        ({"inputs": [RIGHT]}, "the input left is missing"),
        ({"inputs": [LEFT, RIGHT, 3]}, "inputs holds a number that should be an object"),
        ({"inputs": [LEFT, RIGHT, {}]}, "inputs holds an object whose name is missing"),
        ({"inputs": [LEFT, RIGHT, {"name": 3}]}, "inputs holds an object whose name is no string"),
        ({"inputs": [LEFT, RIGHT, {"name": "up"}]}, "inputs names up, which the model does not have"),
        ({"inputs": [LEFT, LEFT, RIGHT]}, "inputs names left twice"),
        ({"inputs": [LEFT, RIGHT], "id": 42}, "id is a number, no string"),
        ({"inputs": [LEFT, RIGHT], "parameters": 1}, "the parameters of the request are a number, no object"),
        ({"inputs": [LEFT, RIGHT], "outputs": "sum"}, "outputs is a string, no list"),
        ({"inputs": [LEFT, RIGHT], "outputs": {}}, "outputs is an object, no list"),
        ({"inputs": [LEFT, RIGHT], "outputs": False}, "outputs is true or false, no list"),
        ({"inputs": [LEFT, RIGHT], "outputs": ["sum"]}, "outputs holds a string that should be an object"),
        (
            {"inputs": [LEFT, RIGHT], "outputs": [{"name": "up"}]},
            "outputs names up, which the model does not",
        ),
        (
            {"inputs": [LEFT, RIGHT], "outputs": [{"name": "sum", "parameters": {"classification": 1}}]},
            "sum: the parameter classification is not supported",
        ),
        ({"inputs": [LEFT, RIGHT | {"shape": [1], "data": [7]}]}, "the inputs have different numbers of sam"),
        (changed(datatype="FP64"), "the datatype of left is FP64, not FP32"),
        (changed(datatype="float32"), "the datatype of left is float32, not FP32"),
        (changed(datatype=None), "the datatype of left is missing, not FP32"),
        (changed(datatype=32), "the datatype of left is no string, not FP32"),
        (changed(shape=None), "the shape of left is no list of whole numbers"),
        (changed(shape="2,3"), "the shape of left is no list of whole numbers"),
        (changed(shape=[2.0, 3]), "the shape of left is no list of whole numbers"),
        (changed(shape=[True, 3]), "the shape of left is no list of whole numbers"),
        (changed(shape=[]), "the shape of left is [], and the model takes [-1, 3]"),
        (changed(shape=[6]), "the shape of left is [6], and the model takes [-1, 3]"),
        (changed(shape=[3, 2]), "the shape of left is [3, 2], and the model takes [-1, 3]"),
        (changed(shape=[-1, 3]), "the shape of left is [-1, 3], and the model takes [-1, 3]"),
        (changed(shape=[0, 3]), "the shape of left is [0, 3], and the model takes"),
        (changed(shape=[-2, -3]), "the shape of left is [-2, -3], and the model takes"),
        (changed(shape=[10**30, 3]), "the shape of left is [1000"),
        (changed(shape=[1] * 100_000), "the shape of left is [1, 1"),
        (
            changed(shape=[4_000_000_000, 3]),
            "the data of left has 6 elements, and its shape is [4000000000, 3]",
        ),
        (changed(shape=[1, 3]), "the data of left has 6 elements, and its shape is [1, 3]"),
        (changed(data=None), "left has no data"),
        (changed(data=[]), "left is empty"),
        (changed(data=3), "left is a number, no list"),
        (changed(data="AAAA"), "left is a string, no list"),
        (
            changed(data=[[1, 2], [3, 4], [5, 6]]),
            "the data of left has the shape [3, 2], and its shape is [2",
        ),
        (changed(data=[[1, 2, 3], [4, 5]]), "left holds lists of unequal length"),
        (changed(data=[1, 2, 3, 4, 5, "6"]), "left holds something that is no number"),
        (changed(data=[1, 2, 3, 4, 5, True]), "left holds something that is no number"),
        (changed(data=[1, 2, 3, 4, 5, 1e39]), "left holds a number beyond the range of float32"),
        (changed(data=[1, 2, 3, 4, 5, float("nan")]), "NaN is no JSON number"),
        (changed(parameters=[]), "the parameters of left are a list, no object"),
        (
            changed(data=None, parameters={"binary_data_size": 24}),
            "left: binary tensor data is not read; send",
        ),
        (changed(data=None, parameters={"shared_memory_region": "r"}), "left: there is no shared memory"),
        ({"inputs": [LEFT, RIGHT | {"data": [7, 8.5]}]}, "right holds a fraction, and the model takes whole"),
    ],
)
def test_what_can_not_be_asked_is_refused_with_the_reason_and_what_can(content: Any, told: str) -> None:
    message = refusal(content)

    assert told in message
    assert message.endswith(f"; {EXPECTED}")
    assert len(message) < 500


def test_messages_stay_short_whatever_the_client_writes() -> None:
    long = "x" * 10_000

    assert len(refusal({"inputs": [{"name": long}]})) < 400
    assert len(refusal(changed(datatype=long))) < 400
    many = tuple(Tensor(f"part-{number}", (2,), "float32") for number in range(200))
    assert len(expected(many)) < 800


def test_the_metadata_names_types_and_free_sizes() -> None:
    class Pictures:
        inputs = (Tensor("picture", (None, None, 3), "uint8"), Tensor("known", (1,), "bool"))
        outputs = OUTPUTS

        def predict(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
            return batch

    assert metadata("m", Pictures()) == {
        "name": "m",
        "versions": ["1"],
        "platform": "python_model",
        "inputs": [
            {"name": "picture", "datatype": "UINT8", "shape": [-1, -1, -1, 3]},
            {"name": "known", "datatype": "BOOL", "shape": [-1, 1]},
        ],
        "outputs": [
            {"name": "sum", "datatype": "FP32", "shape": [-1, 3]},
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
        ],
    }


def test_answers_are_flat_and_what_is_no_number_is_null() -> None:
    found = {"sum": np.array([[1, np.nan], [np.inf, 4]], np.float32), "label": np.array([b"a", b"b"], object)}

    assert answer("m", Question({}, ("label", "sum"), "7"), found) == {
        "model_name": "m",
        "model_version": "1",
        "id": "7",
        "outputs": [
            {"name": "label", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]},
            {"name": "sum", "shape": [2, 2], "datatype": "FP32", "data": [1.0, None, None, 4.0]},
        ],
    }


def test_the_servers_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert (SERVER["name"], SERVER["version"]) == (project["name"], project["version"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["left", "FP32", "sum"]),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(
    key=st.sampled_from(["name", "shape", "datatype", "data", "parameters", "inputs", "outputs", "id"]),
    value=ANYTHING,
)
def test_nothing_raises_anything_but_bad_input(key: str, value: Any) -> None:
    content = {"inputs": [LEFT | {key: value}, RIGHT], **({key: value} if key in ("outputs", "id") else {})}
    for each in (content, {**content, "inputs": value}, value):
        with contextlib.suppress(BadInput):
            found = asked(each).samples
            assert found["left"].shape == (len(found["right"]), 3)
