"""The service over HTTP, with a small model object in the place of a real one."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from flask import Flask

import app.wsgi
from app.runtimes.signature import BadInput, Tensor
from checks.evidence import Dyno, Evidence, Level
from checks.facts import Fact
from checks.ledger import Ledger
from checks.monitor import Monitor
from checks.wsgi import HealthMiddleware

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


class SumModel:
    """Three numbers in, their sum out."""

    inputs = (Tensor("numbers", (3,), "float32"),)
    outputs = (Tensor("sum", (1,), "float32"),)

    def predict(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"sum": batch["numbers"].sum(axis=1, keepdims=True)}


class ModelThat(SumModel):
    """Raises or answers what it is told, whatever it is asked."""

    def __init__(self, raises: Exception | None = None, answers: object = None) -> None:
        self.raises, self.answers = raises, answers

    def predict(self, _: object) -> Any:
        if self.raises is not None:
            raise self.raises
        return {"sum": self.answers}


class FakeLoader:
    """A loader whose model a test puts in."""

    model: Any = None

    def __init__(self, *arguments: object) -> None:
        pass

    def start(self, *, only_in_forks: bool = False) -> None:
        pass


class Health:
    """`/readyz` without a monitor, of which a process has one only."""

    def __init__(self, wsgi: Any, boot: Ledger) -> None:
        self.wsgi, self.boot = wsgi, boot

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/readyz":
            start_response("200 OK" if self.boot.is_ready else "503 Service Unavailable", [])
            return ()
        return self.wsgi(environ, start_response)


@pytest.fixture
def boot(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    ledger = Ledger()
    ledger.await_ready()
    monkeypatch.setattr(app.wsgi, "BOOT", ledger)
    return ledger


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch, boot: Ledger) -> type[FakeLoader]:
    monkeypatch.setattr(app.wsgi, "Loader", FakeLoader)
    monkeypatch.setattr(FakeLoader, "model", SumModel())
    monkeypatch.setattr(app.wsgi, "adopt", lambda wsgi, env, root: Health(wsgi, boot))
    boot.ready()
    return FakeLoader


@pytest.fixture
def client(loader: type[FakeLoader], tmp_path: Path) -> FlaskClient:  # noqa: ARG001  it is patched in
    return service(tmp_path).test_client()


def service(root: Path, **env: str) -> Flask:
    return app.wsgi.create_app(env, root)


def problem(response: TestResponse) -> str:
    """The detail of a problem; the rest must be as RFC 9457 has it."""
    assert response.mimetype == "application/problem+json"
    content = response.get_json(force=True)
    assert content.keys() == {"type", "title", "status", "detail"}
    assert (content["type"], content["status"]) == ("about:blank", response.status_code)
    assert content["title"] == http.client.responses[response.status_code]
    return str(content["detail"])


def test_features_get_a_prediction(client: FlaskClient) -> None:
    response = client.post("/predict", data=b'{"features": [1, 2, 3.5]}')

    assert (response.status_code, response.get_json()) == (200, {"prediction": [[6.5]]})
    assert response.mimetype == "application/json"


def test_instances_get_predictions(client: FlaskClient) -> None:
    response = client.post("/predict", json={"instances": [[1, 2, 3], [4, 5, 6]]})

    assert response.get_json() == {"predictions": [[6.0], [15.0]]}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_the_content_type_does_not_matter(client: FlaskClient, content_type: str) -> None:
    response = client.post("/predict", data=b'{"features": [1, 2, 3]}', content_type=content_type)

    assert response.get_json() == {"prediction": [[6.0]]}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the body is not JSON (Expecting value at position 0)"),
        (b'{"features": [1, 2]}', "features has 2 numbers"),
        (b'{"features": ["a", 2, 3]}', "features holds something that is no number"),
        (b'{"instances": [[1]]}', "instances has the shape (1, 1)"),
    ],
)
def test_a_bad_body_is_a_400_that_says_what_was_expected(client: FlaskClient, body: bytes, told: str) -> None:
    response = client.post("/predict", data=body)

    assert response.status_code == 400
    assert problem(response) == (f'{told}; one sample has 3 numbers, such as {{"features": [0.5, 0.5, 0.5]}}')


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_compressed_body_is_a_415_that_says_so(client: FlaskClient, encoding: str) -> None:
    headers = {"Content-Encoding": encoding}
    response = client.post("/predict", data=b'{"features": [1, 2, 3]}', headers=headers)

    assert response.status_code == 415
    assert problem(response) == "send the body as it is; a compressed one is not read"


def test_a_body_that_is_declared_as_it_is_is_read(client: FlaskClient) -> None:
    response = client.post(
        "/predict", data=b'{"features": [1, 2, 3]}', headers={"Content-Encoding": "identity"}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"features": [NaN, 1, 2]}', b'{"features": [1e400, 1, 2]}', b"\xff\x00" * 99]
)
def test_hostile_bodies_are_a_400(client: FlaskClient, body: bytes) -> None:
    response = client.post("/predict", data=body)

    assert response.status_code == 400
    assert problem(response)


def test_what_the_model_refuses_is_a_400(loader: type[FakeLoader], client: FlaskClient) -> None:
    loader.model = ModelThat(raises=BadInput("an index is out of range"))

    response = client.post("/predict", json={"features": [1, 2, 3]})

    assert (response.status_code, problem(response)) == (400, "an index is out of range")


def test_an_unknown_path_is_a_404(client: FlaskClient) -> None:
    response = client.get("/no-such-page")

    assert response.status_code == 404
    assert problem(response)


def test_another_method_is_a_405_that_names_the_right_one(client: FlaskClient) -> None:
    response = client.get("/predict")

    assert response.status_code == 405
    assert {method.strip() for method in response.headers["Allow"].split(",")} == {"POST", "OPTIONS"}
    assert problem(response)


def test_a_body_over_1_mb_is_a_413(client: FlaskClient) -> None:
    exact = b'{"features": [1, 2, 3]}'.ljust(1 << 20)

    assert client.post("/predict", data=exact).status_code == 200
    response = client.post("/predict", data=exact + b" ")
    assert (response.status_code, problem(response)) == (413, "the body is larger than 1048576 bytes")


@pytest.mark.parametrize("value", ["", "0", "-1", "10MB", "²", "1e3", "9" * 5000])
@pytest.mark.usefixtures("loader")
def test_a_body_limit_that_is_no_number_of_bytes_leaves_the_default(tmp_path: Path, value: str) -> None:
    assert service(tmp_path, MAX_BODY_BYTES=value).config["MAX_CONTENT_LENGTH"] == 1 << 20


@pytest.mark.usefixtures("loader")
def test_max_body_bytes_sets_the_limit(tmp_path: Path) -> None:
    client = service(tmp_path, MAX_BODY_BYTES="30").test_client()

    assert client.post("/predict", data=b'{"features": [1, 2, 3]}').status_code == 200
    response = client.post("/predict", data=b'{"features": [1, 2, 3.000000001]}')
    assert (response.status_code, problem(response)) == (413, "the body is larger than 30 bytes")


@pytest.mark.usefixtures("loader")
def test_an_environment_that_is_empty_is_not_replaced_by_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "30")

    assert app.wsgi.create_app({}, tmp_path).config["MAX_CONTENT_LENGTH"] == 1 << 20


def test_a_model_that_raises_is_a_500_and_its_traceback_goes_to_the_log_only(
    loader: type[FakeLoader], client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    loader.model = ModelThat(raises=RuntimeError("the inner secret"))

    with caplog.at_level(logging.ERROR):
        response = client.post("/predict", json={"features": [1, 2, 3]})

    assert response.status_code == 500
    assert problem(response) == "the server failed; its log says why"
    assert "the inner secret" not in response.get_data(as_text=True)
    assert "Traceback" not in response.get_data(as_text=True)
    assert "POST /predict failed" in caplog.text
    assert "RuntimeError: the inner secret" in caplog.text


def test_an_answer_without_a_form_in_json_is_a_500(loader: type[FakeLoader], client: FlaskClient) -> None:
    loader.model = ModelThat(answers=object())

    response = client.post("/predict", json={"features": [1, 2, 3]})
    assert (response.status_code, problem(response)) == (500, "the server failed; its log says why")


def test_an_answer_that_is_not_finite_is_null(loader: type[FakeLoader], client: FlaskClient) -> None:
    loader.model = ModelThat(answers=np.array([[np.nan, np.inf, 0.5]]))

    response = client.post("/predict", json={"features": [1, 2, 3]})
    assert response.get_data() == b'{"prediction": [[null, null, 0.5]]}\n'


def test_before_the_model_is_there_the_answer_is_503_with_the_phase(
    loader: type[FakeLoader], client: FlaskClient, boot: Ledger
) -> None:
    loader.model = None
    boot._reset()
    boot.await_ready()

    with boot.step("download"):
        response = client.post("/predict", json={"features": [1, 2, 3]})

    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert problem(response).startswith("the model is not ready (phase download, ")
    assert problem(response).endswith(" s after launch); see /readyz")


def test_after_a_failed_load_clients_are_told_to_wait_longer(
    loader: type[FakeLoader], client: FlaskClient, boot: Ledger
) -> None:
    loader.model = None
    boot._reset()
    boot.await_ready()
    boot.fail(Evidence(Fact.MODEL_LOAD, Level.FAIL, "a secret reason"))

    response = client.post("/predict", json={"features": [1, 2, 3]})

    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert problem(response).startswith("the model is not ready (phase failed, ")
    assert "secret" not in response.get_data(as_text=True)


def test_open_inference_is_ready_as_readyz_is() -> None:
    boot = Ledger()
    boot.await_ready()
    monitor = Monitor(Dyno(env={}, root=Path("/nowhere"), boot=boot), ())
    health = HealthMiddleware(lambda environ, start_response: (), monitor)
    found = [app.wsgi._is_ready(health)]

    boot.ready()
    found.append(app.wsgi._is_ready(health))
    monitor.draining = lambda: True
    found.append(app.wsgi._is_ready(health))
    monitor.stop()

    assert found == [False, True, False]


def test_open_inference_answers_beside_in_its_own_form(
    loader: type[FakeLoader], client: FlaskClient, boot: Ledger
) -> None:
    infer = "/v2/models/model/infer"
    entry = {"name": "numbers", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3.5]}
    good = {"inputs": [entry]}

    assert client.post(infer, json=good).get_json()["outputs"][0]["data"] == [6.5]
    loader.model = ModelThat(raises=BadInput("an index is out of range"))
    refused = client.post(infer, json=good)
    loader.model = ModelThat(raises=RuntimeError("the inner secret"))
    failed = client.post(infer, json=good)
    assert client.get("/v2/health/ready").status_code == 200
    loader.model = None
    boot._reset()
    boot.await_ready()
    early = client.post(infer, json=good)

    assert (refused.status_code, refused.get_json()) == (400, {"error": "an index is out of range"})
    assert (failed.status_code, failed.get_json()) == (500, {"error": "the server failed; its log says why"})
    assert (early.status_code, early.headers["Retry-After"]) == (503, "2")
    assert early.get_json()["error"].startswith("the model is not ready (phase starting, ")
    assert client.get("/v2/health/ready").status_code == 503


def test_the_model_has_the_name_it_is_given(tmp_path: Path, loader: type[FakeLoader]) -> None:  # noqa: ARG001
    named = service(tmp_path, MODEL_NAME="spam filter").test_client()

    assert named.get("/v2/models/spam%20filter").get_json()["name"] == "spam filter"
    assert named.get("/v2/models/model").status_code == 404
    assert named.get("/").get_json()["infer"] == "POST /v2/models/spam filter/infer"


def test_the_front_page_names_the_others(client: FlaskClient) -> None:
    assert client.get("/").get_json() == {
        "predict": "POST /predict",
        "infer": "POST /v2/models/model/infer",
        "health": ["/livez", "/readyz", "/healthz"],
    }


@pytest.mark.usefixtures("loader")
def test_the_app_is_made_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(app.wsgi), "app", raising=False)

    made = app.wsgi.app

    assert isinstance(made, Flask)
    assert app.wsgi.app is made
    monkeypatch.delitem(vars(app.wsgi), "app")
    with pytest.raises(AttributeError):
        _ = app.wsgi.application
