"""S3 credentials: a ladder that stops at the first broken rung.

variables present → shape → endpoint and region reachable → clock → identity → the key readable

The first two rungs need no network. The others are one signed request for one byte of the model
itself, made by boto3 as the app would make it, but in a child process: boto3 holds 20 MB or more,
which a worker on a small dyno should not keep. Error codes: Amazon S3 API reference, "Error
responses"; servers that speak S3 (MinIO, Ceph, R2 …) use the same.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checks.child import Outcome, Reporter, ask_child
from checks.evidence import Check, Dyno, Evidence, Fault, Level, Value
from checks.facts import Fact
from checks.limits import CLOCK_SKEW_SECONDS, MB
from checks.model_source import S3Object, model_source

DEADLINE = 4.8  # seconds for all rungs; a probe of a black hole must end within 5
CONNECT_SECONDS, READ_SECONDS = 1.5, 2.0

KEY_ID, SECRET, TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
# AWS's own ids: AKIA… are lasting, ASIA… temporary. IAM user guide, "Unique identifiers".
_AWS_ID = re.compile(r"^(AKIA|ASIA)[A-Z0-9]{16}$")
# Where else boto3 looks. boto3's guide, "Credentials".
_OTHER_CREDENTIALS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)

_FAULT_BY_CODE: dict[str, tuple[Fact, str]] = {
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
            "InternalError ServiceUnavailable SlowDown 500 502 503 504",
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


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """Climb the ladder for the object the model comes from; nothing to ask for other sources."""
    try:
        source = model_source(dyno)
    except Fault as fault:
        yield fault.evidence
        return
    if not isinstance(source, S3Object):
        yield Evidence(Fact.S3_OBJECT, Level.OK, "The model does not come from S3.")
        return
    broken = credentials_fault(dyno)
    if broken is not None:
        yield _softened(broken, dyno)
        return
    arguments = (source.bucket, source.key, "default-key" if source.key_is_default else "")
    outcome = ask_child("checks.s3", arguments, dyno.env, dyno.root, DEADLINE)
    for evidence in _read(outcome, source, dyno):
        yield _softened(evidence, dyno)


def _softened(evidence: Evidence, dyno: Dyno) -> Evidence:
    """With the model in memory a broken S3 hurts at the next restart only, and that comes daily."""
    if evidence.level is not Level.FAIL or dyno.boot is None or dyno.boot.ready_after is None:
        return evidence
    return Evidence(
        evidence.fact,
        Level.WARN,
        f"{evidence.text} The model is loaded, but the next restart will fail, and every dyno "
        "restarts daily.",
        evidence.where,
        evidence.at,
        evidence.values,
    )


def credentials_fault(dyno: Dyno) -> Evidence | None:
    """The first two rungs, which need no network: the variables are there and of a possible shape."""
    key_id, secret = dyno.env.get(KEY_ID, ""), dyno.env.get(SECRET, "")
    absent = [n for n, v in ((KEY_ID, key_id), (SECRET, secret)) if not v.strip()]
    if len(absent) == 2 and _others_possible(dyno):
        return None  # boto3 may find them: a profile, a role, a file
    if not absent and key_id.startswith("ASIA") and not dyno.var(TOKEN) and not _endpoint(dyno):
        absent = [TOKEN]
    if absent:
        return Evidence(
            Fact.S3_CREDENTIALS,
            Level.FAIL,
            f"{' and '.join(absent)} {'are' if len(absent) > 1 else 'is'} not set.",
            "config vars",
            values={"fault": "missing", "names": tuple(absent), "variable": absent[0]},
        )
    fault, variable, text = _shape_fault(dyno, key_id, secret)
    if not fault:
        return None
    return Evidence(
        Fact.S3_CREDENTIALS,
        Level.FAIL,
        text,
        "config vars",
        values={"fault": "malformed", "shape": fault, "variable": variable},
    )


def _others_possible(dyno: Dyno) -> bool:
    """Off a dyno always; in a dyno only where somebody has said so or committed a file."""
    if not dyno.on_heroku or any(map(dyno.var, _OTHER_CREDENTIALS)):
        return True
    home = dyno.var("HOME")
    return bool(home) and (Path(home) / ".aws" / "credentials").is_file()


def _shape_fault(dyno: Dyno, key_id: str, secret: str) -> tuple[str, str, str]:
    for name in (KEY_ID, SECRET, TOKEN):
        value = dyno.env.get(name, "")
        if value != value.strip() or any(c.isspace() or not c.isprintable() for c in value):
            return "blanks", name, f"{name} holds a blank or a line end."
        if value[:1] in ("'", '"') or value[-1:] in ("'", '"'):
            return "quotes", name, f"{name} is wrapped in quotes, which become part of the value."
    if _AWS_ID.match(secret) or (len(key_id) == 40 and len(secret) == 20):
        return "swapped", KEY_ID, f"{KEY_ID} and {SECRET} are swapped."
    return "", "", ""


def _endpoint(dyno: Dyno) -> str:
    return dyno.var("AWS_ENDPOINT_URL_S3") or dyno.var("AWS_ENDPOINT_URL")


def region_of(dyno: Dyno) -> str | None:
    """The region config var. boto3 itself reads AWS_DEFAULT_REGION only; other SDKs AWS_REGION."""
    return dyno.var("AWS_REGION") or dyno.var("AWS_DEFAULT_REGION") or None


def _read(outcome: Outcome, source: S3Object, dyno: Dyno) -> Iterator[Evidence]:
    """What the child found, or what its silence means."""
    if outcome.evidence:
        yield from outcome.evidence
    elif outcome.timed_out and outcome.reached == "asking":
        yield Evidence(
            Fact.S3_ENDPOINT,
            Level.FAIL,
            f"The S3 endpoint {_host(_endpoint(dyno))} gave no answer within {outcome.seconds:.1f} s.",
            _host(_endpoint(dyno)),
            values={"fault": "unreachable", "reason": "no answer", "host": _host(_endpoint(dyno))},
        )
    else:
        how = "took too long to start" if outcome.timed_out else f"ended with {outcome.status}"
        yield Evidence(
            Fact.S3_OBJECT,
            Level.UNKNOWN,
            f"The probe of {source} {outcome.signal_name or how} before it could ask.",
        )


def _is_url(text: str) -> bool:
    """Whether it is a URL of the web with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _host(url: str) -> str:
    """The host of an endpoint without user, password, path and query."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "s3.amazonaws.com"
    except ValueError:
        return "of AWS_ENDPOINT_URL_S3"


# The child's side ------------------------------------------------------------------------------


def _main(bucket: str, key: str, default_key: str) -> None:
    """One signed GET for the first byte; its answer decides the remaining rungs."""
    report = Reporter()
    source = S3Object(bucket, key, "", bool(default_key))
    dyno = Dyno(env=os.environ, root=Path.cwd())
    try:
        client = s3_client(dyno)
    except ImportError:
        report.say(Evidence(Fact.S3_OBJECT, Level.UNKNOWN, "boto3 is not installed, so S3 can't be asked."))
        return
    except Exception as error:
        report.say(_unusable_settings(error, source))
        return
    host = _host(client.meta.endpoint_url)
    report.reached("asking")
    try:
        answer = client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
    except Exception as error:
        report.say(*explain_error(error, source, host, dyno.clock()))
        return
    report.say(*_all_rungs(answer, source, host, dyno.clock()))


def s3_client(dyno: Dyno, read_seconds: float = READ_SECONDS, attempts: int = 1) -> Any:
    """A client with this project's time-outs and the region of either variable."""
    import boto3
    from botocore.config import Config

    # A dyno has no instance role to ask for, and asking takes seconds.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    return boto3.Session(region_name=region_of(dyno)).client(
        "s3",
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        ),
    )


def _unusable_settings(error: Exception, source: S3Object) -> Evidence:
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
    if endpoint and not _is_url(endpoint):
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
        return _unusable_settings(error, source)
    reasons = {
        "ConnectTimeoutError": f"no connection within {CONNECT_SECONDS} s",
        "ReadTimeoutError": f"no answer within {READ_SECONDS} s",
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
        yield from _all_rungs(response, source, host, now)
        return
    fact, fault = _FAULT_BY_CODE.get(code) or _FAULT_BY_CODE.get(str(status), (Fact.S3_OBJECT, "other"))
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


def _all_rungs(answer: dict[str, Any], source: S3Object, host: str, now: float) -> Iterator[Evidence]:
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


# Somebody who asks gets an answer of the last ten seconds; while nobody does, S3 is asked once a
# minute: each question is a process that holds 40 MB for half a second.
CHECK = Check("s3", ask, deadline=DEADLINE + 0.2, every=10.0, at_least_every=60.0)

if __name__ == "__main__":
    _main(*sys.argv[1:4])
