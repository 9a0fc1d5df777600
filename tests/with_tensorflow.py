"""What tests do in a process that has TensorFlow: each is run there by its name, see conftest.py.

One process is shared, since each import takes seconds; the test process itself stays without, so
that no other test meets its threads.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.evidence import Dyno, Evidence
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.ledger import Ledger, Step


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
    import keras
    import numpy as np

    layers = keras.layers
    good = keras.Sequential([keras.Input((10,)), layers.Dense(8, activation="relu"), layers.Dense(2)])
    good.save(folder / "good.keras")
    good.save(folder / "good.h5")
    (folder / "no-ending").write_bytes((folder / "good.keras").read_bytes())
    (folder / "really-h5.keras").write_bytes((folder / "good.h5").read_bytes())
    for weights in good.weights:
        weights.assign(np.full(weights.shape, np.nan))
    good.save(folder / "nan.keras")

    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    keras.Model([left, right], layers.Add()([left, right])).save(folder / "two-inputs.keras")

    words = keras.Input((5,), dtype="int32")
    keras.Model(words, layers.Dense(1)(layers.Flatten()(layers.Embedding(10, 4)(words)))).save(
        folder / "words.keras"
    )
    picture = keras.Input((None, None, 3))
    small = layers.GlobalAveragePooling2D()(layers.MaxPool2D()(layers.Conv2D(2, 3)(picture)))
    keras.Model(picture, layers.Dense(1)(small)).save(folder / "picture.keras")
    keras.Sequential([keras.Input((4,)), layers.UnitNormalization(), layers.Rescaling(1.0)]).save(
        folder / "plain.keras"
    )
    numbers = keras.Input((3,))
    keras.Model(numbers, keras.ops.log(keras.ops.sum(numbers, axis=-1))).save(folder / "log.keras")
    both = {"score": layers.Dense(1)(numbers), "class": layers.Dense(2)(numbers)}
    keras.Model(numbers, both).save(folder / "several-outputs.keras")
    label = keras.Input((1,), dtype="string")
    found = layers.StringLookup(vocabulary=["cat", "dog"])(label)
    keras.Model(label, found).save(folder / "text.keras")
    lookup = layers.StringLookup(vocabulary=["cat", "dog"], invert=True)
    index = keras.Input((1,), dtype="int64")
    keras.Model(index, lookup(index)).save(folder / "labels.keras")


def load(env: Mapping[str, str], root: Path, features: list[float] | None = None) -> Loaded:
    """Load as the service does; with `features`, ask the model too."""
    from app import loader

    boot = Ledger()
    dyno = Dyno(env=env, root=root)
    failure, answers = None, None
    try:
        model = loader.load(dyno, boot)
        if features is not None:
            answers = model.predict(_batch(features))
    except BaseException as error:
        failure = evidence_of(error, Fact.MODEL_LOAD, "Loading the model", dyno)
    modules, threads = frozenset(sys.modules), frozenset(t.name for t in threading.enumerate())
    steps = {step.name: step for step in boot.steps}
    return Loaded(failure, steps, boot.identity, modules, threads, answers)


def answers_of_keras(path: Path, features: list[Any], dtype: str = "float32") -> Any:
    """`keras.Model.predict` for a batch of one."""
    import keras

    return keras.models.load_model(path, compile=False).predict(_batch(features, dtype), verbose=0)


def answers(path: Path, features: list[Any], dtype: str = "float32") -> Any:
    """Ours, for a batch of one."""
    from app.runtimes.keras import KerasModel

    return KerasModel(path).predict(_batch(features, dtype))


def _batch(features: list[Any], dtype: str = "float32") -> Any:
    import numpy as np

    return np.array([features], dtype)


@dataclass(frozen=True)
class Opened:
    """What a `KerasModel` says of itself, or what its making or its warm-up raised."""

    failure: Evidence | None
    input: str = ""
    output: str = ""
    input_shape: tuple[int | None, ...] = ()
    input_type: str = ""


def open_model(path: Path) -> Opened:
    """Make a `KerasModel` and warm it up."""
    from app.runtimes.keras import KerasModel

    try:
        model = KerasModel(path)
        model.warm_up()
    except BaseException as error:
        dyno = Dyno(env={}, root=path.parent)
        return Opened(evidence_of(error, Fact.MODEL_LOAD, "Loading the model", dyno))
    return Opened(None, model.input, model.output, model.input_shape, model.input_type)


def refusal(path: Path, features: list[Any], dtype: str) -> str:
    """What the client is told of numbers the model can't take."""
    from app.predict import BadInput
    from app.runtimes.keras import KerasModel

    try:
        KerasModel(path).predict(_batch(features, dtype))
    except BadInput as error:
        return str(error)
    return ""


def answers_from_threads(path: Path, threads: int, each: int) -> int:
    """How many of many simultaneous answers differ from those of one thread."""
    import numpy as np

    from app.runtimes.keras import KerasModel

    model = KerasModel(path)
    batches = [_batch([float(number)] * 10) for number in range(threads)]
    right = [model.predict(batch) for batch in batches]
    wrong: list[int] = []

    def ask(number: int) -> None:
        same = [np.array_equal(model.predict(batches[number]), right[number]) for _ in range(each)]
        wrong.append(same.count(False))

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return sum(wrong)


def seconds_each(path: Path) -> float:
    """Seconds of one warm answer."""
    from app.runtimes.keras import KerasModel

    model = KerasModel(path)
    model.warm_up()
    began = time.perf_counter()
    for _ in range(100):
        model.predict(_batch([0.5] * 10))
    return (time.perf_counter() - began) / 100
