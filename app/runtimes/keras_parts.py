"""Keras models in two parts: the architecture from one place, the weights from another."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from app.runtimes.faults import file_fault, load_fault
from app.runtimes.keras import KerasModel
from app.runtimes.keras_weights import load_weights
from checks.evidence import Fault
from checks.model_file import inspect
from checks.model_source import Factory

MOST_BYTES = 32 << 20  # of an architecture; that of ResNet152 has 0.3 MB


def open_parts(architecture: Path | Factory, weights: Path, root: Path) -> KerasModel:
    """The model with its weights. Raises Fault, and what Keras or the app's own function raises.

    `root` is the app's folder, from which a Factory is imported.
    """
    model = _made(architecture, root) if isinstance(architecture, Factory) else _read(architecture)
    if not getattr(model, "inputs", None):
        raise load_fault(
            "inputs",
            f"The model of {_name(architecture)} tells no input, so its layers have no place for "
            "weights yet. Begin it with keras.Input((…)).",
            _name(architecture),
            inputs=0,
        )
    load_weights(model, weights)
    return KerasModel(model, weights.name)


def _name(architecture: Path | Factory) -> str:
    return architecture.name if isinstance(architecture, Path) else str(architecture)


def _made(factory: Factory, root: Path) -> Any:
    """What the app's function returns."""
    import keras

    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    module = importlib.import_module(factory.module)
    function = getattr(module, factory.function, None)
    if not callable(function):
        wrong = (
            f"{factory.function} is no function"
            if function
            else f"has nothing of the name {factory.function}"
        )
        raise load_fault("factory", f"{factory.told_by}: {factory.module}: {wrong}.", str(factory))
    model = function()
    if not isinstance(model, keras.Model):
        kind = f"{type(model).__module__}.{type(model).__name__}".removeprefix("builtins.")
        raise load_fault(
            "factory", f"{factory} returned a {kind}; it has to return a keras.Model.", str(factory)
        )
    return model


def _read(path: Path) -> Any:
    """The model of an architecture in JSON, as `Model.to_json` of Keras 3 or 2 wrote it."""
    import keras

    config = _config(path)
    if "module" in config:
        model = keras.models.model_from_json(json.dumps(config))
    elif config["class_name"] == "Sequential":  # of Keras 2, which Keras 3 reads only so
        model = keras.Sequential.from_config(config["config"])
    elif config["class_name"] in ("Functional", "Model"):
        model = keras.Model.from_config(config["config"])
    else:
        model = keras.models.model_from_json(json.dumps(config))
    if not isinstance(model, keras.Model):
        raise _no_architecture(path, f"a {type(model).__name__}, no model,")
    return model


def _config(path: Path) -> dict[str, Any]:
    _must_be_json(path)
    if path.stat().st_size > MOST_BYTES:
        raise _no_architecture(path, "more than 32 MB")
    try:
        config = json.loads(path.read_bytes())
        if isinstance(config, str):  # json.dump(model.to_json(), file)
            config = json.loads(config)
    except (ValueError, RecursionError):
        raise _no_architecture(path, "no JSON") from None
    if not isinstance(config, dict):
        raise _no_architecture(path, "JSON")
    if not isinstance(config.get("class_name"), str) or not isinstance(config.get("config"), dict | list):
        raise _no_architecture(path, "JSON")
    return config


def _must_be_json(path: Path) -> None:
    """Raises Fault for an error page, a Git LFS pointer, an empty file, and a whole model."""
    try:
        format_ = inspect(path).format
    except Fault as fault:
        if fault.evidence.values.get("fault") not in ("json", "not-a-model"):
            raise
        return
    raise load_fault(
        "whole",
        f"{path.name} is a model in the form {format_} and no architecture in JSON. Set MODEL_URI "
        "to it, and neither MODEL_ARCHITECTURE_URL nor MODEL_WEIGHTS_URL.",
        path.name,
    )


def _no_architecture(path: Path, what: str) -> Fault:
    found = f"{what} and not a model's architecture"
    text = f"{path.name} is {found}: MODEL_ARCHITECTURE_URL wants what model.to_json() gives."
    return file_fault("not-a-model", path, f"it is {found}", text, found=found)
