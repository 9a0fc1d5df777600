"""A small model to serve when none is configured off a dyno: ten numbers in, one out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

FILE = Path("models") / "sample.keras"


def create_model() -> Any:
    """The architecture as ``MODEL_ARCHITECTURE_URL=app.sample:create_model`` names it, a `keras.Model`."""
    import keras

    def weights(seed: int) -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=seed)

    return keras.Sequential(
        [
            keras.Input((10,), name="features"),
            keras.layers.Dense(128, activation="relu", kernel_initializer=weights(1)),
            keras.layers.Dense(1, activation="sigmoid", kernel_initializer=weights(2)),
        ]
    )


def ensure(root: Path) -> Path:
    """The sample model's file below `root`, made on first use. The weights are always the same."""
    path = root / FILE
    if path.exists():
        return path
    model = create_model()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{os.getpid()}-{path.name}")  # two workers may make it at once
    model.save(fresh)
    return fresh.replace(path)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    ensure(Path.cwd())
