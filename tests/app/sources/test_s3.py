"""Downloads from a real S3 server on 127.0.0.1 that checks signatures and policies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.sources import s3
from checks.evidence import Dyno, Evidence, Fault, Level
from checks.facts import Fact
from checks.model_source import S3Object
from tests.conftest import Storage, still_running
from tests.s3_servers import BUCKET, KEY, MODEL, scripted_server
from tests.servers import PLAIN_ENV, ROOT, free_port

SOURCE = S3Object(BUCKET, KEY, "MODEL_URI")


def dyno(env: Mapping[str, str], **more: str) -> Dyno:
    return Dyno(env={**PLAIN_ENV, **env, **more}, root=ROOT)


def failure(source: S3Object, at: Dyno, folder: Path) -> Evidence:
    """What the download raises. It leaves nothing behind and tells no secret."""
    with pytest.raises(Fault) as caught:
        s3.download(source, folder / "model", at)
    assert list(folder.iterdir()) == []
    told = json.dumps(caught.value.evidence.to_json())
    assert at.env["AWS_SECRET_ACCESS_KEY"] not in told
    assert at.env["AWS_ACCESS_KEY_ID"] not in told
    return caught.value.evidence


def test_the_object_is_written_whole(storage: Storage, tmp_path: Path) -> None:
    s3.download(SOURCE, tmp_path / "model", dyno(storage.env))

    assert (tmp_path / "model").read_bytes() == MODEL
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_object_of_many_blocks_is_written_whole(storage: Storage, tmp_path: Path) -> None:
    content = os.urandom(3 * s3.BLOCK + 17)
    (tmp_path / "large").write_bytes(content)
    storage.put(tmp_path / "large", "with blanks/ü & more")

    s3.download(S3Object(BUCKET, "with blanks/ü & more", ""), tmp_path / "copy", dyno(storage.env))

    assert (tmp_path / "copy").read_bytes() == content


def test_the_region_and_the_endpoint_may_have_their_other_names(storage: Storage, tmp_path: Path) -> None:
    env = {**storage.moto.reader.env, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": storage.moto.url}

    s3.download(SOURCE, tmp_path / "model", dyno(env))

    assert (tmp_path / "model").read_bytes() == MODEL


def test_a_bucket_that_does_not_exist(storage: Storage, tmp_path: Path) -> None:
    found = failure(S3Object("no-such-bucket", KEY, ""), dyno(storage.env), tmp_path)

    assert (found.fact, found.level, found.values["fault"]) == (Fact.S3_OBJECT, Level.FAIL, "no-bucket")
    assert found.values["bucket"] == "no-such-bucket"


def test_a_key_that_does_not_exist(storage: Storage, tmp_path: Path) -> None:
    found = failure(S3Object(BUCKET, "no/such.keras", ""), dyno(storage.env), tmp_path)

    assert (found.fact, found.level, found.values["fault"]) == (Fact.S3_OBJECT, Level.FAIL, "no-key")
    assert found.values["key"] == "no/such.keras"


def test_a_default_key_that_does_not_exist_fails_the_boot_as_well(storage: Storage, tmp_path: Path) -> None:
    source = S3Object(BUCKET, "my_model.h5", "S3_BUCKET_NAME", key_is_default=True)

    found = failure(source, dyno(storage.env), tmp_path)

    assert (found.fact, found.level, found.values["fault"]) == (Fact.S3_OBJECT, Level.FAIL, "no-key")
    assert "S3_MODEL_KEY is not set" in found.text


def test_a_wrong_secret(storage: Storage, tmp_path: Path) -> None:
    at = dyno(storage.env, AWS_SECRET_ACCESS_KEY="wrong" * 8)

    found = failure(SOURCE, at, tmp_path)

    assert (found.fact, found.values["fault"]) == (Fact.S3_IDENTITY, "wrong-secret")


def test_an_unknown_key_id(storage: Storage, tmp_path: Path) -> None:
    found = failure(SOURCE, dyno(storage.env, AWS_ACCESS_KEY_ID="AKIA" + "X" * 16), tmp_path)

    assert (found.fact, found.values["fault"]) == (Fact.S3_IDENTITY, "unknown-key")


def test_an_identity_that_may_not_read(storage: Storage, tmp_path: Path) -> None:
    found = failure(SOURCE, dyno(storage.env, **storage.moto.stranger.env), tmp_path)

    assert (found.fact, found.values["fault"]) == (Fact.S3_OBJECT, "denied")


def test_an_endpoint_that_refuses_connections(storage: Storage, tmp_path: Path) -> None:
    port = free_port()

    found = failure(SOURCE, dyno(storage.env, AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{port}"), tmp_path)

    assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "unreachable")
    assert found.text == f"The S3 endpoint 127.0.0.1:{port} can't be reached: connection refused."


def test_an_endpoint_that_is_no_url(storage: Storage, tmp_path: Path) -> None:
    found = failure(SOURCE, dyno(storage.env, AWS_ENDPOINT_URL_S3="s3.example"), tmp_path)

    assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "unreachable")
    assert not found.values.get("host")


def test_a_server_error_is_told_as_one(storage: Storage, tmp_path: Path) -> None:
    with scripted_server() as script:
        script.error("InternalError", 500)
        found = failure(SOURCE, dyno(storage.env, AWS_ENDPOINT_URL_S3=script.url), tmp_path)

        assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "server-error")
        assert len(script.paths) == 3  # it was tried again


@contextmanager
def half_an_object(then: str) -> Iterator[str]:
    """A server that sends ten bytes of a million, and then nothing more, or cuts the connection."""
    stop = threading.Event()

    def answer(connection: socket.socket) -> None:
        with closing(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789")
            if then == "silence":
                stop.wait(60)

    def accept(listener: socket.socket) -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=accept, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        stop.set()
        thread.join()


def test_a_connection_that_breaks_in_the_middle_is_the_endpoints_fault(
    storage: Storage, tmp_path: Path
) -> None:
    with half_an_object("end") as url:
        found = failure(SOURCE, dyno(storage.env, AWS_ENDPOINT_URL_S3=url), tmp_path)

    assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "unreachable")
    assert found.values["host"] == url.removeprefix("http://")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_a_full_disk_is_told_as_one(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "model.part").symlink_to("/dev/full")

    found = failure(SOURCE, dyno(storage.env), tmp_path)

    assert found.fact is Fact.MODEL_LOAD
    assert "No space left on device" in str(found.values["chain"])


def test_a_deadline_ends_the_download(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "DEADLINE", 2.0)
    with half_an_object("silence") as url, pytest.raises(Fault) as caught:
        s3.download(SOURCE, tmp_path / "model", dyno(storage.env, AWS_ENDPOINT_URL_S3=url))

    assert caught.value.evidence.text == f"The download of {SOURCE} was not over after 2 s."


def test_missing_and_malformed_credentials_are_told_without_asking() -> None:
    env = {"DYNO": "web.1", "AWS_ACCESS_KEY_ID": "AKIA" + "X" * 16}

    for more, fault in (({}, "missing"), ({"AWS_SECRET_ACCESS_KEY": '"quoted"'}, "malformed")):
        with pytest.raises(Fault) as caught:
            s3.can_ask(Dyno(env={**env, **more}, root=ROOT))
        assert caught.value.evidence.fact is Fact.S3_CREDENTIALS
        assert caught.value.evidence.values["fault"] == fault


def test_without_boto3_the_missing_module_is_told(storage: Storage, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "boto3.py").write_text('raise ModuleNotFoundError("No module named \'boto3\'", name="boto3")')
    path = os.pathsep.join((str(hidden), PLAIN_ENV["PYTHONPATH"]))
    code = (
        "import json, os; from pathlib import Path; from app.sources import s3\n"
        "from checks.evidence import Dyno, Fault; from checks.model_source import S3Object\n"
        "try: s3.download(S3Object('bucket', 'key', ''), Path('model'), Dyno(env=os.environ, root=Path()))\n"
        "except Fault as fault: print(json.dumps(fault.evidence.to_json()))"
    )

    # ask_child puts the project first on the path, so the stand-in has to be in the child's folder.
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**PLAIN_ENV, **storage.env, "PYTHONPATH": path},
        cwd=hidden,
        capture_output=True,
        check=True,
        timeout=30,
    )

    told: dict[str, Any] = json.loads(done.stdout)
    assert told["fact"] == "model-load"
    assert "ModuleNotFoundError: No module named 'boto3'" in told["text"]


def test_a_download_does_not_outlive_the_worker_that_wanted_it(storage: Storage, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from app.sources import s3\n"
        "from checks.evidence import Dyno; from checks.model_source import S3Object\n"
        "s3.download(S3Object('bucket', 'key', ''), Path(sys.argv[1]), Dyno(env=os.environ, root=Path()))"
    )
    with half_an_object("silence") as url:
        worker = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "model")],
            env={**PLAIN_ENV, **storage.env, "AWS_ENDPOINT_URL_S3": url},
            cwd=ROOT,
        )
        try:
            child = _downloading(worker.pid, tmp_path)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert still_running([child], 3) == []


def _downloading(pid: int, folder: Path) -> psutil.Process:
    """The child of a worker, once bytes have come."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        children = psutil.Process(pid).children()
        if children and (folder / "model.part").exists():
            return children[0]
        time.sleep(0.05)
    raise AssertionError("no child began to download")
