"""What S3 answered, as evidence: the rungs that held, and the one that broke.

Error codes: Amazon S3 API reference, "Error responses"; servers that speak S3 (MinIO, Ceph, R2 …) use
the same. Pure but for the free space of the disk.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from checks.limits import CLOCK_SKEW_SECONDS, MB
from checks.model_source import S3Object

KEY_ID, SECRET, TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"

FAULT_BY_CODE: dict[str, tuple[Fact, str]] = {
    code: (fact, fault)
    for fact, fault, codes in (
        (Fact.S3_IDENTITY, "unknown-key", "InvalidAccessKeyId InvalidClientTokenId InvalidToken"),
        (Fact.S3_IDENTITY, "unknown-key", "UnrecognizedClientException Unauthorized"),
        (Fact.S3_IDENTITY, "wrong-secret", "SignatureDoesNotMatch"),
        (Fact.S3_IDENTITY, "expired", "ExpiredToken ExpiredTokenException TokenRefreshRequired"),
        (Fact.S3_CLOCK, "skewed", "RequestTimeTooSkewed"),
        (Fact.S3_ENDPOINT, "wrong-region", "PermanentRedirect TemporaryRedirect Redirect"),
        (Fact.S3_ENDPOINT, "wrong-region", "AuthorizationHeaderMalformed"),
        (Fact.S3_ENDPOINT, "wrong-region", "IllegalLocationConstraintException"),
        (
            Fact.S3_ENDPOINT,
            "server-error",
            "InternalError ServiceUnavailable SlowDown TooManyRequests 429 500 502 503 504",
        ),
        (Fact.S3_OBJECT, "no-bucket", "NoSuchBucket InvalidBucketName"),
        (Fact.S3_OBJECT, "no-key", "NoSuchKey"),
        (Fact.S3_OBJECT, "denied", "AccessDenied AllAccessDisabled AccountProblem 403"),
        (Fact.S3_OBJECT, "archived", "InvalidObjectState"),
    )
    for code in codes.split()
}
_RUNG = (
    Fact.S3_CREDENTIALS,
    Fact.S3_ENDPOINT,
    Fact.S3_CLOCK,
    Fact.S3_IDENTITY,
    Fact.S3_OBJECT,
)


def explain_error(error: Exception, source: S3Object, host: str, now: float) -> Iterator[Evidence]:
    """The rungs that held and the one that broke, from what boto3 raised."""
    kind = type(error).__name__
    response = getattr(error, "response", None)
    if kind in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
        yield Evidence(
            Fact.S3_CREDENTIALS,
            Level.FAIL,
            f"{KEY_ID} and {SECRET} are not set, and boto3 finds no other credentials.",
            "config vars",
            values={"fault": "missing", "names": (KEY_ID, SECRET), "variable": KEY_ID},
        )
    elif not isinstance(response, dict):
        yield _without_answer(error, source, host)
    else:
        yield from _from_answer(response, source, host, now)


def _without_answer(error: Exception, source: S3Object, host: str) -> Evidence:
    kind = type(error).__name__
    if kind == "ParamValidationError":
        return _object_fault("no-bucket", source, "{0.bucket!r} can't be a bucket's name.")
    if not _is_of_transport(error):
        return explain_settings(error, source)
    reasons = {
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "no answer in time",
        "SSLError": "TLS handshake failed",
        "ConnectionClosedError": "the connection was closed without an answer",
        "ProxyConnectionError": "the proxy did not answer",
    }
    # The operating system's own word is several causes deep; messages may hold the URL, so the
    # kind of the innermost error is shown and not its text.
    inner = _innermost(error)
    reason = reasons.get(kind) or {
        "gaierror": "its name has no address (DNS)",
        "ConnectionRefusedError": "connection refused",
        "NameResolutionError": "its name has no address (DNS)",
        "ConnectionResetError": "connection reset",
    }.get(type(inner).__name__, f"{kind}, {type(inner).__name__}")
    return Evidence(
        Fact.S3_ENDPOINT,
        Level.FAIL,
        f"The S3 endpoint {host} can't be reached: {reason}.",
        host,
        values={"fault": "unreachable", "reason": reason, "host": host},
    )


def explain_settings(error: Exception, source: S3Object) -> Evidence:
    """What boto3 refuses before it asks anybody."""
    kind = type(error).__name__
    if kind == "InvalidRegionError":
        return Evidence(
            Fact.S3_ENDPOINT,
            Level.FAIL,
            "AWS_REGION is no region's name.",
            "config vars",
            values={"fault": "wrong-region", "bucket": source.bucket, "key": source.key},
        )
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint and not is_url(endpoint):
        return Evidence(
            Fact.S3_ENDPOINT,
            Level.FAIL,
            "AWS_ENDPOINT_URL_S3 is no URL that boto3 can use: it must begin with https:// or http://.",
            "config vars",
            values={"fault": "unreachable", "reason": "AWS_ENDPOINT_URL_S3 is no URL"},
        )
    return Evidence(
        Fact.S3_OBJECT, Level.UNKNOWN, f"boto3 can't use the AWS settings ({kind}), so S3 can't be asked."
    )


def is_url(text: str) -> bool:
    """Whether it is a URL of the web with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _is_of_transport(error: Exception) -> bool:
    """Whether it came up between us and the endpoint, by botocore's own classes."""
    kinds = {each.__name__ for each in type(error).__mro__}
    return bool(
        kinds
        & {"HTTPClientError", "ConnectionError", "TimeoutError", "ResponseParserError", "IncompleteReadError"}
    )


def _innermost(error: BaseException) -> BaseException:
    for _ in range(20):
        deeper = getattr(error, "reason", None) or error.__cause__ or error.__context__
        nested = next((a for a in error.args if isinstance(a, BaseException)), None)
        deeper = deeper if isinstance(deeper, BaseException) else nested
        if deeper is None:
            break
        error = deeper
    return error


def _from_answer(response: dict[str, Any], source: S3Object, host: str, now: float) -> Iterator[Evidence]:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    details = response.get("Error", {})
    code = str(details.get("Code", ""))
    if not re.fullmatch(r"[A-Za-z0-9.]{1,60}", code):  # the endpoint's own word, and it may be anybody's
        code = str(status)
    if code == "InvalidRange":  # the object is there and empty
        yield from explain_answer(response, source, host, now)
        return
    fact, fault = FAULT_BY_CODE.get(code) or FAULT_BY_CODE.get(str(status), (Fact.S3_OBJECT, "other"))
    if fault != "server-error" and not _is_s3(response):
        yield from _no_s3(host, response)
        return
    skew = _skew(response, now)
    if fault == "wrong-region" and code == "AuthorizationHeaderMalformed" and not details.get("Region"):
        # The same code without a region: a bad key id.
        fact, fault = Fact.S3_IDENTITY, "unknown-key"
    if skew is not None and abs(skew) > CLOCK_SKEW_SECONDS and fact is not Fact.S3_OBJECT:
        fact, fault = Fact.S3_CLOCK, "skewed"
    # An answer we have no word for says that somebody answers, and no more.
    held = _RUNG[:2] if fault == "other" else _RUNG[: _RUNG.index(fact)]
    yield from _held(held, host, skew)
    values: dict[str, Value] = {
        "fault": fault,
        "code": code,
        "status": status,
        "host": host,
        "bucket": source.bucket,
        "key": source.key,
    }
    if fact is Fact.S3_OBJECT:
        yield _object_fault(fault, source, _OBJECT_TEXT.get(fault, ""), code)
        return
    text = {
        "unknown-key": f"S3 does not know this {KEY_ID} ({code}).",
        "wrong-secret": f"{SECRET} does not belong to this {KEY_ID} ({code}).",
        "expired": f"The temporary credentials have expired ({code}).",
        "skewed": f"Our clock and S3's differ by {_minutes(skew)}; S3 accepts 15 ({code}).",
        "wrong-region": f"The bucket {source.bucket} is in another region ({code}).",
        "server-error": f"The S3 endpoint {host} answers {status} ({code}).",
    }[fault]
    region = details.get("Region") or response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(
        "x-amz-bucket-region"
    )
    if fault == "wrong-region" and isinstance(region, str) and re.fullmatch(r"[a-z0-9-]+", region):
        values["region"] = region
        text = f"The bucket {source.bucket} is in {region}, not in the configured region ({code})."
    # A 5xx of S3's own passes by itself, so it is no fault of this app.
    level = Level.WARN if fault == "server-error" else Level.FAIL
    yield Evidence(fact, level, text, host, values=values)


_OBJECT_TEXT = {
    "no-bucket": "The bucket {0.bucket} does not exist ({1}).",
    "no-key": "The bucket {0.bucket} has no key {0.key} ({1}).",
    "denied": "These credentials may not read {0} ({1}).",
    "archived": "{0} is archived and must be restored before it can be read ({1}).",
}


def _object_fault(fault: str, source: S3Object, text: str, code: str = "") -> Evidence:
    values: dict[str, Value] = {
        "fault": fault,
        "code": code,
        "bucket": source.bucket,
        "key": source.key,
    }
    # Nobody said which key: the default may be a guess at something that is not there at all.
    guess = fault == "no-key" and source.key_is_default
    text = text.format(source, code) or f"S3 answers {code} for {source}."
    if guess:
        text += " S3_MODEL_KEY is not set, so the default key was tried."
    return Evidence(Fact.S3_OBJECT, Level.WARN if guess else Level.FAIL, text, str(source), values=values)


def explain_answer(answer: dict[str, Any], source: S3Object, host: str, now: float) -> Iterator[Evidence]:
    """All rungs, from the answer to a request that S3 has granted."""
    if not _is_s3(answer):
        yield from _no_s3(host, answer)
        return
    yield from _held(_RUNG[:-1], host, _skew(answer, now))
    size = _size(answer)
    free = shutil.disk_usage(tempfile.gettempdir()).free
    values: dict[str, Value] = {"bucket": source.bucket, "key": source.key, "size_bytes": size}
    if size is not None and size > free:
        yield Evidence(
            Fact.S3_OBJECT,
            Level.FAIL,
            f"{source} is {size / MB:.1f} MB and the disk has {free / MB:.1f} MB left.",
            str(source),
            values=values | {"fault": "disk-full", "free_bytes": free},
        )
        return
    if size == 0:  # no fault of the credentials, and no model either
        yield Evidence(
            Fact.S3_OBJECT,
            Level.WARN,
            f"{source} can be read and is empty: 0 bytes.",
            str(source),
            values=values | {"fault": "empty", "what": "it is empty"},
        )
        return
    told = "" if size is None else f" ({size / MB:.1f} MB)"
    yield Evidence(Fact.S3_OBJECT, Level.OK, f"{source} can be read{told}.", values=values)


def _held(facts: tuple[Fact, ...], host: str, skew: float | None) -> Iterator[Evidence]:
    text = {
        Fact.S3_CREDENTIALS: f"{KEY_ID} and {SECRET} are set and well-formed."
        if os.environ.get(KEY_ID)
        else "boto3 finds credentials outside the config vars.",
        Fact.S3_ENDPOINT: f"The S3 endpoint {host} answers.",
        Fact.S3_CLOCK: "S3 takes our clock as it is."
        if skew is None
        else f"Our clock differs by {abs(skew):.0f} s from S3's.",
        Fact.S3_IDENTITY: "S3 accepts the signature.",
    }
    for fact in facts:
        yield Evidence(fact, Level.OK, text[fact])


def _is_s3(response: dict[str, Any]) -> bool:
    """Whether S3 itself has answered, and not a web server or a proxy that happens to be there."""
    metadata = response.get("ResponseMetadata", {})
    headers = metadata.get("HTTPHeaders", {})
    if any(name.startswith("x-amz-") for name in headers):
        return True
    code = str(response.get("Error", {}).get("Code", ""))
    if code:  # a numeric code is the HTTP status: the body was no error of S3's
        return not code.isdigit()
    return metadata.get("HTTPStatusCode") == 206 or not headers.get("content-type", "").startswith(
        "text/html"
    )


def _no_s3(host: str, response: dict[str, Any]) -> Iterator[Evidence]:
    yield from _held(_RUNG[:1], host, None)
    metadata = response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode")
    reason = f"what answers there, with HTTP {status}, is no S3"
    yield Evidence(
        Fact.S3_ENDPOINT,
        Level.FAIL,
        f"The S3 endpoint {host} can't be reached: {reason}.",
        host,
        values={"fault": "unreachable", "reason": reason, "host": host, "status": status},
    )


def _minutes(skew: float | None) -> str:
    unseen = skew is None or abs(skew) <= CLOCK_SKEW_SECONDS
    return "more than 15 minutes" if unseen else f"{abs(skew or 0) / 60:.0f} minutes"


def _skew(response: dict[str, Any], now: float) -> float | None:
    """Seconds by which we are ahead of the endpoint, from its Date header."""
    stated = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        there: datetime = parsedate_to_datetime(stated)
        return now - there.timestamp()
    except (TypeError, ValueError, IndexError):
        return None


def _size(answer: dict[str, Any]) -> int | None:
    """The whole object's size, from ``Content-Range: bytes 0-0/1234``."""
    if answer.get("Error", {}).get("Code") == "InvalidRange":
        return 0  # there is no first byte
    _, _, total = str(answer.get("ContentRange", "")).rpartition("/")
    return int(total) if total.isdigit() else None
