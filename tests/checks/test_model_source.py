"""Where the model comes from, by the config vars."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Dyno, Fault, Level
from checks.facts import Fact
from checks.model_source import LocalFile, S3Object, Source, model_source

ROOT = Path("/app")


def source_of(**env: str) -> Source | None:
    return model_source(Dyno(env=env, root=ROOT))


@pytest.mark.parametrize(
    "env", [{}, {"MODEL_URI": ""}, {"MODEL_URI": "  "}, {"S3_MODEL_KEY": "only/the/key"}]
)
def test_without_a_source_there_is_none(env: dict[str, str]) -> None:
    assert source_of(**env) is None


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://bucket/key", "bucket", "key"),
        ("s3://my.bucket-1/a/b/model v2.keras", "my.bucket-1", "a/b/model v2.keras"),
        ("S3://bucket/key", "bucket", "key"),
        ("  s3://bucket/key\n", "bucket", "key"),
        ("s3://bucket//key", "bucket", "/key"),
    ],
)
def test_an_s3_uri_names_bucket_and_key(uri: str, bucket: str, key: str) -> None:
    source = source_of(MODEL_URI=uri)

    assert source == S3Object(bucket, key, "MODEL_URI")
    assert str(source) == f"s3://{bucket}/{key}"


def test_the_two_variables_of_old_name_bucket_and_key() -> None:
    source = source_of(S3_BUCKET_NAME="bucket", S3_MODEL_KEY="a/model.h5")

    assert source == S3Object("bucket", "a/model.h5", "S3_BUCKET_NAME")


def test_a_bucket_alone_means_the_default_key_and_remembers_that_nobody_said_so() -> None:
    source = source_of(S3_BUCKET_NAME="bucket")

    assert isinstance(source, S3Object)
    assert source.key == "my_model.h5"
    assert source.key_is_default


def test_the_uri_wins_over_the_two_variables() -> None:
    source = source_of(MODEL_URI="s3://new/key", S3_BUCKET_NAME="old")

    assert str(source) == "s3://new/key"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("models/sample.keras", ROOT / "models/sample.keras"),
        ("/var/models/m.h5", Path("/var/models/m.h5")),
        ("file:///var/models/m.h5", Path("/var/models/m.h5")),
        ("file:///var/my%20models/m.h5", Path("/var/my models/m.h5")),
    ],
)
def test_a_path_is_a_file_below_the_root_unless_it_is_absolute(uri: str, path: Path) -> None:
    assert source_of(MODEL_URI=uri) == LocalFile(path, "MODEL_URI")


@pytest.mark.parametrize(
    "uri", ["s3://", "s3://bucket", "s3://bucket/", "s3:///key", "gopher://h/x", "http://[::1"]
)
def test_a_uri_that_can_not_be_used_is_a_fault_that_does_not_quote_it(uri: str) -> None:
    with pytest.raises(Fault) as raised:
        source_of(MODEL_URI=uri)

    evidence = raised.value.evidence
    assert evidence.fact is Fact.MODEL_SOURCE
    assert evidence.level is Level.FAIL
    assert evidence.values == {"fault": "malformed", "variable": "MODEL_URI"}


def test_a_secret_in_an_unusable_uri_is_not_shown() -> None:
    with pytest.raises(Fault) as raised:
        source_of(MODEL_URI="ftp://user:hunter2hunter2@host/model.h5")

    assert "hunter2hunter2" not in str(raised.value.evidence.to_json())
