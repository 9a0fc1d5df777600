"""Model files that are pushed: what they are by their content, and how large."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from checks.evidence import Evidence, Fault, Level
from checks.facts import Fact
from checks.limits import MB
from checks.model_file import inspect
from diag.collect.project.app_json import read_app_json
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.hdf5 import text_attribute
from diag.collect.project.installed import Installed
from diag.collect.project.left_out import Patterns
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.imports import Provided
from diag.collect.project.tree import Tree

LARGE_BYTES = 50 * MB  # from which a model is better kept in object storage
_KERAS = (".keras", ".h5", ".hdf5")
_PICKLES = (".pkl", ".pickle", ".joblib", ".sav", ".model")
_MODELS = (
    *_KERAS,
    *_PICKLES,
    *[".onnx", ".tflite", ".pt", ".pth", ".safetensors", ".pb", ".weights", ".ckpt", ".bin", ".npz", ".gguf"],
)
_POINTER = b"version https://git-lfs.github.com/spec/v1"
_SKLEARN = re.compile(rb"_sklearn_version.{1,12}?([0-9]{1,2}\.[0-9]{1,3}(?:\.[0-9a-z]{1,8})?)", re.DOTALL)
_SCANNED = 8 << 20
# In this order: of several that a pickle names the first is told.
_LIBRARIES = (
    "sklearn",
    "xgboost",
    "lightgbm",
    "catboost",
    "imblearn",
    "pandas",
    "numpy",
    "statsmodels",
    "torch",
)
_NUMPY_2 = (1, 26)  # the first that has numpy._core, the name under which NumPy 2 pickles its arrays
_BYTES_FOR_TEXT = (2, 4)  # until then TensorFlow decoded what h5py 3 already gives as text
MOST = 200


def find_model_files(
    tree: Tree, graph: Graph, installed: Installed, provided: Provided
) -> Iterator[Evidence]:
    """Pointers, files of another Keras or scikit-learn, and files that are too large for git."""
    lfs = _lfs(tree)
    models = [path for path in tree.files if path.lower().endswith(_MODELS) or lfs.match(path)][:MOST]
    named = "\n".join(here.module.text for here in graph.all) if models else ""
    if not any("lfs" in url for url in read_app_json(tree).buildpacks):
        for path in models:
            yield from _pointer(tree, path, named, is_tracked=lfs.match(path))
    for path in models:
        if path.endswith(_KERAS) and tree.is_deployed(path):
            if not _uses_legacy_keras(tree, installed, named):
                yield from _keras(tree, path, installed)
            if path.endswith((".h5", ".hdf5")) and (path.rpartition("/")[2] in named or not graph.entry):
                yield from _h5py(path, installed)
        elif path.endswith(_PICKLES) and tree.is_deployed(path):
            yield from _pickle(tree, path, installed)
            if path.rpartition("/")[2] in named:
                yield from _numpy(tree, path, installed)
                yield from _pickled_with(tree, path, provided)
    yield from _saved_model(tree, installed, named)
    yield from _large(tree, models)


def _lfs(tree: Tree) -> Patterns:
    """The files that .gitattributes gives to Git LFS: what is pushed of them is a pointer."""
    lines = tree.lines(".gitattributes") if ".gitattributes" in tree else []
    patterns = [line.split()[0] for line in lines if "filter=lfs" in line and not line.startswith("#")]
    return Patterns.of("\n".join(patterns), negation=False)


def _pointer(tree: Tree, path: str, named: str, *, is_tracked: bool) -> Iterator[Evidence]:
    head = tree.data(path, 200) if tree.files[path] < 1024 else None
    is_pointer = head is not None and head.startswith(_POINTER)
    if not is_pointer and not (is_tracked and tree.git is not None):
        return
    is_used = path.rpartition("/")[2] in named
    if not is_used and not path.lower().endswith(_MODELS):
        return  # a picture of the design
    told = (
        f"{path} is a Git LFS pointer of {tree.files[path]} bytes, and Heroku's git fetches no more"
        if is_pointer
        else f".gitattributes gives {path} to Git LFS, so a push has a pointer in its place"
    )
    yield finding(
        Fact.PROJECT_MODEL,
        "lfs-pointer",
        Level.FAIL if is_used else Level.WARN,
        SURE if is_used and is_pointer else LIKELY,
        told,
        path,
        path=path,
        found="a Git LFS pointer",
        size_bytes=tree.files[path],
        name=path.rpartition("/")[2],
    )


def _keras(tree: Tree, path: str, installed: Installed) -> Iterator[Evidence]:
    saved = _saved_by(tree, path)
    loads = _keras_version(installed)
    if not saved or loads is None or int(saved.partition(".")[0]) == loads:
        return
    if saved.startswith("3"):
        level, sure = Level.FAIL, LIKELY
    elif path.endswith(".keras"):
        level, sure = Level.WARN, POSSIBLE
    else:
        return  # Keras 3 reads most HDF5 files of Keras 2
    yield finding(
        Fact.PROJECT_MODEL,
        "keras-version",
        level,
        sure,
        f"{path} was saved by Keras {saved}, and Keras {loads} will load it",
        path,
        path=path,
        saved_by=saved,
        keras_version=saved,
        loads=str(loads),
        name=path.rpartition("/")[2],
    )


def _uses_legacy_keras(tree: Tree, installed: Installed, named: str) -> bool:
    """Whether tf.keras is Keras 2 by way of tf-keras. Source: github.com/keras-team/tf-keras, README."""
    if installed.version("tf-keras") is None:
        return False
    return "TF_USE_LEGACY_KERAS" in named or "TF_USE_LEGACY_KERAS" in read_app_json(tree).values


def _h5py(path: str, installed: Installed) -> Iterator[Evidence]:
    """TensorFlow before 2.4 with h5py 3: 'str' object has no attribute 'decode'."""
    h5py = installed.version("h5py")
    for name in ("tensorflow", "tensorflow-cpu"):
        tensorflow = installed.version(name)
        if tensorflow is None or tensorflow.at_least(*_BYTES_FOR_TEXT) or not (h5py and h5py.at_least(3)):
            continue
        yield finding(
            Fact.PROJECT_MODEL,
            "h5py",
            Level.FAIL,
            LIKELY,
            f"{path} is loaded by {name} {tensorflow.text}, which does not work with h5py {h5py.text}",
            path,
            path=path,
            package="h5py",
            package_version=h5py.text,
        )


def _numpy(tree: Tree, path: str, installed: Installed) -> Iterator[Evidence]:
    """A pickle of NumPy 2 for a NumPy that has no numpy._core."""
    numpy = installed.version("numpy")
    if numpy is None or numpy.at_least(*_NUMPY_2) or b"numpy._core" not in _pickled(tree, path):
        return
    yield finding(
        Fact.PROJECT_MODEL,
        "pickle-version",
        Level.FAIL,
        LIKELY,
        f"{path} was pickled by NumPy 2, and {numpy.text} will load it",
        path,
        path=path,
        saved_by="2",
        package="numpy",
        package_version=numpy.text,
        name=path.rpartition("/")[2],
    )


def _saved_by(tree: Tree, path: str) -> str:
    if path.endswith(".keras"):
        try:
            return inspect(tree.root / path).keras_version
        except Fault:
            return ""
    return text_attribute(tree.data(path, _SCANNED) or b"", b"keras_version")


def _keras_version(installed: Installed) -> int | None:
    """The major version of the Keras that will load models. TensorFlow 2.16 was the first with Keras 3."""
    for name in ("tensorflow", "tensorflow-cpu", "tensorflow-intel"):
        version = installed.version(name)
        if version is not None:
            return 3 if version.at_least(2, 16) else 2
    keras = installed.version("keras")
    return keras.numbers[0] if keras is not None else None


def _pickled(tree: Tree, path: str) -> bytes:
    """The beginning of a pickle, unpacked where joblib has compressed it."""
    data = tree.data(path, _SCANNED) or b""
    bits = 15 if data[:1] == b"\x78" else 31 if data[:2] == b"\x1f\x8b" else 0
    if not bits:
        return data
    try:
        return zlib.decompressobj(bits).decompress(data, _SCANNED)
    except zlib.error:
        return b""


def _pickle(tree: Tree, path: str, installed: Installed) -> Iterator[Evidence]:
    sklearn = installed.version("scikit-learn")
    data = _pickled(tree, path) if sklearn is not None else b""
    match = _SKLEARN.search(data)
    if match is None or sklearn is None:
        return
    saved = match[1].decode()
    numbers = tuple(int(part) for part in re.findall(r"\d+", saved)[:2])
    if numbers == sklearn.numbers[:2]:
        return
    # Trees changed their nodes in 1.3: an older pickle of one can't be read by a newer release.
    breaks = numbers < (1, 3) <= sklearn.numbers[:2] and b"sklearn.tree" in data
    yield finding(
        Fact.PROJECT_MODEL,
        "pickle-version",
        Level.FAIL if breaks else Level.WARN,
        LIKELY if breaks else POSSIBLE,
        f"{path} was pickled by scikit-learn {saved}, and {sklearn.text} will load it",
        path,
        path=path,
        saved_by=saved,
        package="scikit-learn",
        package_version=sklearn.text,
        name=path.rpartition("/")[2],
    )


def _pickled_with(tree: Tree, path: str, provided: Provided) -> Iterator[Evidence]:
    """A pickle that the code loads, of a library that nothing requires."""
    data = _pickled(tree, path)
    for module in _LIBRARIES:
        # In a pickle a module's name stands after its length, or in a line of its own.
        names = re.search(rb"(?s:\x8c.|X.\x00\x00\x00|c)" + module.encode() + rb"[.\n\x94]", data)
        if names and provided.has(module) is False:
            yield finding(
                Fact.PROJECT_SOURCE,
                "module",
                Level.FAIL,
                LIKELY,
                f"{path} was pickled with {module}, and nothing that is required brings it",
                path,
                module=module,
                distribution=provided.distribution_for(module),
            )
            return


def _saved_model(tree: Tree, installed: Installed, named: str) -> Iterator[Evidence]:
    """A folder that Keras 2 saved: Keras 3 refuses it in load_model."""
    if _keras_version(installed) != 3 or "load_model" not in named:
        return
    for path in tree.files:
        if path.endswith("/keras_metadata.pb"):
            folder = path.rpartition("/")[0]
            if folder.rpartition("/")[2] in named:
                yield finding(
                    Fact.PROJECT_MODEL,
                    "keras-version",
                    Level.FAIL,
                    LIKELY,
                    f"{folder} is a SavedModel of Keras 2, and load_model of Keras 3 takes none",
                    folder,
                    path=folder,
                    saved_by="2",
                    keras_version="2",
                    loads="3",
                    name=folder.rpartition("/")[2],
                )
                return


def _large(tree: Tree, models: list[str]) -> Iterator[Evidence]:
    large = [path for path in models if tree.files[path] >= LARGE_BYTES and tree.is_deployed(path)]
    large.sort(key=lambda path: -tree.files[path])
    for path in large[:3]:
        yield finding(
            Fact.PROJECT_MODEL,
            "in-slug",
            Level.WARN,
            SURE,
            f"{path} takes {tree.files[path] / MB:.0f} MB of each push and each slug",
            path,
            path=path,
            size_mb=round(tree.files[path] / MB),
            name=path.rpartition("/")[2],
        )
