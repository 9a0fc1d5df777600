"""From bodies to batches and back: pure, so no server and no TensorFlow here."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from app.predict import answer, expected, parse
from app.runtimes.signature import BadInput, Shape, Tensor

SHAPE: Shape = (3,)
IMAGE: Shape = (2, 2, 3)
TWO = (Tensor("left", (2,), "float32"), Tensor("right", (), "str"))
TWO_EXPECTED = (
    "one sample has left (2 numbers), right (1 string), such as "
    '{"features": {"left": [0.5, 0.5], "right": "text"}}'
)


def one(shape: Shape, dtype: str) -> tuple[Tensor, ...]:
    """The inputs of a model that has one."""
    return (Tensor("x", shape, dtype),)


def refusal(body: bytes | str, shape: Shape = SHAPE, dtype: str = "float32") -> str:
    """The message to the client."""
    with pytest.raises(BadInput) as caught:
        parse(body.encode() if isinstance(body, str) else body, one(shape, dtype))
    return str(caught.value)


def samples(content: Any, shape: Shape = SHAPE, dtype: str = "float32") -> np.ndarray[Any, Any]:
    return parse(json.dumps(content).encode(), one(shape, dtype)).samples["x"]


def test_features_are_one_sample_and_answer_as_prediction() -> None:
    batch = parse(b'{"features": [1, 2.5, -3e2]}', one(SHAPE, "float32"))

    assert batch.samples["x"].tolist() == [[1.0, 2.5, -300.0]]
    assert batch.samples["x"].dtype == np.float32
    assert batch.key == "prediction"


def test_instances_are_samples_and_answer_as_predictions() -> None:
    batch = parse(b'{"instances": [[1, 2, 3], [4, 5, 6]]}', one(SHAPE, "float32"))

    assert batch.samples["x"].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert batch.key == "predictions"


def test_features_may_stand_in_a_batch_of_one() -> None:
    assert samples({"features": [[1, 2, 3]]}).tolist() == [[1, 2, 3]]


def test_other_keys_beside_are_passed_over() -> None:
    assert samples({"signature_name": "serving_default", "instances": [[1, 2, 3]]}).shape == (1, 3)


@pytest.mark.parametrize("given_as", ["flat", "nested", "nested in a batch of one"])
def test_an_image_may_be_flat_or_nested(given_as: str) -> None:
    pixels = np.arange(12.0)
    value = {
        "flat": pixels,
        "nested": pixels.reshape(2, 2, 3),
        "nested in a batch of one": pixels.reshape(1, 2, 2, 3),
    }[given_as]

    found = samples({"features": value.tolist()}, IMAGE)

    assert found.shape == (1, 2, 2, 3)
    assert found.ravel().tolist() == pixels.tolist()


def test_instances_of_images_are_nested() -> None:
    assert samples({"instances": np.zeros((5, 2, 2, 3)).tolist()}, IMAGE).shape == (5, 2, 2, 3)
    assert "instances has the shape (5, 12); one sample has 2 × 2 × 3 numbers" in refusal(
        json.dumps({"instances": np.zeros((5, 12)).tolist()}), IMAGE
    )


@pytest.mark.parametrize("length", [1, 7])
def test_an_unknown_size_takes_any_length(length: int) -> None:
    assert samples({"features": [0.5] * length}, (None,)).shape == (1, length)
    assert samples({"features": [[0.5] * 4] * length}, (None, 4)).shape == (1, length, 4)
    assert samples({"instances": [[[0.5] * 4] * length] * 2}, (None, 4)).shape == (2, length, 4)


def test_flat_numbers_do_not_fit_a_shape_with_an_unknown_size() -> None:
    assert refusal('{"features": [1, 2, 3, 4]}', (None, 4)).startswith(
        "features has 4 numbers; one sample has n × 4 numbers, such as"
    )


def test_a_model_of_one_number_takes_it_in_a_list() -> None:
    assert samples({"features": [0.5]}, ()).tolist() == [0.5]
    assert samples({"features": 0.5}, ()).tolist() == [0.5]
    assert samples({"instances": [0.5, 0.25]}, ()).tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "the body is not JSON (Expecting value at position 0)"),
        ("features=1", "the body is not JSON"),
        ('{"features": [1, 2, 3]', "the body is not JSON"),
        ("{'features': [1, 2, 3]}", "the body is not JSON"),
        (b'{"features": [1, 2, \xff]}', "the body is not JSON (not UTF-8)"),
        (b"\x1f\x8b\x08\x00", "the body is not JSON"),
        (b"\x00" * 64, "the body is not JSON"),
        (b'{"features": [1, 2, 3]}\x00', "the body is not JSON"),
        (b'{"features": [1, 2,\x00 3]}', "the body is not JSON"),
        (b"\xff\xfe{\x00\x22", "the body is not JSON"),
        ("[1, 2, 3]", 'the body is a list; give {"features": …}'),
        ("3", "the body is a number; give"),
        ("null", "the body is null; give"),
        ("true", "the body is true or false; give"),
        ('"features"', "the body is a string; give"),
        ("{}", 'give either "features" or "instances", not nothing'),
        ('{"inputs": [1], "data": 1}', 'give either "features" or "instances", not data, inputs'),
        ('{"features": [1, 2, 3], "instances": [[1, 2, 3]]}', "not features, instances"),
        ('{"features": null}', "features is null, no list"),
        ('{"features": 3}', "features is a number, no list"),
        ('{"features": 3.5}', "features is a number, no list"),
        ('{"features": "1,2,3"}', "features is a string, no list"),
        ('{"features": true}', "features is true or false, no list"),
        ('{"features": {"a": 1}}', "features has no x"),
        ('{"features": {"x": [1, 2, 3], "a": 1}}', "features has a, no input"),
        ('{"features": {"x": [1, 2]}}', "features.x has 2 numbers"),
        ('{"features": {"x": {"x": [1, 2, 3]}}}', "features.x is an object, no list"),
        ('{"features": []}', "features is empty"),
        ('{"features": [[]]}', "features is empty"),
        ('{"instances": []}', "instances is empty"),
        ('{"instances": [[], []]}', "instances is empty"),
        ('{"features": ["1", "2", "3"]}', "features holds something that is no number"),
        ('{"features": [1, 2, null]}', "features holds something that is no number"),
        ('{"features": [1, 2, true]}', "features holds something that is no number"),
        ('{"features": [false, false, false]}', "features holds something that is no number"),
        ('{"features": [1, 2, {}]}', "features holds something that is no number"),
        ('{"instances": [[1, 2, true]]}', "instances holds something that is no number"),
        ('{"instances": [{"a": 1}]}', "instances has no x"),
        ('{"instances": [{"x": [1, 2, 3]}, {}]}', "instances has no x"),
        ('{"instances": [{"x": [1, 2, 3]}, [1, 2, 3]]}', "instances holds objects and other things"),
        ('{"instances": [{"x": [1, 2, 3]}, {"x": [1, 2]}]}', "instances.x holds lists of unequal length"),
        ('{"instances": {"x": [1, 2, 3]}}', "instances is an object, no list"),
        ('{"features": [1, 2]}', "features has 2 numbers; one sample has 3 numbers"),
        ('{"features": [[1, 2, 3], [4, 5, 6]]}', "features has the shape (2, 3)"),
        ('{"features": [[1], [2], [3]]}', "features has the shape (3, 1)"),
        ('{"instances": [1, 2, 3]}', "instances has the shape (3,)"),
        ('{"instances": [[1, 2]]}', "instances has the shape (1, 2)"),
        ('{"instances": [[[1, 2, 3]]]}', "instances has the shape (1, 1, 3)"),
        ('{"instances": [[1, 2, 3], [1, 2]]}', "instances holds lists of unequal length"),
        ('{"instances": [[1, 2, 3], 4]}', "instances holds lists of unequal length"),
        ('{"features": [1, [2], 3]}', "features holds lists of unequal length"),
    ],
)
def test_what_is_no_sample_is_refused_with_the_reason_and_the_shape(body: bytes | str, told: str) -> None:
    message = refusal(body)

    assert told in message
    assert message.endswith('one sample has 3 numbers, such as {"features": [0.5, 0.5, 0.5]}')


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_is_refused(literal: str) -> None:
    assert refusal(f'{{"features": [1, 2, {literal}]}}').startswith(
        f"{literal} is no JSON number, and no model can use it; one sample has 3 numbers, such as"
    )


@pytest.mark.parametrize(
    ("number", "dtype"),
    [
        ("1e400", "float32"),
        ("-1e400", "float64"),
        ("1e39", "float32"),
        ("1e5", "float16"),
        ("1e39", "bfloat16"),
        ("1" + "0" * 400, "float32"),
        ("-1" + "0" * 400, "float64"),
        ("1e400", "int32"),
        ("2147483648", "int32"),
        ("-2147483649", "int32"),
        ("1e30", "int64"),
        ("9223372036854775808", "int64"),
        ("256", "uint8"),
        ("-1", "uint8"),
    ],
)
def test_a_number_beyond_the_range_of_the_type_is_refused(number: str, dtype: str) -> None:
    message = refusal(f'{{"features": [1, 2, {number}]}}', dtype=dtype)

    assert message.startswith(f"features holds a number beyond the range of {dtype}; one sample has 3 ")


def test_a_whole_number_beyond_64_bits_is_a_number_to_a_float() -> None:
    assert samples({"features": [10**30, -(2**63), 2**64]}).tolist() == [
        [float(np.float32(1e30)), -(2.0**63), 2.0**64]
    ]


def test_a_number_with_more_digits_than_python_reads_is_named() -> None:
    assert "the JSON holds a number with too many digits" in refusal(f'{{"features": [{"1" * 5000}]}}')


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
def test_whole_numbers_stay_whole_and_a_fraction_is_refused(dtype: str) -> None:
    found = samples({"features": [7, 0, 2.0]}, dtype=dtype)

    assert found.tolist() == [[7, 0, 2]]
    assert found.dtype == dtype
    assert refusal('{"features": [7, 0, 2.5]}', dtype=dtype) == (
        f"features holds a fraction, and the model takes whole numbers ({dtype}); "
        'one sample has 3 whole numbers, such as {"features": [1, 1, 1]}'
    )


def test_large_whole_numbers_lose_no_digit() -> None:
    assert samples({"features": [2**62 + 1, 1.0, -(2**63)]}, dtype="int64").tolist() == [
        [2**62 + 1, 1, -(2**63)]
    ]


@pytest.mark.parametrize("bracket", ["[", '{"features": ', '{"features": [[', '{"a":'])
def test_what_is_nested_too_deeply_for_python_is_refused(bracket: str) -> None:
    assert refusal(bracket * 100_000).startswith("the JSON is nested too deeply; one sample has 3 numbers")


@pytest.mark.parametrize("levels", [33, 65, 300])
def test_what_is_nested_too_deeply_for_numpy_is_refused(levels: int) -> None:
    assert refusal(f'{{"features": {"[" * levels}1{"]" * levels}}}').startswith(
        "features is nested too deeply; one sample has 3 numbers"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_the_encodings_of_json_are_read(encoding: str) -> None:
    batch = parse('{"features": [1, 2, 3], "für": "ü"}'.encode(encoding), one(SHAPE, "float32"))

    assert batch.samples["x"].tolist() == [[1, 2, 3]]


def test_a_long_key_is_not_sent_back_whole() -> None:
    assert len(refusal(json.dumps({"k" * 100_000: 1}))) < 300


def test_an_unpaired_surrogate_in_a_key_can_be_sent_back() -> None:
    assert json.dumps(refusal('{"\\ud800": 1}'))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2,), 'one sample has 2 numbers, such as {"features": [0.5, 0.5]}'),
        ((100,), 'one sample has 100 numbers, such as {"features": [0.5, …]}'),
        ((28, 28, 1), 'one sample has 28 × 28 × 1 numbers, such as {"features": [[[0.5], …], …]}'),
        ((None, 3), 'one sample has n × 3 numbers, such as {"features": [[0.5, 0.5, 0.5], …]}'),
        ((None,), 'one sample has n numbers, such as {"features": [0.5, …]}'),
        ((), 'one sample has 1 number, such as {"features": 0.5}'),
    ],
)
def test_the_expected_shape_is_said_in_words_with_an_example(shape: Shape, words: str) -> None:
    assert expected(one(shape, "float32")) == words


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "int64", "uint8", "bool", "str"])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2)])
def test_the_example_is_taken_as_it_stands(shape: Shape, dtype: str) -> None:
    example = expected(one(shape, dtype)).partition("such as ")[2]

    assert parse(example.encode(), one(shape, dtype)).samples["x"].shape == (1, *shape)


def test_of_many_inputs_some_are_named() -> None:
    many = tuple(Tensor(f"part-{number}", (2,), "float32") for number in range(200))

    assert len(expected(many)) < 600
    assert "part-7" in expected(many)
    assert expected(many).endswith('"part-7": [0.5, 0.5], …}}')


def test_several_inputs_are_given_by_name() -> None:
    batch = parse(b'{"features": {"right": "a", "left": [1, 2]}}', TWO)

    assert {name: each.tolist() for name, each in batch.samples.items()} == {"left": [[1, 2]], "right": ["a"]}
    assert batch.key == "prediction"


def test_rows_of_several_inputs_are_stacked_by_name() -> None:
    rows = [{"left": [1, 2], "right": "a"}, {"right": "b", "left": [3, 4]}]
    batch = parse(json.dumps({"instances": rows}).encode(), TWO)

    assert batch.samples["left"].tolist() == [[1, 2], [3, 4]]
    assert batch.samples["right"].tolist() == ["a", "b"]
    assert batch.key == "predictions"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"features": [1, 2]}', "features is a list, and the model has 2 inputs"),
        ('{"features": null}', "features is null, and the model has 2 inputs"),
        ('{"features": {"left": [1, 2]}}', "features has no right"),
        ('{"features": {"left": [1, 2], "right": 1}}', "features.right holds something that is no string"),
        ('{"features": {"left": [1], "right": "a"}}', "features.left has 1 number;"),
        ('{"features": {"left": [1, 2], "right": "a", "up": 1}}', "features has up, no input"),
        ('{"instances": [[1, 2]]}', "instances is a list without objects, and the model has 2 inputs"),
        ('{"instances": []}', "instances is empty, and the model has 2 inputs"),
        ('{"instances": 3}', "instances is a number, and the model has 2 inputs"),
        ('{"instances": [{"left": [1, 2], "right": "a"}, null]}', "instances holds objects and other things"),
        ('{"instances": [{"left": 1, "right": "a"}]}', "instances.left has the shape (1,)"),
        ('{"instances": [{"left": [1, 2], "right": ["a", "b"]}]}', "instances.right has the shape (1, 2)"),
        ('{"instances": [{"left": [1, "2"], "right": "a"}]}', "instances.left holds something that is no nu"),
    ],
)
def test_what_is_no_sample_of_several_inputs_is_refused(body: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(body.encode(), TWO)

    assert told in str(caught.value)
    assert str(caught.value).endswith(TWO_EXPECTED)


def test_a_model_of_one_input_takes_it_by_name_too() -> None:
    assert samples({"features": {"x": [1, 2, 3]}}).tolist() == [[1, 2, 3]]
    assert samples({"instances": [{"x": [1, 2, 3]}] * 2}).tolist() == [[1, 2, 3]] * 2
    assert samples({"features": {"x": np.zeros((2, 2, 3)).tolist()}}, IMAGE).shape == (1, 2, 2, 3)
    assert samples({"features": {"x": "a"}}, (), "str").tolist() == ["a"]


@pytest.mark.parametrize(
    ("dtype", "value", "told"),
    [
        ("str", [1, 2, 3], "features holds something that is no string"),
        ("str", ["a", "b", None], "features holds something that is no string"),
        ("str", ["a", "b"], "features has 2 strings; one sample has 3 strings"),
        ("bool", [1, 0, 1], "features holds something that is not true or false"),
        ("bool", ["true", True, False], "features holds something that is not true or false"),
    ],
)
def test_texts_and_booleans_are_as_strict_as_numbers(dtype: str, value: Any, told: str) -> None:
    assert told in refusal(json.dumps({"features": value}), dtype=dtype)


def test_texts_and_booleans_are_taken() -> None:
    assert samples({"features": ["a", "", "ü"]}, dtype="str").tolist() == [["a", "", "ü"]]
    assert samples({"features": [True, False, True]}, dtype="bool").dtype == np.bool_


def test_one_output_is_given_as_the_array_it_is() -> None:
    found = {"y": np.array([[1.0, 2.0]], np.float32)}

    assert answer("prediction", found) == {"prediction": [[1.0, 2.0]]}
    assert answer("predictions", found) == {"predictions": [[1.0, 2.0]]}


def test_several_outputs_are_named_and_rows_are_objects() -> None:
    found = {"score": np.array([[0.5], [np.nan]]), "label": np.array([b"cat", b"dog"], object)}

    assert answer("prediction", found) == {
        "prediction": {"score": [[0.5], [None]], "label": ["cat", "dog"]},
    }
    assert answer("predictions", found) == {
        "predictions": [{"score": [0.5], "label": "cat"}, {"score": [None], "label": "dog"}],
    }
