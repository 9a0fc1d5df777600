"""The Python of the virtual environment in the folder: the one the app is tried with here."""

from __future__ import annotations

import re

from diag.collect.project.tree import Tree

_USUAL = (".venv", "venv", "env", ".env", "virtualenv")
_VERSION = re.compile(r"^version(?:_info)?[ \t]*=[ \t]*(?P<minor>\d\.\d{1,3})(?:\.|\s|$)", re.MULTILINE)


def versions_here(tree: Tree) -> dict[str, str]:
    """The minor version by the folder of each virtual environment in the root. They are rarely pushed."""
    found = {}
    for folder in dict.fromkeys((*_USUAL, *(venv for venv in tree.venvs if "/" not in venv))):
        path = f"{folder}/pyvenv.cfg"
        data = tree.data(path, 10_000) if tree.exists_here(path) else None
        match = _VERSION.search(data.decode("utf-8", "replace")) if data else None
        if match is not None:
            found[folder] = match["minor"]
    return found
