"""The models that are served, made in a child: the one that measures holds no TensorFlow.

``python -m bench.models NAME PATH`` makes one. Weights are drawn from fixed seeds, so that every run
and every service has the same.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.server import ROOT

FOLDER = ROOT / "models" / "bench"
PIXELS = 96
MAKE_SECONDS = 180


def sample_model() -> Path:
    """The small dense net that our service makes for itself: ten numbers in, one out."""
    path = ROOT / "models" / "sample.keras"
    if not path.exists():
        _run("-m", "app.sample")
    return path


def mobilenet() -> Path:
    """MobileNetV2 for pictures of 96 by 96 pixels, 1,000 classes: 14 MB."""
    return _made("mobilenet-v2.keras")


def litert() -> Path:
    """The small dense net as LiteRT, by TensorFlow's converter."""
    return _made("sample.tflite")


def numbers() -> list[list[float]]:
    """Some samples for the small dense net."""
    chance = random.Random(1)
    return [[round(chance.uniform(-3, 3), 3) for _ in range(10)] for _ in range(20)]


def picture(seed: int = 2) -> list[list[list[float]]]:
    """One picture for MobileNetV2, as nested lists."""
    chance = random.Random(seed)
    row = [[round(chance.uniform(-1, 1), 3) for _ in range(3 * PIXELS)] for _ in range(PIXELS)]
    return [[line[at : at + 3] for at in range(0, 3 * PIXELS, 3)] for line in row]


def _made(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{os.getpid()}-{name}")
        _run("-m", "bench.models", name, str(fresh))
        fresh.replace(path)
    return path


def _run(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=MAKE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}\n{done.stderr[-1500:]}")


def _make(name: str, path: str) -> None:
    import keras

    keras.utils.set_random_seed(1)
    if name == "sample.tflite":
        Path(path).write_bytes(_as_litert(keras.models.load_model(sample_model())))
    else:
        model = keras.applications.MobileNetV2((PIXELS, PIXELS, 3), weights=None, classes=1000)
        _liven(model)
        model.save(path)


def _liven(model: Any) -> None:
    """Make answers depend on the picture.

    A net as drawn fades to 0.001 for each of the 1,000 classes, whatever it sees, and to compare such
    answers would prove nothing. So its normalisations take the statistics of some noise.
    """
    import keras

    layers = [each for each in model.layers if isinstance(each, keras.layers.BatchNormalization)]
    for layer in layers:
        layer.momentum, layer.kept = 0.0, layer.momentum
    model(keras.random.uniform((16, PIXELS, PIXELS, 3), -1, 1, seed=3), training=True)
    for layer in layers:
        layer.momentum = layer.kept
    head = model.layers[-1]
    head.kernel.assign(head.kernel * 20)


def _as_litert(model: Any) -> bytes:
    import tensorflow as tf

    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


if __name__ == "__main__":
    _make(*sys.argv[1:3])
