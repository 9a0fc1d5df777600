"""Each way a model can fail has its cause, with the file, the sizes and what was expected, on real artefacts.

Loaded as the service loads, in the process that has TensorFlow; explained as `/healthz` explains.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import socket
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.evidence import Evidence, Result
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from diag.report import Diagnosis
from tests import with_tensorflow
from tests.bad_network import bad_server, cut, says, whole
from tests.conftest import Storage, TensorFlowProcess
from tests.s3_servers import BUCKET
from tests.servers import PLAIN_ENV, free_port
from tests.with_tensorflow import Loaded

pytestmark = pytest.mark.tensorflow

FEATURES = [number / 7 for number in range(10)]
SAVED_EARLIER = Path(__file__).parent / "fixtures" / "older-models"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 123456\n" % (b"ab" * 32)
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>"

Load = Callable[[Mapping[str, str]], Loaded]


@pytest.fixture
def load(tensorflow: TensorFlowProcess, tmp_path: Path) -> Load:
    """Load what the config vars name; paths are below tmp_path."""

    def run(env: Mapping[str, str]) -> Loaded:
        return tensorflow(with_tensorflow.load, {**PLAIN_ENV, **env}, tmp_path, FEATURES)

    return run


def told(found: Loaded) -> tuple[Diagnosis, Evidence]:
    """The first diagnosis of a failure, and the failure itself."""
    assert found.failure is not None
    report = diagnose([Result("model-load", (found.failure,), 0.0)], CATALOGUE, "health", "")
    assert report.diagnoses, found.failure
    diagnosis = report.diagnoses[0]
    assert diagnosis.fix
    assert "{" not in diagnosis.title, "all placeholders are filled"
    return diagnosis, found.failure


# Files that are no model ------------------------------------------------------------------------


def cut_in_half(models: Path) -> bytes:
    content = (models / "good.keras").read_bytes()
    return content[: len(content) // 2]


@pytest.mark.parametrize("ending", [".keras", ".h5", ".onnx", ".tflite", ""])
@pytest.mark.parametrize(
    ("content", "cause", "says_"),
    [
        (POINTER, "model/lfs-pointer", "0.12 MB"),
        (HTML, "model/corrupt", "HTML"),
        (b"", "model/corrupt", "empty"),
        (b'{"error": "not found"}', "model/corrupt", "JSON"),
    ],
)
def test_what_is_no_model_is_named(  # noqa: PLR0913, PLR0917  one case each
    load: Load, tmp_path: Path, ending: str, content: bytes, cause: str, says_: str
) -> None:
    (tmp_path / f"model{ending}").write_bytes(content)

    diagnosis, failure = told(load({"MODEL_URI": f"model{ending}"}))

    assert diagnosis.cause == cause
    assert says_ in failure.text
    assert f"model{ending}" in failure.text


@pytest.mark.parametrize("name", ["good.keras", "good.h5", "good.onnx", "good.tflite"])
@pytest.mark.parametrize("source", ["path", "base64"])
def test_half_a_model_is_corrupt(load: Load, models: Path, tmp_path: Path, name: str, source: str) -> None:
    half = (models / name).read_bytes()
    half = half[: len(half) // 2]
    (tmp_path / name).write_bytes(half)
    env = {"MODEL_URI": name} if source == "path" else {"MODEL_BASE64": base64.b64encode(half).decode()}

    diagnosis, _ = told(load(env))

    assert diagnosis.cause == "model/corrupt"


def test_another_file_than_the_pinned_one(load: Load, models: Path, tmp_path: Path) -> None:
    shutil.copy(models / "good.keras", tmp_path)
    found = hashlib.sha256((models / "good.keras").read_bytes()).hexdigest()

    diagnosis, failure = told(load({"MODEL_URI": "good.keras", "MODEL_SHA256": "ab" * 32}))

    assert diagnosis.cause == "model/corrupt"
    assert "expected SHA-256 abababababab" in failure.text
    assert found[:12] in failure.text


# On their way -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "hint"), [(404, "404"), (403, "403"), (401, "401"), (410, "410"), (503, "503")]
)
def test_a_server_that_refuses(load: Load, status: int, hint: str) -> None:
    with bad_server(says(status, b"no")) as server:
        diagnosis, failure = told(load({"MODEL_URL": f"{server.url}/m.keras?X-Amz-Signature=SECRET"}))

    assert diagnosis.cause == "model/download-failed"
    assert hint in failure.text
    assert "SECRET" not in json.dumps(failure.to_json()) + diagnosis.title + "".join(diagnosis.fix)


def test_a_server_that_redirects_in_a_circle(load: Load) -> None:
    with bad_server(says(302, Location="/again"), says(302, Location="/again")) as server:
        diagnosis, failure = told(load({"MODEL_URL": f"{server.url}/m.keras"}))

    assert diagnosis.cause == "model/download-failed"
    assert "loop" in failure.text


def test_a_server_that_always_hangs_up_in_the_middle(load: Load, models: Path) -> None:
    content = (models / "good.keras").read_bytes()
    with bad_server(cut(content, 5000)) as server:
        diagnosis, failure = told(load({"MODEL_URL": f"{server.url}/m.keras"}))

    assert diagnosis.cause == "model/download-failed"
    assert failure.values["received_bytes"] == 5000
    assert failure.values["expected_bytes"] == len(content)


def test_a_server_that_hangs_up_once_is_no_failure(load: Load, models: Path) -> None:
    content = (models / "good.keras").read_bytes()
    with bad_server(cut(content, 5000), whole(content)) as server:
        found = load({"MODEL_URL": f"{server.url}/m.keras"})

    assert found.failure is None
    assert [request.offset for request in server.requests] == [0, 5000]


def test_a_file_that_no_disk_can_hold(load: Load) -> None:
    def enormous(_: Any, connection: Any) -> None:
        connection.send(200, {"Content-Length": str(10**15)})
        connection.stall()

    with bad_server(enormous) as server:
        diagnosis, failure = told(load({"MODEL_URL": f"{server.url}/m.keras"}))

    assert diagnosis.cause == "storage/disk-full"
    assert failure.values["expected_bytes"] == 10**15


def test_a_host_that_is_not_there(load: Load) -> None:
    diagnosis, failure = told(load({"MODEL_URL": f"http://127.0.0.1:{free_port()}/m.keras"}))

    assert diagnosis.cause == "model/download-failed"
    assert "refused" in failure.text


def test_a_page_that_says_200_and_is_an_error(load: Load) -> None:
    with bad_server(says(200, HTML, Content_Type="text/html")) as server:
        diagnosis, failure = told(load({"MODEL_URL": f"{server.url}/m.keras"}))

    assert diagnosis.cause == "model/corrupt"
    assert "HTML" in failure.text


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"MODEL_URI": f"s3://{BUCKET}/no/such.keras"}, "storage/object-missing"),
        ({"MODEL_URI": "s3://no-such-bucket-here/m.keras"}, "storage/bucket-missing"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong" * 8}, "storage/secret-wrong"),
        ({"AWS_ACCESS_KEY_ID": "AKIA" + "Q" * 16}, "storage/credentials-invalid"),
        ({"AWS_ACCESS_KEY_ID": ""}, "storage/credentials-missing"),
        ({"AWS_SECRET_ACCESS_KEY": f'"{"x" * 38}"'}, "storage/credentials-malformed"),
    ],
)
def test_what_s3_says(load: Load, storage: Storage, change: dict[str, str], cause: str) -> None:
    env = {**storage.env, "MODEL_URI": f"s3://{BUCKET}/live/model.keras", **change}

    assert told(load(env))[0].cause == cause


def test_an_identity_that_may_not_read(load: Load, storage: Storage, models: Path) -> None:
    uri = storage.put(models / "good.keras", "denied/good.keras")

    diagnosis, _ = told(load({**storage.env, **storage.moto.stranger.env, "MODEL_URI": uri}))

    assert diagnosis.cause == "storage/access-denied"


def test_an_endpoint_where_nobody_listens(load: Load, storage: Storage) -> None:
    env = {**storage.env, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{free_port()}"}

    assert told(load({**env, "MODEL_URI": f"s3://{BUCKET}/m.keras"}))[0].cause == "storage/unreachable"


# What the config vars say ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "cause", "says_"),
    [
        ({"DYNO": "web.1"}, "model/source-unset", "MODEL_URI"),
        ({"MODEL_WEIGHTS_URL": "w.h5"}, "model/source-unset", "MODEL_ARCHITECTURE_URL"),
        ({"ONNX_WEIGHTS_PATH": "w.bin"}, "model/source-unset", "ONNX_MODEL_PATH"),
        ({"MODEL_URI": "env:MY_MODEL"}, "model/source-unset", "MY_MODEL"),
        ({"APP_VERSION": "1.4.0"}, "model/version-unmapped", "1.4.0"),
        ({"MODEL_BASE64": "this is no base64!"}, "model/base64-invalid", "MODEL_BASE64"),
        ({"MODEL_URI": "env:MY_MODEL", "MY_MODEL": "AAAAA"}, "model/base64-invalid", "MY_MODEL"),
    ],
)
def test_a_model_that_is_not_named_well(load: Load, env: dict[str, str], cause: str, says_: str) -> None:
    diagnosis, failure = told(load(env))

    assert diagnosis.cause == cause
    assert says_ in failure.text + diagnosis.title


# What TensorFlow and Keras say ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("lambda.keras", "model/unsafe-deserialization"),
        ("own-layer.keras", "model/custom-object-missing"),
        ("nan.keras", "model/output-not-finite"),
    ],
)
def test_a_model_that_can_not_be_served(
    load: Load, models: Path, tmp_path: Path, name: str, cause: str
) -> None:
    shutil.copy(models / name, tmp_path)

    assert told(load({"MODEL_URI": name}))[0].cause == cause


@pytest.mark.parametrize("weights", ["one-layer-more.weights.h5", "other-units.weights.h5", "other-units.h5"])
def test_weights_of_another_network(load: Load, models: Path, tmp_path: Path, weights: str) -> None:
    for name in ("good.json", weights):
        shutil.copy(models / name, tmp_path)

    diagnosis, failure = told(load({"MODEL_ARCHITECTURE_URL": "good.json", "MODEL_WEIGHTS_URL": weights}))

    assert diagnosis.cause == "model/architecture-mismatch"
    assert weights in failure.text


def test_a_canary_that_does_not_sing(load: Load, models: Path, tmp_path: Path) -> None:
    shutil.copy(models / "good.keras", tmp_path)
    canary = {"features": FEATURES, "prediction": [[100.0, 100.0]]}

    diagnosis, failure = told(load({"MODEL_URI": "good.keras", "MODEL_CANARY": json.dumps(canary)}))

    assert diagnosis.cause == "model/output-not-finite"
    assert "canary" in failure.text.lower()


# And the good ones, in every form from everywhere ----------------------------------------------------


def packed(models: Path, how: str, folder: Path) -> Path:
    """The SavedModel, or the Keras file, in an archive."""
    path = folder / f"model{how}"
    if how == ".keras.gz":
        path.write_bytes(gzip.compress((models / "good.keras").read_bytes()))
    elif how == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for part in (models / "good-saved").rglob("*"):
                archive.write(part, part.relative_to(models))
    else:
        with tarfile.open(path, "w:gz" if how == ".tar.gz" else "w") as tar:
            tar.add(models / "good-saved", "deep/er/good-saved")
    return path


@pytest.fixture(scope="module")
def expected(tensorflow: TensorFlowProcess, models: Path) -> Any:
    return tensorflow(with_tensorflow.answers_of_keras, models / "good.keras", FEATURES)


@pytest.mark.parametrize("name", ["good.keras", "good.h5", "good-saved", "good.onnx", "good.tflite"])
def test_every_form_from_the_disk(load: Load, models: Path, tmp_path: Path, expected: Any, name: str) -> None:
    given, copy = models / name, tmp_path / name
    (shutil.copytree if given.is_dir() else shutil.copy)(given, copy)

    found = load({"MODEL_URI": name})

    assert found.failure is None
    np.testing.assert_allclose(found.answers, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("how", [".zip", ".tar", ".tar.gz", ".keras.gz"])
def test_every_archive_from_the_web(
    load: Load, models: Path, tmp_path: Path, expected: Any, how: str
) -> None:
    content = packed(models, how, tmp_path).read_bytes()
    with bad_server(whole(content)) as server:
        found = load({"MODEL_URL": f"{server.url}/model{how}"})

    assert found.failure is None
    np.testing.assert_allclose(found.answers, expected, rtol=0, atol=1e-5)


def test_the_seeds_own_names(
    load: Load, storage: Storage, models: Path, tmp_path: Path, expected: Any
) -> None:
    """As a new user has them: S3, base64, a URL, two parts, versions, ONNX."""
    storage.put(models / "good.h5", "my_model.h5")
    content = (models / "good.keras").read_bytes()
    shutil.copy(models / "good.onnx", tmp_path / "model.onnx")
    (tmp_path / "weights.json").write_text("{}")
    with ExitStack() as stack:
        model, architecture, weights = (
            stack.enter_context(bad_server(whole((models / name).read_bytes()))).url
            for name in ("good.keras", "good.json", "good.weights.h5")
        )
        for env in (
            {**storage.env, "S3_BUCKET_NAME": BUCKET},
            {"MODEL_BASE64": base64.encodebytes(content).decode()},
            {"MODEL_URL": f"{model}/model"},
            {"MODEL_ARCHITECTURE_URL": f"{architecture}/a", "MODEL_WEIGHTS_URL": f"{weights}/weights.h5"},
            {"APP_VERSION": "1.1.0", "MODEL_URL_V1": "http://127.0.0.1:1/", "MODEL_URL_V2": f"{model}/v2"},
            {"ONNX_MODEL_PATH": "model.onnx", "ONNX_WEIGHTS_PATH": "weights.json"},
        ):
            found = load(env)
            assert found.failure is None, (env.keys(), found.failure)
            np.testing.assert_allclose(found.answers, expected, rtol=0, atol=1e-5)


def test_a_connection_that_nobody_answers_does_not_hold_the_verdict_on_a_local_file(load: Load) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))):
        diagnosis, _ = told(load({"MODEL_URI": "no-such.keras"}))

    assert diagnosis.cause == "boot/missing-file"


@pytest.mark.parametrize("name", ["tensorflow-2.15-saved-model.zip", "tensorflow-2.15.tflite"])
def test_models_of_earlier_versions(load: Load, tmp_path: Path, name: str) -> None:
    shutil.copy(SAVED_EARLIER / name, tmp_path / "model")

    found = load({"MODEL_URI": "model"})

    assert found.failure is None
    np.testing.assert_allclose(found.answers, [[0.23847184, -0.3000434]], rtol=0, atol=1e-5)
