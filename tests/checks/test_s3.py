"""The S3 ladder, rung by rung: against moto with authentication on, and against servers made by hand."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from checks import s3
from checks.evidence import Dyno, Evidence, Level, Result
from checks.facts import Fact
from checks.ledger import Ledger
from checks.runner import Runner
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from diag.report import Report
from tests.conftest import Storage
from tests.s3_servers import BUCKET, EMPTY_KEY, KEY, MODEL, REGION, Moto, Script, scripted_server
from tests.servers import free_port

SECRET = "RecognisableSecret/RecognisableSecret+01"
TOKEN = "RecognisableToken+RecognisableToken=="
KNOWN = {"AWS_ACCESS_KEY_ID": "AKIA" + "Z" * 16, "AWS_SECRET_ACCESS_KEY": SECRET}
LADDER = [Fact.S3_CREDENTIALS, Fact.S3_ENDPOINT, Fact.S3_CLOCK, Fact.S3_IDENTITY, Fact.S3_OBJECT]
NO_HOME = {"HOME": "/nonexistent"}


class Climb:
    """One run of the check with its report. Every one of them is searched for secrets."""

    def __init__(self, env: Mapping[str, str], root: Path, *, boot: Ledger | None, dyno: str) -> None:
        named = {"DYNO": dyno} if dyno else {}
        defaults = {"MODEL_URI": f"s3://{BUCKET}/{KEY}", "AWS_REGION": REGION, **NO_HOME}
        box = Dyno(env={**named, **defaults, **env}, root=root, boot=boot)
        began = time.monotonic()
        (self.result,) = Runner().run((s3.CHECK,), box)
        self.seconds = time.monotonic() - began
        self.report: Report = diagnose((self.result,), CATALOGUE, "doctor", "x")
        text = json.dumps(self.report.to_json())
        for secret in (env.get("AWS_SECRET_ACCESS_KEY", ""), env.get("AWS_SESSION_TOKEN", "")):
            core = secret.strip().strip("'\"")
            assert len(core) < 8 or core not in text
        assert env.get("AWS_ACCESS_KEY_ID", "").strip() not in text or not env.get("AWS_ACCESS_KEY_ID")

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self.result.evidence

    @property
    def held(self) -> list[Fact]:
        return [e.fact for e in self.evidence if e.level is Level.OK]

    @property
    def broken(self) -> Evidence:
        """The one rung that does not hold, and nothing below it is claimed."""
        (broken,) = [e for e in self.evidence if e.level > Level.OK]
        assert self.evidence[-1] is broken
        assert self.held == LADDER[: len(self.held)]
        assert LADDER.index(broken.fact) >= len(self.held)
        return broken

    @property
    def causes(self) -> list[str]:
        assert self.report.unexplained == ()
        return [diagnosis.cause for diagnosis in self.report.diagnoses]


@pytest.fixture
def climb(tmp_path: Path) -> Callable[..., Climb]:
    def climb(env: Mapping[str, str], boot: Ledger | None = None, dyno: str = "web.1") -> Climb:
        return Climb(env, tmp_path, boot=boot, dyno=dyno)

    return climb


Climbing = Callable[..., Climb]


@pytest.fixture
def moto(storage: Storage) -> Moto:
    return storage.moto


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with scripted_server() as script:
        yield script


def at(moto_or_script: Moto | Script, **env: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL_S3": moto_or_script.url, **KNOWN, **env}


# All is well, or not asked at all.


def test_with_everything_right_every_rung_holds_and_the_size_is_known(climb: Climbing, moto: Moto) -> None:
    healthy = climb(at(moto, **moto.reader.env))

    assert healthy.held == LADDER
    assert healthy.evidence[-1].values == {"bucket": BUCKET, "key": KEY, "size_bytes": len(MODEL)}
    assert healthy.causes == []


def test_either_name_of_the_endpoint_is_read(climb: Climbing, moto: Moto) -> None:
    assert climb({**moto.reader.env, "AWS_ENDPOINT_URL": moto.url}).held == LADDER


@pytest.mark.parametrize("env", [{"MODEL_URI": ""}, {"MODEL_URI": "models/sample.keras"}])
def test_a_model_from_elsewhere_needs_no_s3(climb: Climbing, env: dict[str, str]) -> None:
    result = climb(env)

    assert result.result.level is Level.OK
    assert result.causes == []


def test_a_source_that_can_not_be_read_is_told_as_it_is(climb: Climbing) -> None:
    (evidence,) = climb({**KNOWN, "MODEL_URI": "s3://bucket-and-no-key"}).evidence

    assert (evidence.fact, evidence.level) == (Fact.MODEL_SOURCE, Level.FAIL)


# The first two rungs: no network.


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({}, ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": " "},
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ),
        ({"AWS_ACCESS_KEY_ID": KNOWN["AWS_ACCESS_KEY_ID"]}, ("AWS_SECRET_ACCESS_KEY",)),
        ({"AWS_SECRET_ACCESS_KEY": SECRET}, ("AWS_ACCESS_KEY_ID",)),
        ({"AWS_ACCESS_KEY_ID": "ASIA" + "Z" * 16, "AWS_SECRET_ACCESS_KEY": SECRET}, ("AWS_SESSION_TOKEN",)),
    ],
    ids=["none", "blank", "no secret", "no id", "no token"],
)
def test_missing_credentials_are_named_without_asking_anybody(
    climb: Climbing, env: dict[str, str], names: tuple[str, ...]
) -> None:
    missing = climb(env)

    assert missing.broken.fact is Fact.S3_CREDENTIALS
    assert missing.broken.level is Level.FAIL
    assert missing.broken.values["fault"] == "missing"
    assert missing.broken.values["names"] == names
    assert all(name in missing.broken.text for name in names)
    assert missing.causes == ["storage/credentials-missing"]
    assert missing.seconds < 0.5


@pytest.mark.parametrize(
    ("env", "variable", "shape"),
    [
        ({"AWS_SECRET_ACCESS_KEY": f" {SECRET}"}, "AWS_SECRET_ACCESS_KEY", "blanks"),
        ({"AWS_SECRET_ACCESS_KEY": f"{SECRET}\n"}, "AWS_SECRET_ACCESS_KEY", "blanks"),
        ({"AWS_SECRET_ACCESS_KEY": f"{SECRET[:20]} {SECRET[20:]}"}, "AWS_SECRET_ACCESS_KEY", "blanks"),
        ({"AWS_SECRET_ACCESS_KEY": f"{SECRET}\u200b"}, "AWS_SECRET_ACCESS_KEY", "blanks"),
        ({"AWS_ACCESS_KEY_ID": KNOWN["AWS_ACCESS_KEY_ID"] + "\r"}, "AWS_ACCESS_KEY_ID", "blanks"),
        ({"AWS_SECRET_ACCESS_KEY": f'"{SECRET}"'}, "AWS_SECRET_ACCESS_KEY", "quotes"),
        ({"AWS_SECRET_ACCESS_KEY": f"'{SECRET}'"}, "AWS_SECRET_ACCESS_KEY", "quotes"),
        ({"AWS_SECRET_ACCESS_KEY": f'{SECRET}"'}, "AWS_SECRET_ACCESS_KEY", "quotes"),
        ({"AWS_SESSION_TOKEN": f"{TOKEN} "}, "AWS_SESSION_TOKEN", "blanks"),
        (
            {"AWS_ACCESS_KEY_ID": SECRET, "AWS_SECRET_ACCESS_KEY": KNOWN["AWS_ACCESS_KEY_ID"]},
            "AWS_ACCESS_KEY_ID",
            "swapped",
        ),
    ],
)
def test_credentials_of_an_impossible_form_are_malformed_without_asking_anybody(
    climb: Climbing, env: dict[str, str], variable: str, shape: str
) -> None:
    malformed = climb({**KNOWN, **env})

    assert malformed.broken.fact is Fact.S3_CREDENTIALS
    assert malformed.broken.values == {"fault": "malformed", "shape": shape, "variable": variable}
    assert malformed.causes == ["storage/credentials-malformed"]
    assert malformed.seconds < 0.5
    for value in env.values():
        assert value.strip("\"' \n\r\u200b") not in json.dumps(malformed.report.to_json())


def test_credentials_of_another_provider_may_look_otherwise(climb: Climbing, server: Script) -> None:
    server.object_of(5)
    minio = {"AWS_ACCESS_KEY_ID": "minioadmin", "AWS_SECRET_ACCESS_KEY": "minio/admin+secret"}

    assert climb(at(server, **minio)).held == LADDER


def test_off_a_dyno_boto3_may_find_credentials_elsewhere(climb: Climbing, moto: Moto, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    lines = [f"{name.lower()} = {value}" for name, value in moto.reader.env.items()]
    (tmp_path / ".aws" / "credentials").write_text("\n".join(["[default]", *lines]))
    env = {"AWS_ENDPOINT_URL_S3": moto.url, "HOME": str(tmp_path)}

    for dyno in ("", "web.1"):  # a file that was committed is found in a dyno too
        found = climb(env, dyno=dyno)
        assert found.held == LADDER
        assert "AWS_ACCESS_KEY_ID" not in found.evidence[0].text


def test_off_a_dyno_credentials_that_nobody_finds_are_missing(climb: Climbing, moto: Moto) -> None:
    missing = climb({"AWS_ENDPOINT_URL_S3": moto.url}, dyno="")

    assert missing.broken.values["fault"] == "missing"
    assert missing.causes == ["storage/credentials-missing"]


# Endpoint and region.


def unreachable(climbed: Climb) -> str:
    assert (climbed.broken.fact, climbed.broken.level) == (Fact.S3_ENDPOINT, Level.FAIL)
    assert climbed.broken.values["fault"] == "unreachable"
    assert climbed.held in ([], [Fact.S3_CREDENTIALS])
    assert climbed.causes == ["storage/unreachable"]
    assert climbed.seconds <= 5.0
    return climbed.broken.text


def test_a_name_without_an_address(climb: Climbing) -> None:
    text = unreachable(climb({**KNOWN, "AWS_ENDPOINT_URL_S3": "http://name.invalid"}))

    assert "name.invalid" in text
    assert "DNS" in text


def test_a_refused_connection(climb: Climbing) -> None:
    port = free_port()

    text = unreachable(climb({**KNOWN, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}))

    assert f"127.0.0.1:{port}" in text
    assert "refused" in text


def test_a_user_and_a_password_in_the_endpoints_url_are_not_shown(climb: Climbing) -> None:
    url = f"http://user:{TOKEN[:12]}@127.0.0.1:{free_port()}"

    refused = climb({**KNOWN, "AWS_ENDPOINT_URL_S3": url})

    unreachable(refused)
    assert TOKEN[:12] not in json.dumps(refused.report.to_json())


@contextmanager
def never_accepts() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def full_backlog() -> Iterator[int]:
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            client = stack.enter_context(closing(socket.socket()))
            client.setblocking(False)
            client.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@contextmanager
def serving(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    client = listening.accept()[0]
                except TimeoutError:
                    continue
                with client, suppress(OSError):
                    answer(client, over)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


def dribbles(client: socket.socket, over: threading.Event) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx":
        client.sendall(bytes([byte]))
        if over.wait(1):
            return


def slams(client: socket.socket, over: threading.Event) -> None:  # noqa: ARG001
    client.recv(1)


def babbles(client: socket.socket, over: threading.Event) -> None:  # noqa: ARG001
    client.recv(65536)
    client.sendall(b"220 mail.example.com ESMTP Postfix\r\n")


@pytest.mark.parametrize("hole", [never_accepts, full_backlog], ids=["never accepts", "full backlog"])
def test_a_black_hole_costs_five_seconds_at_most(
    climb: Climbing, hole: Callable[[], AbstractContextManager[int]]
) -> None:
    with hole() as port:
        text = unreachable(climb({**KNOWN, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}))

    assert f"127.0.0.1:{port}" in text


@pytest.mark.parametrize("answer", [dribbles, slams, babbles])
def test_a_server_that_answers_badly_costs_five_seconds_at_most(
    climb: Climbing, answer: Callable[[socket.socket, threading.Event], None]
) -> None:
    with serving(answer) as port:
        unreachable(climb({**KNOWN, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}))


@pytest.mark.parametrize("url", ["s3.example.com", "http://", "ftp://s3.example.com", "http://[::1"])
def test_an_endpoint_that_is_no_url(climb: Climbing, url: str) -> None:
    text = unreachable(climb({**KNOWN, "AWS_ENDPOINT_URL_S3": url}))

    assert "AWS_ENDPOINT_URL_S3" in text


@pytest.mark.parametrize("status", [200, 404])
def test_a_web_server_that_is_no_s3_is_not_believed(climb: Climbing, server: Script, status: int) -> None:
    server.status, server.headers = status, {"Content-Type": "text/html; charset=utf-8"}
    server.body = b"<!doctype html><html><head><title>Welcome</title></head><body>hi<br></body></html>"

    assert f"HTTP {status}" in unreachable(climb(at(server)))


@pytest.mark.parametrize(
    ("code", "status", "inner", "headers", "region"),
    [
        (
            "PermanentRedirect",
            301,
            f"<Bucket>{BUCKET}</Bucket>",
            {"x_amz_bucket_region": "eu-west-1"},
            "eu-west-1",
        ),
        ("PermanentRedirect", 301, f"<Endpoint>{BUCKET}.s3.eu-west-1.amazonaws.com</Endpoint>", {}, None),
        ("AuthorizationHeaderMalformed", 400, "<Region>eu-west-1</Region>", {}, "eu-west-1"),
    ],
)
def test_a_bucket_of_another_region(  # noqa: PLR0913, PLR0917  the columns of the table
    climb: Climbing,
    server: Script,
    code: str,
    status: int,
    inner: str,
    headers: dict[str, str],
    region: str | None,
) -> None:
    server.error(code, status, inner, **headers)

    elsewhere = climb(at(server))

    assert (elsewhere.broken.fact, elsewhere.broken.level) == (Fact.S3_ENDPOINT, Level.FAIL)
    assert elsewhere.broken.values["fault"] == "wrong-region"
    assert elsewhere.broken.values.get("region") == region
    assert elsewhere.held == [Fact.S3_CREDENTIALS]
    assert elsewhere.causes == ["storage/wrong-region"]
    assert any("eu-west-1" in step for step in elsewhere.report.diagnoses[0].fix) is bool(region)


def test_an_impossible_name_of_a_region(climb: Climbing, moto: Moto) -> None:
    impossible = climb(at(moto, AWS_REGION="us east"))

    assert impossible.broken.fact is Fact.S3_ENDPOINT
    assert impossible.causes == ["storage/wrong-region"]
    assert "{" not in impossible.report.diagnoses[0].title


@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("InternalError", 500)])
def test_an_error_of_s3s_own_passes_and_is_no_fault_of_the_app(
    climb: Climbing, server: Script, code: str, status: int
) -> None:
    server.error(code, status)

    ill = climb(at(server))

    assert (ill.broken.fact, ill.broken.level) == (Fact.S3_ENDPOINT, Level.WARN)
    assert ill.broken.values["fault"] == "server-error"
    assert ill.report.diagnoses == ()


# Clock and identity.

AN_HOUR = 3600


def date(offset: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + offset))


@pytest.mark.parametrize(
    ("code", "offset", "told"),
    [
        ("RequestTimeTooSkewed", -AN_HOUR, "60 minutes"),
        ("RequestTimeTooSkewed", 2 * AN_HOUR, "120 minutes"),
        ("RequestTimeTooSkewed", 0, "more than 15 minutes"),
        ("SignatureDoesNotMatch", -AN_HOUR, "60 minutes"),  # servers that do not say it themselves
    ],
)
def test_a_clock_that_is_off(climb: Climbing, server: Script, code: str, offset: float, told: str) -> None:
    server.error(code, 403, Date=date(offset))

    skewed = climb(at(server))

    assert (skewed.broken.fact, skewed.broken.level) == (Fact.S3_CLOCK, Level.FAIL)
    assert skewed.broken.values["fault"] == "skewed"
    assert told in skewed.broken.text
    assert skewed.held == LADDER[:2]
    assert skewed.causes == ["storage/clock-skew"]


def test_a_clock_that_is_off_by_less_than_s3_accepts_is_not_blamed(climb: Climbing, server: Script) -> None:
    server.error("SignatureDoesNotMatch", 403, Date=date(-14 * 60))

    assert climb(at(server)).causes == ["storage/secret-wrong"]


def identity(climbed: Climb, fault: str) -> list[str]:
    assert (climbed.broken.fact, climbed.broken.level) == (Fact.S3_IDENTITY, Level.FAIL)
    assert climbed.broken.values["fault"] == fault
    assert climbed.held == LADDER[:3]
    return climbed.causes


def test_a_key_id_that_nobody_knows(climb: Climbing, moto: Moto) -> None:
    assert identity(climb(at(moto)), "unknown-key") == ["storage/credentials-invalid"]


def test_a_key_id_of_a_form_that_s3_refuses(climb: Climbing, server: Script) -> None:
    server.error("AuthorizationHeaderMalformed", 400)

    assert identity(climb(at(server)), "unknown-key") == ["storage/credentials-invalid"]


def test_a_wrong_secret(climb: Climbing, moto: Moto) -> None:
    env = {**moto.reader.env, "AWS_SECRET_ACCESS_KEY": SECRET}

    assert identity(climb(at(moto, **env)), "wrong-secret") == ["storage/secret-wrong"]


def test_temporary_credentials_that_have_expired(climb: Climbing, server: Script) -> None:
    server.error("ExpiredToken", 400, f"<Token-0>{TOKEN}</Token-0>")
    env = {"AWS_ACCESS_KEY_ID": "ASIA" + "Z" * 16, "AWS_SESSION_TOKEN": TOKEN}

    assert identity(climb(at(server, **env)), "expired") == ["storage/credentials-expired"]


def test_what_s3_echoes_of_the_signature_is_not_shown(climb: Climbing, server: Script) -> None:
    server.error("SignatureDoesNotMatch", 403, f"<StringToSign>AWS4 {SECRET}</StringToSign>")

    assert climb(at(server)).causes == ["storage/secret-wrong"]


# The key itself.


def refused(climbed: Climb, fault: str) -> list[str]:
    assert (climbed.broken.fact, climbed.broken.level) == (Fact.S3_OBJECT, Level.FAIL)
    assert climbed.broken.values["fault"] == fault
    assert climbed.held == LADDER[:4]
    return climbed.causes


def test_a_bucket_that_does_not_exist(climb: Climbing, moto: Moto) -> None:
    missing = climb(at(moto, **moto.reader.env, MODEL_URI="s3://no-such-bucket/key"))

    assert refused(missing, "no-bucket") == ["storage/bucket-missing"]
    assert "no-such-bucket" in missing.report.diagnoses[0].title


@pytest.mark.parametrize("bucket", ["{bucket}", "My Bucket"])
def test_a_name_that_no_bucket_can_have(climb: Climbing, server: Script, bucket: str) -> None:
    server.error("NoSuchBucket", 404)

    missing = climb(at(server, MODEL_URI=f"s3://{bucket}/key"))

    assert missing.broken.values["fault"] == "no-bucket"
    assert missing.causes == ["storage/bucket-missing"]
    assert bucket in missing.broken.text


def test_a_key_that_does_not_exist(climb: Climbing, moto: Moto) -> None:
    missing = climb(at(moto, **moto.reader.env, MODEL_URI=f"s3://{BUCKET}/live/Model.keras"))

    assert refused(missing, "no-key") == ["storage/object-missing"]
    assert "live/Model.keras" in missing.report.diagnoses[0].title


def test_a_default_key_that_does_not_exist_is_a_warning_for_nobody_named_it(
    climb: Climbing, moto: Moto
) -> None:
    missing = climb(at(moto, **moto.reader.env, MODEL_URI="", S3_BUCKET_NAME=BUCKET))

    assert (missing.broken.fact, missing.broken.level) == (Fact.S3_OBJECT, Level.WARN)
    assert "S3_MODEL_KEY" in missing.broken.text
    assert missing.causes == ["storage/object-missing"]
    assert missing.report.level is Level.WARN


def test_an_identity_that_may_not_read(climb: Climbing, moto: Moto) -> None:
    denied = climb(at(moto, **moto.stranger.env))

    assert refused(denied, "denied") == ["storage/access-denied"]
    assert any(f"arn:aws:s3:::{BUCKET}/{KEY}" in step for step in denied.report.diagnoses[0].fix)
    assert denied.report.diagnoses[0].rivals[0].cause == "storage/object-missing"


def test_an_object_larger_than_the_disk(climb: Climbing, server: Script) -> None:
    server.object_of(1 << 60)

    full = climb(at(server))

    assert refused(full, "disk-full") == ["storage/disk-full"]
    assert full.broken.values["size_bytes"] == 1 << 60


def test_an_empty_object_can_be_read_and_is_no_model(climb: Climbing, moto: Moto) -> None:
    empty = climb(at(moto, **moto.reader.env, MODEL_URI=f"s3://{BUCKET}/{EMPTY_KEY}"))

    assert (empty.broken.fact, empty.broken.level) == (Fact.S3_OBJECT, Level.WARN)
    assert empty.broken.values["size_bytes"] == 0
    assert empty.held == LADDER[:4]


def test_a_range_of_nothing_is_an_empty_object(climb: Climbing, server: Script) -> None:
    server.error("InvalidRange", 416, "<ActualObjectSize>0</ActualObjectSize>")

    assert climb(at(server)).broken.values["size_bytes"] == 0


def test_an_answer_that_nobody_knows_claims_no_more_than_that_somebody_answers(
    climb: Climbing, server: Script
) -> None:
    server.error("QuotaOfTheMoonExceeded", 418)

    strange = climb(at(server))

    assert refused_with_less(strange) == "QuotaOfTheMoonExceeded"


def refused_with_less(climbed: Climb) -> object:
    assert (climbed.broken.fact, climbed.broken.level) == (Fact.S3_OBJECT, Level.FAIL)
    assert climbed.held == LADDER[:2]
    assert climbed.report.diagnoses == ()
    assert climbed.report.unexplained == (climbed.broken,)
    return climbed.broken.values["code"]


def test_a_code_that_is_no_code_is_not_repeated(climb: Climbing, server: Script) -> None:
    server.error(f"Access {SECRET} denied", 403)

    assert climb(at(server)).causes == ["storage/access-denied"]


def test_one_request_is_made_and_no_more(climb: Climbing, server: Script) -> None:
    server.error("AccessDenied", 403)  # where one might be tempted to ask whether the key is there
    before = len(server.paths)

    climb(at(server))

    assert len(server.paths) == before + 1


# With the model in memory.


def loaded() -> Ledger:
    boot = Ledger()
    boot.await_ready()
    boot.ready()
    return boot


def loading() -> Ledger:
    boot = Ledger()
    boot.await_ready()
    return boot


@pytest.mark.parametrize(
    ("env", "cause"),
    [
        ({}, "storage/credentials-missing"),
        ({**KNOWN, "AWS_SECRET_ACCESS_KEY": f"'{SECRET}'"}, "storage/credentials-malformed"),
        ({**KNOWN, "AWS_ENDPOINT_URL_S3": "http://name.invalid"}, "storage/unreachable"),
    ],
)
def test_with_the_model_loaded_a_broken_s3_is_a_warning_about_the_next_restart(
    climb: Climbing, env: dict[str, str], cause: str
) -> None:
    before, after = climb(env, boot=loading()), climb(env, boot=loaded())

    assert (before.broken.level, before.report.level) == (Level.FAIL, Level.FAIL)
    assert (after.broken.level, after.report.level) == (Level.WARN, Level.WARN)
    assert "next restart" in after.broken.text
    assert after.broken.values == before.broken.values
    assert before.causes == after.causes == [cause]


def test_a_healthy_s3_says_nothing_of_restarts(climb: Climbing, moto: Moto) -> None:
    healthy = climb(at(moto, **moto.reader.env), boot=loaded())

    assert healthy.held == LADDER
    assert not any("restart" in e.text for e in healthy.evidence)


# What keeps the question from being asked is unknown, and no finding about S3.


def test_without_boto3_nothing_is_known(climb: Climbing, tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("raise ImportError('no such module')")

    unknown = climb({**KNOWN, "PYTHONPATH": str(tmp_path)})

    assert unknown.broken.level is Level.UNKNOWN
    assert "boto3" in unknown.broken.text
    assert unknown.report.diagnoses == ()


def test_settings_that_boto3_refuses_for_another_reason_are_not_called_unreachable(
    climb: Climbing, moto: Moto
) -> None:
    unknown = climb(at(moto, **moto.reader.env, AWS_PROFILE="no-such-profile"))

    assert unknown.broken.level is Level.UNKNOWN
    assert unknown.report.diagnoses == ()


def test_a_probe_that_dies_is_unknown(climb: Climbing, tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("import os; os.kill(os.getpid(), 11)")

    unknown = climb({**KNOWN, "PYTHONPATH": str(tmp_path)})

    assert unknown.broken.level is Level.UNKNOWN
    assert "SIGSEGV" in unknown.broken.text


def test_a_report_of_the_ladder_is_a_result_like_any_other(climb: Climbing) -> None:
    result = climb({}).result

    assert Result.from_json(result.to_json()).evidence[0].values == result.evidence[0].values
