"""The files a model is made of, on this dyno's disk: each from where the recipe says."""

from __future__ import annotations

import time
from concurrent.futures import Future, as_completed
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.beside import beside
from app.runtimes.opening import LEAN
from app.sources import config_var
from app.sources.fetch import can_ask, fetch
from checks.evidence import Dyno
from checks.ledger import Ledger
from checks.model_file import first_bytes, inspect
from checks.model_source import ConfigVar, Factory, Form, LocalFile, Recipe, S3Object, Source

NAME_CHARS = 60  # of a file's name that come from a key or a URL
ENOUGH_BYTES = 16  # of a growing file tell what it will be
# What only TensorFlow loads, and what mostly holds a SavedModel: the import need not wait for its bytes.
OF_TENSORFLOW = (".keras", ".h5", ".hdf5")
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True, slots=True)
class Parts:
    """A recipe whose files are all on the disk."""

    form: Form
    main: Path | Factory
    weights: Path | None = None


def look_at(recipe: Recipe, dyno: Dyno) -> None:
    """Tell what is wrong already, before seconds of download and import. Raises Fault."""
    for source in recipe.sources:
        if isinstance(source, S3Object):
            can_ask(dyno)
        elif isinstance(source, LocalFile) and recipe.form is Form.WHOLE:
            inspect(source.path)


def gather(recipe: Recipe, folder: Path, dyno: Dyno, boot: Ledger) -> Parts:
    """Bring all files to the disk, both at once where there are two. Raises Fault.

    What is in `folder` already, of an earlier try or another worker, is taken or gone on with.
    """
    places = [(source, _place(source, folder, at)) for at, source in enumerate(recipe.sources)]
    coming = [beside("model-fetch", partial(_bring, source, path, dyno, boot)) for source, path in places]
    for first in as_completed(coming):
        first.result()  # if it has failed, the other one need not be waited for
    paths = [path for _, path in places]
    main = recipe.main if isinstance(recipe.main, Factory) else paths.pop(0)
    return Parts(recipe.form, main, paths[0] if paths else None)


def promises_tensorflow(recipe: Recipe | None) -> bool | None:
    """Whether TensorFlow has to be imported for it, before any byte is here; None when only these tell.

    Raises Fault for a file on the disk that is no model.
    """
    if recipe is None or recipe.form is not Form.WHOLE:
        return recipe is None or recipe.form is Form.ARCHITECTURE
    if isinstance(recipe.main, LocalFile):
        form = inspect(recipe.main.path).format
        return find_spec("tensorflow") is not None if form == "archive" else form not in LEAN
    name = str(recipe.main).lower()
    if name.endswith(OF_TENSORFLOW):
        return True
    if find_spec("tensorflow") is None:
        return False  # an archive may hold anything; a model that does need it will say so
    return True if name.endswith(ARCHIVES) else None


def needs_tensorflow(recipe: Recipe | None, folder: Path, gathering: Future[Parts | None]) -> bool:
    """The same, told by the content as soon as there is some."""
    promised = promises_tensorflow(recipe)
    if promised is not None or recipe is None:
        return bool(promised)
    path = _place(next(recipe.sources), folder, 0)
    while not gathering.done():
        for growing in (path.with_name(f"{path.name}.part"), path):
            kind = ""
            with suppress(OSError), growing.open("rb") as file:
                kind = first_bytes(file.read(ENOUGH_BYTES))
            if kind:
                return kind not in LEAN
        time.sleep(0.01)
    return gathering.exception() is None and inspect(path).format not in LEAN


def _bring(source: Source, path: Path, dyno: Dyno, boot: Ledger) -> None:
    if isinstance(source, LocalFile) or path.exists():
        return
    if isinstance(source, ConfigVar):
        boot.remark(*config_var.write(source, path, dyno))
        return
    with boot.step("download"):
        fetch(source, path, dyno)


def _place(source: Source, folder: Path, number: int) -> Path:
    """Where its file will be: under its own name, which messages and endings need."""
    if isinstance(source, LocalFile):
        return source.path
    if isinstance(source, ConfigVar):
        name = source.name
    else:
        name = Path(source.key if isinstance(source, S3Object) else unquote(urlsplit(source.url).path)).name
    name = name[-NAME_CHARS:].replace("\0", "")
    return folder / str(number) / (name if name.strip(".") else "model")
