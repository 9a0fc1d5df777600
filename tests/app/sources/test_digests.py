"""Which headers tell what the content is, and which only seem to."""

from __future__ import annotations

import base64
import hashlib
import zlib
from pathlib import Path

import pytest

from app.sources.digests import mismatch, told_by_s3, told_by_web

CONTENT = b"a model" * 1000
MD5, SHA256 = hashlib.md5(CONTENT), hashlib.sha256(CONTENT)
CRC32 = zlib.crc32(CONTENT).to_bytes(4, "big")


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"repr-digest": f"sha-256=:{encoded(SHA256.digest())}:"}, {"sha256": SHA256.hexdigest()}),
        (
            {"repr-digest": f"sha-512=:AAAA:, sha-256=:{encoded(SHA256.digest())}:"},
            {"sha256": SHA256.hexdigest()},
        ),
        ({"digest": f"SHA-256={encoded(SHA256.digest())}"}, {"sha256": SHA256.hexdigest()}),
        ({"x-goog-hash": f"crc32c=n03x6A==, md5={encoded(MD5.digest())}"}, {"md5": MD5.hexdigest()}),
        ({"content-md5": encoded(MD5.digest())}, {"md5": MD5.hexdigest()}),
        ({"x-amz-request-id": "1", "etag": f'"{MD5.hexdigest()}"'}, {"md5": MD5.hexdigest()}),
        ({"etag": f'"{MD5.hexdigest()}"'}, {}),  # of a web server it may be anything
        ({"content-md5": MD5.hexdigest()}, {}),  # not in base64
        ({"content-md5": "AAAA"}, {}),
        ({"content-md5": encoded(MD5.digest()), "content-encoding": "gzip"}, {}),
        ({"x-goog-hash": f"md5={encoded(MD5.digest())}", "x-goog-stored-content-encoding": "gzip"}, {}),
        ({"content-digest": f"sha-256=:{encoded(SHA256.digest())}:"}, {}),  # of this message, maybe of a part
        ({}, {}),
    ],
)
def test_what_a_web_server_tells(headers: dict[str, str], told: dict[str, str]) -> None:
    assert told_by_web(headers) == told


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"etag": f'"{MD5.hexdigest()}"'}, {"md5": MD5.hexdigest()}),
        (
            {"etag": f'"{MD5.hexdigest()}"', "x-amz-server-side-encryption": "AES256"},
            {"md5": MD5.hexdigest()},
        ),
        ({"etag": f'"{MD5.hexdigest()}-3"'}, {}),
        ({"etag": f'"{MD5.hexdigest()}"', "x-amz-server-side-encryption": "aws:kms"}, {}),
        ({"etag": f'"{MD5.hexdigest()}"', "x-amz-server-side-encryption-customer-algorithm": "AES256"}, {}),
        ({"etag": f'"{"0" * 32}"', "x-amz-checksum-crc32": encoded(CRC32)}, {"crc32": CRC32.hex()}),
        ({"x-amz-checksum-sha256": encoded(SHA256.digest())}, {"sha256": SHA256.hexdigest()}),
        ({"x-amz-checksum-sha256": f"{encoded(SHA256.digest())}-2"}, {}),  # of its parts
        ({"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}, {}),
    ],
)
def test_what_s3_tells(headers: dict[str, str], told: dict[str, str]) -> None:
    assert told_by_s3(headers) == told


def test_the_etag_of_a_directory_bucket_is_no_md5() -> None:
    assert told_by_s3({"etag": MD5.hexdigest()}, "models--use1-az4--x-s3") == {}


@pytest.mark.parametrize(
    "digests",
    [
        {"md5": MD5.hexdigest()},
        {"sha1": hashlib.sha1(CONTENT).hexdigest()},
        {"crc32": CRC32.hex()},
        {"sha256": SHA256.hexdigest(), "md5": "0" * 32},  # the better one decides
        {},
    ],
)
def test_a_file_is_what_was_told_or_not(digests: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(CONTENT)
    assert mismatch(path, digests) is None

    path.write_bytes(CONTENT[:-1])
    found = mismatch(path, digests)
    assert (found is None) is (digests == {})
    assert found is None or found[1] == digests[found[0]]
