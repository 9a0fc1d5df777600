"""Evidence of lock files that do not fit their manifest, or can't be parsed."""

from __future__ import annotations

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.cause import Confidence
from diag.collect.project.finding import SURE, finding
from diag.collect.project.requirements.documents import Document


def stale(  # noqa: PLR0913  what the texts need
    said: str, lock: str, relock: str, sure: Confidence, *, reason: str, manifest: str
) -> Evidence:
    """A lock file that the build will refuse; `relock` is the command that writes it anew."""
    return finding(
        Fact.PROJECT_REQUIREMENT,
        "lockfile",
        Level.FAIL,
        sure,
        said,
        lock,
        said=said,
        reason=reason,
        lock=lock,
        again=relock if reason != "manifest-missing" else "",
        missing=manifest if reason == "manifest-missing" else "",
        manifest=manifest,
    )


def unparsable(document: Document, path: str, relock: str) -> Evidence:
    """A lock file or manifest that can't be parsed."""
    place = f", line {document.line}," if document.line else ""
    said = f"{path}{place} can't be parsed: {document.problem}"
    return finding(
        Fact.PROJECT_REQUIREMENT,
        "lockfile",
        Level.FAIL,
        SURE,
        said,
        f"{path}:{document.line}" if document.line else path,
        said=said,
        reason="unparsable",
        lock=path,
        again=relock,
    )
