"""Edits are written as a whole, where they belong, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from diag.fixes.apply import Changed, apply
from diag.fixes.edit import Edit


def edit(path: str, before: bytes | None = b"a\n", after: bytes | None = b"b\n") -> Edit:
    return Edit(path, before, after, ("port/hardcoded",))


def refused(folder: Path, *edits: Edit) -> str:
    before = {path: path.lstat() for path in folder.rglob("*")}
    with pytest.raises(Changed) as told:
        apply(edits, folder)
    assert {path: path.lstat() for path in folder.rglob("*")} == before
    return str(told.value)


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "start.sh"
    path.write_bytes(b"a\n")
    path.chmod(mode)
    apply([edit("start.sh")], tmp_path)
    assert path.read_bytes() == b"b\n"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_any_has(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    apply([edit("new", None)], tmp_path)
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_that_has_changed_meanwhile_stays_and_so_do_the_others(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\n")
    (tmp_path / "y").write_bytes(b"mine\n")
    assert refused(tmp_path, edit("x"), edit("y")) == "y has changed meanwhile."
    assert refused(tmp_path, edit("x"), edit("gone")) == "gone has changed meanwhile."
    assert refused(tmp_path, edit("x", b"other")) == "x has changed meanwhile."


def test_a_new_file_is_not_written_over_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"mine\n")
    assert refused(tmp_path, edit("x", None)) == "x is there already."


def test_nothing_is_written_behind_a_link(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "x").write_bytes(b"a\n")
    (root / "x").symlink_to(outside / "x")
    (root / "folder").symlink_to(outside)
    (root / "dangling").symlink_to(outside / "new")
    (root / "y").write_bytes(b"a\n")
    (root / "inside").symlink_to("y")
    for path in ("x", "folder/x", "inside", "../outside/x", str(outside / "x")):
        assert refused(root, edit(path)) == f"{path} lies behind a link, or elsewhere."
    assert "link" in refused(root, edit("dangling", None))
    assert (outside / "x").read_bytes() == b"a\n"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "x").write_bytes(b"a\n")
    (tmp_path / "link").symlink_to("root")
    apply([edit("x")], tmp_path / "link")
    assert (tmp_path / "root" / "x").read_bytes() == b"b\n"


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert refused(tmp_path, edit("pipe")) == "pipe is no regular file."
    assert refused(tmp_path, edit("folder", None)) == "folder is no regular file."
    assert "can't be read" in refused(tmp_path, edit("a\0b"))


def test_a_renamed_file_is_there_under_its_new_name_only(tmp_path: Path) -> None:
    (tmp_path / "procfile").write_bytes(b"web: x\n")
    apply([edit("procfile", b"web: x\n", None), edit("Procfile", None, b"web: x\n")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["Procfile"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\n")
    tmp_path.chmod(0o500)
    try:
        assert "can't be written" in refused(tmp_path, edit("x"))
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_that_refuses_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"a\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(os, "replace", full)
    assert refused(tmp_path, edit("x")) == "x can't be written: No space left on device."
