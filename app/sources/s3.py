"""An object in S3, opened at an offset by boto3. What S3 refuses, `checks.s3_answers` explains."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from app.sources.digests import told_by_s3
from app.sources.faults import Failed
from app.sources.opened import Opened, blocks_of, content_range
from checks.evidence import Dyno, Evidence, Level
from checks.facts import Fact
from checks.model_source import S3Object
from checks.s3 import region_of
from checks.s3_answers import explain_error


class S3Opener:
    """Opens one object, again and again. Raises ImportError without boto3, and Failed."""

    def __init__(self, source: S3Object, dyno: Dyno, connect: float, stall: float) -> None:
        import boto3
        from botocore.config import Config

        self.source = source
        self.host = ""
        self._stall = stall
        # A dyno has no instance role to ask for, and asking takes seconds.
        os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
        try:
            self._client: Any = boto3.Session(region_name=region_of(dyno)).client(
                "s3",
                config=Config(
                    connect_timeout=connect,
                    read_timeout=stall,
                    retries={"total_max_attempts": 1, "mode": "standard"},  # tried again by `download`
                ),
            )
        except Exception as error:
            raise self._explained(error) from None
        self.host = urlsplit(self._client.meta.endpoint_url).netloc.rpartition("@")[2]

    def open(self, offset: int, validator: str) -> Opened:
        """See `Opener`."""
        asked = {"Range": f"bytes={offset}-", "IfMatch": validator} if offset else {}
        try:
            answer = self._client.get_object(
                Bucket=self.source.bucket, Key=self.source.key, ChecksumMode="ENABLED", **asked
            )
        except Exception as error:
            if offset and _status(error) in (412, 416):  # it is another one by now
                return self.open(0, "")
            raise self._explained(error) from None
        start, total = 0, answer.get("ContentLength")
        told = answer.get("ContentRange", "")
        if told:
            extent = content_range(told)
            start, total = (extent[0], extent[2]) if extent else (-1, None)
        etag = str(answer.get("ETag", ""))
        if start and (start != offset or etag != validator):
            answer["Body"].close()
            if offset:
                return self.open(0, "")
            raise self._explained(ValueError("a part that was not asked for"))
        raw = answer["Body"].__enter__()  # urllib3's own response, as documented of StreamingBody
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        return Opened(
            start=start,
            total=total,
            validator=etag,
            host=self.host,
            blocks=blocks_of(raw, self._stall),
            close=raw.close,
            digests={} if start else told_by_s3(headers, self.source.bucket),
        )

    def _explained(self, error: Exception) -> Failed:
        found = list(explain_error(error, self.source, self.host, time.time()))
        broken = next((each for each in found if each.level >= Level.WARN), found[-1])
        # A default key that is not there may mean nothing to a check; here it is the model.
        if broken.fact is Fact.S3_OBJECT:
            broken = replace(broken, level=Level.FAIL)
        return Failed(replace(broken, values={**broken.values, "passing": _may_pass(broken)}))


def _may_pass(evidence: Evidence) -> bool:
    """Whether the endpoint may answer otherwise in a moment; what is no S3 will not become one."""
    values = evidence.values
    if evidence.fact is not Fact.S3_ENDPOINT or not values.get("host"):
        return False
    return values.get("fault") == "server-error" or (
        values.get("fault") == "unreachable" and not values.get("status")
    )


def _status(error: Exception) -> int | None:
    response = getattr(error, "response", None)
    return response["ResponseMetadata"].get("HTTPStatusCode") if isinstance(response, dict) else None
