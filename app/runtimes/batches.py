"""Samples as a model can take them: of the right sizes, and never too many at once.

What a layer holds for one sample, it holds for each of a batch; so a long one is answered in parts,
as `keras.Model.predict` does it, and memory stays what it was at the warm-up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.runtimes.signature import BadInput, Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SAMPLES = 32  # at once, as model.predict has it
MOST_NUMBERS = 1 << 18  # of input at once; one sample may have more

Run = Callable[[Sequence[Any]], Sequence[Any]]


def in_order(inputs: Sequence[Tensor], batch: Mapping[str, NDArray[np.generic]]) -> list[NDArray[np.generic]]:
    """The arrays in the order of the inputs. Raises BadInput when they can't be samples of this model."""
    try:
        arrays = [batch[tensor.name] for tensor in inputs]
    except KeyError as error:
        raise BadInput(f"the input {error.args[0]} is missing") from None
    count = len(arrays[0])
    for tensor, array in zip(inputs, arrays, strict=True):
        if len(array) != count or not count:
            raise BadInput("each input has the same number of samples, and at least one")
        shape = array.shape[1:]
        if len(shape) != len(tensor.shape) or not all(
            want is None or have == want for have, want in zip(shape, tensor.shape, strict=True)
        ):
            raise BadInput(f"{tensor.name} has the shape {array.shape}; the model takes {tensor}")
    return arrays


def in_parts(run: Run, arrays: Sequence[NDArray[Any]], fixed: int | None = None) -> list[NDArray[Any]]:
    """All answers of `run`, which gets as many samples at once as it can take.

    `fixed` is the one number of samples it takes, if there is one; the last of them are repeated to
    reach it. Raises BadInput when a model has no answer for each sample.
    """
    count = len(arrays[0])
    size = fixed or _most(arrays)
    if count <= size and fixed in (None, count):
        return [_per_sample(answer, count) for answer in run(arrays)]
    import numpy as np

    parts = []
    for at in range(0, count, size):
        given = [array[at : at + size] for array in arrays]
        real = len(given[0])
        if fixed is not None and real < fixed:
            given = [np.concatenate([each, np.repeat(each[-1:], fixed - real, 0)]) for each in given]
        parts.append([_per_sample(answer, len(given[0]))[:real] for answer in run(given)])
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _per_sample(answer: NDArray[Any], count: int) -> NDArray[Any]:
    """With the samples along the first axis, which a model for one sample may leave out."""
    if answer.ndim and len(answer) == count:
        return answer
    if count == 1:
        return answer[None]
    raise BadInput("the model gives no answer for each sample; send one at a time")


def _most(arrays: Sequence[NDArray[Any]]) -> int:
    each = sum(math.prod(array.shape[1:]) for array in arrays)
    return max(1, min(MOST_SAMPLES, MOST_NUMBERS // max(1, each)))
