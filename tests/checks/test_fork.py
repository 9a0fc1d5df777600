"""TensorFlow in a master, before the fork: by the threads of a real master."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import GUNICORN, serve

BUILT = """
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])


def app(environ, start_response):
    start_response("200 OK", [])
    return [b"hello"]
"""


@pytest.mark.tensorflow
def test_a_model_that_is_built_under_preload_is_told_before_the_first_request_hangs(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(BUILT)
    with serve((*GUNICORN, "--preload", "shop:app"), tmp_path, tmp_path / "log") as server:
        server.until(lambda: "model/fork-deadlock" in server.causes(), 60)
        page = server.until(lambda: (p := server.get("/healthz").json).get("cause") and p)

    assert page["cause"] == "model/fork-deadlock"
    assert page["status"] == "fail"


@pytest.mark.tensorflow
def test_an_import_under_preload_is_safe(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(BUILT.replace("model = ", "make_model = lambda: "))
    with serve((*GUNICORN, "--preload", "shop:app"), tmp_path, tmp_path / "log") as server:
        server.until(lambda: server.get("/healthz").json["status"] == "pass", 60)

        assert server.causes() == []
