"""The warm-up asks with the model's own inputs and looks at the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.runtimes.signature import BadInput, Tensor
from app.warm_up import warm_up
from checks.evidence import Fault

Batch = Mapping[str, NDArray[Any]]


class Recorder:
    """A model of one line, which keeps what it was asked."""

    def __init__(self, *inputs: Tensor, answer: Callable[[Batch], NDArray[Any]]) -> None:
        self.inputs: tuple[Tensor, ...] = inputs
        self.outputs: tuple[Tensor, ...] = (Tensor("y", (), "float32"),)
        self.asked: list[Batch] = []
        self._answer = answer

    def predict(self, batch: Batch) -> Batch:
        self.asked.append(batch)
        return {"y": self._answer(batch)}


def ones(_: Batch) -> NDArray[Any]:
    return np.ones((1, 1))


def test_every_input_has_a_sample_of_its_shape_and_type() -> None:
    model = Recorder(
        Tensor("a", (2, 3), "float16"),
        Tensor("b", (), "int64"),
        Tensor("c", (1,), "str"),
        Tensor("d", (4,), "bool"),
        Tensor("e", (2,), "bfloat16"),
        answer=ones,
    )

    warm_up(model)

    (asked,) = model.asked
    assert {name: (each.shape, str(each.dtype)) for name, each in asked.items()} == {
        "a": ((1, 2, 3), "float16"),
        "b": ((1,), "int64"),
        "c": ((1, 1), "object"),
        "d": ((1, 4), "bool"),
        "e": ((1, 2), "float32"),
    }
    assert asked["c"].tolist() == [[""]]


def test_a_model_that_is_singular_at_zero_is_asked_elsewhere() -> None:
    def inverse(batch: Batch) -> NDArray[Any]:
        with np.errstate(divide="ignore"):
            return 1 / batch["x"]

    model = Recorder(Tensor("x", (2,), "float32"), answer=inverse)

    warm_up(model)

    assert [each["x"][0, 0] for each in model.asked] == [0.0, 0.5]


def test_a_model_of_any_size_is_asked_with_larger_ones() -> None:
    def large_only(batch: Batch) -> NDArray[Any]:
        if batch["x"].shape[1] < 20:
            raise BadInput("too small")
        return np.ones(1)

    model = Recorder(Tensor("x", (None, None, 3), "float32"), answer=large_only)

    warm_up(model)

    assert model.asked[-1]["x"].shape == (1, 32, 32, 3)


def test_a_sample_of_any_size_stays_small() -> None:
    def nothing(_: Batch) -> NDArray[Any]:
        raise BadInput("no")

    model = Recorder(Tensor("x", (None, None, None, 64), "float32"), answer=nothing)

    with pytest.raises(BadInput, match="no"):
        warm_up(model)

    assert max(each["x"].size for each in model.asked) <= 1 << 20


def test_a_model_that_always_answers_with_nan_is_refused() -> None:
    model = Recorder(Tensor("x", (2,), "float32"), answer=lambda _: np.array([np.nan]))

    with pytest.raises(Fault) as caught:
        warm_up(model)

    assert caught.value.evidence.values["fault"] == "not-finite"


@pytest.mark.parametrize("answer", [np.array([b"cat"]), np.array(["cat"], object), np.array([True])])
def test_labels_are_finite(answer: NDArray[Any]) -> None:
    warm_up(Recorder(Tensor("x", (2,), "float32"), answer=lambda _: answer))
