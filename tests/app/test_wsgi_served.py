"""The service on a real server, which hands a body over piece by piece."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.servers import GUNICORN, Server, free_port, serve

SERVED = """
from app import wsgi
from tests.app.test_wsgi import FakeLoader, SumModel

FakeLoader.model = SumModel()
wsgi.Loader = FakeLoader
app = wsgi.create_app()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "served.py").write_text(SERVED)
    port = free_port()
    command = (*GUNICORN, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "served:app")
    with serve(command, folder, folder / "log", port=port) as running:
        running.until(lambda: running.get("/livez").status == 200)
        yield running


def send(server: Server, *pieces: bytes, chunked: bool = False, length: int | None = None) -> tuple[int, Any]:
    """POST /predict piece by piece; the status and the JSON of the answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.putrequest("POST", "/predict")
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        else:
            connection.putheader("Content-Length", str(sum(map(len, pieces)) if length is None else length))
        connection.endheaders()
        try:
            for piece in pieces:
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has heard enough
        response = connection.getresponse()
        return response.status, json.loads(response.read())


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_in_pieces_is_read_whole(server: Server, chunked: bool) -> None:
    assert send(server, b'{"features"', b": [1, 2,", b" 3]}", chunked=chunked) == (
        200,
        {"prediction": [[6.0]]},
    )


@pytest.mark.parametrize("chunked", [False, True])
def test_over_the_wire_too_a_body_over_1_mb_is_a_413(server: Server, chunked: bool) -> None:
    pieces = [b'{"features": [1, 2, 3]}', *[b" " * 65536] * 17]

    status, content = send(server, *pieces, chunked=chunked)

    assert (status, content.get("detail")) == (413, "the body is larger than 1048576 bytes")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_exactly_1_mb_is_read(server: Server, chunked: bool) -> None:
    pieces = [b'{"features": [1, 2, 3]}'.ljust(65536), *[b" " * 65536] * 15]

    assert send(server, *pieces, chunked=chunked)[0] == 200


def test_an_announced_body_over_1_mb_is_refused_before_it_is_sent(server: Server) -> None:
    status, content = send(server, b'{"features": ', length=10**12)

    assert (status, content["status"]) == (413, 413)


def test_a_client_that_hangs_up_in_its_body_does_no_harm(server: Server) -> None:
    with closing(socket.create_connection(("127.0.0.1", server.port))) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")

    assert send(server, b'{"features": [1, 2, 3]}')[0] == 200
    assert "Traceback" not in server.text()


PRELOADED = """
import os

from app import loader, wsgi
from tests.app.test_wsgi import SumModel


def load(dyno, boot, folder):
    print("loaded in", os.getpid(), flush=True)
    return SumModel()


loader.load = load
app = wsgi.create_app()
"""


def test_of_a_preloaded_app_each_worker_loads_its_own_model(tmp_path: Path) -> None:
    (tmp_path / "preloaded.py").write_text(PRELOADED)
    port = free_port()
    options = ("--preload", "--workers", "2", "--bind", f"127.0.0.1:{port}")
    with serve((*GUNICORN, *options, "preloaded:app"), tmp_path, tmp_path / "log", port=port) as running:
        running.until(lambda: running.get("/healthz").json["workers"] == 2)
        running.until(lambda: running.get("/readyz").status == 200)

        assert {send(running, b'{"features": [1, 2, 3]}')[0] for _ in range(8)} == {200}
        pids = {int(pid) for pid in re.findall(r"loaded in (\d+)", running.text())}
        assert pids == {child.pid for child in psutil.Process(running.process.pid).children()}
        running.until(lambda: running.text().count("event=boot") == 2)
