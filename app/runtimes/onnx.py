"""ONNX models on ONNX Runtime. TensorFlow is not needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.runtimes.batches import in_order, in_parts
from app.runtimes.faults import file_fault, load_fault
from app.runtimes.signature import BadInput, Tensor
from app.threads import Threads
from checks.evidence import Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# ONNX's names of types as ONNX Runtime writes them, and NumPy's. ONNX Runtime reads no bfloat16 from NumPy.
_TYPES = {
    "float": "float32",
    "double": "float64",
    "string": "str",
    **{each: each for each in ("float16", "bool", "int8", "int16", "int32", "int64")},
    **{each: each for each in ("uint8", "uint16", "uint32", "uint64")},
}
# What ONNX Runtime gives as the reason, behind the names of its own functions.
_REASONS = (
    re.compile(r"Unsupported model IR version: .*"),
    re.compile(r"Opset \d+ is under development"),
    re.compile(r"No Op registered for .*"),
    re.compile(r"[\w.:]+\(-1\) is not a registered function/op"),
    re.compile(r"Could not find an implementation for .*"),
    re.compile(r"Type Error: .*"),
)
REASON_CHARS = 300
_ERRORS_ONLY = 3  # of ONNX Runtime's log levels


class OnnxModel:
    """A session with named inputs and outputs. Safe to call from several threads."""

    def __init__(self, path: Path, threads: Threads) -> None:
        """Load the graph; raises what ONNX Runtime raises, and Fault for what can't be served."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads.intra, 1
        options.log_severity_level = _ERRORS_ONLY
        # Threads that wait for work by asking for it use several times the CPU of a paced load, and a
        # shared dyno is charged for it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        errors = onnxruntime.capi.onnxruntime_pybind11_state
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except (errors.Fail, errors.InvalidGraph, errors.NotImplemented) as error:
            raise _not_run(path, onnxruntime.__version__, str(error)) from error
        except errors.InvalidProtobuf as error:
            what = "the ONNX graph is cut or damaged"
            raise file_fault("truncated", path, what, f"{path.name}: {what}.", found=what) from error
        given, answers = self._session.get_inputs(), self._session.get_outputs()
        if not given:
            raise load_fault(
                "inputs", f"{path.name} has no input; a model takes at least one.", path.name, inputs=0
            )
        self.inputs = tuple(_input(each, path.name) for each in given)
        self.outputs = tuple(_tensor(each, "outputs", path.name) for each in answers)
        self._names = [each.name for each in answers]
        sizes = (each.shape[0] for each in given)
        self._fixed = next((size for size in sizes if isinstance(size, int) and size > 0), None)
        self._invalid = (errors.InvalidArgument, errors.Fail, errors.RuntimeException)

    def predict(self, batch: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[Any]]:
        """The answers for a batch, by the outputs' names. Raises BadInput."""
        arrays = in_order(self.inputs, batch)
        try:
            answers = in_parts(self._run, arrays, self._fixed)
        except self._invalid as error:
            raise BadInput("the model can't take these: an index or a size is out of its range") from error
        return dict(zip(self._names, answers, strict=True))

    def _run(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        given = {tensor.name: array for tensor, array in zip(self.inputs, arrays, strict=True)}
        found: list[NDArray[Any]] = self._session.run(self._names, given)
        return found


def _not_run(path: Path, version: str, said: str) -> Fault:
    """A graph that this ONNX Runtime can't run: a newer one, or one with operators of others."""
    said = said.replace(str(path), path.name)
    said = next((match[0] for pattern in _REASONS if (match := pattern.search(said))), said)[:REASON_CHARS]
    return load_fault(
        "onnx-unsupported",
        f"{path.name} is whole, and ONNX Runtime {version} can't run it: {said.strip().rstrip('.')}. "
        "Export it for an earlier version (torch.onnx.export(…, opset_version=17)), "
        "or install a newer onnxruntime; an operator of another library has to be replaced by ONNX's own.",
        path.name,
        runtime_version=version,
    )


def _input(told: Any, name: str) -> Tensor:
    if not told.shape:
        raise load_fault("inputs", f"{name}: {told.name} has no dimension for the samples of a batch.", name)
    return _tensor(told, "inputs", name)


def _tensor(told: Any, fault: str, name: str) -> Tensor:
    """As the graph declares it: a size is a number, or a name or nothing when it may be any."""
    kind = told.type.removeprefix("tensor(").removesuffix(")")
    if kind not in _TYPES:
        zipmap = " Convert it with options={'zipmap': False}." if told.type.startswith("seq(map(") else ""
        text = f"{name}: {told.name} is {told.type}; tensors of numbers and texts can be served.{zipmap}"
        raise load_fault(fault, text, name)
    sizes = (size if isinstance(size, int) and size > 0 else None for size in told.shape[1:])
    return Tensor(told.name, tuple(sizes), _TYPES[kind])
