"""An object in S3, opened without boto3's client where that is possible.

The client holds 15 MB for its tables of services and endpoints, through the whole of a long download. A
plain request that botocore has signed needs none of them. Whatever comes of it but the file is boto3's
affair: it knows more ways to an object, and its answer is what `checks.s3_answers` explains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote, urlsplit

from app.sources.digests import told_by_s3
from app.sources.faults import Failed
from app.sources.opened import Opened, Opener
from checks.evidence import Dyno
from checks.model_source import HttpUrl, S3Object
from checks.s3 import endpoint_of, region_of
from checks.s3_answers import KEY_ID, SECRET, TOKEN, is_url

_USUAL_REGION = "us-east-1"


class SignedOpener:
    """Opens one object, again and again; by boto3 from the first refusal on. Raises as S3Opener does."""

    def __init__(self, source: S3Object, url: str, dyno: Dyno, connect: float, stall: float) -> None:
        from app.sources.https import HttpsOpener, Manner

        self._source, self._dyno = source, dyno
        self._timeouts = (connect, stall)
        manner = Manner(_signature(url, dyno), "If-Match", partial(told_by_s3, bucket=source.bucket))
        self._opener: Opener = HttpsOpener(HttpUrl(url, source.told_by), connect, stall, manner)
        self._by_boto3 = False

    @property
    def host(self) -> str:
        """Whom it asks."""
        return self._opener.host

    def open(self, offset: int, validator: str) -> Opened:
        """See `Opener`."""
        if not self._by_boto3:
            try:
                return self._opener.open(offset, validator)
            except Failed:
                from app.sources.s3 import S3Opener

                self._opener, self._by_boto3 = S3Opener(self._source, self._dyno, *self._timeouts), True
        return self._opener.open(offset, validator)


def plain_url(source: S3Object, dyno: Dyno) -> str:
    """Where a signed request finds the object; empty where only boto3 knows how to ask."""
    # The bucket may be an access point, by its alias or ARN, or one of directories: these have other hosts.
    if ":" in source.bucket or source.bucket.endswith(("--x-s3", "-s3alias")):
        return ""
    if not (dyno.var(KEY_ID) and dyno.var(SECRET)):
        return ""
    region = region_of(dyno) or _USUAL_REGION
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    endpoint = (endpoint_of(dyno) or f"https://s3.{region}.{suffix}").rstrip("/")
    return f"{endpoint}/{quote(source.bucket)}/{quote(source.key, safe='/~')}" if is_url(endpoint) else ""


def _signature(url: str, dyno: Dyno) -> Callable[[str], Mapping[str, str]]:
    """The headers that sign a request for a URL of this host; of another host, none."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    credentials = Credentials(dyno.var(KEY_ID), dyno.var(SECRET), dyno.var(TOKEN) or None)
    signer = S3SigV4Auth(credentials, "s3", region_of(dyno) or _USUAL_REGION)

    def sign(asked: str) -> Mapping[str, str]:
        if urlsplit(asked)[:2] != urlsplit(url)[:2]:
            return {}
        request = AWSRequest("GET", asked, headers={"x-amz-checksum-mode": "ENABLED"})
        signer.add_auth(request)
        return {str(name): str(value) for name, value in request.headers.items()}

    return sign
