"""The Open Inference Protocol over HTTP: a real client, a real server, real models."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.open_inference import SERVER
from tests.servers import GUNICORN, ROOT, Answer, Server, free_port, serve


def two_by_two() -> Any:
    """Two inputs; their sum, and the first divided by the second."""
    from onnx import helper

    given = [helper.make_tensor_value_info(name, 1, ["n", 3]) for name in ("left", "right")]
    answers = [helper.make_tensor_value_info(name, 1, ["n", 3]) for name in ("sum", "ratio")]
    nodes = [
        helper.make_node("Add", ["left", "right"], ["sum"]),
        helper.make_node("Div", ["left", "right"], ["ratio"]),
    ]
    graph = helper.make_graph(nodes, "two", given, answers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def texts() -> Any:
    from tests.onnx_models import STRING, same

    return same(STRING, "n", 2)


@contextlib.contextmanager
def serving(folder: Path, model: Any, **env: str) -> Iterator[Server]:
    """The service with a model, ready."""
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    port = free_port()
    command = (*GUNICORN, "--bind", f"127.0.0.1:{port}", "app.wsgi:app")
    with serve(command, ROOT, folder / "log", {"MODEL_URI": str(path), **env}, port) as server:
        server.until(lambda: server.get("/readyz").status == 200, 60)
        yield server


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("two"), two_by_two(), MODEL_NAME="pair") as server:
        yield server


def triton(server: Server, *lines: str) -> Any:
    """What lines of Python with tritonclient's `client` leave in `told`.

    In a process of its own: gevent, which it stands on, patches and warns as it likes.
    """
    head = (
        "import json, sys",
        "import numpy as np",
        "import tritonclient.http as http",
        "from tritonclient.utils import InferenceServerException",
        f"client = http.InferenceServerClient('127.0.0.1:{server.port}')",
        "told = {}",
        "def tensor(name, values, datatype='FP32'):",
        "    values = np.array(values, np.object_ if datatype == 'BYTES' else np.float32)",
        "    made = http.InferInput(name, list(values.shape), datatype)",
        "    return made.set_data_from_numpy(values, binary_data=False)",
        "def refused(call):",
        "    try:",
        "        call()",
        "    except InferenceServerException as error:",
        "        return [error.status(), error.message()]",
    )
    code = "\n".join([*head, *lines, "print(json.dumps(told))"])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_client_of_the_field_finds_the_server_and_its_model(two: Server) -> None:
    told = triton(
        two,
        "told['live'], told['ready'] = client.is_server_live(), client.is_server_ready()",
        "told['model'] = client.is_model_ready('pair'), client.is_model_ready('pair', '1')",
        "told['others'] = client.is_model_ready('other'), client.is_model_ready('pair', '2')",
        "told['server'] = client.get_server_metadata()",
        "told['metadata'] = client.get_model_metadata('pair')",
        "told['unknown'] = refused(lambda: client.get_model_metadata('other'))",
    )

    assert (told["live"], told["ready"]) == (True, True)
    assert (told["model"], told["others"]) == ([True, True], [False, False])
    assert told["server"] == SERVER
    assert told["metadata"] == {
        "name": "pair",
        "versions": ["1"],
        "platform": "onnx_onnxv1",
        "inputs": [{"name": name, "datatype": "FP32", "shape": [-1, 3]} for name in ("left", "right")],
        "outputs": [{"name": name, "datatype": "FP32", "shape": [-1, 3]} for name in ("sum", "ratio")],
    }
    assert told["unknown"] == ["404", "there is one model here, pair, in version 1"]


def test_a_client_of_the_field_infers(two: Server) -> None:
    told = triton(
        two,
        "given = [tensor('right', [[2, 4, 8], [1, 1, 0]]), tensor('left', [[1, 2, 4], [3, 0, 0]])]",
        "all_of_them = client.infer('pair', given, request_id='q-1')",
        "told['sum'] = all_of_them.as_numpy('sum').tolist()",
        "told['ratio'] = [str(each) for each in all_of_them.as_numpy('ratio').ravel()]",
        "told['response'] = all_of_them.get_response()",
        "for binary in (False, True):",
        "    wanted = [http.InferRequestedOutput('ratio', binary_data=binary)]",
        "    some = client.infer('pair', given, model_version='1', outputs=wanted)",
        "    told[str(binary)] = [some.as_numpy('sum'), some.as_numpy('ratio').tolist()[0]]",
    )

    assert told["sum"] == [[3, 6, 12], [4, 1, 0]]
    assert told["ratio"] == ["0.5", "0.5", "0.5", "3.0", "0.0", "nan"]  # 0/0: null on the way
    assert told["response"]["id"] == "q-1"
    assert told["response"]["outputs"][1]["data"][-1] is None
    assert told["False"] == told["True"] == [None, [0.5, 0.5, 0.5]]


def test_a_client_of_the_field_is_told_what_is_wrong(two: Server) -> None:
    told = triton(
        two,
        "good, flat = tensor('left', [[1, 2, 3]]), tensor('right', [1, 2, 3])",
        "binary = http.InferInput('right', [1, 3], 'FP32')",
        "binary.set_data_from_numpy(np.ones((1, 3), np.float32), binary_data=True)",
        "other = [http.InferRequestedOutput('other')]",
        "told['model'] = refused(lambda: client.infer('other', [good, good]))",
        "told['missing'] = refused(lambda: client.infer('pair', [good]))",
        "told['shape'] = refused(lambda: client.infer('pair', [good, flat]))",
        "told['binary'] = refused(lambda: client.infer('pair', [good, binary]))",
        "given = [good, tensor('right', [[1, 2, 3]])]",
        "told['output'] = refused(lambda: client.infer('pair', given, outputs=other))",
        "told['gzip'] = refused(lambda: client.infer('pair', given, request_compression_algorithm='gzip'))",
        "told['well'] = client.infer('pair', given).as_numpy('sum').tolist()",
    )

    assert told["model"][0] == "404"
    assert {told[each][0] for each in ("missing", "shape", "binary", "output")} == {"400"}
    assert told["missing"][1].startswith("the input right is missing; the model takes {")
    assert told["shape"][1].startswith("the shape of right is [3], and the model takes [-1, 3]; ")
    assert "binary tensor data is not read" in told["binary"][1]
    assert told["output"][1].startswith("outputs names other, which the model does not have; ")
    assert told["gzip"][0] == "415"
    assert told["well"] == [[2, 4, 6]]


def test_texts_travel_both_ways(tmp_path: Path) -> None:
    with serving(tmp_path, texts()) as server:
        told = triton(
            server,
            "given = [tensor('given', [['cat', 'ü']], 'BYTES')]",
            "told = client.infer('model', given).get_response()",
        )
        assert post(server, "/predict", {"features": ["cat", "ü"]}).json == {"prediction": [["cat", "ü"]]}
        assert post(server, "/predict", {"features": ["cat", 1]}).status == 400

    assert told["outputs"] == [{"name": "answer", "datatype": "BYTES", "shape": [1, 2], "data": ["cat", "ü"]}]


def post(server: Server, path: str, content: Any, **headers: str) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        body = content if isinstance(content, bytes) else json.dumps(content)
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())


def test_the_same_model_answers_predict_by_name(two: Server) -> None:
    row = {"left": [1, 2, 4], "right": [2, 4, 0]}

    assert post(two, "/predict", {"features": row}).json == {
        "prediction": {"sum": [[3, 6, 4]], "ratio": [[0.5, 0.5, None]]}
    }
    assert post(two, "/predict", {"instances": [row, row]}).json == {
        "predictions": [{"sum": [3, 6, 4], "ratio": [0.5, 0.5, None]}] * 2
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/models/pair/infer", 400),
        ("/v2/models/pair/versions/1/infer", 400),
        ("/v2/models/other/infer", 404),
        ("/v2/models/pair/versions/2/infer", 404),
        ("/v2/no-such-path", 404),
        ("/v2/models/pair", 405),
        ("/v2/health/ready", 405),
    ],
)
def test_errors_have_the_protocols_own_form(two: Server, path: str, status: int) -> None:
    found = post(two, path, b"no JSON")

    assert found.status == status
    assert found.json.keys() == {"error"}
    assert found.headers["Content-Type"] == "application/json"


def test_binary_data_and_a_body_too_large_are_refused(two: Server) -> None:
    binary = post(two, "/v2/models/pair/infer", b"{}", **{"Inference-Header-Content-Length": "2"})
    large = post(two, "/v2/models/pair/infer", b" " * ((1 << 20) + 1))

    assert (binary.status, large.status) == (400, 413)
    assert binary.json["error"].startswith("Inference-Header-Content-Length: binary tensor data is not read")
    assert large.json == {"error": "the body is larger than 1048576 bytes"}


def test_while_there_is_no_model_all_but_liveness_is_503(tmp_path: Path) -> None:
    port = free_port()
    command = (*GUNICORN, "--bind", f"127.0.0.1:{port}", "app.wsgi:app")
    with serve(command, ROOT, tmp_path / "log", {"MODEL_URI": str(tmp_path / "none.onnx")}, port) as server:
        server.until(lambda: server.get("/readyz").json["phase"] == "failed", 60)

        assert server.get("/v2/health/live").json == {"live": True}
        assert server.get("/v2").json == SERVER
        assert (server.get("/v2/health/ready").status, server.get("/v2/health/ready").json) == (
            503,
            {"ready": False},
        )
        assert server.get("/v2/models/model/ready").json == {"name": "model", "ready": False}
        assert server.get("/v2/models/model/ready").status == 503
        assert server.get("/v2/models/other/ready").status == 404
        for found in (server.get("/v2/models/model"), post(server, "/v2/models/model/infer", {})):
            assert (found.status, found.headers["Retry-After"]) == (503, "30")
            assert found.json["error"].startswith("the model is not ready (phase failed, ")
