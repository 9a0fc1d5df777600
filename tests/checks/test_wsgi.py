"""The health endpoints: bodies, statuses, who may see what."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest

from checks.board import Board
from checks.evidence import Check, Dyno, Evidence, Level, Result
from checks.facts import Fact
from checks.ledger import Ledger
from checks.monitor import Explanation, Monitor, Voice
from checks.wsgi import HealthMiddleware, WSGIApp

SECRETIVE = Evidence(
    Fact.S3_OBJECT,
    Level.FAIL,
    "The bucket models-of-acme has no key m.keras.",
    "s3://models-of-acme/m.keras",
    values={"fault": "no-key", "bucket": "models-of-acme", "size_bytes": 7},
)


@dataclass(frozen=True)
class Explained:
    evidence: tuple[Evidence, ...]
    cause: str = "storage/object-missing"
    codes: tuple[str, ...] = ("H10",)
    title: str = "The bucket models-of-acme has no key m.keras."
    fix: tuple[str, ...] = ("aws s3 ls s3://models-of-acme",)


class Explains(Voice):
    def explain(self, results: Sequence[Result]) -> Sequence[Explanation]:
        bad = tuple(e for r in results for e in r.evidence if e.level is Level.FAIL)
        return (Explained(bad),) if bad else ()


def inner(environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
    body = f"inner {environ['PATH_INFO']}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


@dataclass
class Got:
    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    app: WSGIApp
    monitor: Monitor
    boot: Ledger

    def get(self, path: str, token: str | None = None, method: str = "GET") -> Got:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "test",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": _Empty(),
            "wsgi.errors": _Errors(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if token is not None:
            environ["HTTP_AUTHORIZATION"] = token
        seen: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:  # noqa: ARG001
            seen.append((status, dict(headers)))
            return lambda data: None

        answer = self.app(environ, start_response)
        body = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        return Got(seen[0][0], seen[0][1], body)

    def settled(self) -> None:
        end = time.monotonic() + 5
        while not self.get("/healthz").json["checks"] and time.monotonic() < end:
            time.sleep(0.01)


class _Empty:
    def read(self, *_: int) -> bytes:
        return b""

    readline = readlines = read

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


class _Errors:
    def write(self, _: str) -> None: ...

    def flush(self) -> None: ...

    def writelines(self, _: Sequence[str]) -> None: ...


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    made: list[Monitor] = []

    def make(*evidence: Evidence, env: Mapping[str, str] | None = None, ready: bool = True) -> Client:
        evidence = evidence or (Evidence(Fact.S3_OBJECT, Level.OK, "fine"),)
        boot = Ledger()
        boot.await_ready()
        if ready:
            boot.ready()
        dyno = Dyno(env=env or {}, root=tmp_path, boot=boot)
        checks = (Check("s3", lambda _: evidence, 2.0),)
        folder = tmp_path / f"board-{len(made)}"
        folder.mkdir()
        monitor = Monitor(dyno, checks, Explains(), Board(folder))
        made.append(monitor)
        app = HealthMiddleware(inner, monitor)
        found = Client(validator(app), monitor, boot)
        found.settled()
        return found

    yield make
    for monitor in made:
        monitor.stop()


def test_every_other_request_reaches_the_app(client: Any) -> None:
    assert client().get("/predict").body == b"inner /predict"
    assert client().get("/healthz/").body == b"inner /healthz/"


def test_livez_is_constant_even_while_everything_fails(client: Any) -> None:
    got = client(SECRETIVE, ready=False).get("/livez")
    assert got.status.startswith("200")
    assert got.json == {"status": "pass"}


def test_a_healthy_dyno_passes(client: Any) -> None:
    got = client(Evidence(Fact.S3_OBJECT, Level.OK, "fine", values={"size_bytes": 3})).get("/healthz")
    assert got.status == "200 OK"
    assert got.headers["Content-Type"] == "application/health+json"
    assert got.headers["Cache-Control"] == "no-store"
    assert got.json["status"] == "pass"
    (entry,) = got.json["checks"]["s3:object"]
    assert entry["observedValue"] == 3
    assert entry["observedUnit"] == "B"
    assert entry["time"].endswith("+00:00")
    assert got.json["age"] >= 0


@pytest.mark.parametrize(
    ("level", "status", "word"),
    [
        (Level.INFO, "200 OK", "pass"),
        (Level.WARN, "200 OK", "warn"),
        (Level.UNKNOWN, "200 OK", "warn"),
        (Level.FAIL, "503 Service Unavailable", "fail"),
    ],
)
def test_levels_become_statuses(client: Any, level: Level, status: str, word: str) -> None:
    got = client(Evidence(Fact.S3_OBJECT, level, "so it is")).get("/healthz")
    assert (got.status, got.json["status"]) == (status, word)


def test_off_a_dyno_everybody_sees_names_causes_and_fixes(client: Any) -> None:
    body = client(SECRETIVE).get("/healthz").json
    (entry,) = body["checks"]["s3:object"]
    assert entry["cause"] == body["cause"] == "storage/object-missing"
    assert entry["fix"] == ["aws s3 ls s3://models-of-acme"]
    assert "models-of-acme" in entry["output"]


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic right-token",
        "right-token",
        "Bearer rïght-tokén\xff",
    ],
)
def test_on_a_dyno_a_stranger_sees_statuses_and_numbers_only(client: Any, token: str | None) -> None:
    env = {"DYNO": "web.1", "DIAG_TOKEN": "right-token"}
    got = client(SECRETIVE, env=env).get("/healthz", token)
    assert b"acme" not in got.body
    assert not {"output", "cause", "fix", "codes"} & got.json.keys()
    assert set(got.json["checks"]["s3:object"][0]) == {"status", "time", "observedValue", "observedUnit"}


def test_on_a_dyno_the_token_opens_the_details(client: Any) -> None:
    env = {"DYNO": "web.1", "DIAG_TOKEN": "right-token"}
    assert client(SECRETIVE, env=env).get("/healthz", "Bearer right-token").json["cause"]


def test_on_a_dyno_without_a_token_nothing_opens_the_details(client: Any) -> None:
    for token in ("Bearer ", "Bearer None", None):
        assert "cause" not in client(SECRETIVE, env={"DYNO": "web.1"}).get("/healthz", token).json


def test_while_loading_readyz_says_how_long_and_how_long_at_most(client: Any) -> None:
    dyno = client(ready=False)
    with dyno.boot.step("download"):
        got = dyno.get("/readyz")
        assert got.status.startswith("503")
        assert got.headers["Retry-After"] == "2"
        assert got.json["phase"] == "download"
        assert got.json["bootLimit"] == 60
        assert got.json["seconds"] > 0
        assert dyno.get("/healthz").status.startswith("503")
    dyno.boot.ready()
    assert dyno.get("/readyz").status == "200 OK"


def test_a_failing_check_does_not_make_a_loaded_model_unready(client: Any) -> None:
    assert client(SECRETIVE).get("/readyz").status == "200 OK"


def test_a_draining_worker_is_not_ready(client: Any) -> None:
    dyno = client()
    dyno.monitor.draining = lambda: True
    got = dyno.get("/readyz")
    assert (got.status[:3], got.json["phase"]) == ("503", "draining")
    assert dyno.get("/livez").status == "200 OK"


def test_head_has_no_body_and_other_methods_are_refused(client: Any) -> None:
    dyno = client()
    head = dyno.get("/healthz", method="HEAD")
    assert (head.status, head.body) == ("200 OK", b"")
    assert int(head.headers["Content-Length"]) > 0
    refused = dyno.get("/healthz", method="POST")
    assert refused.status.startswith("405")
    assert refused.headers["Allow"] == "GET, HEAD"


def test_percent_signs_in_a_finding_are_printed_as_they_are(client: Any) -> None:
    got = client(Evidence(Fact.MEMORY_RSS, Level.OK, "100 % of %s and %(x)d")).get("/healthz")
    assert got.json["checks"]["memory:rss"][0]["output"] == "100 % of %s and %(x)d"


def test_a_check_that_breaks_is_shown_under_its_own_component(tmp_path: Path) -> None:
    boot = Ledger()

    def broken(_: Dyno) -> Iterator[Evidence]:
        raise RuntimeError("secret detail")

    monitor = Monitor(
        Dyno(env={}, root=tmp_path, boot=boot), (Check("memory", broken, 1.0),), None, Board(tmp_path)
    )
    dyno = Client(HealthMiddleware(inner, monitor), monitor, boot)
    dyno.settled()
    got = dyno.get("/healthz")
    monitor.stop()
    assert got.json["status"] == "warn"
    assert "RuntimeError" in got.json["checks"]["memory:check"][0]["output"]
    assert b"secret detail" not in got.body
