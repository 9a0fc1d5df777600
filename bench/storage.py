"""A web server and an S3 server on this machine, both rclone's, as slow as is asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.server import PORT, NoServer, serving

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "not-a-secret"
BUCKET = "models"


@contextmanager
def web(folder: Path, kilobytes: int = 0) -> Iterator[str]:
    """Serve a folder over HTTP: the URL it is at. Not faster than `kilobytes` (KiB) a second, if any."""
    with _rclone("http", folder, kilobytes) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def s3(folder: Path, kilobytes: int = 0) -> Iterator[dict[str, str]]:
    """Serve `folder`, whose folders are the buckets, over S3: the config vars that reach it."""
    with _rclone("s3", folder, kilobytes, "--auth-key", f"{KEY_ID},{SECRET}") as port:
        yield {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
        }


@contextmanager
def _rclone(protocol: str, folder: Path, kilobytes: int, *options: str) -> Iterator[int]:
    command = [_program(), "serve", protocol, str(folder), "--addr", f"127.0.0.1:{PORT}", *options]
    command += ["--config", "/dev/null", "--bwlimit", f"{kilobytes}k" if kilobytes else "off"]
    with serving(command) as server:
        server.until_bound()
        yield server.port


def _program() -> str:
    """rclone comes as a wheel, beside the interpreter."""
    path = Path(sys.executable).with_name("rclone")
    if not path.exists():
        raise NoServer(f"{path} is missing: pip install -r bench/requirements.txt")
    return str(path)
