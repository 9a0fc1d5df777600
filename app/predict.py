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

from app.runtimes.signature import BadInput, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_LEVELS = 32  # of lists in lists; no model has more, and NumPy ends at 64
NAME_CHARS = 40  # of a client's own key, when a message quotes it
_JSON_TYPES = {dict: "an object", str: "a string", int: "a number", float: "a number", type(None): "null"}


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
        found = ", ".join(key[:NAME_CHARS] for key in sorted(content)[:5]) or "nothing"
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


def to_json(answers: Any) -> Any:
    """Arrays as nested lists. A NaN has no form in JSON and becomes null."""
    if isinstance(answers, Mapping):
        return {str(name): to_json(part) for name, part in answers.items()}
    if isinstance(answers, list | tuple):
        return [to_json(part) for part in answers]
    if isinstance(answers, bytes):  # what TensorFlow calls a string: a label, say
        return answers.decode("utf-8", "replace")
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
    except json.JSONDecodeError as error:
        why = f"{error.msg} at position {error.pos}"
        raise BadInput(f"the body is not JSON ({why}); {expected(shape)}") from None
    except UnicodeDecodeError:
        raise BadInput(f"the body is not JSON (not UTF-8); {expected(shape)}") from None
    except ValueError:  # Python reads whole numbers of up to 4,300 digits
        raise BadInput("the JSON holds a number with too many digits") from None
    if not isinstance(content, dict):
        raise BadInput(f'the body is not an object; give {{"features": […]}}; {expected(shape)}')
    return content


def _no_constant(name: str) -> None:
    raise BadInput(f"{name} is no JSON number, and no model can use it")


def _numbers(value: Any, name: str, shape: Shape, dtype: str) -> NDArray[np.generic]:
    """An array of the model's type out of nested lists that hold finite numbers only.

    NumPy would take "1", null and true for numbers, cut fractions off and wrap what is too large; a
    client that sends such means something else.
    """
    if not isinstance(value, list) or not value:
        what = "empty" if value == [] else f"{_JSON_TYPES.get(type(value), 'true or false')}, no list"
        raise BadInput(f"{name} is {what}; {expected(shape)}")
    numbers, sizes = _flat(value, name, shape)
    if not numbers:
        raise BadInput(f"{name} is empty; {expected(shape)}")
    if not set(map(type, numbers)) <= {int, float}:
        raise BadInput(f"{name} holds something that is no number; {expected(shape)}")
    is_whole = dtype.startswith(("int", "uint"))
    array = (_whole if is_whole else _fractional)(numbers, name, dtype)
    return array.reshape(sizes)


def _flat(value: list[Any], name: str, shape: Shape) -> tuple[list[Any], list[int]]:
    """What the innermost lists hold, and the size of each level."""
    sizes = [len(value)]
    while any(isinstance(each, list) for each in value):
        lengths = {len(each) if isinstance(each, list) else None for each in value}
        if len(lengths) != 1:
            raise BadInput(f"{name} holds lists of unequal length; {expected(shape)}")
        sizes.append(len(value[0]))
        if len(sizes) > MOST_LEVELS:
            raise BadInput(f"{name} is nested too deeply; {expected(shape)}")
        value = [part for each in value for part in each]
    return value, sizes


def _fractional(numbers: list[Any], name: str, dtype: str) -> NDArray[Any]:
    import numpy as np

    known = "float32" if dtype == "bfloat16" else dtype  # NumPy has none; TensorFlow rounds it itself
    try:
        with np.errstate(over="ignore"):
            array: NDArray[Any] = np.array(numbers, np.float64).astype(known)
    except OverflowError:  # a whole number that no float can hold
        array = np.array([np.inf])
    if not np.isfinite(array).all():
        raise BadInput(f"{name} holds a number beyond the range of {dtype}")
    return array


def _whole(numbers: list[Any], name: str, dtype: str) -> NDArray[Any]:
    """Indices and counts; 2.0 is 2, since some clients write every number with a point."""
    import numpy as np

    if any(isinstance(each, float) and math.isfinite(each) and not each.is_integer() for each in numbers):
        raise BadInput(f"{name} holds a fraction, and the model takes whole numbers ({dtype})")
    limits = np.iinfo(dtype)
    if min(numbers) < limits.min or max(numbers) > limits.max:
        raise BadInput(f"{name} holds a number beyond the range of {dtype}")
    return np.array([int(each) for each in numbers], dtype)


def _one(sample: NDArray[np.generic], shape: Shape) -> NDArray[np.generic]:
    """One sample as given, or flat as the seeds of this project sent it."""
    if sample.ndim == len(shape) and _fits(sample.shape, shape):
        return sample
    sizes = [size for size in shape if size is not None]
    if sample.ndim == 1 and len(sizes) == len(shape) and sample.size == math.prod(sizes):
        return sample.reshape(sizes)
    if sample.shape[:1] == (1,) and sample.ndim == len(shape) + 1 and _fits(sample.shape[1:], shape):
        return sample.reshape(sample.shape[1:])
    found = f"{sample.size} numbers" if sample.ndim == 1 else f"the shape {sample.shape}"
    raise BadInput(f"features has {found}; {expected(shape)}")


def _fits(found: tuple[int, ...], shape: Shape) -> bool:
    return len(found) == len(shape) and all(
        want is None or have == want for have, want in zip(found, shape, strict=True)
    )
