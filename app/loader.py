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
from concurrent.futures import Future, as_completed
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from app import sample
from app.beside import beside
from app.canary import canary, check
from app.gather import Parts, gather, look_at, needs_tensorflow
from app.memory import settle
from app.runtimes.opening import open_model, open_two_part
from app.runtimes.signature import Model
from app.threads import threads_for
from app.verify import TWO_PARTS, Verified, verify
from app.warm_up import warm_up
from checks.evidence import Dyno, Evidence, Fault, Level
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.ledger import BOOT, Ledger
from checks.model_source import Form, Recipe, model_recipe
from checks.tensorflow_import import STEP

RETRY_SECONDS = (5.0, 10.0, 20.0, 40.0, 60.0)  # while the source can't be reached; then every 60


@dataclass(frozen=True, slots=True)
class Shared:
    """What a master made for its workers before it forked them."""

    folder: Path  # for what they fetch, so that each file is fetched once
    workers: int


shared: Shared | None = None
_import_lock = threading.Lock()


class Loader:
    """Holds the model of this process, once there is one; until then the process is not ready."""

    def __init__(self, dyno: Dyno, boot: Ledger) -> None:
        self.dyno = dyno
        self.boot = boot
        self.model: Model | None = None
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
        """Load, and try again what may pass; what came of a download is kept meanwhile."""
        attempt = 0
        with _folder() as folder:
            while True:
                try:
                    self.model = load(self.dyno, self.boot, Path(folder))
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


def load(dyno: Dyno, boot: Ledger, folder: Path) -> Model:
    """The model, warm; what is fetched goes to `folder`, where what is there already is taken.

    Raises Fault where the cause is known, else what the libraries raise.
    """
    boot.begin()
    recipe = _recipe(dyno)
    boot.identify(source=str(recipe) if recipe else "the sample model")
    expected = canary(dyno)
    if recipe is not None:
        boot.remark(*recipe.remarks)
        look_at(recipe, dyno)
    gathering = beside("model-gather", lambda: gather(recipe, folder, dyno, boot) if recipe else None)
    importing = beside("tensorflow-import", lambda: _import_if_needed(recipe, folder, gathering, dyno, boot))
    for first in as_completed((importing, gathering)):
        first.result()  # if it has failed, the other one need not be waited for
    parts = gathering.result() or Parts(Form.WHOLE, sample.ensure(dyno.root))
    with tempfile.TemporaryDirectory(prefix="model-", ignore_cleanup_errors=True) as own:
        with boot.step("verify"):
            verified = verify(parts, Path(own), dyno, boot)
        with boot.step("load"):
            model = _open(verified, dyno, boot)
    boot.identify(input=", ".join(map(str, model.inputs)), output=", ".join(map(str, model.outputs)))
    with boot.step("warm-up"):
        warm_up(model)
        if expected is not None:
            boot.remark(_checked(check(expected, model)))
    settle()
    return model


def _open(verified: Verified, dyno: Dyno, boot: Ledger) -> Model:
    threads = threads_for(dyno, shared.workers if shared else 1)
    boot.identify(threads=threads.intra)
    if verified.format == TWO_PARTS:
        assert verified.weights is not None  # noqa: S101  for the type checker: there are two
        return open_two_part(verified.main, verified.weights, dyno.root, threads)
    assert isinstance(verified.main, Path)  # noqa: S101  for the type checker: a factory is of two parts
    return open_model(verified.main, verified.format, threads)


def rehearse() -> None:
    """Load the model once, as the service would: what the doctor calls, in a child process."""
    with _folder() as folder:
        load(Dyno(env=dict(os.environ), root=Path.cwd()), BOOT, Path(folder))


def _folder() -> AbstractContextManager[str]:
    """Where fetched files go: the workers' common folder, or one that ends with the load."""
    if shared is not None:
        return nullcontext(str(shared.folder))
    return tempfile.TemporaryDirectory(prefix="model-", ignore_cleanup_errors=True)


def _recipe(dyno: Dyno) -> Recipe | None:
    """The configured model; None stands for the sample model. Raises Fault when a dyno has none."""
    recipe = model_recipe(dyno)
    if recipe is None and dyno.on_heroku:
        raise Fault(
            Evidence(
                Fact.MODEL_SOURCE,
                Level.FAIL,
                "None of MODEL_URI, MODEL_URL, S3_BUCKET_NAME and their like is set, so there is no model "
                "to serve.",
                "config vars",
                values={"fault": "unset", "variable": "MODEL_URI"},
            )
        )
    return recipe


def _import_if_needed(
    recipe: Recipe | None, folder: Path, gathering: Future[Parts | None], dyno: Dyno, boot: Ledger
) -> None:
    """Import TensorFlow beside the download, as soon as it is known that the model is one of its own."""
    if needs_tensorflow(recipe, folder, gathering):
        import_tensorflow(dyno, boot)


def import_tensorflow(dyno: Dyno, boot: Ledger) -> None:
    """The import as a step of the boot. Raises Fault with the cause's evidence."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with _import_lock:
            if boot.finished(STEP):
                return  # by an earlier try or by the master, whose seconds are the true ones
            with boot.step(STEP):
                import tensorflow as tf

                boot.identify(tensorflow=tf.__version__)
    except Exception as error:
        during = "import tensorflow"
        raise Fault(evidence_of(error, Fact.TENSORFLOW_IMPORT, during, dyno)) from error


def _checked(evidence: Evidence) -> Evidence:
    """The canary's verdict. Raises Fault when the model does not answer as it should."""
    if evidence.level is Level.FAIL:
        raise Fault(evidence)
    return evidence


def _may_pass(evidence: Evidence) -> bool:
    """Whether the source may be reached later on with the same config vars: it is a host's own trouble."""
    if evidence.fact is Fact.MODEL_DOWNLOAD:
        return bool(evidence.values.get("passing"))
    trouble = evidence.values.get("fault") in ("unreachable", "server-error")
    return evidence.fact is Fact.S3_ENDPOINT and trouble and bool(evidence.values.get("host"))
