"""What a model file is, by its content and not by its name.

Told before seconds of import go by: a download that ended in an error page, a Git LFS pointer, a file
cut in the middle. Of any file at most its first and its last 64 KB are read, and nothing is unpacked
beyond 4 KB, so a hostile one costs no more than a healthy one.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from checks.evidence import Evidence, Fault, Level, Value
from checks.facts import Fact
from checks.limits import MB
from checks.not_a_model import instead
from checks.zip_directory import WINDOW, read_directory, read_entry

BLOCK = 1 << 20  # bytes a digest reads at a time
UNPACKED_BYTES = 4096  # of metadata.json, of which Keras writes some 64, and of what is in a gzip file
FOLDER_ENTRIES = 1000  # of a SavedModel looked at

_HDF5 = b"\x89HDF\r\n\x1a\n"
# By the superblock's version: where the width of an address stands, and where the addresses begin, of
# which the third is the end of the file. HDF5 File Format Specification 3.0, II.A.
_HDF5_LAYOUT = ((13, 24), (13, 28), (9, 12), (9, 12))
_POINTER = b"version https://git-lfs.github.com/spec/v1"
_POINTER_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
_POINTER_SIZE = re.compile(rb"^size ([0-9]{1,18})$", re.MULTILINE)
_KERAS_VERSION = re.compile(r"[0-9]+\.[0-9A-Za-z.+-]{1,30}")
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")

_KERAS_PARTS = frozenset(("metadata.json", "model.weights.h5", "model.weights.npz"))
_AFTER_PRODUCER = frozenset(b"\x1a\x22\x28\x32\x3a\x42")  # tags of ONNX's ModelProto after its field 2

_GZIP = b"\x1f\x8b"
_MODEL_ENDINGS = (".keras", ".h5", ".hdf5", ".tflite", ".onnx")
_GRAPHS = ("saved_model.pb", "saved_model.pbtxt")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file or folder that has the form of a model."""

    format: str  # keras-v3, hdf5, saved-model, onnx or tflite; archive when it has to be unpacked first
    size_bytes: int
    keras_version: str = ""  # of the Keras that saved it, where the file tells cheaply


def inspect(path: Path) -> ModelFile:
    """The form of the model at `path`. Raises Fault (`MODEL_FILE`) for whatever has none.

    The faults: missing, unreadable, empty, lfs-pointer, html, xml, json, truncated, damaged and not-a-model.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _folder(path)
        if not stat.S_ISREG(mode):  # to open a pipe would wait for ever
            raise model_fault(path, "unreadable", 0, "no regular file")
        with path.open("rb") as file:
            return _regular(path, file)
    except (FileNotFoundError, NotADirectoryError):
        raise model_fault(path, "missing", None, "no such file") from None
    except OSError as error:
        raise model_fault(path, "unreadable", None, error.strerror or type(error).__name__) from None
    except ValueError:  # a NUL in the path
        raise model_fault(path, "unreadable", None, "a path that no file can have") from None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in 64 hexadecimal digits. Raises OSError when it can't be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def verify_sha256(path: Path, expected: str) -> str:
    """The SHA-256 of the file when it is the expected one.

    Capitals, blanks around it and a leading ``sha256:`` are allowed in `expected`. Raises Fault
    (`MODEL_FILE`, fault checksum) when it is another one, and OSError when the file can't be read.
    """
    pinned = _SHA256.fullmatch(expected.strip().lower())
    if pinned is None:
        said = f"{len(expected.strip())} characters that are no SHA-256"
        raise model_fault(path, "checksum", _size(path), "not compared", expected=said)
    if path.is_dir():
        raise model_fault(path, "checksum", None, "a folder, which has no SHA-256", expected=pinned[1])
    found = sha256_of(path)
    if found != pinned[1]:
        raise model_fault(path, "checksum", _size(path), found, expected=pinned[1])
    return found


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _regular(path: Path, file: BinaryIO) -> ModelFile:
    size = os.fstat(file.fileno()).st_size
    head = file.read(WINDOW)
    if not head:
        raise model_fault(path, "empty", 0, "nothing")
    if head.startswith(b"PK\x03\x04"):
        return _zip(path, file, size)
    if _is_tar(head):  # its first file may be an HDF5, which then looks like one behind a user block
        return ModelFile("archive", size)
    superblock = _superblock(head)
    if superblock is not None:
        return _hdf5(path, head[superblock:], size)
    if head[4:8] == b"TFL3":
        return ModelFile("tflite", size)
    if _is_onnx(head):
        return ModelFile("onnx", size)
    if head.startswith(_GZIP):
        return _gzip(path, head, size)
    if head.startswith(_POINTER):
        raise _pointer(path, head, size)
    fault, found = instead(head)
    raise model_fault(path, fault, size, found)


def first_bytes(head: bytes) -> str:
    """What a growing file will be, by its first bytes, of which there should be 16 or more.

    ``tflite`` and ``onnx`` have runtimes of their own; ``hdf5`` is TensorFlow's; ``zip``, ``gzip`` and
    ``tar`` may hold any model. Empty: most likely no model.
    """
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(_GZIP):
        return "gzip"
    if _is_tar(head):
        return "tar"
    if head[4:8] == b"TFL3":
        return "tflite"
    if _superblock(head) is not None:
        return "hdf5"
    return "onnx" if _is_onnx(head) or _begins_onnx(head) else ""


def _is_tar(head: bytes) -> bool:
    """POSIX and GNU tar; those of 1979 have no sign."""
    return head[257:262] == b"ustar"


def _gzip(path: Path, head: bytes, size: int) -> ModelFile:
    """A packed model or tar archive, by the first bytes of what is in it."""
    try:
        inner = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, UNPACKED_BYTES)
    except zlib.error:
        raise model_fault(path, "damaged", size, "a gzip file that can't be unpacked") from None
    if not inner:
        raise model_fault(path, "truncated", size, "a gzip file without its content")
    if first_bytes(inner) not in ("", "gzip"):
        return ModelFile("archive", size)
    fault, found = instead(inner)
    raise model_fault(path, fault, size, f"a gzip file of {found}")


def _hdf5(path: Path, head: bytes, size: int) -> ModelFile:
    """The superblock knows where the file ends; a cut one ends before."""
    version = head[8] if len(head) > 8 else 0
    if version >= len(_HDF5_LAYOUT):
        return ModelFile("hdf5", size)  # of a later HDF5, which will judge itself
    width_at, addresses_at = _HDF5_LAYOUT[version]
    width = head[width_at] if len(head) > width_at else 8
    field = head[addresses_at + 2 * width : addresses_at + 3 * width]
    if len(field) < width:
        raise model_fault(path, "truncated", size, "an HDF5 file that ends within its first block")
    end = int.from_bytes(field, "little")
    if end > size and end != (1 << 8 * width) - 1:  # all ones stand for "not told"
        found = f"an HDF5 file that should have {end:,} bytes"
        raise model_fault(path, "truncated", size, found, expected_bytes=end)
    return ModelFile("hdf5", size)


def _superblock(head: bytes) -> int | None:
    """Where the HDF5 superblock is: at 0, or at 512, 1024, 2048 … behind a user block."""
    at = 0
    while at < len(head):
        if head.startswith(_HDF5, at):
            return at
        at = at * 2 or 512
    return None


def _zip(path: Path, file: BinaryIO, size: int) -> ModelFile:
    """The end of the archive must be there and lead to its directory, as a cut file's does not."""
    directory = read_directory(file, size)
    if directory is None:
        raise model_fault(path, "truncated", size, "a zip archive (.keras) without its end")
    entries = dict(directory.entries())
    if "config.json" in entries and not _KERAS_PARTS.isdisjoint(entries):
        metadata = entries.get("metadata.json")
        told = read_entry(file, metadata, UNPACKED_BYTES) if metadata else b""
        return ModelFile("keras-v3", size, _keras_version(told))
    models = models_in(entries)
    if len(models) == 1 or any(Path(name).name in _GRAPHS for name in models):
        return ModelFile("archive", size)
    if not directory.is_whole:
        return ModelFile("keras-v3", size)  # more entries than we look at; Keras will judge
    raise model_fault(path, "not-a-model", size, _other_zip(list(entries), models))


def models_in(names: Iterable[str]) -> list[str]:
    """Those of an archive's entries that have a model's name, without what a Mac adds of its own."""
    plain = (name.replace("\\", "/") for name in names)
    own = (n for n in plain if not n.startswith("__MACOSX/") and not Path(n).name.startswith("._"))
    return [name for name in own if name.endswith(_MODEL_ENDINGS) or Path(name).name in _GRAPHS]


def _keras_version(metadata: bytes) -> str:
    try:
        content = json.loads(metadata)
    except (ValueError, RecursionError):
        return ""
    version = content.get("keras_version") if isinstance(content, dict) else None
    return version if isinstance(version, str) and _KERAS_VERSION.fullmatch(version) else ""


def _other_zip(names: list[str], models: list[str]) -> str:
    if any(name.endswith("data.pkl") for name in names):
        return "a PyTorch file"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays (.npz)"
    if any(name.endswith("/config.json") for name in names):
        return "a .keras file that was unpacked and zipped again with its folder"
    if models:
        return f"a zip archive with {len(models)} models in it, and which one is meant is not told"
    return "a zip archive without a model in it"


def _is_onnx(head: bytes) -> bool:
    """An ONNX ModelProto: its version, then the producer's name, the graph or the operator set."""
    if len(head) < 4 or head[0] != 0x08 or not 1 <= head[1] <= 40:
        return False
    if head[2] != 0x12:
        return head[2] in _AFTER_PRODUCER
    end = 4 + head[3]
    return end < min(len(head), 0x84) and head[4:end].isascii() and head[end] in _AFTER_PRODUCER


def _begins_onnx(head: bytes) -> bool:
    """The same of so few bytes that the producer's name is cut: a .pb of TensorFlow has no text there."""
    if len(head) < 8 or head[0] != 0x08 or not 1 <= head[1] <= 40 or head[2] != 0x12:
        return False
    name = head[4 : 4 + head[3]]
    return len(head) <= 4 + head[3] < 0x44 and name.isascii() and name.decode("ascii").isprintable()


def _folder(path: Path) -> ModelFile:
    """A SavedModel, or what Keras 3 saves with ``zipped=False``."""
    parts = list(itertools.islice(_files(path), FOLDER_ENTRIES))
    size = sum(bytes_ for _, bytes_ in parts)
    graphs = [part for name in _GRAPHS if (part := path / name).is_file()]
    if graphs:
        for part in (*graphs, *(part for part, _ in parts if part.parent.name == "variables")):
            head = _head(part)
            if not head:
                raise model_fault(part, "empty", 0, "nothing")
            if head.startswith(_POINTER):
                raise _pointer(part, head, len(head))
        return ModelFile("saved-model", size)
    weights = path / "model.weights.h5"
    if (path / "config.json").is_file() and weights.is_file():
        with weights.open("rb") as file:
            _regular(weights, file)
        metadata = path / "metadata.json"
        told = _head(metadata)[:UNPACKED_BYTES] if metadata.is_file() else b""
        return ModelFile("keras-v3", size, _keras_version(told))
    raise model_fault(path, "not-a-model", size, "a folder without saved_model.pb")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(WINDOW)


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    for base, _, names in os.walk(folder):
        for name in names:
            path = Path(base, name)
            size = _size(path)
            if size is not None and path.is_file():
                yield path, size


def _pointer(path: Path, head: bytes, size: int) -> Fault:
    oid, real = _POINTER_OID.search(head), _POINTER_SIZE.search(head)
    values: dict[str, Value] = {}
    found = "a Git LFS pointer"
    if real:
        values["real_bytes"] = int(real[1])
        found += f" to a file of {int(real[1]) / MB:,.2f} MB"
    if oid:
        values["oid"] = oid[1].decode()
        found += f" (sha256 {oid[1].decode()[:12]}…)"
    return model_fault(path, "lfs-pointer", size, found, **values)


def model_fault(path: Path, fault: str, size: int | None, found: str, **more: Value) -> Fault:
    """A fault of the file at `path`; `found` is what it is, or why it can't be read."""
    name = path.name or str(path)
    what = f"it is {found}"
    text = f"{name} ({size or 0:,} bytes) is {found}."
    if fault == "missing":
        what, text = "there is none", f"There is no file {path}."
    elif fault == "empty":
        what, text = "it is empty", f"{name} is empty (0 bytes)."
    elif fault == "unreadable":
        what, text = f"it can't be read ({found})", f"{path} can't be read: {found}."
    elif fault == "checksum":
        what = "its SHA-256 is not the pinned one"
        text = f"{name}: expected SHA-256 {_short(str(more['expected']))}, found {_short(found)}."
    values: dict[str, Value] = {"fault": fault, "path": str(path), "name": name, "what": what}
    if fault != "missing":
        values["found"] = found
    if size is not None:
        values["size_bytes"] = size
    return Fault(Evidence(Fact.MODEL_FILE, Level.FAIL, text, name, values=values | more))


def _short(digest: str) -> str:
    return f"{digest[:12]}…" if _SHA256.fullmatch(digest) else digest
