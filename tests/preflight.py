"""Projects in one file each, and what preflight says of them.

``python -m tests.preflight`` writes the reports of all anew; `tests/diag/test_preflight.py` compares them.

A case is ``tests/fixtures/projects/<family>/<fault>/<name>.txt``: the files one after the other, each below a
line ``-- path --``, and after ``== report ==`` the whole text. Behind the path may stand in brackets how the
file is written: ``utf-16``, ``utf-8-sig``, ``crlf``, ``base64``; ``60 MB`` for one of that size; ``40 KB`` if
… stands for so much base64; ``copy of models/keras-2.h5`` for a file of `tests/fixtures`. The line
``-- .git (commit) --`` commits what stands above it; without one, the folder is no repository. A case named
``near-…`` is one that its cause must not be found in.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from diag.preflight import examine, tree_of
from diag.render.text import draw
from diag.report import Report
from tests.servers import ROOT

FIXTURES = ROOT / "tests" / "fixtures"
CASES = FIXTURES / "projects"
SUBJECT = "shop"
_REPORT = "== report ==\n"
_GIT = (
    *("git", "-c", "user.name=Robin", "-c", "user.email=robin@example.com", "-c", "commit.gpgSign=false"),
    *("-c", "init.defaultBranch=main", "-c", "core.autocrlf=false", "-c", f"core.excludesFile={os.devnull}"),
    *("-c", f"core.hooksPath={os.devnull}", "-c", "core.safecrlf=false"),
)
_HEAD = re.compile(r"^-- (?P<path>.+?)(?: \((?P<form>[^)]+)\))? --\n", re.MULTILINE)


def cases() -> list[Path]:
    return sorted(CASES.glob("*/*/*.txt"))


def id_of(case: Path) -> str:
    return f"{case.parent.parent.name}/{case.parent.name}"


def is_near_miss(case: Path) -> bool:
    return case.name.startswith("near-")


def expected(case: Path) -> str:
    return case.read_text("utf-8").partition(_REPORT)[2]


def unpack(case: Path, folder: Path) -> Path:
    """The project's folder within that folder."""
    root = folder / SUBJECT
    root.mkdir()
    for path, form, text in _files(case.read_text("utf-8").partition(_REPORT)[0]):
        if (path, form) == (".git", "commit"):
            _commit(root)
        else:
            _write(root / path, form, text)
    return root


@cache
def report_on(case: Path) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        return examine(tree_of(unpack(case, Path(folder))))


def _files(text: str) -> Iterator[tuple[str, str, str]]:
    heads = list(_HEAD.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        end = following.start() if following is not None else len(text)
        yield head["path"], head["form"] or "", text[head.end() : end]


def _write(file: Path, form: str, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if form.endswith(" MB"):
        file.touch()
        os.truncate(file, int(form.removesuffix(" MB")) << 20)
    elif form.startswith("copy of "):
        shutil.copyfile(FIXTURES / form.removeprefix("copy of "), file)
    else:
        file.write_bytes(_encoded(text, form))


def _commit(root: Path) -> None:
    here = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for step in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Open the shop"]):
        subprocess.run([*_GIT, *step], cwd=root, env=here, check=True, timeout=20)


def _encoded(text: str, form: str) -> bytes:
    match form:
        case "crlf":
            return text.replace("\n", "\r\n").encode()
        case "base64":
            return base64.b64decode(text)
        case form if form.endswith(" KB"):
            return text.replace("…", "aGVr" * (int(form.removesuffix(" KB")) << 8)).encode()
        case "":
            return text.encode()
        case _:
            return text.encode(form)


def main() -> None:
    for case in cases():
        project = case.read_text("utf-8").partition(_REPORT)[0]
        case.write_text(project + _REPORT + draw(report_on(case)), "utf-8")


if __name__ == "__main__":
    main()
