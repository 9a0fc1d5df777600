"""What tests do in a process that has TensorFlow: each is run there by its name, see conftest.py.

One process is shared, since each import takes seconds; the test process itself stays without, so
that no other test meets its threads.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
import traceback
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.evidence import Dyno, Evidence
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.ledger import Ledger, Step
from checks.model_source import Factory, Form


@dataclass(frozen=True)
class Loaded:
    """What `app.loader.load` did in a process."""

    failure: Evidence | None
    steps: Mapping[str, Step]
    identity: Mapping[str, Any]
    modules: frozenset[str]
    threads: frozenset[str]
    answers: Any = None


def make_models(folder: Path) -> None:
    """Small models, good and bad."""
    from tests import small_models

    good = small_models.dense(folder)
    small_models.other_forms(good, folder)
    small_models.lean_forms(good, folder)
    small_models.of_layers(folder)
    small_models.lean_layers(folder)
    small_models.in_parts(folder)
    small_models.that_fail(good, folder)


def load(env: Mapping[str, str], root: Path, features: list[float] | None = None) -> Loaded:
    """Load as the service does; with `features`, ask the model too."""
    from app import loader

    boot = Ledger()
    dyno = Dyno(env=env, root=root)
    failure, answers = None, None
    folder = Path(tempfile.mkdtemp(prefix="model-"))
    try:
        model = loader.load(dyno, boot, folder)
        if features is not None:
            answers = _only(model.predict({model.inputs[0].name: _batch(features)}))
    except BaseException as error:
        failure = evidence_of(error, Fact.MODEL_LOAD, "Loading the model", dyno)
    finally:
        shutil.rmtree(folder)
    modules, threads = frozenset(sys.modules), frozenset(t.name for t in threading.enumerate())
    steps = {step.name: step for step in boot.steps}
    return Loaded(failure, steps, boot.identity, modules, threads, answers)


def answers_of_keras(path: Path, features: list[Any], dtype: str = "float32") -> Any:
    """`keras.Model.predict` for a batch of one."""
    import keras

    return keras.models.load_model(path, compile=False).predict(_batch(features, dtype), verbose=0)


def open_any(path: Path) -> Any:
    """A model of any form, verified and opened as the service does it."""
    from app.gather import Parts
    from app.runtimes.opening import open_model as really_open
    from app.threads import Threads
    from app.verify import verify

    with tempfile.TemporaryDirectory() as folder:
        verified = verify(Parts(Form.WHOLE, path), Path(folder), Dyno(env={}, root=path.parent), Ledger())
        assert isinstance(verified.main, Path)
        return really_open(verified.main, verified.format, Threads(1))


def open_parts(architecture: Path | Factory, weights: Path, root: Path) -> Any:
    """A Keras model of two parts."""
    from app.runtimes.opening import open_two_part
    from app.threads import Threads

    return open_two_part(architecture, weights, root, Threads(1))


def answers(path: Path, features: list[Any], dtype: str = "float32") -> Any:
    """Ours, for a batch of one and a model with one input."""
    return ask(path, {"": [features]}, dtype)


def ask(path: Path, samples: Mapping[str, list[Any]], *dtypes: str) -> Any:
    """The answers by name, or the only one; an input without a name is the only one. BadInput as its text."""
    return _asked(open_any(path), samples, dtypes)


def _asked(model: Any, samples: Mapping[str, list[Any]], dtypes: tuple[str, ...]) -> Any:
    import numpy as np

    from app.runtimes.signature import BadInput

    types = [*dtypes, *("float32",) * len(samples)]
    batch = {
        name or model.inputs[0].name: np.array(values, object if dtype == "str" else dtype)
        for (name, values), dtype in zip(samples.items(), types, strict=False)
    }
    try:
        return _only(model.predict(batch))
    except BadInput as error:
        return str(error)


def answers_of_parts(architecture: Path | Factory, weights: Path, root: Path, features: list[Any]) -> Any:
    """Ours, of a model in two parts."""
    return _asked(open_parts(architecture, weights, root), {"": [features]}, ())


def after_bad_input(path: Path, bad: list[Any], good: list[Any], dtype: str = "float32") -> tuple[Any, Any]:
    """What one model says to a bad sample, and then to a good one."""
    model = open_any(path)
    return _asked(model, {"": bad}, (dtype,)), _asked(model, {"": good}, (dtype,))


def _only(answers: Mapping[str, Any]) -> Any:
    return next(iter(answers.values())) if len(answers) == 1 else dict(answers)


def _batch(features: list[Any], dtype: str = "float32") -> Any:
    import numpy as np

    return np.array([features], dtype)


@dataclass(frozen=True)
class Opened:
    """What a model says of itself, or what its making or its warm-up raised."""

    failure: Evidence | None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    text: str = ""


def open_model(path: Path) -> Opened:
    """Open a model of any form and warm it up."""
    return _opened(lambda: open_any(path), path.parent)


def open_two_parts(architecture: Path | Factory, weights: Path, root: Path) -> Opened:
    """Open a model in two parts and warm it up."""
    return _opened(lambda: open_parts(architecture, weights, root), root)


def _opened(opening: Any, root: Path) -> Opened:
    from app.warm_up import warm_up

    try:
        model = opening()
        warm_up(model)
    except BaseException as error:
        dyno = Dyno(env={}, root=root)
        failure = evidence_of(error, Fact.MODEL_LOAD, "Loading the model", dyno)
        return Opened(failure, text="".join(traceback.format_exception(error)))
    names = tuple(each.name for each in (*model.inputs, *model.outputs))
    return Opened(None, tuple(map(str, model.inputs)), tuple(map(str, model.outputs)), names)


def unpack(archive: Path, folder: Path) -> None:
    """A committed SavedModel as its folder."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)


def answers_from_threads(path: Path, threads: int, each: int) -> int:
    """How many of many simultaneous answers differ from those of one thread."""
    import numpy as np

    model = open_any(path)
    name = model.inputs[0].name
    batches = [{name: _batch([float(number)] * 10).repeat(1 + number % 3, 0)} for number in range(threads)]
    right = [_only(model.predict(batch)) for batch in batches]
    wrong: list[int] = []

    def ask_often(number: int) -> None:
        same = [np.allclose(_only(model.predict(batches[number])), right[number]) for _ in range(each)]
        wrong.append(same.count(False))

    asking = [threading.Thread(target=ask_often, args=(number,)) for number in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return sum(wrong) if len(wrong) == threads else -1


def seconds_each(path: Path) -> float:
    """Seconds of one warm answer."""
    model = open_any(path)
    batch = {model.inputs[0].name: _batch([0.5] * 10)}
    model.predict(batch)
    began = time.perf_counter()
    for _ in range(200):
        model.predict(batch)
    return (time.perf_counter() - began) / 200
