"""What a server tells of the content of a file, and what the file's content is.

An ETag is any text a server likes. It is an MD5 of the content where the server is an S3 and the object
was put in one piece and not encrypted with a key of its own. Amazon S3 API reference, "Object".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Mapping
from pathlib import Path

from app.sources.limits import BLOCK

_MD5 = re.compile(r'"?([0-9a-fA-F]{32})"?')
_LENGTHS = {"sha256": 32, "sha1": 20, "md5": 16, "crc32": 4}  # bytes; the first that is told is compared
# RFC 9530 writes ``sha-256=:…:``, RFC 3230 ``SHA-256=…``, Google's ``x-goog-hash`` ``md5=…``.
_TOLD = re.compile(r"\b(sha-256|md5)=:?([A-Za-z0-9+/]{20,44}={0,2})", re.IGNORECASE)


def told_by_s3(headers: Mapping[str, str], bucket: str = "") -> dict[str, str]:
    """The digest in the headers of an S3's answer; names are in small letters.

    A checksum of the whole object goes before the ETag. One of its parts ends in ``-`` and their number.
    """
    for algorithm in _LENGTHS:
        found = _hexadecimal(algorithm, headers.get(f"x-amz-checksum-{algorithm}", ""))
        if found:
            return {algorithm: found}
    encryption = headers.get("x-amz-server-side-encryption", "AES256")
    own_key = "x-amz-server-side-encryption-customer-algorithm" in headers
    etag = _MD5.fullmatch(headers.get("etag", ""))
    # A directory bucket's ETag is no MD5. S3 user guide, "Directory buckets: differences".
    if etag and encryption == "AES256" and not own_key and not bucket.endswith("--x-s3"):
        return {"md5": etag[1].lower()}
    return {}


def told_by_web(headers: Mapping[str, str]) -> dict[str, str]:
    """The digest of the whole file in the headers of a web server's answer with all of it."""
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        return {}  # whether it is of the packed or the plain bytes, servers do not agree
    if headers.get("x-goog-stored-content-encoding", "identity") != "identity":
        return {}
    told: dict[str, str] = {}
    for name in ("repr-digest", "digest", "x-goog-hash"):
        for algorithm, text in _TOLD.findall(headers.get(name, "")):
            plain = algorithm.lower().replace("-", "")
            if found := _hexadecimal(plain, text):
                told.setdefault(plain, found)
    if found := _hexadecimal("md5", headers.get("content-md5", "")):
        told.setdefault("md5", found)
    if not told and "x-amz-request-id" in headers:
        return told_by_s3(headers)
    return {name: told[name] for name in list(_LENGTHS) if name in told}


def mismatch(path: Path, digests: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Algorithm, expected and found digest when the file is another one. Raises OSError."""
    for algorithm in _LENGTHS:
        if expected := digests.get(algorithm):
            found = _digest(path, algorithm)
            return None if found == expected else (algorithm, expected, found)
    return None


def _hexadecimal(algorithm: str, text: str) -> str:
    """A digest in base64 as hexadecimal digits; empty when it is none of that algorithm."""
    try:
        digest = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return digest.hex() if len(digest) == _LENGTHS[algorithm] else ""


def _digest(path: Path, algorithm: str) -> str:
    checksum = 0
    digest = None if algorithm == "crc32" else hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if digest is None:
                checksum = zlib.crc32(block, checksum)
            else:
                digest.update(block)
    return f"{checksum:08x}" if digest is None else digest.hexdigest()
