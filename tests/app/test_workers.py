"""Several workers: the real gunicorn.conf.py, the real TensorFlow, and what their master does for them."""

from __future__ import annotations

import http.client
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from app import loader, workers
from checks.evidence import Dyno
from tests.bad_network import bad_server, whole
from tests.conftest import Storage
from tests.servers import Server, procfile

WORKERS = 3


def predict(server: Server) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("POST", "/predict", json.dumps({"features": [0.5] * 10}))
        return connection.getresponse().status


def maps(process: psutil.Process) -> str:
    return Path(f"/proc/{process.pid}/maps").read_text()


def anonymous_mb(process: psutil.Process) -> float:
    """This process's own share of the anonymous pages."""
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss_Anon:\s+(\d+) kB", rollup, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


@pytest.fixture(scope="module")
def server(storage: Storage, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Three workers with a Keras model in S3, all ready."""
    env = {
        **storage.env,
        "MODEL_URI": storage.put(models / "good.keras", "workers/good.keras"),
        "WEB_CONCURRENCY": str(WORKERS),
    }
    with procfile(tmp_path_factory.mktemp("workers") / "log", env) as running:
        running.until(lambda: running.get("/healthz").json["workers"] == WORKERS, 60)
        running.until(lambda: running.get("/readyz").status == 200, 60)
        running.until(lambda: running.text().count("event=boot") == WORKERS, 30)
        yield running


@pytest.mark.tensorflow
def test_every_worker_answers(server: Server) -> None:
    assert {predict(server) for _ in range(30)} == {200}
    assert server.causes() == []


@pytest.mark.tensorflow
def test_the_workers_share_what_the_import_of_tensorflow_costs(server: Server) -> None:
    master = psutil.Process(server.process.pid)
    family = [master, *master.children()]

    assert len(family) == WORKERS + 1
    assert all("libtensorflow" in maps(each) for each in family)
    # Each by itself holds 180 MB after the import alone.
    assert sum(map(anonymous_mb, family)) < 180 + WORKERS * 70


@pytest.mark.tensorflow
def test_the_master_has_imported_and_done_nothing_else(server: Server) -> None:
    boots = [line for line in server.text().splitlines() if "event=boot" in line]

    assert all(re.search(r"tensorflow_import_s=\d.* tensorflow=2\.", line) for line in boots)
    (told,) = server.get("/healthz").json["checks"]["tensorflow:import"]
    assert re.search(r"TensorFlow 2\.\S+ was imported in .* and took 1\d\d MB anonymous", told["output"])
    assert psutil.Process(server.process.pid).num_threads() == 1, "no pool of threads that a fork would lose"


@pytest.mark.tensorflow
def test_a_worker_that_was_killed_is_replaced_by_one_that_answers(server: Server) -> None:
    master = psutil.Process(server.process.pid)
    first, *others = master.children()
    first.kill()

    server.until(lambda: len(set(master.children()) - {first, *others}) == 1)
    server.until(lambda: server.text().count("event=boot") == WORKERS + 1, 30)
    server.until(lambda: server.get("/readyz").status == 200, 30)
    assert {predict(server) for _ in range(30)} == {200}


@pytest.mark.parametrize(
    ("env", "needed"),
    [
        ({}, True),  # the sample
        ({"MODEL_URI": "s3://bucket/m.keras"}, True),
        ({"MODEL_URI": "https://h.example/saved.tar.gz?x=1"}, True),
        ({"MODEL_URI": "https://h.example/m.tflite?x=1"}, False),
        ({"MODEL_URI": "https://h.example/m.onnx"}, False),
        ({"MODEL_URI": "good.tflite"}, False),
        ({"MODEL_URI": "tflite-by-content"}, False),
        ({"MODEL_URI": "good.h5"}, True),
        ({"MODEL_URI": "no-such.keras"}, False),  # the workers say what is wrong
        ({"MODEL_URI": "s3://"}, False),
        ({"ONNX_MODEL_PATH": "m.onnx"}, False),
        ({"MODEL_ARCHITECTURE_URL": "a.json", "MODEL_WEIGHTS_URL": "w.h5"}, True),
    ],
)
def test_the_master_imports_tensorflow_for_its_own_models_only(
    models: Path, tmp_path: Path, env: dict[str, str], needed: bool
) -> None:
    for name in ("good.tflite", "good.h5"):
        shutil.copy(models / name, tmp_path)
    shutil.copy(models / "good.tflite", tmp_path / "tflite-by-content")

    assert workers.needs_tensorflow(Dyno(env=env, root=tmp_path)) is needed


def test_one_worker_alone_has_nothing_to_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "shared", None)

    workers.prepare(1)

    assert loader.shared is None


@pytest.mark.tensorflow
def test_a_small_model_brings_small_workers_and_one_download(models: Path, tmp_path: Path) -> None:
    content = (models / "good.tflite").read_bytes()
    with bad_server(whole(content)) as files:
        env = {"MODEL_URL": f"{files.url}/latest", "WEB_CONCURRENCY": "2"}
        with procfile(tmp_path / "log", env) as server:
            server.until(lambda: server.text().count("event=boot") == 2, 30)
            assert {predict(server) for _ in range(10)} == {200}
            family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children()]
            assert len(family) == 3
            assert not any("libtensorflow" in maps(each) for each in family[1:])
            assert sum(map(anonymous_mb, family[1:])) < 130
            folder = shared_folder(family[1])
        server.process.wait(10)
        assert not folder.exists()
    assert len(files.requests) == 1


def shared_folder(worker: psutil.Process) -> Path:
    """Where the workers' file is: a LiteRT model is mapped from it."""
    found = re.search(r"(\S*/model-[^/\s]+)/0/latest$", maps(worker), re.MULTILINE)
    assert found is not None
    return Path(found[1])
