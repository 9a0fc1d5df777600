"""The boot sequence of a model: the whole of it on the real TensorFlow, its failures one by one."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import app.wsgi
from app import loader
from app.loader import Loader
from app.runtimes.signature import Tensor
from checks.evidence import Dyno, Evidence, Level
from checks.facts import Fact
from checks.ledger import Ledger, Step
from tests import with_tensorflow
from tests.conftest import Storage, TensorFlowProcess
from tests.gate import gate
from tests.s3_servers import BUCKET
from tests.servers import PLAIN_ENV, ROOT, free_port
from tests.with_tensorflow import Loaded

FEATURES = [number / 7 for number in range(10)]
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 123456\n" % (b"ab" * 32)


# With TensorFlow ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded(storage: Storage, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """What a process of its own did that loaded a model from S3, as a worker does."""
    uri = storage.put(models / "good.keras", "live/good.keras")
    env = {**PLAIN_ENV, **storage.env, "MODEL_URI": uri, "DYNO": "web.1"}
    process = TensorFlowProcess()
    yield process(with_tensorflow.load, env, tmp_path_factory.mktemp("root"), FEATURES)
    process.end()


@pytest.mark.tensorflow
def test_a_model_from_s3_answers_as_keras_itself(
    loaded: Loaded, models: Path, tensorflow: TensorFlowProcess
) -> None:
    theirs = tensorflow(with_tensorflow.answers_of_keras, models / "good.keras", FEATURES)

    assert loaded.failure is None
    np.testing.assert_allclose(loaded.answers, theirs, rtol=0, atol=1e-6)


@pytest.mark.tensorflow
def test_download_and_import_overlap_and_the_rest_follows(loaded: Loaded) -> None:
    steps = loaded.steps

    assert steps.keys() == {"download", "tensorflow-import", "verify", "load", "warm-up"}
    download, tensorflow = steps["download"], steps["tensorflow-import"]
    assert download.began < _end(tensorflow)
    assert tensorflow.began < _end(download)
    assert max(_end(download), _end(tensorflow)) <= steps["verify"].began
    assert _end(steps["verify"]) <= steps["load"].began
    assert _end(steps["load"]) <= steps["warm-up"].began


def _end(step: Step) -> float:
    assert step.seconds is not None
    return step.began + step.seconds


@pytest.mark.tensorflow
def test_the_ledger_identifies_the_model(loaded: Loaded, models: Path) -> None:
    content = (models / "good.keras").read_bytes()

    assert loaded.identity.pop("tensorflow").startswith("2.")  # type: ignore[attr-defined]
    assert loaded.identity.pop("threads") >= 1  # type: ignore[attr-defined]
    assert loaded.identity == {
        "source": f"s3://{BUCKET}/live/good.keras",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "input": "(n, 10) float32",
        "output": "(n, 2) float32",
        "format": "keras-v3",
    }


@pytest.mark.tensorflow
def test_the_worker_never_imports_boto3(loaded: Loaded) -> None:
    assert not {name for name in loaded.modules if name.split(".")[0] in ("boto3", "botocore", "s3transfer")}
    assert "tensorflow" in loaded.modules


@pytest.mark.tensorflow
def test_no_thread_of_the_boot_is_left(loaded: Loaded) -> None:
    assert not loaded.threads & {"model-loader", "model-gather", "model-fetch", "tensorflow-import"}


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["good.keras", "good.h5"])
def test_a_model_on_the_disk_is_loaded(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path, name: str
) -> None:
    found = tensorflow(with_tensorflow.load, {"MODEL_URI": str(models / name)}, tmp_path, FEATURES)

    assert found.failure is None
    assert found.identity["source"] == str(models / name)
    assert "download" not in found.steps
    theirs = tensorflow(with_tensorflow.answers_of_keras, models / "good.keras", FEATURES)
    np.testing.assert_allclose(found.answers, theirs, rtol=0, atol=1e-6)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "given"),
    [("latest", "good.keras"), ("model.keras", "good.h5"), ("v1.2", "good.keras"), ("model.H5", "good.h5")],
)
def test_the_content_decides_and_not_the_ending(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path, name: str, given: str
) -> None:
    (tmp_path / name).write_bytes((models / given).read_bytes())

    found = tensorflow(with_tensorflow.load, {"MODEL_URI": name}, tmp_path)

    assert found.failure is None
    assert found.identity["source"] == str(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.tensorflow
@pytest.mark.parametrize("key", ["latest", "a/..", "x" * 300, "ü" * 200])
def test_an_object_may_have_any_key(
    tensorflow: TensorFlowProcess, storage: Storage, models: Path, key: str
) -> None:
    env = {**PLAIN_ENV, **storage.env, "MODEL_URI": storage.put(models / "good.keras", key)}

    assert tensorflow(with_tensorflow.load, env, models).failure is None


@pytest.mark.tensorflow
def test_off_a_dyno_with_nothing_set_the_sample_is_made_and_served(
    tensorflow: TensorFlowProcess, tmp_path: Path
) -> None:
    first = tensorflow(with_tensorflow.load, {}, tmp_path, FEATURES)
    second = tensorflow(with_tensorflow.load, {}, tmp_path, FEATURES)

    assert first.failure is None
    assert first.identity["source"] == "the sample model"
    assert first.answers.shape == (1, 1)
    assert first.answers.tolist() == second.answers.tolist()
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["sample.keras"]


@pytest.mark.tensorflow
@pytest.mark.parametrize(("name", "fault"), [("nan.keras", "not-finite")])
def test_a_model_that_can_not_be_served_fails_the_boot(
    tensorflow: TensorFlowProcess, storage: Storage, models: Path, name: str, fault: str
) -> None:
    env = {**PLAIN_ENV, **storage.env, "MODEL_URI": storage.put(models / name)}

    found = tensorflow(with_tensorflow.load, env, models)

    assert found.failure is not None
    assert (found.failure.fact, found.failure.level, found.failure.values["fault"]) == (
        Fact.MODEL_LOAD,
        Level.FAIL,
        fault,
    )
    assert storage.env["AWS_SECRET_ACCESS_KEY"] not in json.dumps(found.failure.to_json())


@pytest.mark.tensorflow
def test_an_archive_that_only_keras_can_judge_fails_the_boot_with_its_words(
    tensorflow: TensorFlowProcess, tmp_path: Path
) -> None:
    (tmp_path / "model.keras").write_bytes(_archive())

    found = tensorflow(with_tensorflow.load, {"MODEL_URI": "model.keras"}, tmp_path).failure

    assert found is not None
    assert (found.fact, found.level) == (Fact.MODEL_LOAD, Level.FAIL)
    assert found.text.startswith("Loading the model raised ")
    assert found.values["type"]


# Without: what fails before Keras is asked ----------------------------------------------------


class StandIn:
    """A model that needs no TensorFlow."""

    def __init__(self) -> None:
        self.inputs = self.outputs = (Tensor("x", (1,), "float32"),)

    def predict(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        return batch


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Neither TensorFlow nor Keras is needed; the times at which their import began."""
    begun: list[float] = []
    monkeypatch.setattr(loader, "import_tensorflow", lambda dyno, boot: begun.append(time.monotonic()))
    monkeypatch.setattr(loader, "open_model", lambda path, form, threads: StandIn())
    return begun


def boot(env: Mapping[str, str], root: Path = ROOT, until: str = "failed", seconds: float = 20.0) -> Ledger:
    """Load in the background until the ledger is in that phase."""
    ledger = Ledger()
    Loader(Dyno(env={**PLAIN_ENV, **env}, root=root), ledger).start()
    wait_for(lambda: ledger.phase == until, seconds)
    return ledger


def wait_for(holds: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.02)


def failure(ledger: Ledger, env: Mapping[str, str]) -> Evidence:
    """Why the boot failed; it holds no secret, and nothing tries again."""
    assert not ledger.is_ready
    (found,) = ledger.failed
    told = json.dumps(found.to_json()) + json.dumps(ledger.identity)
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"):
        assert env.get(name) is None or env[name] not in told
    wait_for(lambda: not is_loading(), 5)
    return found


def is_loading() -> bool:
    return any(thread.name == "model-loader" for thread in threading.enumerate())


@pytest.mark.parametrize(
    ("env", "fact", "fault"),
    [
        ({"DYNO": "web.1"}, Fact.MODEL_SOURCE, "unset"),
        ({"MODEL_URI": "s3://bucket"}, Fact.MODEL_SOURCE, "malformed"),
        ({"MODEL_URI": "ftp://me:pass-word@host/model.keras"}, Fact.MODEL_SOURCE, "malformed"),
        ({"MODEL_URI": "s3://bucket/key", "DYNO": "web.1"}, Fact.S3_CREDENTIALS, "missing"),
    ],
)
def test_a_source_that_can_not_be_used_is_told_without_tensorflow(
    imports: list[float], env: dict[str, str], fact: Fact, fault: str
) -> None:
    found = failure(boot(env), env)

    assert (found.fact, found.level, found.values["fault"]) == (fact, Level.FAIL, fault)
    assert "pass-word" not in found.text
    assert imports == []


def test_a_file_that_is_not_there_is_told_without_tensorflow(imports: list[float], tmp_path: Path) -> None:
    ledger = boot({"MODEL_URI": "no-such.keras"}, tmp_path)

    found = failure(ledger, {})
    assert found.level is Level.FAIL
    assert "no-such.keras" in found.text
    assert imports == []
    assert ledger.steps == ()


@pytest.mark.parametrize(
    ("change", "fact", "fault"),
    [
        ({"MODEL_URI": "s3://no-such-bucket/model.keras"}, Fact.S3_OBJECT, "no-bucket"),
        ({"MODEL_URI": f"s3://{BUCKET}/no-such.keras"}, Fact.S3_OBJECT, "no-key"),
        ({"MODEL_URI": "", "S3_BUCKET_NAME": BUCKET}, Fact.S3_OBJECT, "no-key"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong" * 8}, Fact.S3_IDENTITY, "wrong-secret"),
        ({"AWS_ACCESS_KEY_ID": "AKIA" + "Y" * 16}, Fact.S3_IDENTITY, "unknown-key"),
        ({"AWS_ENDPOINT_URL_S3": "s3.example"}, Fact.S3_ENDPOINT, "unreachable"),
    ],
)
@pytest.mark.usefixtures("imports")
def test_what_s3_refuses_ends_the_boot(
    storage: Storage, change: dict[str, str], fact: Fact, fault: str
) -> None:
    env = {**storage.env, "MODEL_URI": f"s3://{BUCKET}/live/model.keras", **change}

    found = failure(boot(env), env)

    assert (found.fact, found.level, found.values["fault"]) == (fact, Level.FAIL, fault)


def test_a_failed_download_is_told_while_tensorflow_is_still_being_imported(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, imports: list[float]
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(loader, "import_tensorflow", lambda dyno, boot: go_on.wait(30))

    ledger = boot({**storage.env, "MODEL_URI": f"s3://{BUCKET}/no-such.keras"}, seconds=10)

    assert ledger.failed[0].values["fault"] == "no-key"
    assert imports == []
    go_on.set()


@pytest.mark.usefixtures("imports")
def test_a_failed_import_is_told_while_the_download_is_still_running(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_tensorflow(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    monkeypatch.setattr(loader, "import_tensorflow", no_tensorflow)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        env = {**storage.env, "MODEL_URI": "s3://bucket/model.keras", "AWS_ENDPOINT_URL_S3": url}
        ledger = boot(env, seconds=2)

    assert "No module named 'tensorflow'" in ledger.failed[0].text


@pytest.mark.usefixtures("imports")
def test_while_the_endpoint_can_not_be_reached_it_is_tried_again_until_it_can(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(_archive())
    uri = storage.put(path, "late.keras")
    ledger = Ledger()
    monkeypatch.setattr(loader, "RETRY_SECONDS", (0.1, 0.2))
    monkeypatch.setattr(app.wsgi, "BOOT", ledger)
    monkeypatch.setattr(app.wsgi, "adopt", lambda wsgi, env, root: wsgi)
    with gate(storage.port) as endpoint:
        env = {**PLAIN_ENV, **storage.env, "MODEL_URI": uri, "AWS_ENDPOINT_URL_S3": endpoint.url}
        client = app.wsgi.create_app(env, ROOT).test_client()
        wait_for(lambda: ledger.failed)
        (found,) = ledger.failed
        assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "unreachable")
        assert client.post("/predict", json={"features": [0.5]}).status_code == 503
        assert is_loading()

        endpoint.open()

        wait_for(lambda: ledger.is_ready)
    assert ledger.failed == ()
    assert ledger.phase == "ready"
    assert client.post("/predict", json={"features": [0.5]}).get_json() == {"prediction": [[0.5]]}
    wait_for(lambda: not is_loading())


def _archive() -> bytes:
    """The form of a Keras 3 model, for whoever looks at the form only."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.10.0"}))
        archive.writestr("config.json", json.dumps({"module": "keras", "class_name": "Sequential"}))
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + b"\x00" * 500)
    return content.getvalue()


@pytest.mark.usefixtures("imports")
def test_a_pinned_model_is_loaded_when_it_is_the_one(storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(_archive())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    env = {**storage.env, "MODEL_URI": storage.put(path, "pinned.keras"), "MODEL_SHA256": digest.upper()}

    ledger = boot(env, until="ready")

    assert ledger.identity["sha256"] == digest


@pytest.mark.usefixtures("imports")
@pytest.mark.parametrize("where", ["s3", "disk"])
@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ("other sha256", "checksum"),
        ("lfs pointer", "lfs-pointer"),
        ("html", "html"),
        ("cut", "truncated"),
        ("empty", "empty"),
    ],
)
def test_a_file_that_is_not_the_model_fails_the_boot(
    storage: Storage, tmp_path: Path, where: str, broken: str, fault: str
) -> None:
    path = tmp_path / "model.keras"
    env = {**storage.env, "MODEL_SHA256": "0" * 64 if broken == "other sha256" else ""}
    path.write_bytes(_broken(broken))
    env["MODEL_URI"] = storage.put(path, f"{broken}/model.keras") if where == "s3" else str(path)

    found = failure(boot(env), env)

    assert (found.fact, found.level, found.values["fault"]) == (Fact.MODEL_FILE, Level.FAIL, fault)
    assert "model.keras" in found.text


def _broken(how: str) -> bytes:
    return {
        "other sha256": _archive(),
        "lfs pointer": LFS_POINTER,
        "html": b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "cut": _archive()[:-100],
        "empty": b"",
    }[how]


def test_importing_the_loader_brings_no_tensorflow_and_no_boto3() -> None:
    code = "import sys, app.loader, app.wsgi; print({'tensorflow', 'keras', 'boto3'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=PLAIN_ENV, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"


def test_a_port_nobody_listens_on_is_retried_and_not_given_up(
    imports: list[float], storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "RETRY_SECONDS", (0.05,))
    ledger = Ledger()
    told: list[str] = []
    ledger.on_change = lambda: told.append(ledger.phase)
    url = f"http://127.0.0.1:{free_port()}"
    env = {**storage.env, "MODEL_URI": f"s3://{BUCKET}/live/model.keras", "AWS_ENDPOINT_URL_S3": url}
    Loader(Dyno(env={**PLAIN_ENV, **env}, root=ROOT), ledger).start()

    wait_for(lambda: len(imports) >= 2)

    assert set(told) >= {"failed"}
    assert "ready" not in told
    monkeypatch.setattr(loader, "_may_pass", lambda evidence: False)
    wait_for(lambda: not is_loading())
