"""Keras models on TensorFlow, as one compiled call with a fixed signature.

`model.predict` builds a data pipeline for each request; a traced function does not, and answers
some fifty times as often.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.evidence import Evidence, Fault, Level
from checks.facts import Fact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class KerasModel:
    """A loaded model with one input. Safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        """Load the file; raises whatever Keras raises, and Fault for what can't be served."""
        import tensorflow as tf

        self._tf = tf
        model = tf.keras.models.load_model(str(path), compile=False)
        inputs = list(model.inputs or ())
        if len(inputs) != 1:
            raise Fault(
                Evidence(
                    Fact.MODEL_LOAD,
                    Level.FAIL,
                    f"The model has {len(inputs)} inputs; models with one can be served.",
                    path.name,
                    values={"fault": "inputs", "inputs": len(inputs)},
                )
            )
        self.input_shape: tuple[int | None, ...] = tuple(inputs[0].shape[1:])
        self.input_type: str = str(inputs[0].dtype)
        self.output = ", ".join(str(tuple(o.shape)).replace("None", "n") for o in model.outputs)

        @tf.function(  # type: ignore[untyped-decorator]
            input_signature=[tf.TensorSpec([None, *self.input_shape], self.input_type)]
        )
        def call(batch: Any) -> Any:
            return model(batch, training=False)

        self._call = call.get_concrete_function()

    @property
    def input(self) -> str:
        """The input's shape as people write it: ``(n, 10) float32``."""
        return f"{str((None, *self.input_shape)).replace('None', 'n')} {self.input_type}"

    def predict(self, batch: NDArray[np.generic]) -> Any:
        """The answers for a batch: an array, or lists and mappings of arrays."""
        tf = self._tf
        return tf.nest.map_structure(lambda t: t.numpy(), self._call(tf.constant(batch, self.input_type)))

    def warm_up(self) -> None:
        """Answer once, so that the first request is not slow. Raises Fault if it is no number."""
        import numpy as np

        shape = (1, *(size or 1 for size in self.input_shape))
        # Zeros are a legitimate singularity of some models, so a second point is tried.
        for value in (0.0, 0.5):
            answer = self.predict(np.full(shape, value))
            if all(np.isfinite(part).all() for part in self._tf.nest.flatten(answer)):
                return
        raise Fault(
            Evidence(
                Fact.MODEL_LOAD,
                Level.FAIL,
                "The warm-up answered with NaN or infinity.",
                values={"fault": "not-finite"},
            )
        )
