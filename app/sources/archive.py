"""A packed model: unpack it, and find the model in what came out.

SavedModels are folders, so they travel as .zip, .tar or .tar.gz; one file may be packed alone, too.
"""

from __future__ import annotations

import errno
from pathlib import Path

from app.sources.unpack_tar import unpack_tar
from app.sources.unpack_zip import unpack_zip
from app.sources.unpacking import Bounds, Sink, shown_name
from checks.evidence import Fault
from checks.model_file import first_bytes, inspect

_HEAD = 512  # bytes: enough to know a tar archive
_LOOKED_AT = 200  # files, when no folder is a SavedModel


def unpack(archive: Path, folder: Path, bounds: Bounds | None = None) -> Path:
    """Unpack into `folder` and give the path of the model there: a SavedModel's folder or one file.

    Raises Fault (`MODEL_FILE`): truncated, damaged, encrypted, too-large, disk-full, unsafe-archive (an
    entry that leads out of the folder, or is a link or a device), not-a-model; and OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sink = Sink(archive, folder, bounds or Bounds())
    with archive.open("rb") as file:
        kind = first_bytes(file.read(_HEAD))
    try:
        if kind == "zip":
            unpack_zip(sink)
        elif kind in ("gzip", "tar"):
            unpack_tar(sink, gzipped=kind == "gzip")
        else:
            raise sink.fault("not-a-model", "no archive that can be unpacked here")
    except OSError as error:
        raise _refused(error, sink) from None
    return _model_in(folder, sink)


def _refused(error: OSError, sink: Sink) -> Exception:
    """What the file system does not take."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return sink.fault("disk-full", "an archive that needs more than the disk has left")
    if error.errno in (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ):
        return sink.fault("damaged", f"an archive with names that can't be used ({error.strerror})")
    return error


def _model_in(folder: Path, sink: Sink) -> Path:
    """The one model there is."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    graphs = {path.parent for path in files if path.name in ("saved_model.pb", "saved_model.pbtxt")}
    if graphs:
        # One within another is what its author keeps beside it.
        depth = min(len(path.parts) for path in graphs)
        return _only([path for path in graphs if len(path.parts) == depth], folder, sink)
    if not files:
        raise sink.fault("not-a-model", "an archive without any file")
    if len(files) == 1:
        if inspect(files[0]).format == "archive":
            raise sink.fault("not-a-model", f"an archive within an archive ({shown_name(files[0].name)})")
        return files[0]
    models = [path for path in files[:_LOOKED_AT] if _is_model(path)]
    if not models:
        raise sink.fault("not-a-model", f"an archive of {len(files):,} files, none of which is a model")
    return _only(models, folder, sink)


def _only(models: list[Path], folder: Path, sink: Sink) -> Path:
    if len(models) == 1:
        return models[0]
    names = ", ".join(shown_name(str(path.relative_to(folder))) for path in sorted(models)[:3])
    found = f"an archive with {len(models)} models in it ({names}{' …' if len(models) > 3 else ''})"
    raise sink.fault("not-a-model", found)


def _is_model(path: Path) -> bool:
    try:
        return inspect(path).format != "archive"
    except Fault:
        return False
