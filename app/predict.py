"""From a request's body to a batch, and from answers to JSON. Pure; no Flask here.

``{"features": […]}`` is one sample and answers ``{"prediction": …}``; ``{"instances": [[…], …]}`` is
TensorFlow Serving's REST form and answers ``{"predictions": …}``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Shape = tuple[int | None, ...]


class BadInput(ValueError):  # noqa: N818  it is the client's, and named for what it is
    """The body can't be a sample; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples stacked along the first axis, and the name under which their answers go back."""

    samples: NDArray[np.generic]
    answer_as: str


def parse(body: bytes, shape: Shape, dtype: str) -> Batch:
    """The batch in a body, for a model whose one input has `shape` (None for any size)."""
    content = _json(body, shape)
    keys = [key for key in ("features", "instances") if key in content]
    if len(keys) != 1:
        found = ", ".join(sorted(map(str, content))[:5]) or "nothing"
        raise BadInput(f'give either "features" or "instances", not {found}; {expected(shape)}')
    if keys[0] == "features":
        sample = _numbers(content["features"], "features", shape, dtype)
        return Batch(_one(sample, shape)[None], "prediction")
    samples = _numbers(content["instances"], "instances", shape, dtype)
    if samples.ndim != len(shape) + 1 or not _fits(samples.shape[1:], shape):
        raise BadInput(f"instances has the shape {samples.shape}; {expected(shape)}")
    return Batch(samples, "predictions")


def expected(shape: Shape) -> str:
    """The shape in words, with an example for a short one."""
    words = " × ".join("n" if size is None else str(size) for size in shape) or "1"
    text = f"one sample has {words} numbers"
    if len(shape) == 1 and shape[0] is not None and shape[0] <= 16:
        text += f', such as {{"features": {[0.5] * shape[0]}}}'
    return text


def to_json(answers: Any) -> Any:  # noqa: ANN401  an array or a structure of arrays
    """Arrays as nested lists. A NaN has no form in JSON and becomes null."""
    if isinstance(answers, Mapping):
        return {str(name): to_json(part) for name, part in answers.items()}
    if isinstance(answers, list | tuple):
        return [to_json(part) for part in answers]
    if isinstance(answers, float):
        return answers if math.isfinite(answers) else None
    return to_json(answers.tolist()) if hasattr(answers, "tolist") else answers


def _json(body: bytes, shape: Shape) -> dict[str, Any]:
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except BadInput:
        raise
    except RecursionError:
        raise BadInput("the JSON is nested too deeply") from None
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        why = (
            f"{error.msg} at position {error.pos}" if isinstance(error, json.JSONDecodeError) else "not UTF-8"
        )
        raise BadInput(f"the body is not JSON ({why}); {expected(shape)}") from None
    if not isinstance(content, dict):
        raise BadInput(f'the body is not an object; give {{"features": […]}}; {expected(shape)}')
    return content


def _no_constant(name: str) -> None:
    raise BadInput(f"{name} is no JSON number, and no model can use it")


def _numbers(value: Any, name: str, shape: Shape, dtype: str) -> NDArray[np.generic]:  # noqa: ANN401
    """An array of the model's type out of nested lists that hold finite numbers only."""
    import numpy as np

    if not isinstance(value, list) or not value:
        what = "empty" if value == [] else f"no list but {type(value).__name__}"
        raise BadInput(f"{name} is {what}; {expected(shape)}")
    try:
        array = np.array(value)
    except (ValueError, OverflowError, RecursionError):  # lists of unequal length, too many levels
        raise BadInput(f"{name} holds lists of unequal length; {expected(shape)}") from None
    if array.dtype.kind not in "iuf" or _holds_bool(value):
        raise BadInput(f"{name} holds something that is no number; {expected(shape)}")
    with np.errstate(over="ignore"):
        array = array.astype(dtype)
    if not np.isfinite(array).all():
        raise BadInput(f"{name} holds a number beyond the range of {dtype}")
    if array.size == 0:
        raise BadInput(f"{name} is empty; {expected(shape)}")
    return array


def _holds_bool(value: list[Any]) -> bool:
    """NumPy takes true for 1 among numbers; a client that sends it means something else."""
    todo: list[Any] = [value]
    while todo:
        each = todo.pop()
        if each is True or each is False:
            return True
        if isinstance(each, list):
            todo.extend(each)
    return False


def _one(sample: NDArray[np.generic], shape: Shape) -> NDArray[np.generic]:
    """One sample as given, or flat as the seeds of this project sent it."""
    if sample.ndim == len(shape) and _fits(sample.shape, shape):
        return sample
    sizes = [size for size in shape if size is not None]
    if sample.ndim == 1 and len(sizes) == len(shape) and sample.size == math.prod(sizes):
        return sample.reshape(sizes)
    if sample.shape[:1] == (1,) and sample.ndim == len(shape) + 1 and _fits(sample.shape[1:], shape):
        return sample[0]
    found = f"{sample.size} numbers" if sample.ndim == 1 else f"the shape {sample.shape}"
    raise BadInput(f"features has {found}; {expected(shape)}")


def _fits(found: tuple[int, ...], shape: Shape) -> bool:
    return len(found) == len(shape) and all(
        want is None or have == want for have, want in zip(found, shape, strict=True)
    )
