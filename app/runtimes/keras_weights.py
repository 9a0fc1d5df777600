"""Weights put into a Keras model, by what their file is and not by its name.

Keras takes the ending of the name for the form, and passes over what is left in a file when the model
has fewer layers than the one that was saved.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from app.runtimes.faults import file_fault, load_fault
from app.runtimes.keras_file import has_variables, saved_by, under_ending
from checks.evidence import Fault
from checks.model_file import inspect

# How Keras says that weights don't fit: where, what the architecture wants there, and what the file has.
_LAYER = r"(?s:.*?)object <\w+ name=(?P<place>[^,>]+)(?s:.*?)"
_MISFITS = tuple(
    re.compile(pattern)
    for pattern in (
        _LAYER + r"variable\.shape=(?P<expected>\([\d, ]*\)), Received: value\.shape=(?P<found>\([\d, ]*\))",
        _LAYER + r"expected (?P<expected>\d+ variables), but received (?P<found>\d+) variables",
        r".*Model expected (?P<expected>\d+ layers), found (?P<found>\d+) saved layers",
        (
            r"Weight count mismatch for (?:layer #\d+ \(named (?P<place>\S+) )?"
            r".* expects (?P<expected>\d+) .*Received (?P<found>\d+) saved"
        ),
        (
            r"Shape mismatch in (?:layer #\d+ \(named (?P<place>[^)]+)\))?.*expects shape "
            r"(?P<expected>\([\d, ]*\))\. Received saved weight with shape (?P<found>\([\d, ]*\))"
        ),
    )
)
_OF_TRAINING = (
    "optimizer",
    "_optimizer",
    "metric",
    "_metric",
    "compile_metrics",
    "_compile_metrics",
    "loss_tracker",
)
_SEEDS = "/seed_generator/"  # of Dropout and the like, which a model for predicting may leave out
# The group in which Keras 2.12 to 2.14 had the layers; Keras 3 looks for "layers".
_KERAS_2_LAYERS = "_layer_checkpoint_dependencies"


def load_weights(model: Any, path: Path) -> None:
    """Put the weights into the model. Raises Fault, or ValueError of Keras, when they don't fit."""
    found = inspect(path)
    if found.format not in ("hdf5", "keras-v3") or path.is_dir():
        raise load_fault(
            "weights-form",
            f"{path.name} is a model in the form {found.format}; MODEL_WEIGHTS_URL wants "
            "a .weights.h5, .h5 or .keras.",
            path.name,
        )
    ending, groups = _layout(path, found.format)
    try:
        with under_ending(path, ending) as named:
            model.load_weights(str(named))
    except ValueError as error:
        match = next((match for each in _MISFITS if (match := each.match(str(error)))), None)
        if match is None:
            raise
        raise _misfit(path, match["expected"], match["found"], match.groupdict().get("place")) from error
    if len(groups) > len(own := _own_groups(model, groups)):
        left = ", ".join(sorted(groups - own)[:5])
        raise _misfit(path, "no such layer", left, None)


def _misfit(path: Path, expected: str, found: str, place: str | None) -> Fault:
    size = path.stat().st_size
    where = f"the layer {place}" if place else "the model"
    return load_fault(
        "weights-misfit",
        f"{path.name} ({size:,} bytes) does not fit the architecture: {where} expects {expected}, "
        f"and the file has {found}.",
        path.name,
        name=path.name,
        size_bytes=size,
        expected=expected,
        found=found,
    )


def _layout(path: Path, format_: str) -> tuple[str, frozenset[str]]:
    """The ending by which Keras reads this file rightly, and its layers where Keras does not count them.

    Raises Fault for a file that Keras can't read.
    """
    import h5py

    with ExitStack() as stack:
        if format_ == "keras-v3":
            archive = stack.enter_context(zipfile.ZipFile(path))
            if "model.weights.h5" not in archive.namelist():
                return ".keras", frozenset()
            file = stack.enter_context(h5py.File(stack.enter_context(archive.open("model.weights.h5")), "r"))
            ending = ".keras"
        else:
            file = stack.enter_context(h5py.File(path))
            if "layer_names" in file.attrs or "model_weights" in file:
                return ".h5", frozenset()  # by order; Keras counts these itself
            ending = ".weights.h5"
        if _KERAS_2_LAYERS in file:
            raise saved_by(path, "2.12 to 2.14")
        if not has_variables(file):
            what = "an HDF5 file without weights of Keras"
            raise file_fault("not-a-model", path, f"it is {what}", f"{path.name} is {what}.", found=what)
        return ending, _groups(file)


def _groups(file: Any) -> frozenset[str]:
    """The layers that hold variables, by their path in the file; without what only training needs."""
    found: set[str] = set()

    def visit(name: str) -> None:
        group, _, _ = name.rpartition("/")
        if group.endswith("/vars") and not name.startswith(_OF_TRAINING) and _SEEDS not in name:
            found.add(group.removesuffix("/vars"))

    file.visit(visit)
    return frozenset(found)


def _own_groups(model: Any, groups: frozenset[str]) -> frozenset[str]:
    """The same of this model: as it would save itself, but only where the numbers of variables can't tell."""
    import h5py

    if len(groups) <= sum(1 for layer in model.layers if layer.variables):
        return groups
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        path = Path(folder, "own.weights.h5")
        model.save_weights(path)
        with h5py.File(path) as file:
            return _groups(file) & groups
