"""Keras models on the real TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from checks.facts import Fact
from tests import with_tensorflow
from tests.conftest import TensorFlowProcess

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("name", ["good.keras", "good.h5"])
def test_answers_are_those_of_keras_itself(tensorflow: TensorFlowProcess, models: Path, name: str) -> None:
    features = [number / 7 for number in range(10)]

    ours = tensorflow(with_tensorflow.answers, models / name, features)

    theirs = tensorflow(with_tensorflow.answers_of_keras, models / name, features)
    assert ours.shape == (1, 2)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "taken", "given"),
    [
        ("good.keras", "(n, 10) float32", "(n, 2)"),
        ("good.h5", "(n, 10) float32", "(n, 2)"),
        ("words.keras", "(n, 5) int32", "(n, 1)"),
        ("picture.keras", "(n, n, n, 3) float32", "(n, 1)"),
        ("several-outputs.keras", "(n, 3) float32", "(n, 2), (n, 1)"),
        ("plain.keras", "(n, 4) float32", "(n, 4)"),
        ("labels.keras", "(n, 1) int64", "(n, 1)"),
    ],
)
def test_a_model_tells_its_shapes_and_warms_up(
    tensorflow: TensorFlowProcess, models: Path, name: str, taken: str, given: str
) -> None:
    opened = tensorflow(with_tensorflow.open_model, models / name)

    assert opened.failure is None
    assert (opened.input, opened.output) == (taken, given)


def test_a_model_that_is_singular_at_zero_warms_up_elsewhere(
    tensorflow: TensorFlowProcess, models: Path
) -> None:
    assert tensorflow(with_tensorflow.open_model, models / "log.keras").failure is None


def test_a_model_of_pictures_of_any_size_warms_up_with_one_it_can_take(
    tensorflow: TensorFlowProcess, models: Path
) -> None:
    opened = tensorflow(with_tensorflow.open_model, models / "picture.keras")

    assert opened.failure is None
    assert opened.input_shape == (None, None, 3)


def test_several_outputs_keep_their_names(tensorflow: TensorFlowProcess, models: Path) -> None:
    answers = tensorflow(with_tensorflow.answers, models / "several-outputs.keras", [1.0, 2.0, 3.0])

    assert {name: part.shape for name, part in answers.items()} == {"score": (1, 1), "class": (1, 2)}


def test_labels_come_back_as_bytes(tensorflow: TensorFlowProcess, models: Path) -> None:
    assert tensorflow(with_tensorflow.answers, models / "labels.keras", [2], "int64").tolist() == [[b"dog"]]


def test_an_index_outside_the_vocabulary_is_the_clients_fault(
    tensorflow: TensorFlowProcess, models: Path
) -> None:
    said = tensorflow(with_tensorflow.refusal, models / "words.keras", [1, 2, 3, 4, 1000], "int32")

    assert said == "the model can't take these: an index or a size is out of its range"


@pytest.mark.parametrize(
    ("name", "fault", "text"),
    [
        ("nan.keras", "not-finite", "The warm-up answered with NaN or infinity."),
        ("two-inputs.keras", "inputs", "The model has 2 inputs; models with one can be served."),
        ("text.keras", "inputs", "The model's input is string; models that take numbers can be served."),
    ],
)
def test_what_can_not_be_served_is_told(
    tensorflow: TensorFlowProcess, models: Path, name: str, fault: str, text: str
) -> None:
    failure = tensorflow(with_tensorflow.open_model, models / name).failure

    assert failure is not None
    assert (failure.fact, failure.values["fault"], failure.text) == (Fact.MODEL_LOAD, fault, text)


def test_several_threads_get_the_answers_of_one(tensorflow: TensorFlowProcess, models: Path) -> None:
    assert tensorflow(with_tensorflow.answers_from_threads, models / "good.keras", 8, 50) == 0


def test_a_warm_answer_takes_milliseconds(tensorflow: TensorFlowProcess, models: Path) -> None:
    seconds = tensorflow(with_tensorflow.seconds_each, models / "good.keras")

    print(f"one answer takes {seconds * 1000:.2f} ms")  # noqa: T201  the figure is the point
    assert seconds < 0.02
