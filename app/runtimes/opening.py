"""A model by the form of its file: which runtime it needs, and the model itself."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from app.runtimes.faults import load_fault
from app.runtimes.signature import Model
from app.threads import Threads, bound_tensorflow
from checks.model_source import Factory

# Forms, as checks.model_file names them, whose runtimes are small and never import TensorFlow.
LEAN = frozenset({"onnx", "tflite"})


def needs_tensorflow(format_: str) -> bool:
    """Whether a model of that form needs TensorFlow."""
    return format_ not in LEAN


def open_model(path: Path, format_: str, threads: Threads) -> Model:
    """The model at `path`. Raises Fault, or what its library raises.

    `path` may have any name; `format_` is that of `checks.model_file.inspect`.
    """
    if format_ == "onnx":
        from app.runtimes.onnx import OnnxModel

        _must_be_installed("onnxruntime", "onnxruntime", "requirements-onnx.txt", path)
        return OnnxModel(path, threads)
    if format_ == "tflite":
        from app.runtimes.litert import LiteRTModel

        _must_be_installed("ai_edge_litert", "ai-edge-litert", "requirements-litert.txt", path)
        return LiteRTModel(path, threads)
    bound_tensorflow(threads)
    if format_ == "saved-model":
        from app.runtimes.saved_model import SavedModel

        return SavedModel(path)
    from app.runtimes.keras_file import open_keras

    return open_keras(path, format_)


def open_two_part(architecture: Path | Factory, weights: Path, root: Path, threads: Threads) -> Model:
    """A Keras model whose architecture and weights come from two places. Raises as `open_model` does.

    `root` is the app's folder, from which a Factory is imported.
    """
    bound_tensorflow(threads)
    from app.runtimes.keras_parts import open_parts

    return open_parts(architecture, weights, root)


def _must_be_installed(module: str, distribution: str, requirements: str, path: Path) -> None:
    """The small runtimes are extras; an import that fails for another reason tells that itself."""
    if find_spec(module) is None:
        raise load_fault(
            "module",
            f"{path.name} needs {distribution}, which is not installed. On a dyno: "
            f"cp {requirements} requirements.txt, commit and push; here: pip install -r {requirements}.",
            path.name,
            module=module,
            distribution=distribution,
        )
