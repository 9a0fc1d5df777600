"""Keras models on the real TensorFlow: names, shapes, inputs of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from checks.facts import Fact
from tests import with_tensorflow
from tests.conftest import TensorFlowProcess

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize(
    ("name", "taken", "given"),
    [
        ("good.keras", ["(n, 10) float32"], ["(n, 2) float32"]),
        ("good.h5", ["(n, 10) float32"], ["(n, 2) float32"]),
        ("no-ending", ["(n, 10) float32"], ["(n, 2) float32"]),
        ("really-h5.keras", ["(n, 10) float32"], ["(n, 2) float32"]),
        ("words.keras", ["(n, 5) int32"], ["(n, 1) float32"]),
        ("picture.keras", ["(n, n, n, 3) float32"], ["(n, 1) float32"]),
        ("two-inputs.keras", ["(n, 2) float32", "(n, 2) float32"], ["(n, 2) float32"]),
        ("several-outputs.keras", ["(n, 3) float32"], ["(n, 2) float32", "(n, 1) float32"]),
        ("plain.keras", ["(n, 4) float32"], ["(n, 4) float32"]),
        ("labels.keras", ["(n, 1) int64"], ["(n, 1) str"]),
        ("text.keras", ["(n, 1) str"], ["(n, 1) int64"]),
        ("log.keras", ["(n, 3) float32"], ["(n,) float32"]),  # singular at zero: warm elsewhere
        ("two-at-once.keras", ["(n, 3) float32"], ["(n, 1) float32"]),
    ],
)
def test_a_model_tells_its_shapes_and_warms_up(
    tensorflow: TensorFlowProcess, models: Path, name: str, taken: list[str], given: list[str]
) -> None:
    opened = tensorflow(with_tensorflow.open_model, models / name)

    assert opened.failure is None
    assert (list(opened.inputs), list(opened.outputs)) == (taken, given)


@pytest.mark.parametrize("name", ["keras-2.h5", "keras-3.h5", "keras-3.keras"])
def test_files_of_other_versions_that_keras_can_read_are_opened(
    tensorflow: TensorFlowProcess, name: str
) -> None:
    opened = tensorflow(with_tensorflow.open_model, Path(__file__).parents[2] / "fixtures" / "models" / name)

    assert opened.failure is None


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("two-inputs.keras", ("left", "right", "add")),
        ("nested.keras", ("age", "words", "all_0", "all_1", "none")),
    ],
)
def test_inputs_and_outputs_have_the_names_of_their_layers_and_keys(
    tensorflow: TensorFlowProcess, models: Path, name: str, names: tuple[str, ...]
) -> None:
    assert tensorflow(with_tensorflow.open_model, models / name).names == names


def test_several_inputs_go_where_their_names_say(tensorflow: TensorFlowProcess, models: Path) -> None:
    samples = {"words": [[1, 2], [3, 4]], "age": [[30], [40]]}

    answers = tensorflow(with_tensorflow.ask, models / "nested.keras", samples, "int32", "float32")

    assert answers["none"].tolist() == [[30], [40]]
    assert answers["all_1"][:, 0].tolist() == [30, 40]


def test_a_missing_input_is_named(tensorflow: TensorFlowProcess, models: Path) -> None:
    said = tensorflow(with_tensorflow.ask, models / "two-inputs.keras", {"left": [[1, 2]]})

    assert said == "the input right is missing"


def test_inputs_of_unequal_length_are_told(tensorflow: TensorFlowProcess, models: Path) -> None:
    samples = {"left": [[1, 2]], "right": [[1, 2], [3, 4]]}

    said = tensorflow(with_tensorflow.ask, models / "two-inputs.keras", samples)

    assert said == "each input has the same number of samples, and at least one"


def test_several_outputs_keep_their_names(tensorflow: TensorFlowProcess, models: Path) -> None:
    answers = tensorflow(with_tensorflow.answers, models / "several-outputs.keras", [1.0, 2.0, 3.0])

    assert {name: part.shape for name, part in answers.items()} == {"score": (1, 1), "class": (1, 2)}


def test_labels_come_back_as_bytes(tensorflow: TensorFlowProcess, models: Path) -> None:
    assert tensorflow(with_tensorflow.answers, models / "labels.keras", [2], "int64").tolist() == [[b"dog"]]


def test_texts_are_looked_up(tensorflow: TensorFlowProcess, models: Path) -> None:
    found = tensorflow(with_tensorflow.ask, models / "text.keras", {"": [["dog"], ["ü"]]}, "str")

    assert found.tolist() == [[2], [0]]


def test_a_model_for_a_fixed_number_of_samples_takes_any(tensorflow: TensorFlowProcess, models: Path) -> None:
    samples = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]

    three = tensorflow(with_tensorflow.ask, models / "two-at-once.keras", {"": samples})
    last = tensorflow(with_tensorflow.ask, models / "two-at-once.keras", {"": samples[2:]})

    assert three.shape == (3, 1)
    np.testing.assert_allclose(three[2:], last, rtol=0, atol=1e-6)


def test_an_index_outside_the_vocabulary_is_the_clients_fault(
    tensorflow: TensorFlowProcess, models: Path
) -> None:
    said, answers = tensorflow(
        with_tensorflow.after_bad_input,
        models / "words.keras",
        [[1, 2, 3, 4, 1000]],
        [[1, 2, 3, 4, 5]],
        "int32",
    )

    assert said == "the model can't take these: an index or a size is out of its range"
    assert answers.shape == (1, 1)


def test_a_picture_too_small_is_the_clients_fault(tensorflow: TensorFlowProcess, models: Path) -> None:
    said, answers = tensorflow(
        with_tensorflow.after_bad_input, models / "picture.keras", [[[[0.5] * 3]]], [[[[0.5] * 3] * 8] * 8]
    )

    assert said == "the model can't take these: an index or a size is out of its range"
    assert answers.shape == (1, 1)


@pytest.mark.parametrize(
    ("name", "fault", "text"),
    [
        ("nan.keras", "not-finite", "The warm-up answered with NaN or infinity."),
        ("never-called.keras", "inputs", "Begin it with keras.Input((…)) and save it again"),
        ("good.weights.h5", "weights-only", "MODEL_WEIGHTS_URL to it and MODEL_ARCHITECTURE_URL"),
    ],
)
def test_what_can_not_be_served_is_told(
    tensorflow: TensorFlowProcess, models: Path, name: str, fault: str, text: str
) -> None:
    failure = tensorflow(with_tensorflow.open_model, models / name).failure

    assert failure is not None
    assert (failure.fact, failure.values["fault"]) == (Fact.MODEL_LOAD, fault)
    assert text in failure.text
