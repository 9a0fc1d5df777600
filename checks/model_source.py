"""Where the model comes from, read from the config vars.

One URI says it: ``MODEL_URI=s3://bucket/key``, ``https://…``, a path, or ``env:NAME`` for base64 in a
config var. The other names say the same in more words: see `model_recipe`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from checks.evidence import Dyno, Evidence, Fault, Level
from checks.facts import Fact
from checks.model_version import choose_version, mapped, unmapped

DEFAULT_S3_KEY = "my_model.h5"
_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class S3Object:
    """A file in object storage."""

    bucket: str
    key: str
    told_by: str  # the config var that names it
    key_is_default: bool = False

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class HttpUrl:
    """A file on a web server. The URL may hold a password or a signature: `str()` gives neither."""

    url: str
    told_by: str

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file or folder on the dyno's own disk."""

    path: Path
    told_by: str

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class ConfigVar:
    """Base64 in a config var."""

    name: str
    told_by: str

    def __str__(self) -> str:
        return f"env:{self.name}"


@dataclass(frozen=True, slots=True)
class Factory:
    """``module:function`` of the app that builds the architecture."""

    module: str
    function: str
    told_by: str

    def __str__(self) -> str:
        return f"{self.module}:{self.function}"


Remote = S3Object | HttpUrl
Source = S3Object | HttpUrl | LocalFile | ConfigVar


class Form(StrEnum):
    """What the parts of a model are."""

    WHOLE = "whole"  # one file or folder with everything
    ARCHITECTURE = "architecture"  # Keras: the layers from one place, the weights from another
    ONNX = "onnx"  # an ONNX graph, and perhaps its external data


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the model is made of. `remarks` is what somebody should know about the choice."""

    form: Form
    main: Source | Factory
    weights: Source | None = None
    remarks: tuple[Evidence, ...] = ()

    @property
    def sources(self) -> Iterator[Source]:
        """All files there are to fetch."""
        if not isinstance(self.main, Factory):
            yield self.main
        if self.weights is not None:
            yield self.weights

    def __str__(self) -> str:
        return f"{self.main} with {self.weights}" if self.weights is not None else str(self.main)


def model_recipe(dyno: Dyno) -> Recipe | None:
    """The configured model, or None. Raises Fault (`MODEL_SOURCE`) for one that can't be used.

    The first of these that is set: ``MODEL_URI``; ``MODEL_URL_V1`` … by ``APP_VERSION``;
    ``MODEL_URL``; ``MODEL_ARCHITECTURE_URL`` with ``MODEL_WEIGHTS_URL``; ``ONNX_MODEL_PATH`` with
    ``ONNX_WEIGHTS_PATH``; ``S3_BUCKET_NAME`` with ``S3_MODEL_KEY``; ``MODEL_BASE64``. An ``APP_VERSION``
    without any of them is the fault version-unmapped.
    """
    told = [(names, read) for names, read in _ways(dyno) if names]
    if not told:
        if version := dyno.var("APP_VERSION"):
            raise unmapped(version)
        return None
    (used, read), *others = told
    recipe = read(dyno)
    unused = [name for names, _ in others for name in names]
    return replace(recipe, remarks=(*recipe.remarks, _not_used(used[0], unused))) if unused else recipe


def _ways(dyno: Dyno) -> Iterator[tuple[list[str], Callable[[Dyno], Recipe]]]:
    """Each way to name a model: the config vars of it that are set, and who reads them."""

    def told(*names: str) -> list[str]:
        return [name for name in names if dyno.var(name)]

    yield told("MODEL_URI"), lambda dyno: Recipe(Form.WHOLE, _source("MODEL_URI", dyno))
    yield sorted(mapped(dyno.env).values()), _of_version
    yield told("MODEL_URL"), lambda dyno: Recipe(Form.WHOLE, _source("MODEL_URL", dyno))
    yield told("MODEL_ARCHITECTURE_URL", "MODEL_WEIGHTS_URL"), _architecture_and_weights
    yield told("ONNX_MODEL_PATH", "ONNX_WEIGHTS_PATH"), _onnx
    yield told("S3_BUCKET_NAME"), _bucket
    yield told("MODEL_BASE64"), lambda _: Recipe(Form.WHOLE, ConfigVar("MODEL_BASE64", "MODEL_BASE64"))


def _not_used(used: str, others: list[str]) -> Evidence:
    text = f"{used} names the model; {' and '.join(others)} {'are' if len(others) > 1 else 'is'} not used."
    return Evidence(Fact.MODEL_SOURCE, Level.INFO, text, "config vars", values={"names": tuple(others)})


def _of_version(dyno: Dyno) -> Recipe:
    chosen = choose_version(dyno)
    return Recipe(Form.WHOLE, _source(chosen.variable, dyno), remarks=chosen.remarks)


def _bucket(dyno: Dyno) -> Recipe:
    key = dyno.var("S3_MODEL_KEY")
    bucket = dyno.var("S3_BUCKET_NAME")
    return Recipe(Form.WHOLE, S3Object(bucket, key or DEFAULT_S3_KEY, "S3_BUCKET_NAME", not key))


def _architecture_and_weights(dyno: Dyno) -> Recipe:
    for name, other in (
        ("MODEL_ARCHITECTURE_URL", "MODEL_WEIGHTS_URL"),
        ("MODEL_WEIGHTS_URL", "MODEL_ARCHITECTURE_URL"),
    ):
        if not dyno.var(name):
            raise _unusable(f"{other} is set and {name} is not; one needs the other.", name, "unset")
    named = dyno.var("MODEL_ARCHITECTURE_URL")
    if _FACTORY.fullmatch(named) and not named.startswith("env:"):
        module, _, function = named.partition(":")
        main: Source | Factory = Factory(module, function, "MODEL_ARCHITECTURE_URL")
    else:
        main = _source("MODEL_ARCHITECTURE_URL", dyno)
    return Recipe(Form.ARCHITECTURE, main, _source("MODEL_WEIGHTS_URL", dyno))


def _onnx(dyno: Dyno) -> Recipe:
    if not dyno.var("ONNX_MODEL_PATH"):
        text = "ONNX_WEIGHTS_PATH is set and ONNX_MODEL_PATH is not; one needs the other."
        raise _unusable(text, "ONNX_MODEL_PATH", "unset")
    weights = _source("ONNX_WEIGHTS_PATH", dyno) if dyno.var("ONNX_WEIGHTS_PATH") else None
    return Recipe(Form.ONNX, _source("ONNX_MODEL_PATH", dyno), weights)


def _source(name: str, dyno: Dyno) -> Source:
    """The source that a config var's URI names."""
    uri = dyno.var(name)
    if uri[:5].lower() == "s3://":
        bucket, _, key = uri[5:].partition("/")
        if not bucket or not key:
            raise _unusable(f"{name} is no s3://bucket/key: the bucket or the key is missing.", name)
        return S3Object(bucket, key, name)
    try:
        parts = urlsplit(uri)
        scheme, host = parts.scheme, parts.hostname
        _ = parts.port
    except ValueError:
        raise _unusable(f"{name} is not a URI.", name) from None
    if scheme in ("https", "http"):
        if not host:
            raise _unusable(f"{name} is a URL without a host.", name)
        return HttpUrl(uri, name)
    if scheme == "env":
        variable = uri.partition(":")[2]
        if not re.fullmatch(r"[A-Za-z_]\w*", variable):
            raise _unusable(f"{name} is no env:NAME: NAME is a config var's name.", name)
        return ConfigVar(variable, name)
    if scheme == "file":
        return LocalFile(Path(unquote(parts.path)), name)
    if scheme and "://" in uri:
        raise _unusable(
            f"{name} has a scheme that is not supported: use s3://bucket/key, https://…, env:NAME or a path.",
            name,
        )
    return LocalFile(dyno.root / uri, name)


def _unusable(text: str, variable: str, fault: str = "malformed") -> Fault:
    values = {"fault": fault, "variable": variable}
    return Fault(Evidence(Fact.MODEL_SOURCE, Level.FAIL, text, "config vars", values=values))
