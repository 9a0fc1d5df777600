"""SavedModels on TensorFlow: what `model.export` of Keras 3, `model.save` of Keras 2 and tf.Module write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.runtimes.batches import in_order
from app.runtimes.compiled import Compiled
from app.runtimes.faults import file_fault, load_fault
from app.runtimes.signature import Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIGNATURE = "serving_default"
# What TensorFlow says of a folder that is not whole, in several types of exceptions.
_BROKEN = (
    ("truncated", re.compile(r"Cannot parse file .*saved_model\.pb"), "saved_model.pb is cut or damaged"),
    ("truncated", re.compile("Failed to find any matching files"), "variables/variables.index is missing"),
    (
        "truncated",
        re.compile(r"variables\.data.*No such file"),
        "a file variables/variables.data… is missing",
    ),
    ("truncated", re.compile("Read less bytes than requested"), "variables/variables.data… is cut"),
    ("damaged", re.compile("not an sstable"), "variables/variables.index is cut or damaged"),
    ("damaged", re.compile("Checksum does not match"), "variables/variables.data… is damaged"),
)


class SavedModel:
    """The serving signature of a SavedModel. Safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        """Load the folder; raises what TensorFlow raises, and Fault for what can't be served."""
        self._loaded = _load(path)  # holds the variables that the signature refers to
        signature = _signature(self._loaded, path.name)
        specs = dict(sorted(signature.structured_input_signature[1].items()))
        if not specs:
            raise load_fault("inputs", f"{path.name}: its signature has no named input.", path.name, inputs=0)
        self.inputs = tuple(_tensor(name, spec, path.name) for name, spec in specs.items())
        self._names = sorted(signature.structured_outputs)
        batches = (spec.shape[0] for spec in specs.values())

        def call(*tensors: Any) -> list[Any]:
            answers = signature(**dict(zip(specs, tensors, strict=True)))
            return [answers[name] for name in self._names]

        self._call = Compiled(call, self.inputs, next((size for size in batches if size is not None), None))
        outputs = zip(self._names, self._call.shapes, self._call.types, strict=True)
        self.outputs = tuple(Tensor(name, shape[1:], dtype) for name, shape, dtype in outputs)

    def predict(self, batch: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[Any]]:
        """The answers for a batch, by the signature's names of the outputs. Raises BadInput."""
        return dict(zip(self._names, self._call(in_order(self.inputs, batch)), strict=True))


def _load(path: Path) -> Any:
    import tensorflow as tf

    try:
        return tf.saved_model.load(str(path))
    except Exception as error:
        for fault, pattern, what in _BROKEN:
            if pattern.search(str(error)):
                text = f"{path.name}: {what}. A SavedModel is the whole folder that was saved."
                raise file_fault(fault, path, what, text, found=what) from error
        raise


def _signature(loaded: Any, name: str) -> Any:
    signatures = loaded.signatures
    if SIGNATURE in signatures:
        return signatures[SIGNATURE]
    if len(signatures) == 1:
        return next(iter(signatures.values()))
    found = (
        f"the signatures {', '.join(sorted(signatures))} and no {SIGNATURE}" if signatures else "no signature"
    )
    raise load_fault(
        "signature",
        f"{name} has {found}, so it does not tell what to call. Save it with model.export(folder), "
        "or tf.saved_model.save(module, folder, signatures=module.f.get_concrete_function(…)).",
        name,
    )


def _tensor(name: str, spec: Any, file: str) -> Tensor:
    import tensorflow as tf

    if not isinstance(spec, tf.TensorSpec) or spec.shape.rank in (None, 0):
        raise load_fault(
            "inputs", f"{file}: the input {name} has no shape with samples along its first dimension.", file
        )
    kind = spec.dtype
    if not (kind.is_floating or kind.is_integer or kind in (tf.bool, tf.string)):
        raise load_fault(
            "inputs", f"{file}: the input {name} is {kind.name}; numbers and texts can be served.", file
        )
    return Tensor(name, tuple(spec.shape[1:]), "str" if kind == tf.string else kind.name)
