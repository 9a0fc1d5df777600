"""Projects made for a test: a folder from texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from diag.collect.project.tree import Tree, read


def project(folder: Path, files: Mapping[str, str | bytes]) -> Tree:
    """The folder with those files, as preflight reads it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(folder)
