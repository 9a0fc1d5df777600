"""Fixes of whole files: their names, their coding, what is kept out of git."""

from __future__ import annotations

import re

from checks.evidence import Evidence
from diag.collect.project.left_out import Patterns
from diag.fixes.desk import Desk
from diag.fixes.draft import Draft, is_inside

_RUNTIME = re.compile(r"\s*python-(?P<minor>3\.[0-9]{1,2})(?:\.[0-9]{1,3})?\s*")
_PREFIXED = re.compile(
    r"^(?P<before>[ \t]*)(?P<wrong>['\"]?(?:python-)?)(?P<version>3\.[0-9.]+)['\"]?(?=[ \t]*$)", re.MULTILINE
)
_UNSPACED = re.compile(r"(?m:^)[ \t]*[A-Za-z0-9_-]+:(?=[^\s:])")
_UNIX_ONLY = ("Procfile", ".python-version", "runtime.txt")  # where a carriage return becomes part of a word


def rename_procfile(desk: Desk, cause: str, evidence: Evidence) -> None:
    """Give the file the name that the platform looks for; one in a folder is another matter.

    Under that name it will be read, so what would be dropped or misread then is mended at once.
    """
    if _rename(desk, cause, evidence, "Procfile"):
        plain_text(desk, cause, evidence)
        draft, _ = desk.at(evidence)
        if draft is not None:
            _space(draft, cause, 0, len(draft.text))


def _rename(desk: Desk, cause: str, evidence: Evidence, name: str) -> bool:
    draft, _ = desk.at(evidence)
    if draft is None or "/" in draft.path or draft.path == name or name in desk.tree:
        return False
    if not _is_free(desk, name, draft.path):
        return False
    draft.name = name
    draft.note(cause)
    return True


def _is_free(desk: Desk, name: str, for_path: str) -> bool:
    """Whether no file has the name; where capitals count for nothing, the file itself may."""
    there, itself = desk.tree.root / name, desk.tree.root / for_path
    return not there.exists() or there.samefile(itself)


def blank_after_colon(desk: Desk, cause: str, evidence: Evidence) -> None:
    """``web:gunicorn`` becomes ``web: gunicorn``."""
    draft, line = desk.at(evidence)
    if draft is not None and line:
        _space(draft, cause, *draft.span(line))


def _space(draft: Draft, cause: str, start: int, end: int) -> None:
    for match in _UNSPACED.finditer(draft.text, start, end):
        draft.insert(cause, match.end(), " ")


def plain_text(desk: Desk, cause: str, evidence: Evidence) -> None:
    """UTF-8 without a byte order mark, and without carriage returns where they do harm."""
    draft, _ = desk.at(evidence)
    if draft is None:
        return
    name = draft.name or draft.path
    is_unix = name in _UNIX_ONLY or draft.path == evidence.values.get("script")
    draft.plain |= bool(draft.bom) or draft.codec != "utf-8"
    draft.unix |= "\r" in draft.text and (is_unix or "carriage" in str(evidence.values.get("fault")))
    if draft.plain or draft.unix:
        draft.note(cause)


def python_version(desk: Desk, cause: str, evidence: Evidence) -> None:
    """.python-version by its name, and without what belongs to runtime.txt or what only looks well."""
    if evidence.values.get("misspelt") == evidence.where:
        _rename(desk, cause, evidence, ".python-version")
    plain_text(desk, cause, evidence)
    draft, _ = desk.at(evidence)
    if draft is None or (draft.name or draft.path) != ".python-version":
        return
    said = [line for line in draft.text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    match = _PREFIXED.search(draft.text)
    if len(said) == 1 and match is not None and match[0].strip() != match["version"]:
        draft.replace(cause, match.start(), match.end(), match["before"] + match["version"])


def runtime_txt(desk: Desk, cause: str, evidence: Evidence) -> None:
    """runtime.txt becomes .python-version; with the minor version only, so that patches come unasked."""
    old, _ = desk.at(evidence)
    match = _RUNTIME.fullmatch(old.text) if old is not None and old.path == "runtime.txt" else None
    if old is None or match is None:
        return
    if ".python-version" in desk.tree:
        now = (desk.tree.text(".python-version") or "").strip()
        if now != match["minor"] and not now.startswith(f"{match['minor']}."):
            desk.tell(f"runtime.txt has {match['minor']} and .python-version {now[:40]!r}: which is it?")
            return
    elif _is_ignored(desk, ".python-version"):
        desk.tell(".gitignore keeps .python-version out of git: take that line out, then mend runtime.txt.")
        return
    else:
        new = desk.open_or_new(".python-version")
        if new is None or new.before is not None:
            return
        new.append_line(cause, match["minor"])
    old.gone = True
    old.note(cause)


def _is_ignored(desk: Desk, path: str) -> bool:
    """Whether a new file of that name would not be committed."""
    return Patterns.of(desk.tree.text(".gitignore") or "", negation=True).match(path)


def keep_out_of_git(desk: Desk, cause: str, evidence: Evidence) -> None:
    """A line of .gitignore for an installed Python or a .env; git itself forgets it by the reader's hand."""
    path = str(evidence.values.get("folder") or evidence.values.get("file") or evidence.where)
    path = re.sub(r"(:[0-9]+|/pyvenv\.cfg|/)$", "", path)
    folder = cause == "build/venv-committed"
    name = path.rpartition("/")[2]
    if not re.fullmatch(r"[\w./-]+", path) or not (folder or name == ".env"):
        return
    here = desk.tree.root / path
    if not is_inside(desk.tree.root, path) or not (here.is_dir() if folder else here.is_file()):
        return
    draft = desk.open_or_new(".gitignore")
    if draft is None:
        return
    line = f"/{path}/" if folder else name
    if not {line, line.strip("/"), f"{path}/", path} & set(map(str.strip, draft.text.splitlines())):
        draft.append_line(cause, line)
    git = desk.tree.git
    if git is not None and not any(each == path or each.startswith(f"{path}/") for each in git.tracked):
        return
    forget = f"git rm -r --cached {path}" if folder else f"git rm --cached {path}"
    known = "" if folder else " What is in it counts as known: set new values with heroku config:set."
    desk.tell(f'{forget} && git commit -m "Leave {path} out"   (it stays on this disk).{known}')
