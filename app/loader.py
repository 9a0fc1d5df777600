"""The boot sequence of a model: source → download ∥ import → verify → load → warm-up → ready.

It runs in a thread, so that the port is bound and the process answers from the first moment. Each
step is entered in the boot ledger, where the checks find it.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

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


class Loader:
    """Holds the model of this process, once there is one."""

    def __init__(self, dyno: Dyno, boot: Ledger) -> None:
        self.dyno = dyno
        self.boot = boot
        self.model: KerasModel | None = None

    def start(self) -> None:
        """Load in the background."""
        self.boot.await_ready()
        threading.Thread(target=self._run, name="model-loader", daemon=True).start()

    def _run(self) -> None:
        time.sleep(HEAD_START)
        attempt = 0
        while True:
            try:
                self.model = load(self.dyno, self.boot)
            except BaseException as error:
                evidence = evidence_of(error, Fact.MODEL_LOAD, "Loading the model", self.dyno)
                self.boot.fail(evidence)
                if evidence.fact is not Fact.S3_ENDPOINT:
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
    with tempfile.TemporaryDirectory(prefix="model-") as folder, ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(_fetch, source, Path(folder), dyno, boot)
        _import_tensorflow(dyno, boot)
        path = _fetched(fetching, dyno)
        with boot.step("verify"):
            _verify(path, dyno, boot)
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


def _fetch(source: Source | None, folder: Path, dyno: Dyno, boot: Ledger) -> Path | None:
    """The model's file, or None for the sample, which needs Keras to be made."""
    if isinstance(source, LocalFile):
        inspect(source.path)  # a file that is none is told before seconds of import
        return source.path
    if isinstance(source, S3Object):
        target = folder / (Path(source.key).name or "model")
        with boot.step("download"):
            s3.download(source, target, dyno)
        return target
    return None


def _fetched(fetching: Future[Path | None], dyno: Dyno) -> Path:
    return fetching.result() or sample.ensure(dyno.root)


def _import_tensorflow(dyno: Dyno, boot: Ledger) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with boot.step("tensorflow-import"):
            import tensorflow as tf

            boot.identify(tensorflow=tf.__version__)
    except Exception as error:
        during = "import tensorflow"
        raise Fault(evidence_of(error, Fact.TENSORFLOW_IMPORT, during, dyno)) from error


def _verify(path: Path, dyno: Dyno, boot: Ledger) -> None:
    """The file is a model, and the one that was pinned."""
    found = inspect(path)
    expected = dyno.var("MODEL_SHA256")
    digest = verify_sha256(path, expected) if expected else _digest(path)
    boot.identify(format=found.format, size_bytes=found.size_bytes, sha256=digest)


def _digest(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""
