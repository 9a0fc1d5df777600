"""The first answer of a model, before anybody asks: with its own inputs, and looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from app.runtimes.faults import load_fault
from app.runtimes.signature import BadInput, Model, Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ANY_SIZE = (1, 32, 256)  # for a dimension that may have any size
LARGEST_SAMPLE = 1 << 20  # numbers


def warm_up(model: Model) -> None:
    """Answer once, so that the first request is not slow.

    Raises Fault when the answer is no number for any sample, and BadInput when the model takes none.
    """
    answered, refusal = False, BadInput()
    for sample in _samples(model.inputs):
        try:
            answers = model.predict(sample)
        except BadInput as error:
            refusal = error
            continue
        answered = True
        if all(map(_is_finite, answers.values())):
            return
    if not answered:
        raise refusal
    raise load_fault("not-finite", "The warm-up answered with NaN or infinity.")


def _samples(inputs: tuple[Tensor, ...]) -> Iterator[Mapping[str, NDArray[np.generic]]]:
    """What to try in turn.

    Zeros are a legitimate singularity of some models; where a model takes any size, some pictures and
    texts are too small for it.
    """
    for size in ANY_SIZE if any(None in each.shape for each in inputs) else (1,):
        shapes = [(1, *(size if each is None else each for each in tensor.shape)) for tensor in inputs]
        if size == 1 or sum(map(math.prod, shapes)) <= LARGEST_SAMPLE:
            for value in (0.0, 0.5):
                yield {
                    tensor.name: _filled(shape, tensor.dtype, value)
                    for tensor, shape in zip(inputs, shapes, strict=True)
                }


def _filled(shape: tuple[int, ...], dtype: str, value: float) -> NDArray[np.generic]:
    """Of the input's own type: 0.5 is 0 where it takes whole numbers, and a text is empty."""
    import numpy as np

    if dtype == "str":
        return np.full(shape, "", object)
    return np.full(shape, value, "float32" if dtype == "bfloat16" else dtype)


def _is_finite(part: NDArray[Any]) -> bool:
    """Labels and counts always are."""
    import numpy as np

    return part.dtype.kind in "SOUiub" or bool(np.isfinite(part).all())
