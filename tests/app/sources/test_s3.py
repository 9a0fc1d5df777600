"""Files from two real S3 servers on 127.0.0.1, which check signatures, and from one that does not behave."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sources.fetch import can_ask
from checks.evidence import Dyno, Fault, Level
from checks.facts import Fact
from checks.model_source import HttpUrl, S3Object
from tests.bad_network import Connection, Request, bad_server, cut, says, whole
from tests.conftest import Storage
from tests.fetching import STALLING, content_of, dyno, failure
from tests.s3_servers import BUCKET, EMPTY_KEY, KEY, MODEL, Identity, rclone_server, scripted_server
from tests.servers import PLAIN_ENV, ROOT, free_port

SOURCE = S3Object(BUCKET, KEY, "MODEL_URI")
CONTENT = bytes(range(256)) * 4000
HALF = len(CONTENT) // 2
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """Another S3 than moto's, with one object in it: its URL and the config vars to read it."""
    folder = tmp_path_factory.mktemp("rclone") / "buckets"
    (folder / BUCKET / "live").mkdir(parents=True)
    (folder / BUCKET / KEY).write_bytes(CONTENT)
    with rclone_server(folder) as (url, reader):
        yield url, {**reader.env, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": url}


def test_the_object_is_written_whole(storage: Storage, tmp_path: Path) -> None:
    assert content_of(SOURCE, tmp_path, dyno(storage.env)) == MODEL


def test_an_object_of_many_blocks_is_written_whole(storage: Storage, tmp_path: Path) -> None:
    content = os.urandom(3_000_017)
    (tmp_path / "large").write_bytes(content)
    storage.put(tmp_path / "large", "with blanks/ü & more")

    source = S3Object(BUCKET, "with blanks/ü & more", "")
    assert content_of(source, tmp_path / "to", dyno(storage.env)) == content


def test_an_empty_object_is_an_empty_file(storage: Storage, tmp_path: Path) -> None:
    assert content_of(S3Object(BUCKET, EMPTY_KEY, ""), tmp_path, dyno(storage.env)) == b""


def test_an_object_in_parts_has_an_etag_that_is_no_md5(storage: Storage, tmp_path: Path) -> None:
    import boto3

    writer = storage.moto.stranger
    client = boto3.Session(writer.key_id, writer.secret, region_name="us-east-1").client(
        "s3", endpoint_url=storage.moto.url
    )
    place = {"Bucket": BUCKET, "Key": "in-parts"}
    upload = client.create_multipart_upload(**place)["UploadId"]
    part = client.upload_part(**place, UploadId=upload, PartNumber=1, Body=CONTENT)
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    made = client.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
    client.close()
    assert made["ETag"].endswith('-1"')

    assert content_of(S3Object(BUCKET, "in-parts", ""), tmp_path, dyno(storage.env)) == CONTENT


def test_another_implementation_of_s3(rclone: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    env = rclone[1]
    assert content_of(SOURCE, tmp_path, dyno(env)) == CONTENT

    missing = failure(S3Object(BUCKET, "no-such-key", ""), tmp_path / "a", dyno(env))
    assert (missing.fact, missing.values["fault"]) == (Fact.S3_OBJECT, "no-key")
    elsewhere = failure(S3Object("no-such-bucket", KEY, ""), tmp_path / "b", dyno(env))
    assert (elsewhere.fact, elsewhere.values["fault"]) == (Fact.S3_OBJECT, "no-bucket")
    wrong = failure(SOURCE, tmp_path / "c", dyno(env, AWS_SECRET_ACCESS_KEY="wrong" * 8))
    assert (wrong.fact, wrong.values["fault"]) == (Fact.S3_IDENTITY, "wrong-secret")


@pytest.mark.parametrize("signed", [False, True])
def test_a_part_is_gone_on_with_at_a_real_s3(
    rclone: tuple[str, dict[str, str]], signed: bool, tmp_path: Path
) -> None:
    """What rclone sends is a part with the status of a whole."""
    import boto3
    from botocore.config import Config

    url, env = rclone
    who = Identity(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
    client = boto3.Session(who.key_id, who.secret, region_name="us-east-1").client(
        "s3", endpoint_url=url, config=Config(signature_version="s3v4")
    )
    link = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEY})
    client.close()
    source = HttpUrl(link, "MODEL_URL") if signed else SOURCE
    folder = tmp_path / "0"
    folder.mkdir()
    (folder / "model.part").write_bytes(CONTENT[:HALF])
    note = {"validator": f'"{MD5}"', "total": len(CONTENT), "digests": {"md5": MD5}}
    (folder / "model.part.json").write_text(json.dumps(note))

    assert content_of(source, tmp_path, dyno(env)) == CONTENT


def test_the_region_and_the_endpoint_may_have_their_other_names(storage: Storage, tmp_path: Path) -> None:
    env = {**storage.moto.reader.env, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": storage.moto.url}

    assert content_of(SOURCE, tmp_path, dyno(env)) == MODEL


def test_a_bucket_that_does_not_exist(storage: Storage, tmp_path: Path) -> None:
    found = failure(S3Object("no-such-bucket", KEY, ""), tmp_path, dyno(storage.env))

    assert (found.fact, found.level, found.values["fault"]) == (Fact.S3_OBJECT, Level.FAIL, "no-bucket")
    assert found.values["bucket"] == "no-such-bucket"


def test_a_key_that_does_not_exist(storage: Storage, tmp_path: Path) -> None:
    found = failure(S3Object(BUCKET, "no/such.keras", ""), tmp_path, dyno(storage.env))

    assert (found.fact, found.level, found.values["fault"]) == (Fact.S3_OBJECT, Level.FAIL, "no-key")
    assert found.values["key"] == "no/such.keras"


def test_a_default_key_that_does_not_exist_fails_the_boot_as_well(storage: Storage, tmp_path: Path) -> None:
    source = S3Object(BUCKET, "not-there.h5", "S3_BUCKET_NAME", key_is_default=True)

    found = failure(source, tmp_path, dyno(storage.env))

    assert (found.fact, found.level, found.values["fault"]) == (Fact.S3_OBJECT, Level.FAIL, "no-key")
    assert "S3_MODEL_KEY is not set" in found.text


def test_a_wrong_secret(storage: Storage, tmp_path: Path) -> None:
    at = dyno(storage.env, AWS_SECRET_ACCESS_KEY="wrong" * 8)

    found = failure(SOURCE, tmp_path, at)

    assert (found.fact, found.values["fault"]) == (Fact.S3_IDENTITY, "wrong-secret")


def test_an_unknown_key_id(storage: Storage, tmp_path: Path) -> None:
    found = failure(SOURCE, tmp_path, dyno(storage.env, AWS_ACCESS_KEY_ID="AKIA" + "X" * 16))

    assert (found.fact, found.values["fault"]) == (Fact.S3_IDENTITY, "unknown-key")


def test_an_identity_that_may_not_read(storage: Storage, tmp_path: Path) -> None:
    found = failure(SOURCE, tmp_path, dyno(storage.env, **storage.moto.stranger.env))

    assert (found.fact, found.values["fault"]) == (Fact.S3_OBJECT, "denied")


def test_an_endpoint_that_refuses_connections(storage: Storage, tmp_path: Path) -> None:
    port = free_port()

    found = failure(SOURCE, tmp_path, dyno(storage.env, AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{port}"))

    assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "unreachable")
    assert found.text == f"The S3 endpoint 127.0.0.1:{port} can't be reached: connection refused."


def test_an_endpoint_that_is_no_url(storage: Storage, tmp_path: Path) -> None:
    found = failure(SOURCE, tmp_path, dyno(storage.env, AWS_ENDPOINT_URL_S3="s3.example"))

    assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "unreachable")
    assert not found.values.get("host")


def test_a_server_error_is_told_as_one(storage: Storage, tmp_path: Path) -> None:
    with scripted_server() as script:
        script.error("InternalError", 500)
        found = failure(SOURCE, tmp_path, dyno(storage.env, AWS_ENDPOINT_URL_S3=script.url))

        assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "server-error")
        assert len(script.paths) == 6  # by a signed request, by boto3, and again


def at_bad(url: str, env: dict[str, str]) -> Dyno:
    return dyno(env, AWS_ENDPOINT_URL_S3=url)


def test_a_cut_is_gone_on_with_if_the_object_is_the_same(storage: Storage, tmp_path: Path) -> None:
    etag = f'"{MD5}"'
    with bad_server(cut(CONTENT, 1000, etag), cut(CONTENT, 1001, etag), whole(CONTENT, etag)) as server:
        assert content_of(SOURCE, tmp_path, at_bad(server.url, storage.env)) == CONTENT

    assert [request.offset for request in server.requests] == [0, 1000, 1001]
    assert {request.headers.get("if-match") for request in server.requests[1:]} == {etag}


def test_an_object_that_changed_meanwhile_is_fetched_anew(storage: Storage, tmp_path: Path) -> None:
    changed = says(412, b"<Error><Code>PreconditionFailed</Code></Error>", x_amz_request_id="1")
    other = CONTENT[::-1]
    etag = f'"{hashlib.md5(other).hexdigest()}"'
    with bad_server(cut(CONTENT, HALF), changed, whole(other, etag)) as server:
        assert content_of(SOURCE, tmp_path, at_bad(server.url, storage.env)) == other

    assert [request.offset for request in server.requests] == [0, HALF, 0]


def test_a_connection_that_breaks_in_the_middle_is_neither_endpoint_nor_object(
    storage: Storage, tmp_path: Path
) -> None:
    with bad_server(cut(CONTENT, 10)) as server:
        found = failure(SOURCE, tmp_path, at_bad(server.url, storage.env))

    assert (found.fact, found.values["fault"]) == (Fact.MODEL_DOWNLOAD, "cut")
    assert (found.values["host"], found.values["passing"]) == (server.host, True)
    assert found.text.startswith(f"{SOURCE} was cut off at 10 of 1,024,000 bytes")


def test_a_connection_that_stalls_in_the_middle(storage: Storage, tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, 10, then="stall")) as server:
        found = failure(SOURCE, tmp_path, at_bad(server.url, storage.env), STALLING)

    assert (found.fact, found.values["fault"]) == (Fact.MODEL_DOWNLOAD, "stalled")


def test_an_etag_that_is_another_md5_is_asked_again_and_then_told(storage: Storage, tmp_path: Path) -> None:
    damaged = b"?" + CONTENT[1:]
    with bad_server(whole(damaged, f'"{MD5}"'), whole(CONTENT, f'"{MD5}"')) as server:
        assert content_of(SOURCE, tmp_path, at_bad(server.url, storage.env)) == CONTENT
    with bad_server(whole(damaged, f'"{MD5}"')) as server:
        found = failure(SOURCE, tmp_path / "again", at_bad(server.url, storage.env))
        assert len(server.requests) == 2
    assert (found.fact, found.values["fault"]) == (Fact.MODEL_DOWNLOAD, "checksum")
    assert found.values["told_digest"] == MD5


def test_an_etag_of_an_encrypted_object_is_no_md5(storage: Storage, tmp_path: Path) -> None:
    kms = whole(CONTENT, f'"{"0" * 32}"', x_amz_server_side_encryption="aws:kms")
    with bad_server(kms) as server:
        assert content_of(SOURCE, tmp_path, at_bad(server.url, storage.env)) == CONTENT


def test_an_object_larger_than_the_disk(storage: Storage, tmp_path: Path) -> None:
    def huge(_: Request, connection: Connection) -> None:
        connection.send(200, {"Content-Length": str(10**15)}, b"x")

    with bad_server(huge) as server:
        found = failure(SOURCE, tmp_path, at_bad(server.url, storage.env))

    assert (found.fact, found.values["fault"]) == (Fact.MODEL_DOWNLOAD, "disk-full")


def test_too_many_requests_pass(storage: Storage, tmp_path: Path) -> None:
    slow = says(429, b"<Error><Code>TooManyRequests</Code></Error>", x_amz_request_id="1")
    with bad_server(slow) as server:
        found = failure(SOURCE, tmp_path, at_bad(server.url, storage.env))

    assert (found.fact, found.values["fault"]) == (Fact.S3_ENDPOINT, "server-error")
    assert found.values["passing"]


def test_missing_and_malformed_credentials_are_told_without_asking() -> None:
    env = {"DYNO": "web.1", "AWS_ACCESS_KEY_ID": "AKIA" + "X" * 16}

    for more, fault in (({}, "missing"), ({"AWS_SECRET_ACCESS_KEY": '"quoted"'}, "malformed")):
        with pytest.raises(Fault) as caught:
            can_ask(Dyno(env={**env, **more}, root=ROOT))
        assert caught.value.evidence.fact is Fact.S3_CREDENTIALS
        assert caught.value.evidence.values["fault"] == fault


def test_without_boto3_the_missing_module_is_told(storage: Storage, tmp_path: Path) -> None:
    for name in ("boto3", "botocore"):
        stand_in = f'raise ModuleNotFoundError("No module named {name!r}", name="{name}")'
        (tmp_path / f"{name}.py").write_text(stand_in)
    path = os.pathsep.join((str(tmp_path), PLAIN_ENV["PYTHONPATH"]))

    found = failure(SOURCE, tmp_path / "to", dyno(storage.env, PYTHONPATH=path))

    assert found.fact is Fact.MODEL_LOAD
    assert "ModuleNotFoundError: No module named 'boto3'" in found.text
