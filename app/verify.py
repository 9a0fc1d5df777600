"""What came is a model, and the one that was pinned: told before a runtime is asked to load it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.gather import Parts
from app.runtimes.external_data import place_external_data
from app.sources.archive import unpack
from checks.evidence import Dyno
from checks.ledger import Ledger
from checks.model_file import inspect, sha256_of, verify_sha256
from checks.model_source import Factory, Form

TWO_PARTS = "architecture and weights"


@dataclass(frozen=True, slots=True)
class Verified:
    """A model's files that are what they should be, ready for a runtime."""

    format: str  # as `checks.model_file` names it, or TWO_PARTS
    main: Path | Factory
    weights: Path | None = None


def verify(parts: Parts, folder: Path, dyno: Dyno, boot: Ledger) -> Verified:
    """Look at each file, compare the pin, unpack an archive into `folder`. Raises Fault.

    ``MODEL_SHA256`` pins the file that came, packed as it is; of two parts, the one with the weights.
    """
    pinned = parts.weights or parts.main
    if isinstance(pinned, Path) and pinned.exists():
        expected = dyno.var("MODEL_SHA256")
        digest = verify_sha256(pinned, expected) if expected else _digest(pinned)
        boot.identify(sha256=digest, size_bytes=pinned.stat().st_size)
    verified = _verified(parts, folder, boot)
    boot.identify(format=verified.format)
    return verified


def _verified(parts: Parts, folder: Path, boot: Ledger) -> Verified:
    if parts.form is Form.ARCHITECTURE or isinstance(parts.main, Factory):
        return Verified(TWO_PARTS, parts.main, parts.weights)
    path, found = parts.main, inspect(parts.main)
    if found.format == "archive":
        path = unpack(path, folder / "unpacked")
        found = inspect(path)
    if found.format == "onnx":
        placed = place_external_data(path, parts.weights, folder)
        boot.remark(*placed.remarks)
        path = placed.path
    if parts.weights is None:
        boot.identify(size_bytes=found.size_bytes)
    return Verified(found.format, path)


def _digest(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""
