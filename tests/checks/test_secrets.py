"""Masking: no text may quote a secret, and no text may lose what it says."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks.secrets import mask

PEM = """-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASC
BKcwggSjAgEAAoIBAQC7
-----END PRIVATE KEY-----
"""
SECRET_NAMES = st.sampled_from(
    [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "SECRET_KEY",
        "DIAG_TOKEN",
        "DATABASE_URL",
        "REDIS_URL",
        "MONGODB_URI",
        "PGPASSWORD",
        "SENTRY_DSN",
        "MODEL_BASE64",
        "GOOGLE_CREDENTIALS",
        "stripe_api_key",
    ]
)
WORDS = st.text("abcXYZ0189 .:,'\"\\/\n=+-_äß€😀", min_size=0, max_size=30)


@given(SECRET_NAMES, st.text(min_size=8, max_size=60), WORDS, WORDS)
def test_a_secrets_value_never_stands_in_a_masked_text(
    name: str, secret: str, before: str, after: str
) -> None:
    assume(len(secret.strip()) >= 8)
    assume(secret.strip() not in f"[{name}]")

    shown = mask(f"{before}{secret}{after}", {name: secret})

    assert secret.strip() not in shown


@given(SECRET_NAMES, st.text(min_size=8, max_size=60))
def test_nor_does_it_when_it_is_quoted_by_repr_or_json_or_put_on_one_line(name: str, secret: str) -> None:
    secret = secret.strip()
    assume(len(secret) >= 8)

    for form in (repr(secret), json.dumps(secret), " ".join(secret.split())):
        inner = form.strip("'\"")
        assume(len(inner) >= 8)
        assume(inner not in f"[{name}]")
        assert inner not in mask(f"could not parse {form}!", {name: secret})


@given(WORDS)
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assume("://" not in text)

    assert mask(text, {"SECRET_KEY": "not-in-there-at-all", "COLOR": "red", "DEBUG": "1"}) == text


def test_a_value_is_replaced_by_the_name_of_its_variable() -> None:
    assert mask("got 'hunter2hunter2'", {"API_TOKEN": "hunter2hunter2"}) == "got '[API_TOKEN]'"


def test_the_longer_of_two_values_is_replaced_first() -> None:
    env = {"A_KEY": "abcdefgh", "B_KEY": "abcdefghijkl"}

    assert mask("abcdefghijkl abcdefgh", env) == "[B_KEY] [A_KEY]"


@pytest.mark.parametrize(
    "text",
    [
        "connection to postgres://user:s3cr3tpass@db.example.com:5432/shop failed",
        "connection to postgres://user:s3cr3tpass@db.example.com failed: s3cr3tpass rejected",
        "FATAL: password s3cr3tpass",
    ],
)
def test_the_password_within_a_url_is_masked_wherever_it_stands(text: str) -> None:
    env = {"DATABASE_URL": "postgres://user:s3cr3tpass@db.example.com:5432/shop"}

    assert "s3cr3tpass" not in mask(text, env)


@pytest.mark.parametrize("password", ["p@ssw0rd-with@signs", "p:ssw0rd:colons"])
def test_a_password_that_should_have_been_encoded_is_masked_whole(password: str) -> None:
    shown = mask(f"could not connect to amqp://user:{password}@mq.example.com/x", {})

    assert shown == "could not connect to amqp://***@mq.example.com/x"


def test_a_percent_encoded_password_is_masked_when_it_is_printed_decoded() -> None:
    env = {"DATABASE_URL": "postgres://user:p%40ssw0rd%21@db/shop"}

    assert "p@ssw0rd!" not in mask('password "p@ssw0rd!" is wrong', env)


def test_every_line_of_a_private_key_is_masked() -> None:
    env = {"PRIVATE_KEY": PEM}

    for text in (PEM, repr(PEM), " ".join(PEM.split()), "bad line MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"):
        assert "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" not in mask(text, env)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "GET https://b.s3.amazonaws.com/k?X-Amz-Signature=abc123&x=1",
            "GET https://b.s3.amazonaws.com/k?X-Amz-Signature=***&x=1",
        ),
        ("https://h/x?token=abc", "https://h/x?token=***"),
        ("the key AKIAIOSFODNN7EXAMPLE is unknown", "the key *** is unknown"),
        ("https://user:pw@host/path", "https://***@host/path"),
        ("mail me@example.com, see https://example.com", "mail me@example.com, see https://example.com"),
    ],
)
def test_what_looks_like_a_secret_is_masked_without_knowing_the_environment(text: str, shown: str) -> None:
    assert mask(text, {}) == shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_CONCURRENCY", "4000000"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", ""),
        ("S3_MODEL_KEY", "live/model.keras"),
        ("MODEL_URI", "s3://bucket/live/model.keras"),
        ("S3_BUCKET_NAME", "models-of-the-shop"),
        ("PATH", "/usr/bin:/bin"),
    ],
)
def test_what_is_no_secret_can_be_read(name: str, value: str) -> None:
    assert mask(f"seen: {value}", {name: value}) == f"seen: {value}"


def test_blanks_and_quotes_around_a_value_do_not_hide_it() -> None:
    env = {"API_KEY": '"abcdefgh12345678"\n'}

    assert "abcdefgh12345678" not in mask("key abcdefgh12345678 refused", env)
