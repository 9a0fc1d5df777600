"""The Open Inference Protocol (KServe V2) over HTTP, in JSON, for the one model of the process.

https://github.com/kserve/open-inference-protocol, ``inference_rest.md``. Errors are
``{"error": "…"}``. Tensors travel as JSON numbers only: the binary extension of some servers is
refused where a request uses it, and where it only asks for it in the answer, JSON is given, which
its clients read as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from app.arrays import array, kind_of, read_json, to_json
from app.http import json_response, read_body
from app.runtimes.signature import BadInput, Model, Tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PREFIX = "/v2"
SERVER = {"name": "dyno-diag", "version": "0.1.0", "extensions": []}
VERSION = "1"  # of the model: a process has one and the app's own version chooses it
BINARY_HEADER = "Inference-Header-Content-Length"
MOST_NAMED = 8  # inputs in a message
QUOTED_CHARS = 40  # of a client's own text, when a message quotes it
_NAMED = {"float16": "FP16", "float32": "FP32", "float64": "FP64", "bfloat16": "BF16", "str": "BYTES"}
_PLATFORMS = {  # by the class, since a runtime should not have to know this protocol
    "KerasModel": "tensorflow_keras",
    "SavedModel": "tensorflow_savedmodel",
    "OnnxModel": "onnx_onnxv1",
    "LiteRTModel": "tensorflow_tflite",
}


@dataclass(frozen=True, slots=True)
class Question:
    """An inference request: samples by the inputs' names, and the outputs that are wanted, in order."""

    samples: Mapping[str, NDArray[np.generic]]
    wanted: tuple[str, ...]
    id: str = ""


def blueprint(name: str, model: Callable[[], Model], is_ready: Callable[[], bool]) -> Blueprint:
    """The protocol's routes. `model` raises ServiceUnavailable while there is none."""
    routes = Blueprint("open_inference", __name__, url_prefix=PREFIX)
    one = "/models/<model_name>"
    versioned = f"{one}/versions/<model_version>"

    def must_be_known(model_name: str, model_version: str) -> None:
        if (model_name, model_version) != (name, VERSION):
            raise NotFound(f"there is one model here, {name}, in version {VERSION}")

    @routes.get("")
    def server() -> Response:
        return json_response(SERVER)

    @routes.get("/health/live")
    def live() -> Response:
        return json_response({"live": True})

    @routes.get("/health/ready")
    def ready() -> Response:
        return _readiness({}, is_ready())

    @routes.get(f"{one}/ready")
    @routes.get(f"{versioned}/ready")
    def model_ready(model_name: str, model_version: str = VERSION) -> Response:
        must_be_known(model_name, model_version)
        return _readiness({"name": name}, is_ready())

    @routes.get(one)
    @routes.get(versioned)
    def of_model(model_name: str, model_version: str = VERSION) -> Response:
        must_be_known(model_name, model_version)
        return json_response(metadata(name, model()))

    @routes.post(f"{one}/infer")
    @routes.post(f"{versioned}/infer")
    def infer(model_name: str, model_version: str = VERSION) -> Response:
        must_be_known(model_name, model_version)
        asked = model()
        if BINARY_HEADER in request.headers:
            raise BadInput(f"{BINARY_HEADER}: {_NO_BINARY}")
        question = parse(read_body(), asked.inputs, asked.outputs)
        return json_response(answer(name, question, asked.predict(question.samples)))

    return routes


def error(status: HTTPStatus, detail: str) -> Response:
    """An error in the protocol's form."""
    return json_response({"error": detail}, status)


def _readiness(about: Mapping[str, str], is_ready: bool) -> Response:
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return json_response({**about, "ready": is_ready}, status)


def metadata(name: str, model: Model) -> dict[str, Any]:
    """What the model takes and gives; -1 stands for any size, as that of the batch is."""
    return {
        "name": name,
        "versions": [VERSION],
        "platform": _PLATFORMS.get(type(model).__name__, "python_model"),
        "inputs": [_tensor(each) for each in model.inputs],
        "outputs": [_tensor(each) for each in model.outputs],
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": datatype(tensor.dtype), "shape": _shape(tensor, -1)}


def datatype(dtype: str) -> str:
    """The protocol's name for NumPy's."""
    return _NAMED.get(dtype, dtype.upper())


def _shape(tensor: Tensor, free: int) -> list[int]:
    return [free, *(free if size is None else size for size in tensor.shape)]


def parse(body: bytes, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Question:
    """The question in an inference request's body. Raises BadInput, which tells what is expected, too."""
    try:
        return _question(read_json(body), inputs, outputs)
    except BadInput as error:
        raise BadInput(f"{error}; {expected(inputs)}") from None


def expected(inputs: Sequence[Tensor]) -> str:
    """A request that would be taken, its data shortened."""
    some = ", ".join(
        f'{{"name": "{each.name}", "shape": {_shape(each, 1)}, '
        f'"datatype": "{datatype(each.dtype)}", "data": […]}}'
        for each in inputs[:MOST_NAMED]
    )
    return f'the model takes {{"inputs": [{some}{", …" * (len(inputs) > MOST_NAMED)}]}}'


def _question(content: Any, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Question:
    if not isinstance(content, dict):
        raise BadInput(f"the body is {kind_of(content)}, no object")
    parameters = _parameters(content, "the request")
    if "binary_data_size" in parameters:
        raise BadInput(f"binary_data_size: {_NO_BINARY}")
    id_ = content.get("id", "")
    if not isinstance(id_, str):
        raise BadInput(f"id is {kind_of(id_)}, no string")
    given = _by_name(content.get("inputs"), "inputs", [each.name for each in inputs])
    for each in inputs:
        if each.name not in given:
            raise BadInput(f"the input {each.name} is missing")
    samples = {each.name: _samples(given[each.name], each) for each in inputs}
    if len({len(each) for each in samples.values()}) > 1:
        raise BadInput("the inputs have different numbers of samples, the first size of each shape")
    return Question(samples, _wanted(content.get("outputs"), outputs), id_)


_NO_BINARY = (
    'binary tensor data is not read; send "data" as a JSON list '
    "(tritonclient: set_data_from_numpy(…, binary_data=False))"
)


def _parameters(entry: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    found = entry.get("parameters", {})
    if not isinstance(found, dict):
        raise BadInput(f"the parameters of {where} are {kind_of(found)}, no object")
    return found


def _by_name(entries: Any, where: str, known: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The entries of a list of tensors, each of which the model has."""
    if not isinstance(entries, list):
        raise BadInput(f"{where} is {'missing' if entries is None else f'{kind_of(entries)}, no list'}")
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise BadInput(f"{where} holds {kind_of(entry)} that should be an object")
        name = entry.get("name")
        if not isinstance(name, str):
            raise BadInput(
                f"{where} holds an object whose name is {'missing' if name is None else 'no string'}"
            )
        if name not in known:
            raise BadInput(f"{where} names {name[:QUOTED_CHARS]}, which the model does not have")
        if name in found:
            raise BadInput(f"{where} names {name} twice")
        found[name] = entry
    return found


def _samples(entry: Mapping[str, Any], tensor: Tensor) -> NDArray[Any]:
    parameters = _parameters(entry, tensor.name)
    if "binary_data_size" in parameters:
        raise BadInput(f"{tensor.name}: {_NO_BINARY}")
    if "shared_memory_region" in parameters:
        raise BadInput(f'{tensor.name}: there is no shared memory; send "data" as a JSON list')
    kind = entry.get("datatype")
    if kind != datatype(tensor.dtype):
        told = kind[:QUOTED_CHARS] if isinstance(kind, str) else "missing" if kind is None else "no string"
        raise BadInput(f"the datatype of {tensor.name} is {told}, not {datatype(tensor.dtype)}")
    shape = _told_shape(entry.get("shape"), tensor)
    if "data" not in entry:
        raise BadInput(f"{tensor.name} has no data")
    found = array(entry["data"], tensor.name, tensor.dtype)
    if found.shape != shape and (found.ndim != 1 or found.size != math.prod(shape)):
        size = f"{found.size} elements" if found.ndim == 1 else f"the shape {list(found.shape)}"
        raise BadInput(f"the data of {tensor.name} has {size}, and its shape is {list(shape)}")
    return found.reshape(shape)


def _told_shape(shape: Any, tensor: Tensor) -> tuple[int, ...]:
    """The shape in the request, where the model can take it."""
    if not isinstance(shape, list) or not set(map(type, shape)) <= {int}:
        raise BadInput(f"the shape of {tensor.name} is no list of whole numbers")
    fits = len(shape) == len(tensor.shape) + 1 and all(
        have == want if want is not None else 0 < have < 1 << 32
        for have, want in zip(shape, (None, *tensor.shape), strict=True)
    )
    if not fits:
        told = str(shape)[:QUOTED_CHARS]
        raise BadInput(f"the shape of {tensor.name} is {told}, and the model takes {_shape(tensor, -1)}")
    return tuple(shape)


def _wanted(entries: Any, outputs: Sequence[Tensor]) -> tuple[str, ...]:
    """The outputs in the order they are asked for; all when none is named."""
    names = [each.name for each in outputs]
    if not entries and (entries is None or isinstance(entries, list)):
        return tuple(names)
    found = _by_name(entries, "outputs", names)
    for name, entry in found.items():
        parameters = _parameters(entry, name)
        for other in ("classification", "shared_memory_region"):
            if other in parameters:
                raise BadInput(f"{name}: the parameter {other} is not supported")
    return tuple(found)


def answer(name: str, question: Question, answers: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """An inference response. Data is flat, in row-major order; what is not finite is null."""
    head = {"model_name": name, "model_version": VERSION, **({"id": question.id} if question.id else {})}
    return {**head, "outputs": [_output(wanted, answers[wanted]) for wanted in question.wanted]}


def _output(name: str, found: NDArray[Any]) -> dict[str, Any]:
    kind = "str" if found.dtype.kind in "OSU" else found.dtype.name
    data = to_json(found.ravel())
    return {"name": name, "shape": list(found.shape), "datatype": datatype(kind), "data": data}
