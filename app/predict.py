"""The plain form of inference, ``POST /predict``: from JSON to a batch, and from answers to JSON.

``{"features": …}`` is one sample and answers ``{"prediction": …}``, in a batch of one, as
``model.predict(…).tolist()`` has it. ``{"instances": […]}`` is TensorFlow Serving's row form and answers
``{"predictions": […]}``. A model of several inputs takes each sample as an object by their names; one
of several outputs answers ``prediction`` as an object of arrays, ``predictions`` as a list of objects.
Pure; no Flask here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.arrays import array, kind_of, read_json, to_json
from app.runtimes.signature import BadInput, Shape, Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME_CHARS = 40  # of a client's own key, when a message quotes it
EXAMPLE_CHARS = 100  # of one list in an example; a longer one is shortened
MOST_NAMED = 8  # inputs in a message


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples stacked along the first axis, by the inputs' names, and the key of their answers."""

    samples: Mapping[str, NDArray[np.generic]]
    key: str  # prediction or predictions


def parse(body: bytes, inputs: Sequence[Tensor]) -> Batch:
    """The batch in a request's body. Raises BadInput, which tells what is expected, too."""
    try:
        return batch(read_json(body), inputs)
    except BadInput as error:
        raise BadInput(f"{error}; {expected(inputs)}") from None


def batch(content: Any, inputs: Sequence[Tensor]) -> Batch:
    """The batch in what a body holds. Raises BadInput, which tells what is wrong only."""
    if not isinstance(content, dict):
        raise BadInput(f'the body is {kind_of(content)}; give {{"features": …}}')
    keys = [key for key in ("features", "instances") if key in content]
    if len(keys) != 1:
        found = ", ".join(key[:NAME_CHARS] for key in sorted(content)[:5]) or "nothing"
        raise BadInput(f'give either "features" or "instances", not {found}')
    if keys[0] == "features":
        return Batch(_sample(content["features"], inputs), "prediction")
    return Batch(_samples(content["instances"], inputs), "predictions")


def answer(key: str, answers: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """What a body says of the answers to a batch."""
    lists = {name: to_json(each) for name, each in answers.items()}
    if len(lists) == 1:
        return {key: next(iter(lists.values()))}
    if key == "prediction":
        return {key: lists}
    return {key: [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]}


def _sample(value: Any, inputs: Sequence[Tensor]) -> dict[str, NDArray[Any]]:
    """A batch of one."""
    if isinstance(value, dict):
        _must_be_named([value], "features", inputs)
        return {each.name: _one(value[each.name], f"features.{each.name}", each)[None] for each in inputs}
    if len(inputs) > 1:
        raise BadInput(f"features is {kind_of(value)}, and the model has {len(inputs)} inputs")
    return {inputs[0].name: _one(value, "features", inputs[0])[None]}


def _samples(rows: Any, inputs: Sequence[Tensor]) -> dict[str, NDArray[Any]]:
    """A batch of all rows."""
    if isinstance(rows, list) and dict in (kinds := set(map(type, rows))):
        if len(kinds) > 1:
            raise BadInput("instances holds objects and other things")
        _must_be_named(rows, "instances", inputs)
        return {
            each.name: _many([row[each.name] for row in rows], f"instances.{each.name}", each)
            for each in inputs
        }
    if len(inputs) > 1:
        what = kind_of(rows) if not isinstance(rows, list) else "a list without objects" if rows else "empty"
        raise BadInput(f"instances is {what}, and the model has {len(inputs)} inputs")
    return {inputs[0].name: _many(rows, "instances", inputs[0])}


def _must_be_named(rows: Sequence[Mapping[str, Any]], where: str, inputs: Sequence[Tensor]) -> None:
    names = {each.name for each in inputs}
    for row in rows:
        if row.keys() != names:
            lacking, unknown = sorted(names - row.keys()), sorted(row.keys() - names)
            raise BadInput(
                f"{where} has no {lacking[0]}"
                if lacking
                else f"{where} has {unknown[0][:NAME_CHARS]}, no input"
            )


def _many(value: Any, where: str, tensor: Tensor) -> NDArray[Any]:
    found = array(value, where, tensor.dtype)
    if not _fits(found.shape[1:], tensor.shape):
        raise BadInput(f"{where} has the shape {found.shape}")
    return found


def _one(value: Any, where: str, tensor: Tensor) -> NDArray[Any]:
    """One sample as given, or flat as the seeds of this project sent it, or in a batch of one."""
    shape = tensor.shape
    if not shape and not isinstance(value, list | dict):
        value = [value]
    sample = array(value, where, tensor.dtype)
    if _fits(sample.shape, shape):
        return sample
    sizes = [size for size in shape if size is not None]
    if sample.ndim == 1 and len(sizes) == len(shape) and sample.size == math.prod(sizes):
        return sample.reshape(sizes)
    if sample.shape[:1] == (1,) and _fits(sample.shape[1:], shape):
        return sample.reshape(sample.shape[1:])
    found = _counted(sample.size, tensor.dtype) if sample.ndim == 1 else f"the shape {sample.shape}"
    raise BadInput(f"{where} has {found}")


def _fits(found: tuple[int, ...], shape: Shape) -> bool:
    return len(found) == len(shape) and all(
        want is None or have == want for have, want in zip(found, shape, strict=True)
    )


def expected(inputs: Sequence[Tensor]) -> str:
    """What one sample is, in words, with an example."""
    shown = inputs[:MOST_NAMED]
    if len(inputs) == 1:
        words, example = _words(inputs[0]), _example(inputs[0])
    else:
        more = ["…"] if len(shown) < len(inputs) else []
        words = ", ".join([*(f"{each.name} ({_words(each)})" for each in shown), *more])
        example = ", ".join([*(f'"{each.name}": {_example(each)}' for each in shown), *more])
        example = f"{{{example}}}"
    return f'one sample has {words}, such as {{"features": {example}}}'


def _words(tensor: Tensor) -> str:
    if len(tensor.shape) < 2 and None not in tensor.shape:
        return _counted(math.prod(size or 0 for size in tensor.shape), tensor.dtype)
    sizes = " × ".join("n" if size is None else str(size) for size in tensor.shape)
    return f"{sizes} {_noun(tensor.dtype)}s"


def _counted(count: int, dtype: str) -> str:
    return f"{count} {_noun(dtype)}{'' if count == 1 else 's'}"


def _noun(dtype: str) -> str:
    nouns = {"str": "string", "bool": "boolean"}
    return nouns.get(dtype, "whole number" if dtype.startswith(("int", "uint")) else "number")


def _example(tensor: Tensor) -> str:
    text = {"str": '"text"', "bool": "true"}.get(tensor.dtype, "1" if "int" in tensor.dtype else "0.5")
    for size in reversed(tensor.shape):
        is_short = size is not None and size * len(text) <= EXAMPLE_CHARS
        text = f"[{', '.join([text] * (size or 0))}]" if is_short else f"[{text}, …]"
    return text
