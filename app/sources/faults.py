"""What goes wrong on a file's way to the disk, as evidence. No URL's query or user ever gets into it."""

from __future__ import annotations

from http import HTTPStatus

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from checks.limits import MB
from checks.model_source import Remote


class Failed(Exception):  # noqa: N818  one try has, and another may not
    """A try that ended; `pause` is the seconds the server asks to wait before the next."""

    def __init__(self, evidence: Evidence, pause: float | None = None) -> None:
        super().__init__(evidence.text)
        self.evidence = evidence
        self.pause = pause

    @property
    def passing(self) -> bool:
        """Whether another try may succeed with the same config vars."""
        return bool(self.evidence.values.get("passing"))


class Broken(Exception):  # noqa: N818  the same
    """An answer that stopped before its end: `fault` is ``cut`` or ``stalled``."""

    def __init__(self, fault: str, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason


def download_evidence(fault: str, source: Remote, what: str, host: str = "", **more: Value) -> Evidence:
    """Evidence of a failed download; `what` follows the source's name in a sentence."""
    values: dict[str, Value] = {
        "fault": fault,
        "source": str(source),
        "variable": source.told_by or None,
        "what": what,
        "passing": False,
        "host": host or None,
    }
    return Evidence(
        Fact.MODEL_DOWNLOAD, Level.FAIL, f"{source} {what}.", host or str(source), values=values | more
    )


def broken_evidence(broken: Broken, source: Remote, host: str, received: int, total: int | None) -> Evidence:
    """An answer that stopped, with how far it came."""
    what = f"{'stalled' if broken.fault == 'stalled' else 'was cut off'} at {progress(received, total)}"
    return download_evidence(
        broken.fault,
        source,
        f"{what}: {broken.reason}",
        host,
        received_bytes=received,
        expected_bytes=total,
        passing=True,
    )


def progress(received: int, total: int | None) -> str:
    """``3.1 of 15.0 MB``."""
    if max(received, total or 0) < MB:
        return f"{received:,} bytes" if total is None else f"{received:,} of {total:,} bytes"
    told = "" if total is None else f"of {total / MB:,.1f} "
    return f"{received / MB:,.1f} {told}MB"


def status_name(status: int) -> str:
    """``404 Not Found``; the words are the standard's, not the server's."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
