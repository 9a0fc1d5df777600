"""A diff says what the edits do: git takes it, and so does patch."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.fixes.apply import apply
from diag.fixes.diff import as_diff
from diag.fixes.edit import Edit

# Names as people give them, and as nobody should.
NAMES = ("Procfile", "my app/wsgi.py", "été.py", 'a"b\\c.txt', "tab\there", "-x", "new\nline", "b/.env", "🙂")
LINES = st.lists(
    st.sampled_from(["", "a", "b", "  x", "\r", "c\r", "é", "\f", "\u2028y", "@@ -1 +1 @@", "--- a", "\\"])
)
TEXT = st.builds(
    lambda lines, end: ("\n".join(lines) + end).encode(), LINES, st.sampled_from(["", "\n", "\r\n"])
)
BINARY = st.sampled_from(
    [b"\0", b"a\0b\n" * 40, "web: x\r\n".encode("utf-16"), b"caf\xe9\n", bytes(range(256)) * 3]
)
CONTENT = st.one_of(TEXT, BINARY)
CHANGES = st.one_of(
    st.tuples(CONTENT, CONTENT).filter(lambda pair: pair[0] != pair[1]),
    st.tuples(st.none(), CONTENT),
    st.tuples(CONTENT, st.none()),
)
EDITS = st.dictionaries(st.sampled_from(NAMES), CHANGES, min_size=1, max_size=4).map(
    lambda found: [Edit(name, before, after, ()) for name, (before, after) in found.items()]
)


def prepared(folder: Path, edits: list[Edit]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for edit in edits:
        path = folder / edit.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if edit.before is not None:
            path.write_bytes(edit.before)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def taken_by(command: list[str], folder: Path, diff: str) -> None:
    done = subprocess.run(
        command, cwd=folder, input=diff.encode(), capture_output=True, check=False, timeout=20
    )
    assert done.returncode == 0, (done.stderr, done.stdout, diff)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS)
def test_git_apply_does_what_the_edits_say_and_undoes_it(tmp_path: Path, edits: list[Edit]) -> None:
    prepared(tmp_path / "a", edits)
    before = contents(tmp_path / "a")
    apply(edits, tmp_path / "a")
    after = contents(tmp_path / "a")
    assert after == {edit.path: edit.after for edit in edits if edit.after is not None}

    prepared(tmp_path / "b", edits)
    taken_by(["git", "apply", "--whitespace=nowarn", "-"], tmp_path / "b", as_diff(edits))
    assert contents(tmp_path / "b") == after
    taken_by(["git", "apply", "--whitespace=nowarn", "-R", "-"], tmp_path / "b", as_diff(edits))
    assert contents(tmp_path / "b") == before


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(("Procfile", "my app/wsgi.py", "été.py")), st.tuples(TEXT, TEXT), min_size=1
    )
)
def test_patch_does_the_same_with_texts(tmp_path: Path, changes: dict[str, tuple[bytes, bytes]]) -> None:
    edits = [Edit(path, *pair, ()) for path, pair in changes.items() if all(pair) and pair[0] != pair[1]]
    prepared(tmp_path / "a", edits)
    (tmp_path / "a").mkdir(exist_ok=True)
    if edits:
        taken_by(["patch", "-p1", "--binary", "--force"], tmp_path / "a", as_diff(edits))
    assert contents(tmp_path / "a") == {edit.path: edit.after for edit in edits}


@pytest.mark.parametrize("at", [".", "web"])
def test_git_takes_the_diff_of_a_folder_wherever_it_stands_in_the_repository(tmp_path: Path, at: str) -> None:
    edits = [Edit("Procfile", b"a\n", b"b\n", ()), Edit("x", None, b"x\n", ())]
    prepared(tmp_path / "web", edits)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, timeout=20)
    taken_by(["git", "apply", "-"], tmp_path / at, as_diff(edits, "web/"))
    assert contents(tmp_path / "web") == {"Procfile": b"b\n", "x": b"x\n"}


def test_a_diff_reads_as_git_writes_it() -> None:
    edits = (
        Edit("Procfile", b"web:x\nworker: y", b"web: x\nworker: y", ("procfile/line-ignored",)),
        Edit("runtime.txt", b"python-3.11.9\n", None, ("python/runtime-txt-deprecated",)),
        Edit(".python-version", None, b"3.11\n", ("python/runtime-txt-deprecated",)),
    )
    assert as_diff(edits) == (
        "diff --git a/Procfile b/Procfile\n"
        "--- a/Procfile\n"
        "+++ b/Procfile\n"
        "@@ -1,2 +1,2 @@\n"
        "-web:x\n"
        "+web: x\n"
        " worker: y\n"
        "\\ No newline at end of file\n"
        "diff --git a/runtime.txt b/runtime.txt\n"
        "deleted file mode 100644\n"
        "--- a/runtime.txt\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-python-3.11.9\n"
        "diff --git a/.python-version b/.python-version\n"
        "new file mode 100644\n"
        "--- /dev/null\n"
        "+++ b/.python-version\n"
        "@@ -0,0 +1 @@\n"
        "+3.11\n"
    )


@pytest.mark.parametrize("before", ["web: x".encode("utf-16"), b"web: \0x\n"])
def test_what_is_no_text_is_a_binary_patch_of_plain_letters(before: bytes) -> None:
    diff = as_diff([Edit("Procfile", before, b"web: x", ("procfile/bad-encoding",))])
    assert diff.isascii()
    assert "GIT binary patch\nliteral 6\n" in diff


def test_no_edits_are_no_diff() -> None:
    assert not as_diff([])
