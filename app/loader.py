"""The boot sequence of a model: source → download ∥ import → verify → load → warm-up → ready.

It runs in threads, so that the port is bound and the process answers from the first moment. They are
daemons: a worker that is told to stop does not wait for a download. Each step is entered in the boot
ledger, where the checks find it.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, as_completed
from pathlib import Path
from typing import TypeVar

from app import sample
from app.runtimes.keras import KerasModel
from app.sources import s3
from checks.evidence import Dyno, Evidence, Fault, Level
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.ledger import BOOT, Ledger
from checks.model_file import inspect, sha256_of, verify_sha256
from checks.model_source import LocalFile, S3Object, Source, model_source

# TensorFlow's shared library is mapped under the interpreter lock, for 0.2 s and more; the server
# gets this long to bind and to answer first.
HEAD_START = 0.25
RETRY_SECONDS = (5.0, 10.0, 20.0, 40.0, 60.0)  # while the source can't be reached; then every 60
# Keras goes by the ending of a name, and an object's key may have any or none.
_ENDINGS = {"keras-v3": (".keras",), "hdf5": (".h5", ".hdf5")}

_Result = TypeVar("_Result")
_import_lock = threading.Lock()


class Loader:
    """Holds the model of this process, once there is one; until then the process is not ready."""

    def __init__(self, dyno: Dyno, boot: Ledger) -> None:
        self.dyno = dyno
        self.boot = boot
        self.model: KerasModel | None = None
        self._waits_for_fork = False
        boot.await_ready()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def start(self, *, only_in_forks: bool = False) -> None:
        """Load in the background; of a master that preloads the app, in each worker it forks."""
        self._waits_for_fork = only_in_forks
        if not only_in_forks:
            threading.Thread(target=self._run, name="model-loader", daemon=True).start()

    def _after_fork(self) -> None:
        if self._waits_for_fork:
            self.boot.await_ready()
            self.start()

    def _run(self) -> None:
        time.sleep(HEAD_START)
        attempt = 0
        while True:
            try:
                self.model = load(self.dyno, self.boot)
            except BaseException as error:
                evidence = evidence_of(error, Fact.MODEL_LOAD, "Loading the model", self.dyno)
                self.boot.fail(evidence)
                if not _may_pass(evidence):
                    return  # another try would fail in the same way
            else:
                self.boot.ready()
                return
            time.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1


def load(dyno: Dyno, boot: Ledger) -> KerasModel:
    """The model, warm. Raises Fault where the cause is known, else what the libraries raise."""
    source = _source(dyno)
    boot.identify(source=str(source) if source else "the sample model")
    _look_at(source, dyno)
    with tempfile.TemporaryDirectory(prefix="model-", ignore_cleanup_errors=True) as folder:
        importing = _beside("tensorflow-import", lambda: _import_tensorflow(dyno, boot))
        fetching = _beside("model-fetch", lambda: _fetch(source, Path(folder), dyno, boot))
        for first in as_completed((importing, fetching)):
            first.result()  # if it has failed, the other one need not be waited for
        path = fetching.result() or sample.ensure(dyno.root)
        with boot.step("verify"):
            path = _verified(path, Path(folder), dyno, boot)
        with boot.step("load"):
            model = KerasModel(path)
    boot.identify(input=model.input, output=model.output)
    with boot.step("warm-up"):
        model.warm_up()
    return model


def rehearse() -> None:
    """Load the model once, as the service would: what the doctor calls, in a child process."""
    load(Dyno(env=dict(os.environ), root=Path.cwd()), BOOT)


def _source(dyno: Dyno) -> Source | None:
    """The configured source; None stands for the sample model. Raises Fault when a dyno has none."""
    source = model_source(dyno)
    if source is None and dyno.on_heroku:
        raise Fault(
            Evidence(
                Fact.MODEL_SOURCE,
                Level.FAIL,
                "Neither MODEL_URI nor S3_BUCKET_NAME is set, so there is no model to serve.",
                "config vars",
                values={"fault": "unset", "variable": "MODEL_URI"},
            )
        )
    return source


def _look_at(source: Source | None, dyno: Dyno) -> None:
    """Tell what is wrong already, before seconds of import. Raises Fault."""
    if isinstance(source, LocalFile):
        inspect(source.path)
    elif isinstance(source, S3Object):
        s3.can_ask(dyno)


def _fetch(source: Source | None, folder: Path, dyno: Dyno, boot: Ledger) -> Path | None:
    """The model's file, or None for the sample, which needs Keras to be made."""
    if isinstance(source, S3Object):
        name = Path(source.key).name[-60:]  # a key may be longer than a file's name, or end in ..
        target = folder / (name if name.strip(".") else "model")
        with boot.step("download"):
            s3.download(source, target, dyno)
        return target
    return source.path if source is not None else None


def _beside(name: str, work: Callable[[], _Result]) -> Future[_Result]:
    """Do it in a thread that never keeps the process from ending, as those of an executor would."""
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # whoever asks for the result gets it
            future.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


def _import_tensorflow(dyno: Dyno, boot: Ledger) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with _import_lock:
            if boot.finished("tensorflow-import"):
                return  # by an earlier try, whose seconds are the true ones
            with boot.step("tensorflow-import"):
                import tensorflow as tf

                boot.identify(tensorflow=tf.__version__)
    except Exception as error:
        during = "import tensorflow"
        raise Fault(evidence_of(error, Fact.TENSORFLOW_IMPORT, during, dyno)) from error


def _may_pass(evidence: Evidence) -> bool:
    """Whether the source may be reached later on with the same config vars: it is a host's own trouble."""
    trouble = evidence.values.get("fault") in ("unreachable", "server-error")
    return evidence.fact is Fact.S3_ENDPOINT and trouble and bool(evidence.values.get("host"))


def _verified(path: Path, folder: Path, dyno: Dyno, boot: Ledger) -> Path:
    """The file is a model, and the one that was pinned; its path as Keras wants it."""
    found = inspect(path)
    expected = dyno.var("MODEL_SHA256")
    digest = verify_sha256(path, expected) if expected else _digest(path)
    boot.identify(format=found.format, size_bytes=found.size_bytes, sha256=digest)
    endings = _ENDINGS.get(found.format, ())
    if not endings or path.suffix in endings or path.is_dir():
        return path
    named = folder / f"{path.name[-60:]}{endings[0]}"
    named.symlink_to(path.resolve())
    return named


def _digest(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""
