"""The files of a project, from git or from the folder alone, and hostile folders."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from diag.collect.project.tree import Unreadable, read
from tests.projects import project


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Anna", "-c", "user.email=anna@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in {
        "app.py": "x",
        "web/page.py": "y",
        ".gitignore": "*.log\nvenv/\n",
        "notes.log": "n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_git_tells_what_a_push_deploys(repository: Path) -> None:
    (repository / "new.py").write_text("")
    tree = read(repository)

    assert sorted(tree.files) == [".gitignore", "app.py", "new.py", "web/page.py"]
    assert tree.git is not None
    assert (tree.git.untracked, tree.git.changed, tree.git.has_commit) == (("new.py",), (), True)
    assert tree.exists_here("notes.log")
    assert not tree.is_deployed("notes.log")


def test_what_waits_to_be_committed(repository: Path) -> None:
    (repository / "app.py").write_text("changed")
    (repository / "staged.py").write_text("s")
    git(repository, "add", "staged.py")
    (repository / "web/page.py").unlink()
    tree = read(repository)

    assert tree.git is not None
    assert tree.git.changed == ("app.py", "staged.py")
    assert tree.git.deleted == ("web/page.py",)
    assert "web/page.py" not in tree


def test_a_file_that_was_only_touched_is_not_changed(repository: Path) -> None:
    os.utime(repository / "app.py", (1, 1))
    (repository / "web/page.py").write_text("y")
    tree = read(repository)

    assert tree.git is not None
    assert tree.git.changed == ()


def test_a_folder_within_a_repository(repository: Path) -> None:
    tree = read(repository / "web")

    assert sorted(tree.files) == ["page.py"]
    assert tree.git is not None
    assert tree.git.prefix == "web/"


def test_no_program_that_the_repository_names_is_started(repository: Path, tmp_path: Path) -> None:
    trap = repository / ".git" / "trap"
    trap.write_text("#!/bin/sh\ntouch started\ncat\n")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "core.pager",
        "diff.external",
    ):
        git(repository, "config", key, str(trap))
    (repository / ".gitattributes").write_text("* filter=x\n")
    (repository / "app.py").write_text("changed")
    read(repository)

    assert not list(tmp_path.rglob("started"))


def test_git_that_fails_is_told_and_the_files_are_read_anyway(repository: Path) -> None:
    (repository / ".git" / "HEAD").write_text("nonsense")
    tree = read(repository)

    assert tree.git is None
    assert "app.py" in tree
    assert "git can't be asked" in tree.notes[0]


def test_without_git_the_ignored_files_are_left_out(tmp_path: Path) -> None:
    tree = project(tmp_path, {".gitignore": "*.log\n!keep.log\n", "a.log": "", "keep.log": "", "app.py": ""})

    assert sorted(tree.files) == [".gitignore", "app.py", "keep.log"]
    assert tree.git is None


def test_slugignore_has_no_exceptions(tmp_path: Path) -> None:
    tree = project(tmp_path, {".slugignore": "docs\n!docs/keep.md\n# c\n", "docs/keep.md": "", "app.py": ""})

    assert not tree.is_deployed("docs/keep.md")
    assert tree.is_deployed("app.py")


def test_patterns_that_are_none_are_left_out(tmp_path: Path) -> None:
    tree = project(tmp_path, {".slugignore": "a\\\n[z-a]\n[[x]\ndocs\n", "docs/a.md": "", "app.py": ""})

    assert not tree.is_deployed("docs/a.md")
    assert tree.is_deployed("app.py")


def test_environments_are_named_and_not_read(tmp_path: Path) -> None:
    tree = project(
        tmp_path, {"env/pyvenv.cfg": "", "env/lib/x.py": "", "node_modules/a.js": "", "app.py": ""}
    )

    assert tree.venvs == ("env",)
    assert sorted(tree.files) == ["app.py"]


def test_text_without_its_byte_order_mark(tmp_path: Path) -> None:
    tree = project(tmp_path, {"a.txt": b"\xef\xbb\xbfone\r\ntwo", "b.txt": b"\xff\xfe\x00"})

    assert tree.lines("a.txt") == ["one", "two"]
    assert tree.text("b.txt") is not None
    assert tree.lines("none.txt") == []


def test_links_and_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    os.symlink("/etc/passwd", tmp_path / "p/out")
    os.symlink("loop", tmp_path / "p/loop")
    os.symlink(".", tmp_path / "p/here")
    os.symlink("app.py", tmp_path / "p/alias.py")
    os.mkfifo(tmp_path / "p/pipe")
    (tmp_path / "p/app.py").write_text("x")
    tree = read(tmp_path / "p")

    assert tree.text("alias.py") == "x"
    assert [tree.text(name) for name in ("out", "loop", "here", "pipe")] == [None] * 4
    assert set(tree.skipped) >= {"out", "loop", "here", "pipe"}


def test_a_large_text_is_skipped_and_told(tmp_path: Path) -> None:
    tree = project(tmp_path, {"big.txt": b"x" * (5 << 20)})

    assert tree.text("big.txt") is None
    assert tree.skipped == {"big.txt": "larger than 4 MB"}
    assert tree.data("big.txt", 10) == b"x" * 10


def test_deep_folders_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 60)
    deep.mkdir(parents=True)
    (deep / "a.py").write_text("")
    tree = read(tmp_path)

    assert len(tree.files) == 0
    assert any("folders deep" in why for why in tree.skipped.values())


@pytest.mark.parametrize("name", ["missing", "file.txt", "nul\0byte"])
def test_a_folder_that_can_not_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(Unreadable, match="can't be read"):
        read(tmp_path / name)
