"""Several workers: the real gunicorn.conf.py, the real TensorFlow, and what their master does for them."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

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

    assert all(re.search(r"tensorflow_import_s=\d", line) for line in boots)
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
