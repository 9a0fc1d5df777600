"""S3, downloads and ports: what others answered, by the words of their clients."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from checks.evidence import Value
from diag.collect.logs.raised.record import Raised

_ANSWER = re.compile(
    r"An error occurred \((?P<code>[\w.]{1,60})\) when calling the (?P<operation>\w{1,60}) operation"
)
_OPERATIONS = re.compile(
    r"(?:Head|Get|Put|Delete|List|Create|Copy)(?:Object|Bucket|Multipart)\w*|UploadPart\w*|CompleteMultipartUpload"
    r"|ListParts|SelectObjectContent"
)
_ENDPOINT = re.compile(
    r"(?:endpoint URL|SSL validation failed for|proxy URL):? \"?(?P<url>https?://[^\s\"]{1,500})"
)
_BUCKET = re.compile(r"\bBucket\s*=\s*['\"](?P<bucket>[\w.-]{1,63})['\"]")
_OBJECT_KEY = re.compile(r"\bKey\s*=\s*['\"](?P<key>[^'\"]{1,120})['\"]")
_DOWNLOAD_FILE = re.compile(
    r"\.download_file(?:obj)?\(\s*['\"](?P<bucket>[\w.-]{1,63})['\"]\s*,\s*['\"](?P<key>[^'\"]{1,120})['\"]"
)
_MISSING_CREDENTIALS = re.compile(r"missing: (?P<name>\w{1,60})")
_OF_S3 = re.compile(r"(?:^|[.-])s3[.-]|storage|\br2\.|spaces|minio|wasabi|backblaze", re.IGNORECASE)
_REASONS = {
    "ConnectTimeoutError": "no connection in time",
    "ReadTimeoutError": "no answer in time",
    "SSLError": "TLS handshake failed",
    "ConnectionClosedError": "the connection was closed without an answer",
    "EndpointConnectionError": "no connection",
}
# HEAD has no body, so only its status is told; a 400 has several reasons.
_BY_STATUS = {"404": "no-key", "301": "wrong-region", "307": "wrong-region"}
_CODES_OF_HOST = re.compile(
    r"HTTP Error (?P<a>[45]\d\d)|^(?P<b>[45]\d\d) (?:Client|Server) Error"
    r"|URL fetch failure on \S{1,500}: (?P<c>[45]\d\d) "
    r"|(?:Client|Server) error '(?P<d>[45]\d\d)|\bstatus code:? (?P<e>[45]\d\d)\b|^(?P<f>[45]\d\d)[,: ]"
)
_ABOUT_MODEL = re.compile(
    r"model|weights|\.h5\b|\.keras\b|\.pkl\b|\.joblib\b|\.tflite\b|\.onnx\b|\.pt\b|hub\.load", re.IGNORECASE
)
_DOWNLOADS = re.compile(
    r"urlretrieve|urlopen|requests\.get|httpx\.|get_file|download|from_pretrained|gdown|hub\.|fetch|wget|stream"
)
_HTTP = frozenset(
    [
        *(
            "HTTPError",
            "HTTPStatusError",
            "URLError",
            "ConnectionError",
            "ConnectTimeout",
            "ReadTimeout",
            "Timeout",
        ),
        *("ConnectError", "RemoteDisconnected", "ChunkedEncodingError", "ContentTooShortError", "SSLError"),
        *("MaxRetryError", "HfHubHTTPError", "RepositoryNotFoundError", "EntryNotFoundError", "Exception"),
        *("LocalEntryNotFoundError", "FileURLRetrievalError", "OSError"),
    ]
)


def of_s3(raised: Raised, _target: str) -> dict[str, Value]:
    """What S3 answered; the errors of other AWS services are not ours to explain."""
    from checks.s3_answers import FAULT_BY_CODE

    match = _ANSWER.search(raised.root[1])
    if match is None:
        return {}
    code, operation = match["code"], match["operation"]
    if not _OPERATIONS.fullmatch(operation):
        return {}
    fault = FAULT_BY_CODE[code][1] if code in FAULT_BY_CODE else _BY_STATUS.get(code, "")
    if code == "404" and operation == "HeadBucket":
        fault = "no-bucket"
    if not fault:
        return {}
    return {"fault": f"s3-{fault}", "code": code, "operation": operation} | _asked_for(raised)


def _asked_for(raised: Raised) -> dict[str, Value]:
    """Bucket and key, where the app's code has them as they are."""
    code = raised.own.code if raised.own else ""
    positional = _DOWNLOAD_FILE.search(code)
    if positional:
        return {"bucket": positional["bucket"], "key": positional["key"]}
    bucket, key = _BUCKET.search(code), _OBJECT_KEY.search(code)
    values: dict[str, Value] = {}
    if bucket:
        values["bucket"] = bucket["bucket"]
    if key:
        values["key"] = key["key"]
    return values


def no_credentials(raised: Raised, _target: str) -> dict[str, Value]:
    """boto3 found none, or one of two."""
    match = _MISSING_CREDENTIALS.search(raised.root[1])
    name = match["name"].upper() if match else ""
    names = (f"AWS_{name.removeprefix('AWS_')}",) if name else ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {"fault": "s3-no-credentials", "names": names}


def no_region(_raised: Raised, _target: str) -> dict[str, Value]:
    """boto3 takes it from a config var of this name only, or from the code."""
    return {"fault": "variable", "variable": "AWS_DEFAULT_REGION"}


def no_endpoint(raised: Raised, _target: str) -> dict[str, Value]:
    """The S3 endpoint that can't be reached; of other services of AWS nothing."""
    match = _ENDPOINT.search(raised.root[1])
    host = _host(match["url"]) if match else ""
    of_s3 = _OF_S3.search(host) or any(re.search(r"/s3transfer/|/boto3/s3/", f.file) for f in raised.frames)
    if not host or not of_s3:
        return {}
    return {"fault": "s3-unreachable", "host": host, "reason": _REASONS.get(raised.root[0], "no connection")}


def download(raised: Raised, _target: str) -> dict[str, Value]:
    """A model that the app's own code can't download; whether it is one, that code tells."""
    name, message = raised.root
    own = raised.own
    if name not in _HTTP or own is None:
        return {}
    told = f"{own.function} {own.code}"
    if not (_ABOUT_MODEL.search(told) and _DOWNLOADS.search(told)) and "URL fetch failure on" not in message:
        return {}
    if (
        name in ("Exception", "OSError")
        and "URL fetch failure" not in message
        and "connect to" not in message
    ):
        return {}
    status = _CODES_OF_HOST.search(message)
    if status:
        number = next(value for value in status.groups() if value)
        return {"fault": "model-download", "status": number, "what": f"answers with status {number}"}
    return {"fault": "model-download", "what": "gives no answer"}


def port_in_use(raised: Raised, _target: str) -> dict[str, Value]:
    """Two servers in one dyno."""
    message = raised.root[1]
    in_use = "[Errno 98]" in message or "ddress already in use" in message
    return {"fault": "port-in-use"} if in_use else {}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
