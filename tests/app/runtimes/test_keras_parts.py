"""Architecture and weights from two places: which fit, and what is said where they don't."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from checks.model_source import Factory
from tests import with_tensorflow
from tests.app.runtimes.test_broken import cause_of, text_of
from tests.conftest import TensorFlowProcess

pytestmark = pytest.mark.tensorflow

OLDER = Path(__file__).parents[2] / "fixtures" / "older-models"
FEATURES = [number / 7 for number in range(10)]


@pytest.mark.parametrize(
    ("architecture", "weights", "says"),
    [
        # Keras itself takes this one, and leaves a third of it out
        (
            "good-same-units.json",
            "one-layer-more.weights.h5",
            "the model expects no such layer, and the file has layers/dense_2.",
        ),
        ("good.json", "one-layer-more.weights.h5", "the layer {} expects (8, 2), and the file has (8, 8)."),
        ("one-layer-more.json", "good.weights.h5", "the layer {} expects (8, 8), and the file has (8, 2)."),
        (
            "one-layer-more.json",
            "good-same-units.weights.h5",
            "the layer {} expects 2 variables, and the file has 0.",
        ),
        ("one-layer-more.json", "good.h5", "the model expects 3 layers, and the file has 2."),
        ("good.json", "other-units.weights.h5", "the layer {} expects (10, 8), and the file has (10, 9)."),
        ("good.json", "other-units.h5", "the layer {} expects (10, 8), and the file has (10, 9)."),
        ("no-bias.json", "good.h5", "the layer {} expects 1, and the file has 2."),
    ],
)
def test_weights_that_do_not_fit_tell_what_is_expected_and_found(
    tensorflow: TensorFlowProcess, models: Path, architecture: str, weights: str, says: str
) -> None:
    opened = tensorflow(with_tensorflow.open_two_parts, models / architecture, models / weights, models)

    said = re.sub(r"layer dense\w*", "layer {}", text_of(opened))
    size = f"{(models / weights).stat().st_size:,}"
    assert said == f"{weights} ({size} bytes) does not fit the architecture: {says}"
    assert cause_of(opened.failure) == "model/architecture-mismatch"


def test_weights_in_the_layout_of_keras_2_13_are_of_another_version(
    tensorflow: TensorFlowProcess, models: Path
) -> None:
    weights = OLDER / "keras-2.13.weights.h5"

    opened = tensorflow(with_tensorflow.open_two_parts, models / "good.json", weights, models)

    assert cause_of(opened.failure) == "model/keras-version-mismatch"


def test_weights_of_a_model_with_dropout_fit_one_without(tensorflow: TensorFlowProcess, models: Path) -> None:
    weights = models / "dropout.weights.h5"

    assert tensorflow(with_tensorflow.open_two_parts, models / "good.json", weights, models).failure is None


def test_weights_of_a_trained_model_fit_with_their_optimizer(
    tensorflow: TensorFlowProcess, models: Path
) -> None:
    weights = models / "trained.weights.h5"

    assert tensorflow(with_tensorflow.open_two_parts, models / "good.json", weights, models).failure is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"a": 1}', "JSON and not a model's architecture"),
        ("[1, 2]", "JSON and not a model's architecture"),
        ("no json", "no JSON and not a model's architecture"),
        ("[" * 100_000, "no JSON and not a model's architecture"),
        ("<!doctype html><title>404</title>", "is an HTML page"),
        ("", "is empty"),
        ('{"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}}', "a Dense, no model"),
    ],
)
def test_what_is_no_architecture_is_told(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "model.json").write_text(content)

    opened = tensorflow(
        with_tensorflow.open_two_parts, tmp_path / "model.json", models / "good.weights.h5", tmp_path
    )

    assert says in text_of(opened)
    assert cause_of(opened.failure) == "model/corrupt"


def test_json_in_a_json_string_is_an_architecture_too(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path
) -> None:
    import json

    (tmp_path / "model.json").write_text(json.dumps((models / "good.json").read_text()))

    opened = tensorflow(
        with_tensorflow.open_two_parts, tmp_path / "model.json", models / "good.weights.h5", tmp_path
    )

    assert opened.failure is None


@pytest.mark.parametrize("name", ["good.keras", "good.h5", "good.onnx"])
def test_a_whole_model_in_place_of_an_architecture_is_told(
    tensorflow: TensorFlowProcess, models: Path, name: str
) -> None:
    opened = tensorflow(with_tensorflow.open_two_parts, models / name, models / "good.weights.h5", models)

    assert "Set MODEL_URI to it" in text_of(opened)


def test_weights_of_another_runtime_are_told(tensorflow: TensorFlowProcess, models: Path) -> None:
    opened = tensorflow(with_tensorflow.open_two_parts, models / "good.json", models / "good.onnx", models)

    assert "good.onnx is a model in the form onnx; MODEL_WEIGHTS_URL wants" in text_of(opened)


def test_a_lambda_in_an_architecture_is_not_run(tensorflow: TensorFlowProcess, models: Path) -> None:
    for name in ("lambda.json", "lambda-as-keras-2.json"):
        opened = tensorflow(with_tensorflow.open_two_parts, models / name, models / "good.weights.h5", models)

        assert cause_of(opened.failure) == "model/unsafe-deserialization"


FACTORY = """
import keras

def build():
    return keras.Sequential([
        keras.Input((10,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)
    ])

def without_input():
    return keras.Sequential([keras.layers.Dense(2)])

def nothing():
    pass

def fails():
    raise LookupError("no such size")
"""


def factory(tmp_path: Path, function: str) -> Factory:
    module = f"architecture_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{module}.py").write_text(FACTORY)
    return Factory(module, function, "MODEL_ARCHITECTURE_URL")


def test_a_function_of_the_app_builds_the_architecture(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path
) -> None:
    made = factory(tmp_path, "build")

    ours = tensorflow(with_tensorflow.answers_of_parts, made, models / "good.weights.h5", tmp_path, FEATURES)

    theirs = tensorflow(with_tensorflow.answers_of_keras, models / "good.keras", FEATURES)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("without_input", "tells no input, so its layers have no place for weights yet. Begin it with"),
        ("nothing", "returned a NoneType; it has to return a keras.Model."),
        ("fails", "LookupError: no such size"),
        ("missing", "has nothing of the name missing"),
        ("keras", "keras is no function"),
    ],
)
def test_a_function_that_builds_no_model_is_told(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path, function: str, says: str
) -> None:
    made = factory(tmp_path, function)

    opened = tensorflow(with_tensorflow.open_two_parts, made, models / "good.weights.h5", tmp_path)

    assert says in text_of(opened)


def test_a_missing_module_keeps_its_cause(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path
) -> None:
    made = Factory("no_such_module_here", "build", "MODEL_ARCHITECTURE_URL")

    opened = tensorflow(with_tensorflow.open_two_parts, made, models / "good.weights.h5", tmp_path)

    assert cause_of(opened.failure) == "dependency/module-not-found"
