"""Keras's own files: a whole model in one, whatever its name."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.runtimes.faults import file_fault, load_fault
from app.runtimes.keras import KerasModel
from checks.evidence import Fault
from checks.model_file import inspect

_ENDINGS = {"keras-v3": ".keras", "hdf5": ".h5"}


def open_keras(path: Path, format_: str) -> KerasModel:
    """The model in a file. Raises whatever Keras raises, and Fault for what we know better or can't serve."""
    import tensorflow as tf

    if format_ == "hdf5":
        _must_be_whole(path)
    try:
        with under_ending(path, _ENDINGS[format_]) as named:
            model = tf.keras.models.load_model(str(named), compile=False)
    except Exception as error:
        fault = _known(path, format_, error)
        if fault is None:
            raise
        raise fault from error
    return KerasModel(model, path.name)


@contextmanager
def under_ending(path: Path, ending: str) -> Iterator[Path]:
    """The same file under a name with that ending: Keras goes by it, and an object's key may have any."""
    if path.is_dir() or path.name.endswith(ending):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        named = Path(folder, f"model{ending}")
        named.symlink_to(path.resolve())
        yield named


def _must_be_whole(path: Path) -> None:
    """Raises Fault when an HDF5 file holds no architecture, or nothing of Keras's."""
    import h5py

    try:
        with h5py.File(path) as file:
            if "model_config" in file.attrs:
                return
            of_keras = "layer_names" in file.attrs or has_variables(file)
    except (OSError, RuntimeError, KeyError):  # damaged: Keras says where
        return
    if of_keras:
        raise load_fault(
            "weights-only",
            f"{path.name} holds weights and no architecture. Set MODEL_WEIGHTS_URL to it and "
            "MODEL_ARCHITECTURE_URL to the file of model.to_json() or to module:function of the app; or "
            "upload what model.save gives.",
            path.name,
        )
    what = "an HDF5 file without a Keras model"
    raise file_fault("not-a-model", path, f"it is {what}", f"{path.name} is {what}.", found=what)


def has_variables(file: Any) -> bool:
    """Whether an HDF5 file has the form of Keras's ``.weights.h5``: variables in groups named vars."""
    return bool(file.visit(lambda name: True if name.rpartition("/")[0].endswith("vars") else None))


def _known(path: Path, format_: str, error: Exception) -> Fault | None:
    """What Keras's exception does not tell, or tells wrongly: "File not found" of a damaged archive."""
    if format_ != "keras-v3" or path.is_dir():
        return None
    damaged = _damage(path)
    if damaged:
        return file_fault("damaged", path, damaged, f"{path.name} is damaged: {damaged}.", found=damaged)
    version = inspect(path).keras_version
    if version.startswith("2.") and "objects could not be loaded" in str(error):
        return saved_by(path, version)
    return None


def _damage(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
    except (zipfile.BadZipFile, OSError, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        return f"its zip archive can't be read ({type(error).__name__})"
    return f"the checksum of {bad!r} in its archive is wrong" if bad else ""


def saved_by(path: Path, version: str) -> Fault:
    """The weights lie in the file as an earlier Keras put them, where this one does not look."""
    import keras

    return load_fault(
        "keras-version",
        f"{path.name} was saved by Keras {version}, and Keras {keras.__version__} can't find its weights.",
        path.name,
        saved_by=version,
        package="keras",
        package_version=keras.__version__,
    )
