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
    """All answers of `run`, which gets as many samples at once as it can take; `fixed` is a number it insists on.

    Raises BadInput when the samples can't be divided so, or the answers not be joined.
    """
    count = len(arrays[0])
    size = fixed or _most(arrays)
    if count <= size and fixed in (None, count):
        return list(run(arrays))
    if fixed is not None and count % fixed:
        raise BadInput(f"the model takes {fixed} samples at once, and {count} are given")
    import numpy as np

    parts = [run([array[at : at + size] for array in arrays]) for at in range(0, count, size)]
    joined = [np.concatenate(each) if each[0].ndim else np.stack(each) for each in zip(*parts, strict=True)]
    if any(len(each) != count for each in joined):
        raise BadInput(f"the model gives no answer for each sample; send at most {size} at once")
    return joined


def _most(arrays: Sequence[NDArray[Any]]) -> int:
    each = sum(math.prod(array.shape[1:]) for array in arrays)
    return max(1, min(MOST_SAMPLES, MOST_NUMBERS // max(1, each)))
