"""Files, programs and system libraries that are not on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

from checks.evidence import Value
from checks.exceptions.places import is_below, local_of, relative, walk

# Which package of the apt buildpack brings a program or a library, by its name on Ubuntu 22.04.
_APT_PROGRAM = {
    "dot": "graphviz",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "gs": "ghostscript",
    "libreoffice": "libreoffice",
    "pdfinfo": "poppler-utils",
    "pdftoppm": "poppler-utils",
    "pdftotext": "poppler-utils",
    "soffice": "libreoffice",
    "tesseract": "tesseract-ocr",
    "wkhtmltopdf": "wkhtmltopdf",
}
_BROWSERS = frozenset({"chromedriver", "chrome", "google-chrome", "chromium", "chromium-browser"})
_APT_LIBRARY = {
    "libGL.so.1": "libgl1",
    "libgomp.so.1": "libgomp1",
    "libmagic.so.1": "libmagic1",
    "libodbc.so.2": "unixodbc",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libportaudio.so.2": "libportaudio2",
    "libSM.so.6": "libsm6",
    "libsndfile.so.1": "libsndfile1",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libzbar.so.0": "libzbar0",
}
_LIBRARY = re.compile(r"(?P<library>lib[\w.+-]+?\.so[.\d]*): cannot open shared object file")
_HOME = re.compile(r"^(?:/home/|/Users/|/root/|/content/|[A-Za-z]:[\\/])")
_FILE = re.compile(r"^(?P<file>/\S+\.so[.\d]*): cannot open shared object file")


def missing_program(error: FileNotFoundError) -> dict[str, Value]:
    """Raised by the start of a program, and not for its working directory."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
    wanted = local_of(error.__traceback__, "subprocess.py", "orig_executable")
    if not name or not isinstance(wanted, (str, bytes)) or os.fsdecode(wanted) != name:
        return {}
    return program(name)


def program(name: str) -> dict[str, Value]:
    """A program that is not there, and what brings it."""
    values: dict[str, Value] = {"fault": "program", "program": name}
    base = os.path.basename(name)
    if base in _APT_PROGRAM:
        values["apt"] = _APT_PROGRAM[base]
    if base in _BROWSERS:
        values["browser"] = base
    return values


def missing_file(error: FileNotFoundError, root: Path) -> dict[str, Value]:
    """A file that belongs into the project: a relative path, one below the root, or one in a home."""
    name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else ""
    at_home = is_at_home(name)
    if not name or (os.path.isabs(name) and not at_home and not is_below(name, root)):
        return {}
    path = relative(name, root) if is_below(name, root) else name
    values: dict[str, Value] = {"fault": "file", "path": path}
    folder = os.path.dirname(path)
    if folder and not at_home and not (root / folder).is_dir():
        values["folder"] = folder
    base = re.split(r"[\\/]", name)[-1]
    found = next((p for p in walk(root) if p.name.lower() == base.lower()), None)
    if found is not None:
        values["found"] = str(found.relative_to(root))
    elif not at_home:
        values["not_in_slug"] = path
    if at_home:
        values["base"] = base
    return values


def is_at_home(path: str) -> bool:
    """Whether a path is one of somebody's own machine."""
    return bool(_HOME.match(path))


def missing_library(error: BaseException) -> dict[str, Value]:
    """The system library that the loader did not find, or the file it found and could not load.

    It says "cannot open" too of a file that is there, when that is for another processor.
    """
    of_file = _FILE.match(str(error))
    if of_file and os.path.isfile(of_file["file"]):
        return {"fault": "architecture", "library": of_file["file"]}
    return library(str(error))


def library(message: str) -> dict[str, Value]:
    """The system library that the loader did not find, by its words."""
    match = _LIBRARY.search(message)
    if not match:
        return {}
    name = match["library"]
    values: dict[str, Value] = {"fault": "library", "library": name}
    return values | ({"apt": _APT_LIBRARY[name]} if name in _APT_LIBRARY else {})
