"""One network in each runtime, over HTTP: the same answers, the same refusals, the same canary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from tests.app.test_open_inference_served import post
from tests.onnx_models import dense
from tests.servers import GUNICORN, ROOT, Server, free_port, serve

FILES = ROOT / "tests" / "fixtures" / "older-models"  # how its network was made: the README beside
FEATURES = [number / 7 for number in range(10)]
ANSWER = [0.23847184, -0.3000434]
CANARY = {"features": FEATURES, "prediction": [ANSWER], "tolerance": 1e-5}
BAD = (
    b"",
    b"{}",
    b"[" * 100_000,
    b'{"features": []}',
    *(
        json.dumps({"features": features}).encode()
        for features in (
            FEATURES[1:],
            [FEATURES, FEATURES],
            [*FEATURES[1:], "1"],
            [*FEATURES[1:], None],
            [*FEATURES[1:], True],
            [*FEATURES[1:], 1e39],
            [*FEATURES[1:], 10**400],
            [*FEATURES[1:], float("nan")],
            [[each] for each in FEATURES],
            {"no-such-input": FEATURES},
        )
    ),
    b'{"instances": [[1], [1, 2]]}',
    b'{"features": [1, 2, 3, 4, 5, 6, 7, 8, 9, 1e999]}',
)


@dataclass(frozen=True)
class Served:
    server: Server
    pids: frozenset[int]
    input: str

    def post(self, content: Any) -> Any:
        return post(self.server, "/predict", content)

    def infer(self, **entry: Any) -> Any:
        tensor = {"name": self.input, "shape": [1, 10], "datatype": "FP32", "data": FEATURES, **entry}
        return post(self.server, "/v2/models/model/infer", {"inputs": [tensor]})


def onnx_file(folder: Path) -> Path:
    shapes = ((10, 8), (8,), (8, 2), (2,))
    weights = [
        (np.sin(np.arange(np.prod(shape)) + number) / 3).reshape(shape).astype(np.float32)
        for number, shape in enumerate(shapes)
    ]
    path = folder / "model.onnx"
    path.write_bytes(dense(weights).SerializeToString())
    return path


def _serving(folder: Path, model: Path, canary: Mapping[str, Any]) -> Any:
    port = free_port()
    command = (*GUNICORN, "--bind", f"127.0.0.1:{port}", "app.wsgi:app")
    env = {"MODEL_URI": str(model), "MODEL_CANARY": json.dumps(canary)}
    return serve(command, ROOT, folder / "log", env, port)


@pytest.fixture(
    scope="module",
    params=[
        "onnx",
        "tensorflow-2.15.tflite",
        pytest.param("keras-2.15-compiled-mse.h5", marks=pytest.mark.tensorflow),
        pytest.param("tensorflow-2.15-saved-model.zip", marks=pytest.mark.tensorflow),
    ],
)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    model = onnx_file(folder) if request.param == "onnx" else FILES / request.param
    with _serving(folder, model, CANARY) as server:
        server.until(lambda: server.get("/readyz").json["phase"] in {"ready", "failed"}, 60)
        assert server.get("/readyz").status == 200, server.text()
        name = server.get("/v2/models/model").json["inputs"][0]["name"]
        yield Served(server, _workers(server), name)


def _workers(server: Server) -> frozenset[int]:
    return frozenset(child.pid for child in psutil.Process(server.process.pid).children())


def test_the_answers_are_the_same(served: Served) -> None:
    one = served.post({"features": FEATURES}).json["prediction"]
    many = served.post({"instances": [FEATURES] * 40}).json["predictions"]
    named = served.post({"features": {served.input: FEATURES}}).json["prediction"]
    inferred = served.infer().json["outputs"][0]

    assert one == [pytest.approx(ANSWER, abs=1e-6)]
    assert many == [pytest.approx(ANSWER, abs=1e-6)] * 40
    assert named == one
    assert (inferred["shape"], inferred["datatype"]) == ([1, 2], "FP32")
    assert inferred["data"] == one[0]


def test_bad_input_is_a_400_that_says_what_is_expected_and_the_worker_lives_on(served: Served) -> None:
    for body in BAD:
        refused = served.post(body)
        assert (refused.status, refused.headers["Content-Type"]) == (400, "application/problem+json"), body
        assert "; one sample has 10 numbers, such as {" in refused.json["detail"]
    for entry in (
        {"datatype": "FP64"},
        {"shape": [10]},
        {"shape": [-1, 10]},
        {"shape": [1 << 31, 10]},
        {"data": FEATURES[1:]},
        {"name": "no-such-input"},
    ):
        inferred = served.infer(**entry)
        assert (inferred.status, inferred.json.keys()) == (400, {"error"})

    assert served.post({"features": FEATURES}).status == 200
    assert _workers(served.server) == served.pids
    assert "Traceback" not in served.server.text()


def test_healthz_shows_the_canary(served: Served) -> None:
    (canary,) = served.server.until(lambda: served.server.get("/healthz").json["checks"]["model:canary"])

    assert canary["status"] == "pass"
    assert canary["output"].endswith(" at most; 1e-05 is allowed.")
    assert canary["observedValue"] < 1e-5


def test_a_model_that_does_not_answer_as_the_canary_expects_is_not_served(tmp_path: Path) -> None:
    wrong = CANARY | {"prediction": [[0.2, -0.3000434]]}
    with _serving(tmp_path, onnx_file(tmp_path), wrong) as server:
        server.until(lambda: server.get("/readyz").json["phase"] == "failed", 60)

        assert post(server, "/predict", {"features": FEATURES}).status == 503
        told = server.until(lambda: server.get("/healthz").json["checks"]["model:canary"])
        assert "differs from the expected one by 0.038; 1e-05 is allowed." in told[0]["output"]
        assert "0.2," not in server.text()
