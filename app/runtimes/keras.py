"""Keras models on TensorFlow, as one compiled call with a fixed signature.

`model.predict` builds a data pipeline for each request; a traced function does not, and answers
some fifty times as often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from app.runtimes.batches import in_order
from app.runtimes.compiled import Compiled
from app.runtimes.faults import load_fault
from app.runtimes.signature import Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Weights of at most so many bytes become constants of the graph, which saves TensorFlow to look them up
# in each call; of larger ones the copies that it makes while folding cost more memory than that is worth.
CONSTANT_BYTES = 1 << 20


class KerasModel:
    """A model of Keras with named inputs and outputs. Safe to call from several threads."""

    def __init__(self, model: Any, file: str) -> None:
        """Compile a model of Keras; `file` is its file's name. Raises Fault for what can't be served."""
        import tensorflow as tf

        flat, self.inputs, fixed = _inputs(model, file)
        names: list[str] = []
        ask = _with_constants(model) or (lambda given: model(given, training=False))

        def call(*tensors: Any) -> list[Any]:
            answers = list(_named(ask(flat(tensors)), _output_names(model)))
            names[:] = _unique([given for given, _ in answers])
            return [_dense(tf, answer, file) for _, answer in answers]

        self._call = Compiled(call, self.inputs, fixed)
        outputs = zip(names, self._call.shapes, self._call.types, strict=True)
        self.outputs = tuple(Tensor(name, shape[1:], dtype) for name, shape, dtype in outputs)
        self._names = names
        self._model = model  # holds the weights that the function refers to

    def predict(self, batch: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[Any]]:
        """The answers for a batch, by the outputs' names. Raises BadInput."""
        return dict(zip(self._names, self._call(in_order(self.inputs, batch)), strict=True))


def _inputs(model: Any, name: str) -> tuple[Callable[[Sequence[Any]], Any], tuple[Tensor, ...], int | None]:
    """How the model wants them from a flat list, what they are, and the batch size if only one is taken."""
    try:
        tensors = list(model.inputs or ())
    except AttributeError:  # a model that was saved before it had seen any input
        tensors = []
    if not tensors:
        raise load_fault(
            "inputs",
            f"{name} tells no input: it is a subclass of keras.Model, or was saved before it had seen any. "
            "Begin it with keras.Input((…)) and save it again, or serve the folder of model.export(folder).",
            name,
            inputs=0,
        )
    found = tuple(_tensor(each, name) for each in tensors)
    if len(found) == 1 and found[0].name.startswith("keras_tensor"):  # Keras's own name for one that has none
        found = (replace(found[0], name="input"),)
    batches = {int(each.shape[0]) for each in tensors if each.shape[0] is not None}
    structure = getattr(model, "input", None)
    if len(tensors) == 1 and not isinstance(structure, dict | list | tuple):
        return (lambda given: given[0]), found, min(batches, default=None)
    import keras

    return (
        (lambda given: keras.tree.pack_sequence_as(structure, list(given))),
        found,
        min(batches, default=None),
    )


def _tensor(tensor: Any, name: str) -> Tensor:
    import tensorflow as tf

    kind = tf.as_dtype(tensor.dtype)
    if getattr(tensor, "sparse", False) or getattr(tensor, "ragged", False):
        raise load_fault(
            "inputs", f"{name}: the input {tensor.name} is sparse or ragged; dense ones can be served."
        )
    if not (kind.is_floating or kind.is_integer or kind in (tf.bool, tf.string)):
        raise load_fault(
            "inputs", f"{name}: the input {tensor.name} is {kind.name}; numbers and texts can be served."
        )
    return Tensor(str(tensor.name), tuple(tensor.shape[1:]), "str" if kind == tf.string else kind.name)


def _with_constants(model: Any) -> Callable[[Any], Any] | None:
    """The model as a function that holds its weights as constants; None where they are too many."""
    if not hasattr(model, "stateless_call"):  # tf_keras
        return None
    held = [*model.trainable_variables, *model.non_trainable_variables]
    if (
        sum(int(each.value.dtype.size) * int(each.value.shape.num_elements() or 0) for each in held)
        > CONSTANT_BYTES
    ):
        return None
    import tensorflow as tf

    values = [
        [each.numpy() for each in part] for part in (model.trainable_variables, model.non_trainable_variables)
    ]

    def ask(given: Any) -> Any:
        trainable, fixed = ([tf.constant(value) for value in part] for part in values)
        return model.stateless_call(trainable, fixed, given, training=False)[0]

    return ask


def _output_names(model: Any) -> list[str]:
    """Of the layers that answer; a Sequential does not tell it itself."""
    names = getattr(model, "output_names", None) or [each.name for each in model.layers[-1:]]
    return [str(name) for name in names]


def _named(answers: Any, names: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """Each tensor of nested answers: by the key of a mapping, else by the layer that gives it."""
    if isinstance(answers, Mapping):
        for key in sorted(answers):
            yield from _named(answers[key], [], f"{path}.{key}" if path else str(key))
    elif isinstance(answers, list | tuple):
        for number, answer in enumerate(answers):
            known = names[number] if len(names) == len(answers) else f"{path or 'output'}_{number}"
            yield from _named(answer, [], known)
    elif answers is not None:
        yield path or (names[0] if len(names) == 1 else "output"), answers


def _unique(names: list[str]) -> list[str]:
    """One layer may give several outputs."""
    given: list[str] = []
    for name in names:
        others = (f"{name}_{number}" for number in count(1))
        given.append(
            name if name not in given else next(each for each in others if each not in names + given)
        )
    return given


def _dense(tf: Any, answer: Any, name: str) -> Any:
    if not isinstance(answer, tf.Tensor):
        kind = type(answer).__name__
        raise load_fault("outputs", f"{name} answers with a {kind}; dense tensors can be served.", name)
    return answer
