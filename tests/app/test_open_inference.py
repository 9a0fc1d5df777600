"""The Open Inference Protocol: requests and answers as functions, and a real client on a real server."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.open_inference import SERVER, Question, answer, datatype, expected, metadata, parse
from app.runtimes.signature import BadInput, Tensor
from tests.servers import GUNICORN, ROOT, Answer, Server, free_port, serve

LEFT = {"name": "left", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6.5]}
RIGHT = {"name": "right", "shape": [2], "datatype": "INT64", "data": [7, 8]}
INPUTS = (Tensor("left", (3,), "float32"), Tensor("right", (), "int64"))
OUTPUTS = (Tensor("sum", (3,), "float32"), Tensor("label", (), "str"))
EXPECTED = (
    'the model takes {"inputs": [{"name": "left", "shape": [1, 3], "datatype": "FP32", "data": […]}, '
    '{"name": "right", "shape": [1], "datatype": "INT64", "data": […]}]}'
)


def asked(content: Any, inputs: tuple[Tensor, ...] = INPUTS) -> Question:
    return parse(json.dumps(content).encode(), inputs, OUTPUTS)


def refusal(content: Any, inputs: tuple[Tensor, ...] = INPUTS) -> str:
    with pytest.raises(BadInput) as caught:
        asked(content, inputs)
    return str(caught.value)


def one(dtype: str, data: Any, shape: Any = (1, 2), **more: Any) -> Any:
    entry = {"name": "x", "shape": shape, "datatype": datatype(dtype), "data": data, **more}
    return asked({"inputs": [entry]}, (Tensor("x", (2,), dtype),)).samples["x"]


def test_inputs_are_found_by_name_in_any_order() -> None:
    question = asked({"id": "42", "inputs": [RIGHT, LEFT], "parameters": {"priority": 1}})

    assert question.samples["left"].tolist() == [[1, 2, 3], [4, 5, 6.5]]
    assert question.samples["left"].dtype == np.float32
    assert question.samples["right"].tolist() == [7, 8]
    assert (question.id, question.wanted) == ("42", ("sum", "label"))


def test_data_may_be_nested() -> None:
    nested = LEFT | {"data": [[1, 2, 3], [4, 5, 6.5]]}

    assert asked({"inputs": [nested, RIGHT]}).samples["left"].tolist() == [[1, 2, 3], [4, 5, 6.5]]


@pytest.mark.parametrize(
    ("outputs", "wanted"),
    [
        ([{"name": "label"}], ("label",)),
        ([{"name": "label"}, {"name": "sum", "parameters": {"binary_data": True}}], ("label", "sum")),
        ([], ("sum", "label")),
        (None, ("sum", "label")),
    ],
)
def test_outputs_are_given_as_they_are_asked_for(outputs: Any, wanted: tuple[str, ...]) -> None:
    assert asked({"inputs": [LEFT, RIGHT], "outputs": outputs}).wanted == wanted


@pytest.mark.parametrize(
    ("dtype", "name", "data"),
    [
        ("float16", "FP16", [0.5, 1.5]),
        ("float32", "FP32", [0.5, 1.5]),
        ("float64", "FP64", [0.5, 1.5]),
        ("int8", "INT8", [1, -2]),
        ("int16", "INT16", [1, -2]),
        ("int32", "INT32", [1, -2]),
        ("int64", "INT64", [1, -(2**63)]),
        ("uint8", "UINT8", [1, 255]),
        ("uint16", "UINT16", [1, 2]),
        ("uint32", "UINT32", [1, 2]),
        ("uint64", "UINT64", [1, 2**64 - 1]),
        ("bool", "BOOL", [True, False]),
        ("str", "BYTES", ["a", "ü"]),
    ],
)
def test_each_datatype_comes_and_goes(dtype: str, name: str, data: list[Any]) -> None:
    found = one(dtype, data)
    output = answer("m", Question({}, ("y",)), {"y": found})["outputs"][0]

    assert datatype(dtype) == name
    assert found.tolist() == [data]
    assert output == {"name": "y", "shape": [1, 2], "datatype": name, "data": data}


def test_bfloat16_is_read_as_numbers() -> None:
    assert datatype("bfloat16") == "BF16"
    assert one("bfloat16", [0.5, 1.5]).tolist() == [[0.5, 1.5]]


def changed(**more: Any) -> dict[str, Any]:
    """The request with another left input; None leaves a key out."""
    left = {key: value for key, value in {**LEFT, **more}.items() if value is not None}
    return {"inputs": [left, RIGHT]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "the body is a list, no object"),
        (None, "the body is null, no object"),
        ({}, "inputs is missing"),
        ({"inputs": None}, "inputs is missing"),
        ({"inputs": {}}, "inputs is an object, no list"),
        ({"inputs": []}, "the input left is missing"),
        ({"inputs": [RIGHT]}, "the input left is missing"),
        ({"inputs": [LEFT, RIGHT, 3]}, "inputs holds a number that should be an object"),
        ({"inputs": [LEFT, RIGHT, {}]}, "inputs holds an object whose name is missing"),
        ({"inputs": [LEFT, RIGHT, {"name": 3}]}, "inputs holds an object whose name is no string"),
        ({"inputs": [LEFT, RIGHT, {"name": "up"}]}, "inputs names up, which the model does not have"),
        ({"inputs": [LEFT, LEFT, RIGHT]}, "inputs names left twice"),
        ({"inputs": [LEFT, RIGHT], "id": 42}, "id is a number, no string"),
        ({"inputs": [LEFT, RIGHT], "parameters": 1}, "the parameters of the request are a number, no object"),
        ({"inputs": [LEFT, RIGHT], "outputs": "sum"}, "outputs is a string, no list"),
        ({"inputs": [LEFT, RIGHT], "outputs": {}}, "outputs is an object, no list"),
        ({"inputs": [LEFT, RIGHT], "outputs": False}, "outputs is true or false, no list"),
        ({"inputs": [LEFT, RIGHT], "outputs": ["sum"]}, "outputs holds a string that should be an object"),
        (
            {"inputs": [LEFT, RIGHT], "outputs": [{"name": "up"}]},
            "outputs names up, which the model does not",
        ),
        (
            {"inputs": [LEFT, RIGHT], "outputs": [{"name": "sum", "parameters": {"classification": 1}}]},
            "sum: the parameter classification is not supported",
        ),
        ({"inputs": [LEFT, RIGHT | {"shape": [1], "data": [7]}]}, "the inputs have different numbers of sam"),
        (changed(datatype="FP64"), "the datatype of left is FP64, not FP32"),
        (changed(datatype="float32"), "the datatype of left is float32, not FP32"),
        (changed(datatype=None), "the datatype of left is missing, not FP32"),
        (changed(datatype=32), "the datatype of left is no string, not FP32"),
        (changed(shape=None), "the shape of left is no list of whole numbers"),
        (changed(shape="2,3"), "the shape of left is no list of whole numbers"),
        (changed(shape=[2.0, 3]), "the shape of left is no list of whole numbers"),
        (changed(shape=[True, 3]), "the shape of left is no list of whole numbers"),
        (changed(shape=[]), "the shape of left is [], and the model takes [-1, 3]"),
        (changed(shape=[6]), "the shape of left is [6], and the model takes [-1, 3]"),
        (changed(shape=[3, 2]), "the shape of left is [3, 2], and the model takes [-1, 3]"),
        (changed(shape=[-1, 3]), "the shape of left is [-1, 3], and the model takes [-1, 3]"),
        (changed(shape=[0, 3]), "the shape of left is [0, 3], and the model takes"),
        (changed(shape=[-2, -3]), "the shape of left is [-2, -3], and the model takes"),
        (changed(shape=[10**30, 3]), "the shape of left is [1000"),
        (changed(shape=[1] * 100_000), "the shape of left is [1, 1"),
        (
            changed(shape=[4_000_000_000, 3]),
            "the data of left has 6 elements, and its shape is [4000000000, 3]",
        ),
        (changed(shape=[1, 3]), "the data of left has 6 elements, and its shape is [1, 3]"),
        (changed(data=None), "left has no data"),
        (changed(data=[]), "left is empty"),
        (changed(data=3), "left is a number, no list"),
        (changed(data="AAAA"), "left is a string, no list"),
        (
            changed(data=[[1, 2], [3, 4], [5, 6]]),
            "the data of left has the shape [3, 2], and its shape is [2",
        ),
        (changed(data=[[1, 2, 3], [4, 5]]), "left holds lists of unequal length"),
        (changed(data=[1, 2, 3, 4, 5, "6"]), "left holds something that is no number"),
        (changed(data=[1, 2, 3, 4, 5, True]), "left holds something that is no number"),
        (changed(data=[1, 2, 3, 4, 5, 1e39]), "left holds a number beyond the range of float32"),
        (changed(data=[1, 2, 3, 4, 5, float("nan")]), "NaN is no JSON number"),
        (changed(parameters=[]), "the parameters of left are a list, no object"),
        (
            changed(data=None, parameters={"binary_data_size": 24}),
            "left: binary tensor data is not read; send",
        ),
        (changed(data=None, parameters={"shared_memory_region": "r"}), "left: there is no shared memory"),
        ({"inputs": [LEFT, RIGHT | {"data": [7, 8.5]}]}, "right holds a fraction, and the model takes whole"),
    ],
)
def test_what_can_not_be_asked_is_refused_with_the_reason_and_what_can(content: Any, told: str) -> None:
    message = refusal(content)

    assert told in message
    assert message.endswith(f"; {EXPECTED}")
    assert len(message) < 500


def test_messages_stay_short_whatever_the_client_writes() -> None:
    long = "x" * 10_000

    assert len(refusal({"inputs": [{"name": long}]})) < 400
    assert len(refusal(changed(datatype=long))) < 400
    many = tuple(Tensor(f"part-{number}", (2,), "float32") for number in range(200))
    assert len(expected(many)) < 800


def test_the_metadata_names_types_and_free_sizes() -> None:
    class Pictures:
        inputs = (Tensor("picture", (None, None, 3), "uint8"), Tensor("known", (1,), "bool"))
        outputs = OUTPUTS

        def predict(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
            return batch

    assert metadata("m", Pictures()) == {
        "name": "m",
        "versions": ["1"],
        "platform": "python_model",
        "inputs": [
            {"name": "picture", "datatype": "UINT8", "shape": [-1, -1, -1, 3]},
            {"name": "known", "datatype": "BOOL", "shape": [-1, 1]},
        ],
        "outputs": [
            {"name": "sum", "datatype": "FP32", "shape": [-1, 3]},
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
        ],
    }


def test_answers_are_flat_and_what_is_no_number_is_null() -> None:
    found = {"sum": np.array([[1, np.nan], [np.inf, 4]], np.float32), "label": np.array([b"a", b"b"], object)}

    assert answer("m", Question({}, ("label", "sum"), "7"), found) == {
        "model_name": "m",
        "model_version": "1",
        "id": "7",
        "outputs": [
            {"name": "label", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]},
            {"name": "sum", "shape": [2, 2], "datatype": "FP32", "data": [1.0, None, None, 4.0]},
        ],
    }


def test_the_servers_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert (SERVER["name"], SERVER["version"]) == (project["name"], project["version"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["left", "FP32", "sum"]),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(
    key=st.sampled_from(["name", "shape", "datatype", "data", "parameters", "inputs", "outputs", "id"]),
    value=ANYTHING,
)
def test_nothing_raises_anything_but_bad_input(key: str, value: Any) -> None:
    content = {"inputs": [LEFT | {key: value}, RIGHT], **({key: value} if key in ("outputs", "id") else {})}
    for each in (content, {**content, "inputs": value}, value):
        with contextlib.suppress(BadInput):
            found = asked(each).samples
            assert found["left"].shape == (len(found["right"]), 3)


# A real client, a real server, real models.


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
