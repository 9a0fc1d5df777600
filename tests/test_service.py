"""The service as a dyno runs it: the Procfile's own command, real gunicorn, real TensorFlow, real S3."""

from __future__ import annotations

import http.client
import json
import shlex
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Storage, still_running
from tests.gate import gate
from tests.servers import Answer, Server, procfile

pytestmark = pytest.mark.tensorflow

TOKEN = "a-token-of-the-test"
PREFIXES = ("port:", "config:", "s3:", "model:", "tensorflow:", "memory:")


@dataclass(frozen=True)
class Boot:
    """A running service, and what was seen while it booted."""

    server: Server
    env: Mapping[str, str]
    livez_after: float
    while_loading: Answer
    predict_while_loading: Answer


@pytest.fixture(scope="module")
def dyno(storage: Storage, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boot]:
    """One web dyno with a model in S3, ready; for all tests that leave it as it is."""
    uri = storage.put(models / "good.keras", "dyno/good.keras")
    env = {**storage.env, "MODEL_URI": uri, "DYNO": "web.1", "DIAG_TOKEN": TOKEN}
    with procfile(tmp_path_factory.mktemp("dyno") / "log", env) as server:
        server.until(lambda: server.get("/livez").status == 200)
        livez_after = time.monotonic() - server.started
        loading, predict = server.get("/readyz"), post(server, {"features": [0.0] * 10})
        server.until(lambda: server.get("/readyz").status == 200, 30)
        server.until(lambda: "s3:object" in server.get("/healthz").json["checks"], 30)
        yield Boot(server, env, livez_after, loading, predict)


def post(server: Server, content: Any) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("POST", "/predict", json.dumps(content))
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())


def insider(server: Server, token: str = TOKEN) -> Answer:
    return server.get("/healthz", {"Authorization": f"Bearer {token}"})


def test_it_answers_within_half_a_second_of_its_start(dyno: Boot) -> None:
    print(f"/livez answered {dyno.livez_after:.2f} s after the start")  # noqa: T201  the figure is the point
    assert dyno.livez_after < 2.0  # slack for a busy machine


def test_livez_says_pass_and_nothing_else(dyno: Boot) -> None:
    answer = dyno.server.get("/livez")

    assert (answer.status, answer.json) == (200, {"status": "pass"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_while_it_loads_readyz_tells_phase_seconds_and_limit(dyno: Boot) -> None:
    loading = dyno.while_loading

    assert (loading.status, loading.headers["Retry-After"]) == (503, "2")
    assert loading.headers["Cache-Control"] == "no-store"
    content = loading.json
    assert content["status"] == "fail"
    assert content["phase"] in ("starting", "download", "tensorflow-import", "verify", "load")
    assert 0 < content["seconds"] < 5
    assert content["bootLimit"] == 60


def test_while_it_loads_a_prediction_is_a_503_with_retry_after(dyno: Boot) -> None:
    answer = dyno.predict_while_loading

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "the model is not ready" in answer.json["detail"]


def test_once_warm_it_is_ready_and_predicts(dyno: Boot) -> None:
    assert dyno.server.get("/readyz").json["status"] == "pass"
    answer = post(dyno.server, {"features": [0.5] * 10})

    assert answer.status == 200
    ((first, second),) = answer.json["prediction"]
    assert isinstance(first, float)
    assert isinstance(second, float)


def test_what_can_not_be_predicted_is_a_400(dyno: Boot) -> None:
    answer = post(dyno.server, {"features": [0.5] * 9})

    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json["detail"].startswith("features has 9 numbers; one sample has 10 numbers")


def test_healthz_has_the_six_checks_in_health_json(dyno: Boot) -> None:
    answer = dyno.server.get("/healthz")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/health+json"
    assert answer.headers["Cache-Control"] == "no-store"
    content = answer.json
    assert content["status"] in ("pass", "warn")
    assert {prefix for prefix in PREFIXES for key in content["checks"] if key.startswith(prefix)} == set(
        PREFIXES
    )
    assert all(
        entry["status"] and entry["time"] for entries in content["checks"].values() for entry in entries
    )


def test_the_six_checks_have_found_nothing_wrong(dyno: Boot) -> None:
    checks = insider(dyno.server).json["checks"]

    bad = {key: entry for key, entries in checks.items() for entry in entries if entry["status"] == "fail"}
    assert bad == {}
    assert checks["s3:object"][0]["status"] == "pass"
    assert checks["model:load"][0]["status"] == "pass"
    assert "TensorFlow 2." in checks["tensorflow:import"][0]["output"]
    assert f"listens on 0.0.0.0:{dyno.server.port}" in checks["port:listener"][0]["output"]


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], f"{TOKEN}x", "naïve", "\xff\xfe"])
def test_on_a_dyno_outsiders_see_statuses_and_numbers_only(dyno: Boot, token: str | None) -> None:
    answer = dyno.server.get("/healthz") if token is None else insider(dyno.server, token)

    assert answer.status == 200
    content = answer.json
    assert not {"output", "cause", "codes", "fix"} & content.keys()
    for entries in content["checks"].values():
        for entry in entries:
            assert entry.keys() <= {"status", "observedValue", "observedUnit", "time"}
    assert b"s3://" not in answer.body


def test_who_brings_the_token_sees_the_texts(dyno: Boot) -> None:
    answer = insider(dyno.server)

    assert answer.status == 200
    assert all(entry["output"] for entries in answer.json["checks"].values() for entry in entries)


def test_no_answer_and_no_line_holds_a_secret(dyno: Boot) -> None:
    seen = dyno.server.text() + insider(dyno.server).body.decode() + dyno.server.get("/readyz").body.decode()

    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "DIAG_TOKEN"):
        assert dyno.env[name] not in seen


def test_the_boot_is_one_line_with_its_steps(dyno: Boot) -> None:
    dyno.server.until(lambda: "event=boot" in dyno.server.text())

    (line,) = [each for each in dyno.server.text().splitlines() if "event=boot" in each]
    fields = dict(pair.split("=", 1) for pair in shlex.split(line) if "=" in pair)
    assert (fields["at"], fields["phase"], fields["limit_s"]) == ("info", "ready", "60")
    for step in ("bind", "app_import", "download", "tensorflow_import", "verify", "load", "warm_up"):
        assert float(fields[f"{step}_s"]) >= 0
    assert float(fields["total_s"]) > float(fields["tensorflow_import_s"]) > 0.3
    assert fields["source"] == dyno.env["MODEL_URI"]


def test_no_line_is_longer_than_4000_bytes(dyno: Boot) -> None:
    assert max(map(len, dyno.server.log.read_bytes().splitlines())) <= 4000


def test_a_healthy_boot_names_no_cause(dyno: Boot) -> None:
    assert dyno.server.causes() == []
    assert "Traceback" not in dyno.server.text()


def test_two_workers_answer_as_one_dyno_and_end_as_one(
    storage: Storage, models: Path, tmp_path: Path
) -> None:
    uri = storage.put(models / "good.keras", "two/good.keras")
    with gate(storage.port) as endpoint:
        endpoint.open()
        env = {**storage.env, "MODEL_URI": uri, "AWS_ENDPOINT_URL_S3": endpoint.url, "WEB_CONCURRENCY": "2"}
        with procfile(tmp_path / "log", env) as server:
            server.until(lambda: server.get("/readyz").status == 503)
            server.until(lambda: (a := server.get("/healthz")).status == 200 and a.json["workers"] == 2, 40)
            server.until(lambda: server.get("/healthz").json["checks"]["s3:object"][0]["status"] == "pass")
            answers = [post(server, {"features": [0.25] * 10}) for _ in range(8)]
            assert {answer.status for answer in answers} == {200}
            assert len({answer.body for answer in answers}) == 1

            endpoint.shut()

            warned = server.until(lambda: (a := server.get("/healthz")).json["status"] == "warn" and a, 25)
            assert warned.status == 200
            (entry,) = warned.json["checks"]["s3:endpoint"]
            assert entry["status"] == "warn"
            assert "the next restart will fail" in entry["output"]  # off a dyno anyone may read it
            assert server.get("/readyz").status == 200
            assert post(server, {"features": [0.25] * 10}).body == answers[0].body

            assert_ends_cleanly(server, workers=2)


def test_a_dyno_that_is_stopped_in_its_download_ends_at_once(storage: Storage, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        env = {**storage.env, "MODEL_URI": "s3://bucket/key.keras", "AWS_ENDPOINT_URL_S3": url}
        with procfile(tmp_path / "log", env) as server:
            server.until(lambda: server.get("/readyz").json["phase"] == "download", 20)

            assert_ends_cleanly(server, workers=1)


def assert_ends_cleanly(server: Server, workers: int) -> None:
    """After SIGTERM to the master alone: soon, with status 0, and with nothing left behind."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert len(children) >= workers
    began = time.monotonic()

    server.process.send_signal(signal.SIGTERM)

    assert server.ended(10) == 0
    seconds = time.monotonic() - began
    print(f"ended {seconds:.2f} s after SIGTERM")  # noqa: T201  the figure is the point
    assert seconds < 5
    assert still_running(children, 2) == []
    assert "Traceback" not in server.text()
