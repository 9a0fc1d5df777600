"""Signed requests without boto3's client: whom they ask, and what they do not tell to others."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.sources.signed import plain_url
from checks.evidence import Dyno
from checks.model_source import S3Object
from tests.bad_network import Request, bad_server, says, whole
from tests.conftest import Storage
from tests.fetching import content_of, dyno
from tests.s3_servers import BUCKET, KEY, MODEL
from tests.servers import ROOT

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAQQQQQQQQQQQQQQQQ", "AWS_SECRET_ACCESS_KEY": "x" * 40}
SOURCE = S3Object(BUCKET, KEY, "MODEL_URI")


def url_of(source: S3Object, **env: str) -> str:
    return plain_url(source, Dyno(env={**CREDENTIALS, **env}, root=ROOT))


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, "https://s3.us-east-1.amazonaws.com/b/a/m.keras"),
        ({"AWS_REGION": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com/b/a/m.keras"),
        ({"AWS_REGION": "cn-north-1"}, "https://s3.cn-north-1.amazonaws.com.cn/b/a/m.keras"),
        ({"AWS_ENDPOINT_URL_S3": "http://minio.example:9000/"}, "http://minio.example:9000/b/a/m.keras"),
        ({"AWS_ENDPOINT_URL": "https://r2.example"}, "https://r2.example/b/a/m.keras"),
    ],
)
def test_an_object_has_a_url(env: dict[str, str], url: str) -> None:
    assert url_of(S3Object("b", "a/m.keras", ""), **env) == url


def test_a_key_may_hold_anything() -> None:
    assert url_of(S3Object("b", "ü & v 2/+?#.keras", "")).endswith("/b/%C3%BC%20%26%20v%202/%2B%3F%23.keras")


@pytest.mark.parametrize(
    ("bucket", "env"),
    [
        ("arn:aws:s3:us-west-2:123456789012:accesspoint/mine", {}),
        ("mine--usw2-az1--x-s3", {}),
        ("mine-abcdef-s3alias", {}),
        ("b", {"AWS_SECRET_ACCESS_KEY": ""}),  # a profile or a role, which boto3 finds
        ("b", {"AWS_ENDPOINT_URL_S3": "minio.example:9000"}),
    ],
)
def test_what_only_boto3_can_ask_is_left_to_it(bucket: str, env: dict[str, str]) -> None:
    assert not url_of(S3Object(bucket, "m.keras", ""), **env)


def test_what_a_signed_request_does_not_get_boto3_does(storage: Storage, tmp_path: Path) -> None:
    with bad_server(says(403, b"<Error><Code>AccessDenied</Code></Error>"), whole(MODEL)) as server:
        at = dyno(storage.env, AWS_ENDPOINT_URL_S3=server.url)
        assert content_of(SOURCE, tmp_path, at) == MODEL

    first, second = server.requests
    assert "Boto3" in second.headers["user-agent"]
    assert "Boto3" not in first.headers["user-agent"]


def signature(request: Request) -> str:
    return request.headers.get("authorization", "") + request.headers.get("x-amz-security-token", "")


def test_another_host_is_shown_no_signature(storage: Storage, tmp_path: Path) -> None:
    with bad_server(whole(MODEL)) as other, bad_server(says(307, Location=f"{other.url}/x")) as first:
        at = dyno(storage.env, AWS_ENDPOINT_URL_S3=first.url, AWS_SESSION_TOKEN="token")
        content_of(SOURCE, tmp_path, at)

    assert signature(first.requests[0]).endswith("token")
    assert not signature(other.requests[0])
