"""Paths as a command writes them, and where they lie in the slug."""

from __future__ import annotations

from posixpath import join, normpath

HOME = "/app"  # where the slug is, and where the command starts. Dev Center `dynos`.
# What a buildpack or the build itself may put there: nothing can be said of what is missing below.
_MADE = ("bin/", "vendor/", ".heroku/", "node_modules/", "dist/", "build/", "target/", "public/", ".apt/")


def resolved(folder: str | None, written: str) -> str | None:
    """A path from the root of the project; None where it can't be told, or lies outside."""
    if written in ("~", HOME):
        return ""
    for start in (f"{HOME}/", "~/"):
        if written.startswith(start):
            return _within(written.removeprefix(start))
    if written.startswith("/") or folder is None:
        return None
    return _within(join(folder, written))


def may_be_made(path: str) -> bool:
    """Whether the build may bring the file, though the project does not have it."""
    return path.startswith(_MADE)


def _within(path: str) -> str | None:
    found = normpath(path) if path else ""
    return None if found.startswith(("..", "/")) else "" if found == "." else found
