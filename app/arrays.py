"""JSON's nested lists as arrays of a model's own types, and arrays as JSON. Strict; no Flask here.

NumPy would take "1", null and true for numbers, cut fractions off and wrap what is too large; a client
that sends such means something else.
"""

from __future__ import annotations

import json
import math
from itertools import chain
from typing import TYPE_CHECKING, Any

from app.runtimes.signature import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_LEVELS = 32  # of lists in lists; no model has more, and NumPy ends at 64
_JSON_TYPES = {dict: "an object", str: "a string", int: "a number", float: "a number", type(None): "null"}


def _no_constant(name: str) -> None:
    raise BadInput(f"{name} is no JSON number, and no model can use it")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)  # json.loads would make one for each request


def read_json(body: bytes) -> Any:
    """What a request's body holds. Raises BadInput."""
    try:
        return _DECODER.decode(body.decode(json.detect_encoding(body)))
    except BadInput:
        raise
    except RecursionError:
        raise BadInput("the JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise BadInput(f"the body is not JSON ({error.msg} at position {error.pos})") from None
    except UnicodeDecodeError:
        raise BadInput("the body is not JSON (not UTF-8)") from None
    except ValueError:  # Python reads whole numbers of up to 4,300 digits
        raise BadInput("the JSON holds a number with too many digits") from None


def array(value: Any, name: str, dtype: str) -> NDArray[Any]:
    """An array of the model's type out of nested lists. `name` is what messages call it.

    Raises BadInput for lists of unequal length, and for what is not finite, not of the type or beyond
    its range.
    """
    if not isinstance(value, list):
        raise BadInput(f"{name} is {kind_of(value)}, no list")
    items, kinds, sizes = _flat(value, name)
    if not items:
        raise BadInput(f"{name} is empty")
    return _typed(items, kinds, name, dtype).reshape(sizes)


def kind_of(value: Any) -> str:
    """What JSON calls such a value, for a message."""
    return "a list" if isinstance(value, list) else _JSON_TYPES.get(type(value), "true or false")


def _flat(value: list[Any], name: str) -> tuple[list[Any], set[type], list[int]]:
    """What the innermost lists hold, the types among it, and the size of each level.

    JSON of a picture is long: what looks at each number is a loop in C.
    """
    sizes = [len(value)]
    while list in (kinds := set(map(type, value))):
        if len(kinds) != 1 or len(set(map(len, value))) != 1:
            raise BadInput(f"{name} holds lists of unequal length")
        sizes.append(len(value[0]))
        if len(sizes) > MOST_LEVELS:
            raise BadInput(f"{name} is nested too deeply")
        value = list(chain.from_iterable(value))
    return value, kinds, sizes


def _typed(items: list[Any], kinds: set[type], name: str, dtype: str) -> NDArray[Any]:
    import numpy as np

    if dtype == "str":
        if kinds != {str}:
            raise BadInput(f"{name} holds something that is no string")
        return np.array(items, object)
    if dtype == "bool":
        if kinds != {bool}:
            raise BadInput(f"{name} holds something that is not true or false")
        return np.array(items, np.bool_)
    if not kinds <= {int, float}:
        raise BadInput(f"{name} holds something that is no number")
    if dtype.startswith(("int", "uint")):
        return _whole(items, kinds, name, dtype)
    return _fractional(items, name, dtype)


def _fractional(numbers: list[Any], name: str, dtype: str) -> NDArray[Any]:
    import numpy as np

    known = "float32" if dtype == "bfloat16" else dtype  # NumPy has none; TensorFlow rounds it itself
    try:
        with np.errstate(over="ignore"):
            found: NDArray[Any] = np.array(numbers, np.float64).astype(known)
    except OverflowError:  # a whole number that no float can hold
        found = np.array([np.inf])
    if not np.isfinite(found).all():
        raise BadInput(f"{name} holds a number beyond the range of {dtype}")
    return found


def _whole(numbers: list[Any], kinds: set[type], name: str, dtype: str) -> NDArray[Any]:
    """Indices and counts; 2.0 is 2, since some clients write every number with a point."""
    import numpy as np

    limits = np.iinfo(dtype)
    if float in kinds and any(math.isfinite(each) and each != int(each) for each in numbers):
        raise BadInput(f"{name} holds a fraction, and the model takes whole numbers ({dtype})")
    if min(numbers) < limits.min or max(numbers) > limits.max:
        raise BadInput(f"{name} holds a number beyond the range of {dtype}")
    return np.array(numbers if float not in kinds else [int(each) for each in numbers], dtype)


def to_json(answer: NDArray[Any]) -> Any:
    """An array as nested lists. What is not finite has no form in JSON and becomes null."""
    import numpy as np

    if answer.dtype.kind in "OSU":
        return _texts(answer.tolist())
    if answer.dtype.kind == "V":  # bfloat16, which NumPy does not know
        answer = answer.astype(np.float32)
    if answer.dtype.kind == "f" and not np.isfinite(answer).all():
        numbers = answer.astype(object)
        numbers[~np.isfinite(answer)] = None
        return numbers.tolist()
    return answer.tolist()


def _texts(answer: Any) -> Any:
    """TensorFlow calls a string what is bytes: a label, say."""
    if isinstance(answer, list):
        return [_texts(part) for part in answer]
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
