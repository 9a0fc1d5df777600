"""Download from S3, in a child process: boto3 costs 20 MB that the worker needs for the model.

A child also runs beside the import of TensorFlow without waiting for the interpreter lock.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from checks.child import Reporter, ask_child
from checks.evidence import Dyno, Evidence, Fault, Level
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.model_source import S3Object
from checks.s3 import credentials_fault, s3_client
from checks.s3_answers import explain_error

DEADLINE = 600.0  # seconds for the whole download
READ_SECONDS = 15.0  # of silence until a connection counts as dead
BLOCK = 1 << 20


def can_ask(dyno: Dyno) -> None:
    """Raises Fault when S3 need not be asked, since the credentials are missing or malformed."""
    broken = credentials_fault(dyno)
    if broken is not None:
        raise Fault(broken)


def download(source: S3Object, target: Path, dyno: Dyno) -> None:
    """Write the object to `target`. Raises Fault with the cause's evidence."""
    key_is_default = "default-key" if source.key_is_default else ""
    arguments = (source.bucket, source.key, key_is_default, str(target))
    outcome = ask_child("app.sources.s3", arguments, dyno.env, dyno.root, DEADLINE)
    broken = next((e for e in outcome.evidence if e.level >= Level.WARN), None)
    if broken is not None:
        # A default key that is not there may mean nothing to a check; here it is the model.
        raise Fault(replace(broken, level=Level.FAIL) if broken.fact is Fact.S3_OBJECT else broken)
    if outcome.status != 0 or not target.is_file():
        how = outcome.signal_name or f"status {outcome.status}"
        raise Fault(
            Evidence(
                Fact.MODEL_LOAD,
                Level.FAIL,
                f"The download of {source} was not over after {outcome.seconds:.0f} s."
                if outcome.timed_out
                else f"The download of {source} ended with {how} after {outcome.seconds:.0f} s.",
                str(source),
                values={"fault": "download", "signal": outcome.signal_name or None},
            )
        )


def _main(bucket: str, key: str, default_key: str, target: str) -> None:
    report = Reporter()
    dyno = Dyno(env=os.environ, root=Path.cwd())
    source = S3Object(bucket, key, "", bool(default_key))
    try:
        client = s3_client(dyno, read_seconds=READ_SECONDS, attempts=3)
    except ImportError as error:
        report.say(evidence_of(error, Fact.MODEL_LOAD, f"The download of {source}", dyno))
        return
    except Exception as error:
        report.say(*explain_error(error, source, "", dyno.clock()))
        return
    host = urlsplit(client.meta.endpoint_url).netloc.rpartition("@")[2]
    part = Path(f"{target}.part")
    try:
        answer = client.get_object(Bucket=bucket, Key=key)
        _write(answer["Body"].iter_chunks(BLOCK), part)
        part.replace(target)
    except Exception as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
            report.say(evidence_of(error, Fact.MODEL_LOAD, f"The download of {source}", dyno))  # the disk
        else:
            report.say(*explain_error(error, source, host, dyno.clock()))


def _write(blocks: Iterable[bytes], path: Path) -> None:
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)


if __name__ == "__main__":
    _main(*sys.argv[1:5])
