"""What git says of a folder: which files a push would deploy, and which wait to be committed.

Only commands that read the index and trees are run: those that compare contents may start programs that the
repository's own configuration names (clean filters, fsmonitor), and no line of a project is run here.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECONDS = 20  # after which git is not waited for
HASHED_BYTES = 8 << 20  # of a file whose times changed: a larger one counts as changed
_GITLINK, _SYMLINK = "160000", "120000"
_ENTRY = re.compile(
    rb"(?P<mode>\d{6}) (?P<object>[0-9a-f]{40,64}) \d\t(?P<path>[^\0]+)\0"
    rb"  ctime: \d+:\d+\n  mtime: (?P<seconds>\d+):(?P<nanoseconds>\d+)\n  dev: [^\n]*\n  uid: [^\n]*\n"
    rb"  size: (?P<size>\d+)\tflags: [^\n]*\n"
)
_STAGED = re.compile(r"(?P<mode>\d{6}) [0-9a-f]+ \d\ti/(?P<ends>\S*)")


@dataclass(frozen=True, slots=True)
class Git:
    """The state of a working tree; paths are relative to the folder asked about, with slashes."""

    tracked: frozenset[str]
    untracked: tuple[str, ...]  # neither committed nor ignored
    changed: tuple[str, ...]  # tracked, and other than what is committed
    deleted: tuple[str, ...]  # tracked, and no longer there
    has_commit: bool
    prefix: str  # of the folder within the repository: empty, or "web/"
    submodules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in the index; `line_ends` are lf, crlf, mixed or none, and -text for what is no text."""

    is_executable: bool
    line_ends: str


class Unusable(Exception):  # noqa: N818  what git says, not our error
    """git can't be asked about a folder that is in a repository; the text says why."""


def ask(root: Path) -> Git | None:
    """What git says of the folder, or None where it is in no repository. Raises Unusable."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    prefix = _run(root, "rev-parse", "--show-prefix").decode("utf-8", "replace").rstrip("\n")
    tracked, submodules, changed, deleted = set(), [], set(), []
    for entry in _ENTRY.finditer(_run(root, "ls-files", "-z", "--stage", "--debug")):
        path = os.fsdecode(entry["path"])
        if entry["mode"].decode() == _GITLINK:
            submodules.append(path)
            continue
        tracked.add(path)
        state = _compared(root / path, entry)
        if state is None:
            deleted.append(path)
        elif state:
            changed.add(path)
    untracked = _names(_run(root, "ls-files", "-z", "--others", "--exclude-standard"))
    has_commit = bool(_run(root, "rev-parse", "--verify", "--quiet", "HEAD", may_fail=True).strip())
    if has_commit:
        staged = _run(root, "diff-index", "--cached", "--name-only", "--relative", "-z", "HEAD", "--")
        changed.update(path for path in _names(staged) if path in tracked)
    return Git(
        tracked=frozenset(tracked),
        untracked=tuple(untracked),
        changed=tuple(sorted(changed)),
        deleted=tuple(sorted(deleted)),
        has_commit=has_commit,
        prefix=prefix,
        submodules=tuple(submodules),
    )


def staged(root: Path, path: str) -> Staged | None:
    """The file as git would push it, or None when git does not have it. Raises Unusable."""
    said = os.fsdecode(_run(root, "ls-files", "--stage", "--eol", "-z", "--", f":(literal){path}"))
    match = _STAGED.match(said)
    return Staged(match["mode"] == "100755", match["ends"]) if match else None


def _run(root: Path, *arguments: str, may_fail: bool = False) -> bytes:
    command = ["git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603  fixed words
            [*command, *arguments],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise Unusable("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unusable(f"git did not answer within {SECONDS} s") from None
    if done.returncode != 0 and not may_fail:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise Unusable(said or f"git {arguments[0]} ended with status {done.returncode}")
    return done.stdout


def _names(output: bytes) -> Iterator[str]:
    return (os.fsdecode(name) for name in output.split(b"\0") if name)


def _compared(path: Path, entry: re.Match[bytes]) -> bool | None:
    """Whether the file differs from the index; None when it is gone.

    As git does it: equal times and size are equal contents. Else the contents decide, with CRLF as LF,
    which git may have been told to exchange.
    """
    try:
        now = path.lstat()
    except (OSError, ValueError):
        return None
    seconds, nanoseconds = divmod(now.st_mtime_ns, 1_000_000_000)
    same_time = seconds == int(entry["seconds"]) and nanoseconds == int(entry["nanoseconds"])
    if same_time and now.st_size & 0xFFFFFFFF == int(entry["size"]):
        return False
    try:
        if entry["mode"].decode() == _SYMLINK:
            content = os.fsencode(path.readlink())
        elif now.st_size > HASHED_BYTES or not path.is_file():
            return True
        else:
            content = path.read_bytes()
    except OSError:
        return True
    wanted = entry["object"].decode()
    return wanted not in (_digest(content, wanted), _digest(content.replace(b"\r\n", b"\n"), wanted))


def _digest(content: bytes, like: str) -> str:
    """git's name for the content, of the same kind as `like`."""
    blob = b"blob %d\0" % len(content) + content
    if len(like) == 64:
        return hashlib.sha256(blob).hexdigest()
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest()
