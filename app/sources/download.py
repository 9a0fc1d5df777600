"""The download of one file, as a child process: open, write, go on after a cut, check, move in place.

``python -m app.sources.download TARGET LIMITS``, with the source in the environment: arguments of a
process are everybody's to see, and a URL may be signed.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from app.sources.digests import mismatch
from app.sources.faults import Broken, Failed, broken_evidence, download_evidence, progress
from app.sources.limits import DISK_RESERVE_BYTES, Limits
from app.sources.opened import Opened, Opener
from app.sources.part import Part
from checks.child import Reporter
from checks.evidence import Dyno, Evidence
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.limits import MB
from checks.model_source import HttpUrl, Remote, S3Object

SOURCE_VARIABLE = "MODEL_DOWNLOAD_SOURCE"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class _Patience:
    """How often what may pass is tried again without any progress."""

    def __init__(self, limits: Limits) -> None:
        self._pauses = iter(limits.pauses)
        self._until = time.monotonic() + limits.patience

    def pause(self, asked: float | None) -> float | None:
        """Seconds until the next try; None when there is none."""
        pause = next(self._pauses, None)
        if pause is None:
            return None
        # Workers that were started together do not come back together.
        pause = max(pause * random.uniform(0.8, 1.2), asked or 0.0)  # noqa: S311  no secret
        return pause if time.monotonic() + pause <= self._until else None


def download(source: Remote, opener: Opener, part: Part, limits: Limits) -> None:
    """Fetch the file of `source` into `part` and move it in place. Raises Failed and OSError."""
    until = time.monotonic() + limits.deadline
    patience: _Patience | None = None
    was_other = False
    while True:
        before = part.most
        try:
            _one_try(source, opener, part, until, limits)
            other = mismatch(part.path, part.digests)
            if other is None:
                part.move_in_place()
                return
            if was_other:
                break
            was_other, patience = True, None
            part.clear()
            continue
        except Broken as broken:
            failed = Failed(broken_evidence(broken, source, opener.host, part.size, part.total))
        except Failed as error:
            if not error.passing:
                raise
            failed = error
        if patience is None or part.most > before:
            patience = _Patience(limits)
        pause = patience.pause(failed.pause)
        if pause is None or time.monotonic() + pause > until:
            raise failed
        time.sleep(pause)
    raise Failed(_other_content(source, opener, other))


def _one_try(source: Remote, opener: Opener, part: Part, until: float, limits: Limits) -> None:
    """Raises Broken when the answer ends before the file does."""
    opened = opener.open(part.offset, part.validator)
    with closing(opened):
        _must_have_room(source, opened, part)
        part.begin(opened)
        for block in opened.blocks:
            part.write(block)
            if time.monotonic() > until:
                raise Failed(_too_slow(source, opener, part, limits.deadline))
    if opened.total is not None and part.size != opened.total:
        raise Broken("cut", "the connection ended before the file did")


def _must_have_room(source: Remote, opened: Opened, part: Part) -> None:
    if opened.total is None:
        return
    room = shutil.disk_usage(part.path.parent).free - DISK_RESERVE_BYTES
    if opened.total - opened.start > room + (part.size - opened.start):
        sizes = f"has {opened.total / MB:,.1f} MB and the disk has {max(0, room) / MB:,.1f} MB left for it"
        raise Failed(
            download_evidence(
                "disk-full", source, sizes, opened.host, expected_bytes=opened.total, free_bytes=max(0, room)
            )
        )


def _too_slow(source: Remote, opener: Opener, part: Part, seconds: float) -> Evidence:
    received, total = part.size, part.total
    what = f"gave {progress(received, total)} within the {seconds:g} s there are"
    return download_evidence(
        "deadline", source, what, opener.host, passing=True, received_bytes=received, expected_bytes=total
    )


def _other_content(source: Remote, opener: Opener, other: tuple[str, str, str]) -> Evidence:
    algorithm, told, found = other
    what = f"it came twice with another {algorithm.upper()} than its server tells"
    evidence = download_evidence(
        "checksum", source, what, opener.host, algorithm=algorithm, told_digest=told, found_digest=found
    )
    return replace(evidence, text=f"{source}: {what}, {told}; found {found}.")


def _opener(source: Remote, dyno: Dyno, limits: Limits) -> Opener:
    if isinstance(source, S3Object):
        from app.sources.signed import SignedOpener, plain_url

        if url := plain_url(source, dyno):
            with suppress(ImportError):  # of botocore: that of boto3 is the one to tell
                return SignedOpener(source, url, dyno, limits.connect, limits.stall)
        from app.sources.s3 import S3Opener

        return S3Opener(source, dyno, limits.connect, limits.stall)
    from app.sources.https import HttpsOpener

    return HttpsOpener(source, limits.connect, limits.stall)


def _main(target: Path, limits: Limits) -> None:
    """Report what went wrong; nothing when all is well."""
    report = Reporter()
    told = json.loads(os.environ.pop(SOURCE_VARIABLE))
    source: Remote = HttpUrl(**told) if "url" in told else S3Object(**told)
    dyno = Dyno(env=os.environ, root=Path.cwd())
    part: Part | None = None
    keep = False
    try:
        opener = _opener(source, dyno, limits)
        part = Part(target)
        download(source, opener, part, limits)
        return
    except ImportError as error:
        report.say(evidence_of(error, Fact.MODEL_LOAD, f"The download of {source}", dyno))
    except Failed as failed:
        keep = failed.passing
        report.say(failed.evidence)
    except OSError as error:
        report.say(_of_disk(error, source, part, dyno))
    if part is not None:
        part.leave(keep=keep)


def _of_disk(error: OSError, source: Remote, part: Part | None, dyno: Dyno) -> Evidence:
    """The file could not be written; all that comes from the network is a Failed."""
    if error.errno in _FULL and part is not None:
        what = f"does not fit on the disk: it was full after {progress(part.size, part.total)}"
        return download_evidence(
            "disk-full", source, what, received_bytes=part.size, expected_bytes=part.total
        )
    return evidence_of(error, Fact.MODEL_DOWNLOAD, f"The download of {source}", dyno)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Limits(**json.loads(sys.argv[2])))
