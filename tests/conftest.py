"""What takes seconds to start and is shared by a whole run; nothing starts until a test asks for it."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import psutil
import pytest
from hypothesis import settings

from tests import with_tensorflow
from tests.s3_servers import BUCKET, REGION, Moto, moto_server

# A run of the tests says the same twice. New examples are looked for by `python -m tests.fuzz`, and by
# `pytest --hypothesis-profile=explore`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=5000, deadline=None)
settings.load_profile("repeatable")

# A shell ignores SIGINT in what it runs in the background, and all that the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

P = ParamSpec("P")
R = TypeVar("R")


class TensorFlowProcess:
    """A process in which functions of `tests.with_tensorflow` run, one after another."""

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return self._pool.submit(function, *args, **kwargs).result(60)

    def end(self) -> None:
        self._pool.shutdown()


@dataclass(frozen=True)
class Storage:
    """A running S3 that checks signatures, with files in it, and the config vars to read them."""

    moto: Moto

    @property
    def port(self) -> int:
        return urlsplit(self.moto.url).port or 0

    @property
    def env(self) -> dict[str, str]:
        return {
            **self.moto.reader.env,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": self.moto.url,
        }

    def put(self, path: Path, key: str = "") -> str:
        """Upload a file; its URI."""
        import boto3

        writer = self.moto.stranger  # may write and not read
        session = boto3.Session(writer.key_id, writer.secret, region_name=REGION)
        client: Any = session.client("s3", endpoint_url=self.moto.url)
        client.put_object(Bucket=BUCKET, Key=key or path.name, Body=path.read_bytes())
        client.close()
        return f"s3://{BUCKET}/{key or path.name}"


def still_running(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that have not ended after that time; one that nobody has buried yet has."""
    end = time.monotonic() + seconds
    while alive := [each for each in processes if _is_alive(each)]:
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="session")
def tensorflow() -> Iterator[TensorFlowProcess]:
    """A process with TensorFlow, for all tests together."""
    process = TensorFlowProcess()
    yield process
    process.end()


@pytest.fixture(scope="session")
def models(tensorflow: TensorFlowProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small models."""
    folder = tmp_path_factory.mktemp("models")
    tensorflow(with_tensorflow.make_models, folder)
    return folder


@pytest.fixture(scope="session")
def storage() -> Iterator[Storage]:
    """An S3 on 127.0.0.1, for all tests that leave it running."""
    with moto_server() as moto:
        yield Storage(moto)
