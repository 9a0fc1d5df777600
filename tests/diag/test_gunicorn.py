"""Real gunicorn, real broken apps: the log names the cause, and gunicorn fails as it would have."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from diag.gunicorn import WorkerDeaths
from tests.servers import GUNICORN, Server, serve

HELLO = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run gunicorn with diag's hooks on a module `web` of the given source."""

    def start(
        source: str,
        *arguments: str,
        target: str = "web:app",
        env: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Any:
        (tmp_path / "web.py").write_text(source)
        for name, content in (files or {}).items():
            (tmp_path / name).write_text(content)
        command = (*GUNICORN, *arguments, target)
        return serve(command, tmp_path, tmp_path / "log.txt", env)

    return start


def diagnosis(server: Server) -> dict[str, str]:
    """The first diagnosis line as fields."""
    line = next(each for each in server.text().splitlines() if "event=diagnosis" in each)
    pairs = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', line)
    return {name: value.strip('"') for name, value in pairs}


def test_a_healthy_app_has_the_endpoints_and_no_diagnosis(run: Run) -> None:
    with run(HELLO) as server:
        server.until(lambda: server.get("/healthz").json["status"] == "pass")
        assert server.get("/healthz").status == 200
        assert server.get("/").body == b"hello"
        assert server.get("/readyz").status == 200
        assert server.get("/livez").json == {"status": "pass"}
        assert server.causes() == []
        assert "event=boot" in server.text()


@pytest.mark.parametrize(
    ("source", "target", "cause", "status"),
    [
        ("import not_there_at_all\n" + HELLO, "web:app", "dependency/module-not-found", 3),
        ("import os\nos.environ['API_BASE']\n" + HELLO, "web:app", "config/missing-var", 3),
        ("def app(:\n", "web:app", "boot/syntax-error", 3),
        ("1 / 0\n" + HELLO, "web:app", "boot/import-error", 3),
        (HELLO, "wbe:app", "procfile/wrong-target-module", 3),
        (HELLO, "web:application_", "procfile/wrong-target-attribute", 4),
        ("app = None\n", "web:app", "procfile/wrong-target-attribute", 4),
        ("open('data.csv')\n" + HELLO, "web:app", "boot/missing-file", 3),
    ],
)
def test_a_boot_that_fails_leaves_its_cause_in_the_log(
    run: Run, source: str, target: str, cause: str, status: int
) -> None:
    with run(source, target=target) as server:
        assert server.ended() == status
        assert set(server.causes()) == {cause}
        line = diagnosis(server)
        assert line["at"] == "error"
        assert line["fix"]
        if status == 3:
            assert "Traceback" in server.text(), "gunicorn's own words stay"


def test_under_preload_the_master_explains(run: Run) -> None:
    with run("import not_there_at_all\n" + HELLO, "--preload") as server:
        assert server.ended() == 1
        assert server.causes() == ["dependency/module-not-found"]


def test_under_preload_each_worker_watches_for_itself(run: Run) -> None:
    with run(HELLO, "--preload", "--workers", "2") as server:
        answer = server.until(lambda: (a := server.get("/healthz")).json.get("workers") == 2 and a)
        assert answer.status == 200


@pytest.mark.parametrize(
    ("env", "cause"),
    [
        ({"WEB_CONCURRENCY": ""}, "config/invalid-value"),
        ({"WEB_CONCURRENCY": "two"}, "config/invalid-value"),
        ({"PORT": "$PORT"}, "port/env-invalid"),
        ({"PORT": "web"}, "port/env-invalid"),
    ],
)
def test_what_stops_gunicorn_itself_is_explained(run: Run, env: Mapping[str, str], cause: str) -> None:
    with run(HELLO, env=env) as server:
        assert server.ended() == 1
        assert server.causes() == [cause]


def test_a_worker_that_hangs_is_a_time_out_and_no_memory_fault(run: Run) -> None:
    source = HELLO.replace("    start_response", "    import time; time.sleep(60)\n    start_response", 1)
    with run(source, "--timeout", "1") as server:
        server.until(lambda: server.get("/livez").status == 200)
        with pytest.raises((OSError, AssertionError)):
            server.until(lambda: server.get("/").status == 200, seconds=3)
        assert "memory/killed" not in server.causes()
        assert "request/worker-timeout" in server.causes()


def _worker(server: Server) -> int:
    children = psutil.Process(server.process.pid).children()
    return int(children[0].pid)


def test_a_worker_killed_from_outside_is_likely_memory(run: Run) -> None:
    with run(HELLO) as server:
        server.until(lambda: server.get("/livez").status == 200)
        os.kill(_worker(server), signal.SIGKILL)
        server.until(lambda: "memory/killed" in server.causes())
        assert diagnosis(server)["confidence"] == "likely"
        server.until(lambda: server.get("/healthz").status == 200)


def test_a_stop_that_has_to_kill_is_no_memory_fault(run: Run) -> None:
    source = HELLO.replace("    start_response", "    import time; time.sleep(60)\n    start_response", 1)
    with run(source, "--graceful-timeout", "1", "--threads", "2") as server:
        server.until(lambda: server.get("/livez").status == 200)
        with pytest.raises(AssertionError):
            server.until(lambda: server.get("/").status == 200, seconds=0.1)
        server.process.terminate()
        server.ended()
        assert server.causes() == []


def test_bound_to_localhost_is_told_by_the_page_and_the_log(run: Run) -> None:
    with run(HELLO, "--bind", "127.0.0.1:5999") as elsewhere:
        elsewhere.until(lambda: "port/hardcoded" in elsewhere.causes())


def test_localhost_on_the_right_port_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text(
        "import os\nfrom diag.gunicorn import *\nbind = '127.0.0.1:' + os.environ['PORT']\n"
    )
    with run(HELLO) as server:
        answer = server.until(lambda: (a := server.get("/healthz")).json.get("cause") and a)
        assert answer.json["cause"] == "port/bound-to-localhost"
        assert answer.json["codes"] == ["R10", "H10", "H20"]
        assert answer.status == 503
        server.until(lambda: server.causes() == ["port/bound-to-localhost"])


def test_the_hooks_work_as_a_configuration_of_plain_gunicorn(tmp_path: Path) -> None:
    (tmp_path / "web.py").write_text("import not_there_at_all\n")
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    command = (gunicorn, "-c", "python:diag.gunicorn", "web:app")
    with serve(command, tmp_path, tmp_path / "log.txt") as server:
        assert server.ended() == 3
        assert server.causes() == ["dependency/module-not-found"]


def test_a_hog_of_600_mb_is_told_with_its_numbers(run: Run) -> None:
    with run("hog = b'x' * (600 << 20)\n" + HELLO) as server:
        answer = server.until(lambda: (a := server.get("/healthz")).json.get("cause") and a, seconds=30)
        assert answer.json["cause"] == "memory/over-quota"
        assert answer.json["codes"] == ["R14"]
        assert re.search(r"6\d\d MB", answer.json["output"])
        assert server.get("/readyz").status == 200, "it still answers, so it may get requests"
        server.until(lambda: "memory/over-quota" in server.causes())


def test_secrets_in_an_exception_do_not_reach_the_diagnosis(run: Run) -> None:
    env = {"DATABASE_URL": "postgres://user:hunter2hunter2@db.example/app"}
    source = "import os\nraise ValueError('cannot use ' + os.environ['DATABASE_URL'])\n"
    with run(source, env=env) as server:
        server.ended()
        lines = [line for line in server.text().splitlines() if "event=" in line]
        assert lines
        assert not any("hunter2" in line for line in lines)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("Worker with pid 12 was terminated due to signal 9", ["memory/killed"]),
        ("Worker with pid 12 was terminated due to signal 11", ["dependency/binary-incompatible"]),
        ("Worker with pid 12 was terminated due to signal 15", []),
        ("Worker with pid 12 was terminated due to signal 19", []),
    ],
)
def test_the_words_of_gunicorn_20_are_known(
    line: str, cause: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("diag.announce.announce", lambda diagnosis: told.append(diagnosis.cause))
    record = logging.LogRecord("gunicorn.error", logging.WARNING, "", 0, line, (), None)
    WorkerDeaths(30).handle(record)
    assert told == cause
