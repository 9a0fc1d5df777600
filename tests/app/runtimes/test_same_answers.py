"""One network in every form, made here and by other versions: the answers are the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import with_tensorflow
from tests.conftest import TensorFlowProcess

pytestmark = pytest.mark.tensorflow

OLDER = Path(__file__).parents[2] / "fixtures" / "older-models"
FEATURES = [number / 7 for number in range(10)]
OF_OLDER = (0.23847184, -0.3000434)  # tests/fixtures/older-models/README.md
FORMS = ["good.keras", "good.h5", "good-saved", "good.onnx", "good.tflite"]


@pytest.mark.parametrize("name", FORMS)
def test_every_runtime_answers_as_keras_itself(
    tensorflow: TensorFlowProcess, models: Path, name: str
) -> None:
    ours = tensorflow(with_tensorflow.answers, models / name, FEATURES)

    theirs = tensorflow(with_tensorflow.answers_of_keras, models / "good.keras", FEATURES)
    assert ours.shape == (1, 2)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", FORMS)
def test_a_batch_larger_than_is_asked_at_once_answers_as_its_samples(
    tensorflow: TensorFlowProcess, models: Path, name: str
) -> None:
    samples = [[number / 70 + place for place in range(10)] for number in range(70)]

    together = tensorflow(with_tensorflow.ask, models / name, {"": samples})

    theirs = tensorflow(with_tensorflow.answers_of_keras, models / "good.keras", samples[69])
    assert together.shape == (70, 2)
    np.testing.assert_allclose(together[69:], theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", FORMS)
def test_several_threads_get_the_answers_of_one(
    tensorflow: TensorFlowProcess, models: Path, name: str
) -> None:
    assert tensorflow(with_tensorflow.answers_from_threads, models / name, 8, 30) == 0


@pytest.mark.parametrize("name", FORMS)
def test_a_sample_of_another_size_is_the_clients_fault_and_the_model_stays(
    tensorflow: TensorFlowProcess, models: Path, name: str
) -> None:
    said, answers = tensorflow(with_tensorflow.after_bad_input, models / name, [[0.5] * 9], [[0.5] * 10])

    assert "has the shape (1, 9); the model takes (n, 10) float32" in said
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("name", FORMS)
def test_no_sample_is_told_too(tensorflow: TensorFlowProcess, models: Path, name: str) -> None:
    said, answers = tensorflow(with_tensorflow.after_bad_input, models / name, [], [[0.5] * 10])

    assert said == "each input has the same number of samples, and at least one"
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("name", FORMS)
def test_a_warm_answer_takes_milliseconds(tensorflow: TensorFlowProcess, models: Path, name: str) -> None:
    seconds = tensorflow(with_tensorflow.seconds_each, models / name)

    print(f"one answer of {name} takes {seconds * 1e6:.0f} µs")  # noqa: T201  the figure is the point
    assert seconds < 0.02


@pytest.mark.parametrize("name", ["keras-2.15-compiled-mse.h5", "tensorflow-2.15.tflite"])
def test_whole_models_of_older_versions_answer_as_they_did(tensorflow: TensorFlowProcess, name: str) -> None:
    ours = tensorflow(with_tensorflow.answers, OLDER / name, FEATURES)

    np.testing.assert_allclose(ours, [OF_OLDER], rtol=0, atol=1e-5)


def test_a_saved_model_of_an_older_version_answers_as_it_did(
    tensorflow: TensorFlowProcess, tmp_path: Path
) -> None:
    tensorflow(with_tensorflow.unpack, OLDER / "tensorflow-2.15-saved-model.zip", tmp_path)

    ours = tensorflow(with_tensorflow.answers, tmp_path, FEATURES)

    np.testing.assert_allclose(ours, [OF_OLDER], rtol=0, atol=1e-5)


@pytest.mark.parametrize("architecture", ["keras-2.15.json", "keras-2.15-functional.json"])
@pytest.mark.parametrize(
    "weights",
    [
        "keras-2.15-weights.h5",
        "keras-2.15.weights.h5",
        "keras-2.15-compiled-mse.h5",
    ],
)
def test_two_parts_of_an_older_version_answer_as_they_did(
    tensorflow: TensorFlowProcess, tmp_path: Path, architecture: str, weights: str
) -> None:
    (tmp_path / "without-ending").symlink_to(OLDER / weights)  # and the name plays no part

    ours = tensorflow(
        with_tensorflow.answers_of_parts,
        OLDER / architecture,
        tmp_path / "without-ending",
        tmp_path,
        FEATURES,
    )

    np.testing.assert_allclose(ours, [OF_OLDER], rtol=0, atol=1e-5)


@pytest.mark.parametrize("weights", ["good.weights.h5", "good.h5", "good.keras"])
def test_two_parts_of_this_version_answer_as_the_whole(
    tensorflow: TensorFlowProcess, models: Path, weights: str
) -> None:
    ours = tensorflow(
        with_tensorflow.answers_of_parts, models / "good.json", models / weights, models, FEATURES
    )

    theirs = tensorflow(with_tensorflow.answers_of_keras, models / "good.keras", FEATURES)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
