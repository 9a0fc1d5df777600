"""A function of TensorFlow, traced once and called without what Python does around each call.

Calling a `ConcreteFunction` binds and checks its arguments in Python, which takes three times as long
as a small network itself. The operation beneath, which TensorFlow documents, takes them as they are;
our callers have checked them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from app.runtimes.batches import in_parts
from app.runtimes.signature import BadInput, Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Compiled:
    """A list of tensors to a list of tensors, for any number of samples. Safe in several threads."""

    def __init__(
        self, function: Callable[..., Any], inputs: Sequence[Tensor], fixed: int | None = None
    ) -> None:
        """Trace `function`, which takes the inputs one by one and returns a list of dense tensors."""
        import tensorflow as tf

        self._types = [tf.as_dtype("string" if each.dtype == "str" else each.dtype) for each in inputs]
        self._fixed = fixed
        specs = [
            tf.TensorSpec([fixed, *each.shape], dtype)
            for each, dtype in zip(inputs, self._types, strict=True)
        ]

        def plain(*tensors: Any) -> list[Any]:
            # NumPy has no bfloat16, and JSON none of its own either.
            return [
                tf.cast(answer, tf.float32) if answer.dtype == tf.bfloat16 else answer
                for answer in function(*tensors)
            ]

        traced = tf.function(plain, input_signature=specs, autograph=False)
        self._function = traced.get_concrete_function()
        self._captured = list(self._function.captured_inputs)
        self._answers = [each.dtype for each in self._function.outputs]
        self.shapes = [tuple(each.shape) for each in self._function.outputs]
        self.types = ["str" if each == tf.string else each.name for each in self._answers]
        self._constant, self._call = tf.constant, tf.raw_ops.StatefulPartitionedCall
        self._invalid = (tf.errors.InvalidArgumentError, tf.errors.OutOfRangeError)
        self._unable = (tf.errors.ResourceExhaustedError, tf.errors.UnimplementedError)

    def __call__(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Answers for all samples. Raises BadInput where TensorFlow finds the input at fault."""
        try:
            return in_parts(self._run, arrays, self._fixed)
        except self._invalid as error:
            raise BadInput("the model can't take these: an index or a size is out of its range") from error
        except self._unable as error:
            raise BadInput(
                "the model can't take these: what they need is too large or not possible"
            ) from error

    def _run(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        given = [self._constant(array, dtype) for array, dtype in zip(arrays, self._types, strict=True)]
        answers = self._call(args=[*given, *self._captured], Tout=self._answers, f=self._function)
        return [answer.numpy() for answer in answers]
