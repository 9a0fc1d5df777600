"""Break the service one thing at a time, as a new user would.

Each time `/healthz`, the log and ``python -m diag`` name the same cause, with a fix that can be
pasted, and nothing secret is shown.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.gate import Gate
from tests.s3_servers import BUCKET
from tests.servers import GUNICORN, PLAIN_ENV, ROOT, Server, free_port, serve

pytestmark = pytest.mark.tensorflow

POINTER = b"""version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345678
"""
SECRET = "Zx9secretZx9secretZx9secretZx9secretZx9s"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what is deployed, so that it can be broken."""
    for name in ("app", "checks", "diag"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Procfile", "app.json", "gunicorn.conf.py", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    # In place of runtime.txt, which is a finding itself.
    (tmp_path / ".python-version").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    return tmp_path


def doctor(folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """The doctor's report, asked beside the running service."""
    done = subprocess.run(
        [sys.executable, "-m", "diag", "--json"],
        cwd=folder,
        env={**PLAIN_ENV, "PYTHONPATH": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    report["printed"] = done.stdout + done.stderr
    assert done.returncode == (report["level"] == "fail")
    return report


Break = Callable[..., tuple[Server, dict[str, Any], dict[str, Any]]]


@pytest.fixture
def broken(project: Path) -> Iterator[Break]:
    """Start the service broken; what its page and the doctor say once it has a cause."""
    with contextlib.ExitStack() as stack:

        def start(env: Mapping[str, str]) -> tuple[Server, dict[str, Any], dict[str, Any]]:
            server = stack.enter_context(
                serve(
                    (*GUNICORN, "app.wsgi:app"),
                    project,
                    project / "log.txt",
                    {**env, "PYTHONPATH": str(project)},
                )
            )
            with ThreadPoolExecutor(1) as pool:
                asked = pool.submit(doctor, project, {**env, "PORT": str(server.port)})
                page = server.until(lambda: (p := server.get("/healthz").json).get("cause") and p, 30)
                return server, page, asked.result()

        yield start


def agree(cause: str, server: Server, page: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    """Page, log and doctor name that cause first, with a fix, and show no secret."""
    assert page["cause"] == cause, page
    assert page["fix"]
    server.until(lambda: cause in server.causes())
    assert {each for each in server.causes() if each != cause} == set(), server.text()
    assert [each["cause"] for each in report["diagnoses"]][:1] == [cause], report
    assert report["level"] == "fail"
    for text in (json.dumps(page), server.text(), report["printed"]):
        assert SECRET not in text


def s3_env(storage: Any, uri: str, **more: str) -> dict[str, str]:
    return {**storage.env, "MODEL_URI": uri, **more}


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("storage/bucket-missing", {"MODEL_URI": "s3://no-such-bucket-here/model.keras"}),
        ("storage/object-missing", {"MODEL_URI": f"s3://{BUCKET}/no/such/key.keras"}),
        ("storage/secret-wrong", {"AWS_SECRET_ACCESS_KEY": SECRET}),
        ("storage/credentials-invalid", {"AWS_ACCESS_KEY_ID": "AKIAQQQQQQQQQQQQQQQQ"}),
        ("storage/credentials-missing", {"AWS_SECRET_ACCESS_KEY": ""}),
        ("storage/credentials-malformed", {"AWS_SECRET_ACCESS_KEY": f'"{SECRET}"'}),
    ],
)
def test_broken_storage(
    broken: Break, storage: Any, models: Path, cause: str, change: dict[str, str]
) -> None:
    env = s3_env(storage, storage.put(models / "good.keras"), **change)
    agree(cause, *broken(env))


def test_an_endpoint_that_hangs(broken: Break, storage: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as black_hole:
        url = f"http://127.0.0.1:{black_hole.getsockname()[1]}"
        env = s3_env(storage, f"s3://{BUCKET}/model.keras", AWS_ENDPOINT_URL_S3=url)
        agree("storage/unreachable", *broken(env))


def test_a_config_var_that_app_json_requires_is_missing(broken: Break, project: Path) -> None:
    declared = json.loads((project / "app.json").read_text())
    declared["env"]["PAYMENT_API"] = {"description": "where to pay"}
    (project / "app.json").write_text(json.dumps(declared))
    agree("config/missing-var", *broken({}))


@pytest.mark.parametrize(
    ("cause", "content"),
    [
        ("model/corrupt", b"PK\x03\x04 this was a model once" * 50),
        (
            "model/lfs-pointer",
            POINTER,
        ),
    ],
)
def test_a_model_file_that_is_none(broken: Break, project: Path, cause: str, content: bytes) -> None:
    (project / "model.keras").write_bytes(content)
    agree(cause, *broken({"MODEL_URI": "model.keras"}))


def test_a_local_model_that_is_not_there(broken: Break) -> None:
    agree("boot/missing-file", *broken({"MODEL_URI": "models/forgotten.keras"}))


def test_a_dyno_without_a_model_source(project: Path) -> None:
    env = {"DYNO": "web.1", "DIAG_TOKEN": "a-token-of-ours", "PYTHONPATH": str(project)}
    with serve((*GUNICORN, "app.wsgi:app"), project, project / "log.txt", env) as server:
        server.until(lambda: server.causes() == ["model/source-unset"])
        token = {"Authorization": "Bearer a-token-of-ours"}
        page = server.until(lambda: (p := server.get("/healthz", token).json).get("cause") and p)
        assert page["cause"] == "model/source-unset"
        assert "cause" not in server.get("/healthz").json


def test_a_hog_beside_the_model(broken: Break, project: Path) -> None:
    wsgi = project / "app" / "wsgi.py"
    wsgi.write_text(wsgi.read_text() + "\n\nHOG = b'x' * (600 << 20)\n")
    server, page, _ = broken({})
    server.until(lambda: server.get("/readyz").status == 200, 40)
    agree("memory/over-quota", server, page, doctor(project, {"PORT": str(server.port)}))


def test_s3_taken_away_after_boot_is_a_warning(project: Path, storage: Any, models: Path) -> None:
    uri = storage.put(models / "good.keras")
    gate = Gate(storage.port)
    gate.open()
    env = {**s3_env(storage, uri, AWS_ENDPOINT_URL_S3=gate.url), "PYTHONPATH": str(project)}
    with serve((*GUNICORN, "app.wsgi:app"), project, project / "log.txt", env) as server:
        server.until(lambda: server.get("/readyz").status == 200, 40)
        assert server.get("/healthz").json["status"] == "pass"
        gate.shut()
        page = server.until(lambda: (a := server.get("/healthz")).json.get("cause") and a, 20)
        assert page.status == 200
        assert page.json["status"] == "warn"
        assert page.json["cause"] == "storage/unreachable"
        assert "next restart will fail" in page.body.decode()
        assert server.get("/readyz").status == 200
        server.until(lambda: server.causes() == ["storage/unreachable"])
        report = doctor(project, {**env, "PORT": str(server.port)})
        assert report["diagnoses"][0]["cause"] == "storage/unreachable"
        assert report["level"] == "fail", "a boot now would fail"


def test_healthy_ends_in_no_finding(project: Path, storage: Any, models: Path) -> None:
    env = {**s3_env(storage, storage.put(models / "good.keras")), "PYTHONPATH": str(project)}
    with serve((*GUNICORN, "app.wsgi:app"), project, project / "log.txt", env) as server:
        server.until(lambda: server.get("/readyz").status == 200, 40)
        report = doctor(project, {**env, "PORT": str(server.port)})
        assert report["diagnoses"] == []
        assert report["unexplained"] == []
        assert server.get("/healthz").json["status"] == "pass"
        assert server.causes() == []


@pytest.mark.parametrize(
    ("cause", "env"),
    [
        ("config/invalid-value", {"WEB_CONCURRENCY": ""}),
        ("port/env-invalid", {"PORT": ""}),
        ("port/env-invalid", {"PORT": "$PORT"}),
    ],
)
def test_what_stops_the_server_before_it_answers(project: Path, cause: str, env: Mapping[str, str]) -> None:
    report = doctor(project, {"PORT": "5000", "DYNO": "web.1", "MODEL_URI": "x.keras", **env})
    assert report["diagnoses"][0]["cause"] == cause
    with serve((*GUNICORN, "app.wsgi:app"), project, project / "log.txt", {**env, "DYNO": "web.1"}) as server:
        server.until(lambda: cause in server.causes())


def test_a_server_on_localhost_is_seen_by_the_doctor(project: Path) -> None:
    (project / "gunicorn.conf.py").write_text(
        "import os\nfrom diag.gunicorn import *\nbind = '127.0.0.1:' + os.environ['PORT']\n"
    )
    port = free_port()
    env = {"PYTHONPATH": str(project)}
    with serve((*GUNICORN, "app.wsgi:app"), project, project / "log.txt", env, port) as server:
        server.until(lambda: server.get("/readyz").status == 200, 40)
        page = server.until(lambda: (p := server.get("/healthz").json).get("cause") and p)
        agree("port/bound-to-localhost", server, page, doctor(project, {"PORT": str(port)}))


def test_a_module_missing_at_import(project: Path) -> None:
    (project / "app" / "wsgi.py").write_text("import flask_talisman\n")
    env = {"PYTHONPATH": str(project)}
    with serve((*GUNICORN, "app.wsgi:app"), project, project / "log.txt", env) as server:
        assert server.ended() == 3
        assert server.causes() == ["dependency/module-not-found"]
    report = doctor(project, {})
    assert report["diagnoses"][0]["cause"] == "dependency/module-not-found"
    assert report["diagnoses"][0]["codes"] == ["H10"]
