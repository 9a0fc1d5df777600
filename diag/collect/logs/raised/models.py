"""Model files and what was pickled into them, by what loading them raised."""

from __future__ import annotations

import re

from checks.evidence import Value
from checks.exceptions.installing import is_known
from diag.collect.logs.raised import places
from diag.collect.logs.raised.record import Raised

_NAME = re.compile(
    r"['\"](?P<name>[\w./ -]{1,200}\.(?:pkl|pickle|joblib|sav|h5|hdf5|keras|model|pt|tflite|onnx|dat))['\"]"
)
_KEY = re.compile(r"invalid load key, '(?P<key>.{1,8})'\.")
_BYTE = re.compile(r"^(?P<byte>\d{1,3})$")
_PICKLE = re.compile(r"/pickle\.py$|/joblib/numpy_pickle\w*\.py$|/dill/_dill\.py$")
_PICKLED_CLASS = re.compile(
    r"Can't get attribute '(?P<name>\w{1,100})' on <module '(?P<module>[\w.]{1,100})'"
    r"(?: from '(?P<file>[^']{1,300})')?"
)
_OF_LIBRARY = re.compile(r"site-packages/(?:sklearn|xgboost|lightgbm|imblearn|catboost)/")
_H5PY = re.compile(r"(?:keras|tensorflow)/.*(?:hdf5_format|saving|topology|network)\.py$")


def unpickled(raised: Raised, _target: str) -> dict[str, Value]:
    """What a file that is no pickle begins with: Git LFS's pointer with a v, a page with <."""
    key = _KEY.search(raised.root[1])
    byte = _BYTE.match(raised.root[1]) if raised.root[0] == "KeyError" and _in_pickle(raised) else None
    first = key["key"] if key else chr(int(byte["byte"])) if byte else ""
    values: dict[str, Value] = {"name": _file_of(raised)}
    if first == "v":
        return values | {"fault": "pickle-lfs-pointer"}
    if first in ("<", "{"):
        return values | {
            "fault": "pickle-page",
            "what": f"it begins with {first}, as a page or a message does",
        }
    if first:
        return values | {"fault": "pickle-damaged", "what": "it does not begin as a pickle does"}
    if "pickle data was truncated" in raised.root[1]:
        return values | {"fault": "pickle-damaged", "what": "it ends too early"}
    if raised.root == ("EOFError", "Ran out of input"):
        return values | {"fault": "pickle-damaged", "what": "it is empty, or ends too early"}
    return {}


def pickled_class(raised: Raised, _target: str) -> dict[str, Value]:
    """A class the pickle names and its module lacks: the app's own, or a library's of another version."""
    match = _PICKLED_CLASS.search(raised.root[1])
    if match:
        top = match["module"].partition(".")[0]
        if match["module"] in ("__main__", "__mp_main__") or not _is_installed(top, match["file"]):
            return {"fault": "pickled-class", "name": match["name"], "pickled": match["name"]}
        return {"fault": "pickled-library", "library": top, "name": match["name"]}
    last = raised.frames[-1] if raised.frames else None
    if (
        last
        and _OF_LIBRARY.search(last.file)
        and re.match(r"'\w+' object has no attribute '\w+'", raised.root[1])
    ):
        return {"fault": "pickled-attribute", "library": places.package_of(last.file)}
    return {}


def no_signature(raised: Raised, _target: str) -> dict[str, Value]:
    """A file that is there and is no HDF5: Git LFS's pointer, a page, the wrong file."""
    if "(file signature not found)" in raised.root[1]:
        return {"fault": "model-signature", "what": "it does not begin as an HDF5 file does"}
    return {}


def _is_installed(top: str, file: str | None) -> bool:
    return is_known(top) or bool(file and not places.is_own(file))


def decoded_str(raised: Raised, _target: str) -> dict[str, Value]:
    """TensorFlow before 2.4 decodes what h5py 3 gives as text."""
    last = raised.frames[-1] if raised.frames else None
    if last and "'str' object has no attribute 'decode'" in raised.root[1] and _H5PY.search(last.file):
        return {"fault": "h5py"}
    return {}


def _in_pickle(raised: Raised) -> bool:
    return any(_PICKLE.search(f.file) for f in raised.frames[-3:])


def _file_of(raised: Raised) -> str:
    """The file's name, when the app's code shows it."""
    for frame in (raised.own, *reversed(raised.frames)):
        match = _NAME.search(frame.code) if frame else None
        if match:
            return match["name"]
    return "The file"
