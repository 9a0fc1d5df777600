"""Download from S3, in a child process: boto3 costs 20 MB that the worker needs for the model.

A child also runs beside the import of TensorFlow without waiting for the interpreter lock.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from checks.child import Reporter, ask_child
from checks.evidence import Dyno, Evidence, Fault, Level
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.model_source import S3Object
from checks.s3 import credentials_fault, explain_error, s3_client

DEADLINE = 600.0  # seconds for the whole download
READ_SECONDS = 15.0  # of silence until a connection counts as dead
BLOCK = 1 << 20


def download(source: S3Object, target: Path, dyno: Dyno) -> None:
    """Write the object to `target`. Raises Fault with the cause's evidence."""
    broken = credentials_fault(dyno)
    if broken is not None:
        raise Fault(broken)
    arguments = (source.bucket, source.key, "default-key" if source.key_is_default else "", str(target))
    outcome = ask_child("app.sources.s3", arguments, dyno.env, dyno.root, DEADLINE)
    broken = next((e for e in outcome.evidence if e.level >= Level.WARN), None)
    if broken is not None:
        raise Fault(broken)
    if outcome.status != 0 or not target.is_file():
        how = outcome.signal_name or f"status {outcome.status}"
        raise Fault(
            Evidence(
                Fact.MODEL_LOAD,
                Level.FAIL,
                f"The download of {source} ended with {how} after {outcome.seconds:.0f} s.",
                str(source),
                values={"fault": "download", "signal": outcome.signal_name or None},
            )
        )


def _main(bucket: str, key: str, default_key: str, target: str) -> None:
    report = Reporter()
    dyno = Dyno(env=os.environ, root=Path.cwd())
    source = S3Object(bucket, key, "", bool(default_key))
    part = Path(f"{target}.part")
    try:
        client = s3_client(dyno, read_seconds=READ_SECONDS, attempts=3)
        answer = client.get_object(Bucket=bucket, Key=key)
    except Exception as error:
        report.say(*explain_error(error, source, "", dyno.clock()))
        return
    try:
        with part.open("wb") as file:
            for block in answer["Body"].iter_chunks(BLOCK):
                file.write(block)
        part.replace(target)
    except Exception as error:
        part.unlink(missing_ok=True)
        report.say(evidence_of(error, Fact.MODEL_LOAD, f"The download of {source}", dyno))


if __name__ == "__main__":
    _main(*sys.argv[1:5])
