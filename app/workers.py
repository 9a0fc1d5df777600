"""What several workers share: made once in the master, after the port is bound and before the first fork.

TensorFlow's import costs 180 MB of anonymous memory, of which a worker forked afterwards needs nothing
of its own. Only the import is safe there: a model that was built, or an operation that ran, in the
master leaves threads and locks behind that a fork does not copy, and the workers hang.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from app import loader
from app.gather import promises_tensorflow
from checks.evidence import Dyno, Fault
from checks.ledger import BOOT, Step
from checks.model_source import model_recipe
from checks.tensorflow_import import STEP
from diag.log import structlog_without_rich

SHARED_MODULES = ("app.wsgi", "diag.announce", "concurrent.futures.thread", "numpy")
OF_LEAN_RUNTIMES = (".onnx", ".tflite")
_imported: list[Step] = []  # TensorFlow, in the master


def prepare(workers: int) -> None:
    """In the master: import what the workers need. One worker alone imports for itself, after it answers."""
    if workers < 2:
        return
    loader.shared = loader.Shared(Path(tempfile.mkdtemp(prefix="model-")), workers)
    try:
        for name in SHARED_MODULES:
            importlib.import_module(name)
        structlog_without_rich()  # before TensorFlow, which brings rich
        # Its allocator for oneDNN never gives back what loading the weights took: 17 MB a worker with a
        # MobileNetV2, which answers as quickly without.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
        dyno = Dyno(env=os.environ, root=Path.cwd())
        if needs_tensorflow(dyno):
            loader.import_tensorflow(dyno, BOOT)
            _imported.extend(step for step in BOOT.steps if step.name == STEP)
    except Exception:  # the worker that meets it again can explain it
        logging.getLogger(__name__).warning("the import before the fork failed", exc_info=True)
    # A collection would write into every object of the master, and so copy each page for each worker.
    gc.collect()
    gc.freeze()


def enter() -> None:
    """In the worker, after the fork: its ledger knows what the master did for it."""
    for step in _imported:
        if BOOT.elapsed() >= step.began:  # not of one that replaces another, hours later
            BOOT.record(step)
            BOOT.identify(tensorflow=sys.modules["tensorflow"].__version__)


def leave() -> None:
    """In the master, at its end."""
    if loader.shared is not None:
        shutil.rmtree(loader.shared.folder, ignore_errors=True)


def needs_tensorflow(dyno: Dyno) -> bool:
    """Whether the configured model is one of TensorFlow's, as far as can be told before it is here."""
    try:
        recipe = model_recipe(dyno)
        promised = promises_tensorflow(recipe)
    except Fault:
        return False  # the workers will say what is wrong
    if promised is not None:
        return promised
    if str(recipe).lower().endswith(OF_LEAN_RUNTIMES):
        return False
    return find_spec("onnxruntime") is None and find_spec("ai_edge_litert") is None
