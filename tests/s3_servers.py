"""Servers that speak S3 for tests: moto's and rclone's, which check signatures, and one that says what it
is told."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.servers import PLAIN_ENV, free_port

BUCKET = "models-of-the-shop"
KEY = "live/model.keras"
EMPTY_KEY = "live/empty.keras"
REGION = "us-east-1"
MODEL = b"not really a model, but of a size"


@dataclass(frozen=True)
class Identity:
    """An IAM user's access key."""

    key_id: str
    secret: str

    @property
    def env(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}


@dataclass(frozen=True)
class Moto:
    """A running moto server that checks signatures and policies."""

    url: str
    reader: Identity  # may get and list
    stranger: Identity  # valid, and may do neither


@contextlib.contextmanager
def moto_server() -> Iterator[Moto]:
    """Moto with one bucket, two objects and two users; from then on nothing is allowed unasked."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env=PLAIN_ENV,
        cwd="/",  # not a web process of the project
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield Moto(url, *_furnish(url))
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


@contextlib.contextmanager
def rclone_server(folder: Path) -> Iterator[tuple[str, Identity]]:
    """Rclone's S3 of a folder, whose own folders are the buckets: its URL and who may read."""
    port = free_port()
    reader = Identity("RCLONEKEYIDOFTESTS00", "the-secret-of-rclone")
    program = Path(sys.executable).with_name("rclone")
    options = ("--addr", f"127.0.0.1:{port}", "--auth-key", f"{reader.key_id},{reader.secret}")
    process = subprocess.Popen(
        [program, "serve", "s3", "--config", os.devnull, *options, folder],
        env={**PLAIN_ENV, "XDG_CACHE_HOME": str(folder.parent)},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}", reader
    finally:
        process.kill()
        process.wait()


def _furnish(url: str) -> tuple[Identity, Identity]:
    import boto3

    root = boto3.Session("AKIAROOTROOTROOTROOT", "root", region_name=REGION)
    s3 = root.client("s3", endpoint_url=url)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=MODEL)
    s3.put_object(Bucket=BUCKET, Key=EMPTY_KEY, Body=b"")
    iam = root.client("iam", endpoint_url=url)
    everything = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*", "arn:aws:s3:::no-such-*"]
    reader = _user(iam, "reader", ["s3:GetObject", "s3:ListBucket"], everything)
    stranger = _user(iam, "stranger", ["s3:PutObject"], everything)
    plain = {"Content-Type": "text/plain"}  # a form would be parsed and the number lost
    request = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", plain, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()
    return reader, stranger


def _user(iam: Any, name: str, actions: list[str], resources: list[str]) -> Identity:
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=name, PolicyName="only-this", PolicyDocument=json.dumps(policy))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Identity(made["AccessKeyId"], made["SecretAccessKey"])


@dataclass
class Script:
    """What the hand-made server answers to every request, and what it was asked."""

    status: int = 206
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"x"
    paths: list[str] = field(default_factory=list)
    url: str = ""

    def error(self, code: str, status: int, inner: str = "", **headers: str) -> Script:
        """An error as Amazon documents it: XML with a code, a message and more."""
        self.status = status
        self.headers = {
            "Content-Type": "application/xml",
            "x-amz-request-id": "4442587FB7D0A2F9",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        self.body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>said</Message>'
            f"{inner}<Resource>/{BUCKET}/{KEY}</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>"
        ).encode()
        return self

    def object_of(self, size: int, **headers: str) -> Script:
        """The first byte of an object of that size."""
        self.status, self.body = 206, b"x"
        self.headers = {
            "ETag": '"0123456789abcdef0123456789abcdef"',
            "Content-Range": f"bytes 0-0/{size}",
            "Content-Type": "binary/octet-stream",
            "x-amz-request-id": "4442587FB7D0A2F9",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self


@contextlib.contextmanager
def scripted_server() -> Iterator[Script]:
    """A server on 127.0.0.1 that answers as its script says."""
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.paths.append(self.path)
            self.send_response_only(script.status)
            for name, value in {"Date": self.date_time_string(), **script.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(script.body)))
            self.end_headers()
            self.wfile.write(script.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
