"""Where the model comes from, read from the config vars.

One URI says it: ``MODEL_URI=s3://bucket/key`` or a path. ``S3_BUCKET_NAME`` with ``S3_MODEL_KEY``
says the same in two.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from checks.evidence import Dyno, Evidence, Fault, Level
from checks.facts import Fact

DEFAULT_S3_KEY = "my_model.h5"


@dataclass(frozen=True, slots=True)
class S3Object:
    """A model in object storage."""

    bucket: str
    key: str
    told_by: str  # the config var that names it
    key_is_default: bool = False

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A model on the dyno's own disk."""

    path: Path
    told_by: str

    def __str__(self) -> str:
        return str(self.path)


Source = S3Object | LocalFile


def model_source(dyno: Dyno) -> Source | None:
    """The configured source, or None. Raises Fault (`MODEL_SOURCE`) for one that can't be used."""
    uri = dyno.var("MODEL_URI")
    if uri:
        return _from_uri(uri, dyno.root)
    bucket = dyno.var("S3_BUCKET_NAME")
    if bucket:
        key = dyno.var("S3_MODEL_KEY")
        return S3Object(bucket, key or DEFAULT_S3_KEY, "S3_BUCKET_NAME", not key)
    return None


def _from_uri(uri: str, root: Path) -> Source:
    if uri[:5].lower() == "s3://":
        bucket, _, key = uri[5:].partition("/")
        if not bucket or not key:
            raise _unusable("MODEL_URI is no s3://bucket/key: the bucket or the key is missing.")
        return S3Object(bucket, key, "MODEL_URI")
    try:
        scheme = urlsplit(uri).scheme
    except ValueError:
        raise _unusable("MODEL_URI is not a URI.") from None
    if scheme == "file":
        return LocalFile(Path(unquote(urlsplit(uri).path)), "MODEL_URI")
    if scheme and ("://" in uri or scheme == "env"):
        raise _unusable("MODEL_URI has a scheme that is not supported: use s3://bucket/key or a path.")
    return LocalFile(root / uri, "MODEL_URI")


def _unusable(text: str) -> Fault:
    return Fault(
        Evidence(
            Fact.MODEL_SOURCE,
            Level.FAIL,
            text,
            "config vars",
            values={"fault": "malformed", "variable": "MODEL_URI"},
        )
    )
