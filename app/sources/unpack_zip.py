"""The entries of a zip archive. Python's zipfile reads it, once it is known to be of a bounded size."""

from __future__ import annotations

import stat
import zipfile
import zlib

from app.sources.unpacking import Sink, shown_name
from checks.zip_directory import read_directory

_ENCRYPTED = 1  # APPNOTE 4.4.4, bit 0
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack_zip(sink: Sink) -> None:
    """Raises Fault, and OSError for what the disk refuses."""
    size = sink.archive.stat().st_size
    with sink.archive.open("rb") as file:
        directory = read_directory(file, size)
        if directory is None:
            raise sink.fault("truncated", "a zip archive without its end")
        # zipfile holds the whole directory as objects, some 20 times its size.
        if directory.length > sink.bounds.header_bytes:
            found = f"a zip archive whose directory has {directory.length:,} bytes"
            raise sink.fault("too-large", found)
        try:
            with zipfile.ZipFile(file) as archive:
                entries = archive.infolist()
                sink.must_fit(sum(entry.file_size for entry in entries))
                for entry in entries:
                    _unpack(archive, entry, sink)
        except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeError, ValueError) as error:
            what = str(error) if str(error).startswith("Bad CRC-32") else type(error).__name__
            raise sink.fault("damaged", f"a zip archive that can't be unpacked: {what[:80]}") from None
        except NotImplementedError:
            found = "a zip archive of a later version of the format than can be read here"
            raise sink.fault("not-a-model", found) from None


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, sink: Sink) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise sink.fault("encrypted", f"an encrypted zip archive (entry {shown_name(entry.filename)})")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a symbolic link" if kind == stat.S_IFLNK else "neither a file nor a folder"
        raise sink.unsafe(entry.filename, f"is {what}")
    place = sink.place(entry.filename)
    if place is None:
        return
    if entry.is_dir() or entry.filename.endswith("\\"):
        sink.make_folder(place)
        return
    if entry.compress_type not in _METHODS:
        found = f"a zip archive packed by method {entry.compress_type}; store or deflate it"
        raise sink.fault("not-a-model", found)
    with archive.open(entry) as content:
        sink.write(place, content.read)
