"""Keras models on TensorFlow, as one compiled call with a fixed signature.

`model.predict` builds a data pipeline for each request; a traced function does not, and answers
some fifty times as often.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.predict import BadInput
from checks.evidence import Evidence, Fault, Level, Value
from checks.facts import Fact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ANY_SIZE = (1, 32, 256)  # for a dimension that may have any size
LARGEST_SAMPLE = 1 << 20  # numbers


class KerasModel:
    """A loaded model with one input. Safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        """Load the file; raises whatever Keras raises, and Fault for what can't be served."""
        import tensorflow as tf

        self._tf = tf
        model = tf.keras.models.load_model(str(path), compile=False)
        self.input_shape, self.input_type = self._only_input(model, path)
        self.output = ", ".join(str(tuple(o.shape)).replace("None", "n") for o in model.outputs)

        @tf.function(  # type: ignore[untyped-decorator]
            input_signature=[tf.TensorSpec([None, *self.input_shape], self.input_type)]
        )
        def call(batch: Any) -> Any:
            return model(batch, training=False)

        self._call = call.get_concrete_function()

    def _only_input(self, model: Any, path: Path) -> tuple[tuple[int | None, ...], str]:
        """Its shape without the batch, and its type. Raises Fault for what can't be served."""
        try:
            inputs = list(model.inputs or ())
        except AttributeError:  # a model that was saved before it had seen any input
            inputs = []
        fault = ""
        if len(inputs) != 1:
            fault = f"The model has {len(inputs)} inputs; models with one can be served."
        else:
            kind = self._tf.as_dtype(inputs[0].dtype)
            if not (kind.is_floating or kind.is_integer):
                fault = f"The model's input is {kind.name}; models that take numbers can be served."
        if fault:
            values: dict[str, Value] = {"fault": "inputs", "inputs": len(inputs)}
            raise Fault(Evidence(Fact.MODEL_LOAD, Level.FAIL, fault, path.name, values=values))
        return tuple(inputs[0].shape[1:]), str(inputs[0].dtype)

    @property
    def input(self) -> str:
        """The input's shape as people write it: ``(n, 10) float32``."""
        return f"{str((None, *self.input_shape)).replace('None', 'n')} {self.input_type}"

    def predict(self, batch: NDArray[np.generic]) -> Any:
        """The answers for a batch: an array, or lists and mappings of arrays. Raises BadInput."""
        tf = self._tf
        try:
            answers = self._call(tf.constant(batch, self.input_type))
        except tf.errors.InvalidArgumentError as error:
            raise BadInput("the model can't take these: an index or a size is out of its range") from error
        if isinstance(answers, tf.Tensor):  # nearly always; the general way costs a tenth of a request
            return answers.numpy()
        return tf.nest.map_structure(lambda t: t.numpy(), answers)

    def warm_up(self) -> None:
        """Answer once, so that the first request is not slow. Raises Fault if it is no number."""
        answered, refusal = False, BadInput()
        for sample in self._samples():
            try:
                answer = self.predict(sample)
            except BadInput as error:
                refusal = error
                continue
            answered = True
            if all(map(_is_finite, self._tf.nest.flatten(answer))):
                return
        if not answered:
            raise refusal
        raise Fault(
            Evidence(
                Fact.MODEL_LOAD,
                Level.FAIL,
                "The warm-up answered with NaN or infinity.",
                values={"fault": "not-finite"},
            )
        )

    def _samples(self) -> Iterator[NDArray[np.generic]]:
        """What to try in turn.

        Zeros are a legitimate singularity of some models; where a model takes any size, some
        pictures and texts are too small for it.
        """
        import numpy as np

        for size in ANY_SIZE if None in self.input_shape else (1,):
            shape = (1, *(size if each is None else each for each in self.input_shape))
            if size == 1 or math.prod(shape) <= LARGEST_SAMPLE:
                yield from (np.full(shape, value) for value in (0.0, 0.5))


def _is_finite(part: NDArray[np.generic]) -> bool:
    """Labels and counts always are."""
    import numpy as np

    return part.dtype.kind in "SOUiub" or bool(np.isfinite(part).all())
