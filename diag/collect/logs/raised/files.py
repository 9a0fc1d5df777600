"""Files, programs, templates and resources that are not there, by what an exception says."""

from __future__ import annotations

import re

from checks.evidence import Value
from checks.exceptions.files import is_at_home, program
from diag.collect.logs.raised import places
from diag.collect.logs.raised.record import Raised

_PATH = re.compile(
    r"No such file or directory: (?:b|PosixPath\()?(?P<quote>['\"])(?P<path>.{1,300}?)(?P=quote)"
)
# Keras 2 · h5py · tf.saved_model · Keras 3, which says the same of a broken .keras file.
_OF_MODEL = re.compile(
    r"No file or directory found at (?P<keras2>\S{1,300})"
    r"|[Uu]nable to (?:synchronously )?open file "
    r"\(unable to open file: name = '(?P<h5>[^']{1,300})', errno = 2\b"
    r"|SavedModel file does not exist at: (?P<saved>[^{\s]{1,300}?)/?(?:\{|$)"
    r"|File not found: filepath=(?P<keras3>\S{1,300}?)\. "
    r"Please ensure the file is an accessible `\.keras` zip"
)
_INSTALLED = re.compile(r"^/app/\.heroku/|site-packages/|^/layers/")
_WRITES = re.compile(r"\bopen\([^)]*,\s*(?:mode=)?['\"][wax]")
_UPLOADS = re.compile(r"(?:^|/)(?:uploads?|media|user_files|user_uploads|temp_uploads)/", re.IGNORECASE)
_RESOURCE = re.compile(r"Resource (?P<resource>[\w.-]{1,80}) not found")
_SPACY = re.compile(r"\[E050\] Can't find model '(?P<model>[\w.-]{1,80})'")


def missing_file(raised: Raised, _target: str) -> dict[str, Value]:
    """The program that was started, or the file that was opened, when it belongs into the project."""
    match = _PATH.search(raised.root[1])
    if match is None:
        return {}
    path = match["path"]
    if any(f.function in ("_execute_child", "_posix_spawn") for f in raised.frames):
        if any("cwd=" in f.code for f in raised.frames):
            return {}
        of_system = "/" not in path or re.search(r"/s?bin/", path)
        return program(path) if of_system else {}  # else it may be the folder to start it in
    at_home = is_at_home(path)
    if not at_home and (_INSTALLED.search(path) or (path.startswith("/") and places.relative(path) == path)):
        return {}
    path = places.relative(path)
    if raised.context == "request" and _UPLOADS.search(path) and not at_home:
        return {"fault": "upload", "path": path}
    values: dict[str, Value] = {"fault": "file", "path": path}
    folder = path.rpartition("/")[0]
    if at_home:
        values["base"] = re.split(r"[\\/]", path)[-1]
    elif folder and _is_written(raised):
        values["folder"] = folder
    else:
        values["not_in_slug"] = path
    return values


def _is_written(raised: Raised) -> bool:
    last = raised.frames[-1] if raised.frames else None
    return last is not None and (
        bool(_WRITES.search(last.code))
        or (last.function == "_open" and last.file.endswith("logging/__init__.py"))
    )


def missing_model(raised: Raised, _target: str) -> dict[str, Value]:
    """A model's file, in the words of who should load it."""
    match = _OF_MODEL.search(raised.root[1])
    if match is None:
        return {}
    path = places.relative(next(value for value in match.groups() if value))
    return {"fault": "model-file" if match["keras3"] else "file", "path": path, "not_in_slug": path}


def missing_template(raised: Raised, _target: str) -> dict[str, Value]:
    """The template that Flask or Django did not find."""
    name = raised.root[1].partition("\n")[0].strip()
    return (
        {"fault": "template", "path": name[:200], "not_in_slug": name[:200]}
        if name and " " not in name
        else {}
    )


def missing_resource(raised: Raised, _target: str) -> dict[str, Value]:
    """Data of NLTK or spaCy, which pip does not bring with the package."""
    nltk = _RESOURCE.search(raised.root[1])
    if nltk and ("NLTK" in raised.root[1] or "nltk" in raised.root[1]):
        return {"fault": "nltk", "resource": nltk["resource"]}
    spacy = _SPACY.search(raised.root[1])
    return {"fault": "spacy", "module": spacy["model"]} if spacy else {}


def manifest(raised: Raised, _target: str) -> dict[str, Value]:
    """A static file that collectstatic did not collect."""
    match = re.match(r"Missing staticfiles manifest entry for '(?P<path>[^']{1,300})'", raised.root[1])
    return {"fault": "static-manifest", "path": match["path"]} if match else {}
