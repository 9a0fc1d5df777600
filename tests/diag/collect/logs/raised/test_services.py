from __future__ import annotations

import pytest

from tests.diag.collect.logs.raised.frames import cause, evidence, own


@pytest.mark.parametrize(
    ("code", "operation", "expected"),
    [
        ("InvalidAccessKeyId", "GetObject", ("storage/credentials-invalid", "certain")),
        ("SignatureDoesNotMatch", "ListObjectsV2", ("storage/secret-wrong", "certain")),
        ("ExpiredToken", "GetObject", ("storage/credentials-expired", "certain")),
        ("403", "HeadObject", ("storage/access-denied", "likely")),
        ("AccessDenied", "PutObject", ("storage/access-denied", "likely")),
        ("NoSuchBucket", "ListObjects", ("storage/bucket-missing", "certain")),
        ("404", "HeadBucket", ("storage/bucket-missing", "certain")),
        ("NoSuchKey", "GetObject", ("storage/object-missing", "certain")),
        ("404", "HeadObject", ("storage/object-missing", "likely")),
        ("PermanentRedirect", "GetObject", ("storage/wrong-region", "certain")),
        ("RequestTimeTooSkewed", "GetObject", ("storage/clock-skew", "certain")),
        ("400", "HeadObject", ("boot/import-error", "likely")),
        ("AccessDenied", "SendEmail", ("boot/import-error", "likely")),
        ("AccessDeniedException", "InvokeModel", ("boot/import-error", "likely")),
    ],
)
def test_what_s3_answers(code: str, operation: str, expected: tuple[str, str]) -> None:
    end = f"botocore.ClientError: An error occurred ({code}) when calling the {operation} operation: x"

    assert cause(own(), end=end) == expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
            "storage/credentials-missing",
        ),
        (
            (
                "botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "
                '"https://b.s3.eu-west-9.amazonaws.com/k"'
            ),
            "storage/unreachable",
        ),
        (
            (
                "botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "
                '"https://sqs.eu-west-9.amazonaws.com/"'
            ),
            "boot/remote-call-failed",
        ),
        ("botocore.exceptions.NoRegionError: You must specify a region.", "config/missing-var"),
        ("OSError: [Errno 28] No space left on device", "storage/disk-full"),
        (
            "sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres",
            "config/database-url-scheme",
        ),
        ('psycopg2.OperationalError: FATAL:  database "shop" does not exist', "service/database-unreachable"),
        (
            "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
            "service/database-unreachable",
        ),
        ('psycopg2.errors.UndefinedTable: relation "users" does not exist', "service/database-not-migrated"),
        (
            "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
            "config/django-settings",
        ),
        ("_pickle.UnpicklingError: invalid load key, 'v'.", "model/lfs-pointer"),
        ("_pickle.UnpicklingError: invalid load key, '<'.", "model/corrupt"),
        ("EOFError: Ran out of input", "model/corrupt"),
        ("OSError: Unable to synchronously open file (file signature not found)", "model/corrupt"),
        ("ValueError: unsupported pickle protocol: 5", "model/pickle-version-mismatch"),
        ("EOFError: EOF when reading a line", "boot/import-error"),
        ("AttributeError: module 'numpy' has no attribute 'float'.", "boot/import-error"),
        ("telegram.error.InvalidToken: The token was rejected by the server.", "config/invalid-value"),
    ],
)
def test_what_services_and_files_say(end: str, expected: str) -> None:
    assert cause(own("model = load()"), end=end)[0] == expected


@pytest.mark.parametrize(
    ("code", "end", "expected"),
    [
        (
            "urlretrieve(MODEL_URL, 'm.h5')",
            "urllib.error.HTTPError: HTTP Error 404: Not Found",
            "model/download-failed",
        ),
        (
            "requests.get(MODEL_URL)",
            (
                "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='models.example.com', "
                "port=443): Max retries exceeded"
            ),
            "model/download-failed",
        ),
        (
            "path = get_file('m.keras', url)",
            "Exception: URL fetch failure on https://models.example.com/m.keras: 404 -- Not Found",
            "model/download-failed",
        ),
        (
            "requests.get(RATES_URL)",
            (
                "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='rates.example.com', "
                "port=443): Max retries exceeded"
            ),
            "boot/remote-call-failed",
        ),
    ],
)
def test_a_model_that_is_not_downloaded(code: str, end: str, expected: str) -> None:
    assert cause(own(code), end=end) == (expected, "likely")


@pytest.mark.parametrize(
    ("code", "bucket", "key"),
    [
        ("s3.get_object(Bucket='shop-models', Key='v3.pkl')", "shop-models", "v3.pkl"),
        ("s3.download_file('shop-models', 'v3.pkl', '/tmp/v3.pkl')", "shop-models", "v3.pkl"),
        ("s3.get_object(Bucket=BUCKET, Key='v3.pkl')", None, "v3.pkl"),
        ("s3.upload_file('/tmp/v3.pkl', 'shop-models', 'v3.pkl')", None, None),
    ],
)
def test_the_code_may_tell_what_was_asked_for(code: str, bucket: str | None, key: str | None) -> None:
    end = "botocore.ClientError: An error occurred (403) when calling the HeadObject operation: Forbidden"

    found = evidence(own(code), end=end)

    assert (found.values.get("bucket"), found.values.get("key")) == (bucket, key)
