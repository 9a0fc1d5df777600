"""LiteRT models (.tflite) on LiteRT's interpreter. TensorFlow is not needed.

A quantised model takes and gives the whole numbers it was made with: their scale and zero point belong
to the model's own documentation, as with any other preparation of its inputs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from app.runtimes.batches import in_order, in_parts
from app.runtimes.faults import file_fault, load_fault
from app.runtimes.signature import BadInput, Tensor
from app.threads import Threads
from checks.evidence import Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What LiteRT says of a model that needs more than it has, and what can be done.
_REASONS = (
    (
        re.compile(r"Select TensorFlow op\(s\)[^.]*|.*\bFlex\w+"),
        "Convert it without SELECT_TF_OPS (converter.target_spec.supported_ops), or serve the SavedModel.",
    ),
    (
        re.compile(r"[Uu]nresolved custom op: [\w.]+"),
        "Convert it without allow_custom_ops, so that the converter names what to replace.",
    ),
    (
        re.compile(r"Didn't find op for builtin opcode '\w+' version '\d+'|.*schema version \d+ not equal.*"),
        "Install a newer ai-edge-litert, or convert it with an earlier TensorFlow.",
    ),
)


class LiteRTModel:
    """An interpreter with named inputs and outputs. Callers wait for each other: it holds one batch."""

    def __init__(self, path: Path, threads: Threads) -> None:
        """Load the file; raises what LiteRT raises, and Fault for what can't be served."""
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads.intra)
            fits = self._allocates()
        except (ValueError, RuntimeError) as error:
            fault = _known(path, str(error))
            if fault is None:
                raise
            raise fault from error
        self._lock = Lock()
        given, answers = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        if not given:
            raise load_fault(
                "inputs", f"{path.name} has no input; a model takes at least one.", path.name, inputs=0
            )
        names, answer_names = self._names(given, answers)
        self.inputs = tuple(_input(each, name, path.name) for each, name in zip(given, names, strict=True))
        self.outputs = tuple(
            _tensor(each, name, "outputs", path.name)
            for each, name in zip(answers, answer_names, strict=True)
        )
        self._given = [int(each["index"]) for each in given]
        self._answers = [int(each["index"]) for each in answers]
        self._fixed = next((size for each in given if (size := int(each["shape_signature"][0])) >= 0), None)
        self._sizes = [tuple(map(int, each["shape"])) for each in given] if fits else []

    def _allocates(self) -> bool:
        """Whether it takes the sizes it was saved with: 1 stands there for any, which may be too small.

        Raises RuntimeError where no size is free, or an operator is missing.
        """
        try:
            self._interpreter.allocate_tensors()
        except RuntimeError as error:
            details = self._interpreter.get_input_details()
            any_size = any((each["shape_signature"][1:] < 0).any() for each in details)
            if _reason(str(error)) or not any_size:
                raise
            return False
        return True

    def _names(self, given: list[Any], answers: list[Any]) -> tuple[list[str], list[str]]:
        """By the only signature, whose names are those of the model it was made from; else of the tensors."""
        signatures = self._interpreter.get_signature_list()
        if len(signatures) == 1:
            runner = self._interpreter.get_signature_runner(next(iter(signatures)))
            found = []
            for tensors, details in (
                (given, runner.get_input_details()),
                (answers, runner.get_output_details()),
            ):
                by_index = {int(each["index"]): str(name) for name, each in details.items()}
                found.append([by_index.get(int(each["index"]), str(each["name"])) for each in tensors])
            if all(len(set(names)) == len(names) for names in found):
                return found[0], found[1]
        return [str(each["name"]) for each in given], [str(each["name"]) for each in answers]

    def predict(self, batch: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[Any]]:
        """The answers for a batch, by the outputs' names. Raises BadInput."""
        arrays = in_order(self.inputs, batch)
        try:
            with self._lock:
                answers = in_parts(self._run, arrays, self._fixed)
        except (RuntimeError, ValueError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput("the model can't take these: an index or a size is out of its range") from error
        return {tensor.name: answer for tensor, answer in zip(self.outputs, answers, strict=True)}

    def _run(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        sizes = [array.shape for array in arrays]
        if sizes != self._sizes:
            self._sizes = []  # until all of them are known to fit
            for index, size in zip(self._given, sizes, strict=True):
                self._interpreter.resize_tensor_input(index, size, strict=True)
            self._interpreter.allocate_tensors()
            self._sizes = sizes
        for index, array in zip(self._given, arrays, strict=True):
            self._interpreter.set_tensor(index, array)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._answers]


def _known(path: Path, said: str) -> Fault | None:
    """A file that is cut, and a whole one with what this interpreter does not have."""
    if "not a valid Flatbuffer" in said:
        what = "it is cut or damaged (no valid FlatBuffer)"
        return file_fault("truncated", path, what, f"{path.name}: {what}.", found="no valid FlatBuffer")
    found = _reason(said)
    if found is None:
        return None
    reason, advice = found
    text = f"{path.name} is whole, and this LiteRT can't run it: {reason.strip().rstrip('.')}. {advice}"
    return load_fault("litert-unsupported", text, path.name)


def _reason(said: str) -> tuple[str, str] | None:
    matches = ((pattern.search(said), advice) for pattern, advice in _REASONS)
    return next(((match[0], advice) for match, advice in matches if match), None)


def _input(told: Mapping[str, Any], name: str, file: str) -> Tensor:
    if not len(told["shape_signature"]):
        raise load_fault("inputs", f"{file}: {name} has no dimension for the samples of a batch.", file)
    return _tensor(told, name, "inputs", file)


def _tensor(told: Mapping[str, Any], name: str, fault: str, file: str) -> Tensor:
    import numpy as np

    kind = np.dtype(told["dtype"])
    if kind.kind not in "fiub":
        raise load_fault(fault, f"{file}: {name} is {kind.name}; tensors of numbers can be served.", file)
    sizes = (int(size) if size >= 0 else None for size in told["shape_signature"][1:])
    return Tensor(name, tuple(sizes), kind.name)
