"""LiteRT models with inputs of other kinds than ten numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import with_tensorflow
from tests.conftest import TensorFlowProcess

pytestmark = pytest.mark.tensorflow

OUT_OF_RANGE = "the model can't take these: an index or a size is out of its range"


@pytest.mark.parametrize(
    ("name", "bad", "good", "dtype"),
    [
        ("words.tflite", [[1, 2, 3, 4, 1000]], [[1, 2, 3, 4, 5]], "int32"),
        ("picture.tflite", [[[[0.5] * 3]]], [[[[0.5] * 3] * 8] * 8], "float32"),
    ],
)
def test_what_is_out_of_range_is_the_clients_fault_and_the_model_stays(  # noqa: PLR0913, PLR0917  one case each
    tensorflow: TensorFlowProcess, models: Path, name: str, bad: list[Any], good: list[Any], dtype: str
) -> None:
    said, answers = tensorflow(with_tensorflow.after_bad_input, models / name, bad, good, dtype)

    assert said == OUT_OF_RANGE
    theirs = tensorflow(with_tensorflow.answers, models / Path(name).with_suffix(".keras"), good[0], dtype)
    np.testing.assert_allclose(answers, theirs, rtol=0, atol=1e-5)


def test_a_quantised_model_takes_and_gives_whole_numbers(tensorflow: TensorFlowProcess, models: Path) -> None:
    opened = tensorflow(with_tensorflow.open_model, models / "quantised.tflite")

    assert opened.failure is None
    assert (opened.inputs, opened.outputs) == (("(n, 10) int8",), ("(n, 2) int8",))


def test_a_model_for_a_fixed_number_of_samples_takes_any(tensorflow: TensorFlowProcess, models: Path) -> None:
    samples = {"": [[float(number)] * 3 for number in range(5)]}

    lean = tensorflow(with_tensorflow.ask, models / "two-at-once.tflite", samples)

    theirs = tensorflow(with_tensorflow.ask, models / "two-at-once.keras", samples)
    np.testing.assert_allclose(lean, theirs, rtol=0, atol=1e-5)


def test_several_inputs_go_where_their_names_say(tensorflow: TensorFlowProcess, models: Path) -> None:
    samples = {"right": [[10.0, 20.0]], "left": [[1.0, 2.0]]}

    assert tensorflow(with_tensorflow.ask, models / "two-inputs.tflite", samples).tolist() == [[11, 22]]
