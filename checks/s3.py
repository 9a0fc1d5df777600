"""S3 credentials: a ladder that stops at the first broken rung.

variables present → shape → endpoint and region reachable → clock → identity → the key readable

The first two rungs need no network. The others are one signed request for one byte of the model
itself, made by boto3 as the app would make it, but in a child process: boto3 holds 20 MB or more,
which a worker on a small dyno should not keep. What the answers mean stands in `s3_answers.py`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checks.child import Outcome, Reporter, ask_child
from checks.evidence import Check, Dyno, Evidence, Fault, Level
from checks.facts import Fact
from checks.model_source import S3Object, model_recipe
from checks.s3_answers import KEY_ID, SECRET, TOKEN, explain_answer, explain_error, explain_settings

DEADLINE = 4.8  # seconds for all rungs; a probe of a black hole must end within 5
CONNECT_SECONDS, READ_SECONDS = 1.5, 2.0

# AWS's own ids: AKIA… are lasting, ASIA… temporary. IAM user guide, "Unique identifiers".
_AWS_ID = re.compile(r"^(AKIA|ASIA)[A-Z0-9]{16}$")
# Where else boto3 looks. boto3's guide, "Credentials".
_OTHER_CREDENTIALS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """Climb the ladder for the object the model comes from; nothing to ask for other sources."""
    try:
        recipe = model_recipe(dyno)
    except Fault as fault:
        yield fault.evidence
        return
    objects = [source for source in recipe.sources if isinstance(source, S3Object)] if recipe else []
    if not objects:
        yield Evidence(Fact.S3_OBJECT, Level.OK, "The model does not come from S3.")
        return
    broken = credentials_fault(dyno)
    if broken is not None:
        yield _softened(broken, dyno)
        return
    arguments = [part for source in objects for part in (source.bucket, source.key, _default(source))]
    outcome = ask_child("checks.s3", arguments, dyno.env, dyno.root, DEADLINE)
    for evidence in _read(outcome, objects[0], dyno):
        yield _softened(evidence, dyno)


def _default(source: S3Object) -> str:
    return "default-key" if source.key_is_default else ""


def _softened(evidence: Evidence, dyno: Dyno) -> Evidence:
    """With the model in memory a broken S3 hurts at the next restart only, and that comes daily."""
    if evidence.level is not Level.FAIL or dyno.boot is None or dyno.boot.ready_after is None:
        return evidence
    return Evidence(
        evidence.fact,
        Level.WARN,
        f"{evidence.text} The model is loaded, but the next restart will fail, and every dyno "
        "restarts daily.",
        evidence.where,
        evidence.at,
        evidence.values,
    )


def credentials_fault(dyno: Dyno) -> Evidence | None:
    """The first two rungs, which need no network: the variables are there and of a possible shape."""
    key_id, secret = dyno.env.get(KEY_ID, ""), dyno.env.get(SECRET, "")
    absent = [n for n, v in ((KEY_ID, key_id), (SECRET, secret)) if not v.strip()]
    if len(absent) == 2 and _others_possible(dyno):
        return None  # boto3 may find them: a profile, a role, a file
    if not absent and key_id.startswith("ASIA") and not dyno.var(TOKEN) and not endpoint_of(dyno):
        absent = [TOKEN]
    if absent:
        return Evidence(
            Fact.S3_CREDENTIALS,
            Level.FAIL,
            f"{' and '.join(absent)} {'are' if len(absent) > 1 else 'is'} not set.",
            "config vars",
            values={"fault": "missing", "names": tuple(absent), "variable": absent[0]},
        )
    fault, variable, text = _shape_fault(dyno, key_id, secret)
    if not fault:
        return None
    return Evidence(
        Fact.S3_CREDENTIALS,
        Level.FAIL,
        text,
        "config vars",
        values={"fault": "malformed", "shape": fault, "variable": variable},
    )


def _others_possible(dyno: Dyno) -> bool:
    """Off a dyno always; in a dyno only where somebody has said so or committed a file."""
    if not dyno.on_heroku or any(map(dyno.var, _OTHER_CREDENTIALS)):
        return True
    home = dyno.var("HOME")
    return bool(home) and (Path(home) / ".aws" / "credentials").is_file()


def _shape_fault(dyno: Dyno, key_id: str, secret: str) -> tuple[str, str, str]:
    for name in (KEY_ID, SECRET, TOKEN):
        value = dyno.env.get(name, "")
        if value != value.strip() or any(c.isspace() or not c.isprintable() for c in value):
            return "blanks", name, f"{name} holds a blank or a line end."
        if value[:1] in ("'", '"') or value[-1:] in ("'", '"'):
            return "quotes", name, f"{name} is wrapped in quotes, which become part of the value."
    if _AWS_ID.match(secret) or (len(key_id) == 40 and len(secret) == 20):
        return "swapped", KEY_ID, f"{KEY_ID} and {SECRET} are swapped."
    return "", "", ""


def endpoint_of(dyno: Dyno) -> str:
    """The endpoint config var, empty for Amazon's own."""
    return dyno.var("AWS_ENDPOINT_URL_S3") or dyno.var("AWS_ENDPOINT_URL")


def region_of(dyno: Dyno) -> str | None:
    """The region config var. boto3 itself reads AWS_DEFAULT_REGION only; other SDKs AWS_REGION."""
    return dyno.var("AWS_REGION") or dyno.var("AWS_DEFAULT_REGION") or None


def _read(outcome: Outcome, source: S3Object, dyno: Dyno) -> Iterator[Evidence]:
    """What the child found, or what its silence means."""
    if outcome.evidence:
        yield from outcome.evidence
    elif outcome.timed_out and outcome.reached == "asking":
        yield Evidence(
            Fact.S3_ENDPOINT,
            Level.FAIL,
            f"The S3 endpoint {_host(endpoint_of(dyno))} gave no answer within {outcome.seconds:.1f} s.",
            _host(endpoint_of(dyno)),
            values={"fault": "unreachable", "reason": "no answer", "host": _host(endpoint_of(dyno))},
        )
    else:
        how = "took too long to start" if outcome.timed_out else f"ended with {outcome.status}"
        yield Evidence(
            Fact.S3_OBJECT,
            Level.UNKNOWN,
            f"The probe of {source} {outcome.signal_name or how} before it could ask.",
        )


def _host(url: str) -> str:
    """The host of an endpoint without user, password, path and query."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "s3.amazonaws.com"
    except ValueError:
        return "of AWS_ENDPOINT_URL_S3"


# The child's side ------------------------------------------------------------------------------


def _main(*arguments: str) -> None:
    """One signed GET for the first byte of each object; the answers decide the remaining rungs."""
    report = Reporter()
    triples = zip(arguments[::3], arguments[1::3], arguments[2::3], strict=True)
    objects = [S3Object(bucket, key, "", bool(default)) for bucket, key, default in triples]
    dyno = Dyno(env=os.environ, root=Path.cwd())
    try:
        client = s3_client(dyno)
    except ImportError:
        report.say(Evidence(Fact.S3_OBJECT, Level.UNKNOWN, "boto3 is not installed, so S3 can't be asked."))
        return
    except Exception as error:
        report.say(explain_settings(error, objects[0]))
        return
    host = _host(client.meta.endpoint_url)
    report.reached("asking")
    found: list[Evidence] = []
    for source in objects:
        try:
            answer = client.get_object(Bucket=source.bucket, Key=source.key, Range="bytes=0-0")
        except Exception as error:
            report.say(*explain_error(error, source, host, dyno.clock()))
            return
        found += explain_answer(answer, source, host, dyno.clock())
    report.say(*found)


def s3_client(dyno: Dyno) -> Any:
    """A client with this project's time-outs and the region of either variable."""
    import boto3
    from botocore.config import Config

    # A dyno has no instance role to ask for, and asking takes seconds.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    return boto3.Session(region_name=region_of(dyno)).client(
        "s3",
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
        ),
    )


# Somebody who asks gets an answer of the last ten seconds; while nobody does, S3 is asked once a
# minute: each question is a process that holds 40 MB for half a second.
CHECK = Check("s3", ask, deadline=DEADLINE + 0.2, every=10.0, at_least_every=60.0)

if __name__ == "__main__":
    _main(*sys.argv[1:])
