"""Files as a whole: their names, their coding, what git is to leave out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from diag.cause import Confidence
from tests.diag.fixes.mending import fixes, found, mended

WEB = "web: gunicorn app:app\n"


@pytest.mark.parametrize("name", ["procfile", "Procfile.txt", "ProcFile", "my procfile"])
def test_a_procfile_gets_its_name(tmp_path: Path, name: str) -> None:
    after = mended(tmp_path, {name: WEB}, found("procfile/misnamed", name))
    assert after == {name: b"(gone)", "Procfile": WEB.encode()}


def test_a_procfile_in_a_folder_or_beside_another_stays(tmp_path: Path) -> None:
    files = {"web/Procfile": WEB}
    assert fixes(tmp_path, files, found("procfile/misnamed", "web/Procfile")).edits == ()
    files = {"Procfile": WEB, "procfile": WEB}
    assert fixes(tmp_path, files, found("procfile/misnamed", "procfile")).edits == ()


def test_a_procfile_that_git_ignores_is_not_written_over(tmp_path: Path) -> None:
    files = {".gitignore": "/Procfile\n", "Procfile": "mine\n", "procfile": WEB}
    assert fixes(tmp_path, files, found("procfile/misnamed", "procfile")).edits == ()


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("web:gunicorn app:app", "web: gunicorn app:app"),
        ("  web:python -m x", "  web: python -m x"),
        ("web: gunicorn app:app", None),
        ("web gunicorn app:app", None),
        ("web::gunicorn", None),
        ("# web:gunicorn", None),
        ("web:", None),
    ],
)
def test_a_blank_stands_after_the_colon(tmp_path: Path, line: str, becomes: str | None) -> None:
    text = f"worker: x\n{line}\n"
    after = mended(tmp_path, {"Procfile": text}, found("procfile/line-ignored", "Procfile:2"))
    assert after.get("Procfile", text.encode()) == f"worker: x\n{becomes or line}\n".encode()


def test_one_file_is_renamed_decoded_and_mended_at_once(tmp_path: Path) -> None:
    data = "web:gunicorn app:app\r\n".encode("utf-16")
    after = mended(
        tmp_path,
        {"procfile": data},
        found("procfile/misnamed", "procfile"),
        found("procfile/bad-encoding", "procfile"),
        found("procfile/line-ignored", "procfile:1"),
    )
    assert after["Procfile"] == WEB.encode()


CAUSE = {"Procfile": "procfile/bad-encoding", "requirements.txt": "build/requirements-unreadable"}


@pytest.mark.parametrize(
    ("name", "fault", "data", "becomes"),
    [
        (
            "Procfile",
            "carriage-return",
            b"web: x\r\nworker: y\r\n",
            b"web: x\nworker: y\n",
        ),
        ("Procfile", "", b"\xef\xbb\xbfweb: x\n", b"web: x\n"),
        ("Procfile", "", "web: x\r\n".encode("utf-16-le"), b"web: x\n"),
        ("Procfile", "", "web: x\n".encode("utf-16-be"), b"web: x\n"),
        ("Procfile", "", b"web: x\n", None),
        ("Procfile", "", b"web: caf\xe9 x\n", None),
        ("Procfile", "", b"\0\0\0\0\xff", None),
        ("requirements.txt", "", "flask\r\n".encode("utf-16"), b"flask\r\n"),
        ("requirements.txt", "", b"flask\r\n", None),
        ("requirements.txt", "carriage-return", b"flask\r\n", b"flask\n"),
        (".python-version", "", "3.12\r\n".encode("utf-16"), b"3.12\n"),
        (".python-version", "", b"\xef\xbb\xbf3.12\r\n", b"3.12\n"),
        (".python-version", "", b"python-3.12.1\n", b"3.12.1\n"),
        (".python-version", "", b"# mine\n'3.12'\n", b"# mine\n3.12\n"),
        (".python-version", "", b"3.12\n3.11\n", None),
        (".python-version", "", b"pypy3.9\n", None),
        (".python-version", "", b"", None),
        ("runtime.txt", "", b"\xef\xbb\xbfpython-3.12\n", b"python-3.12\n"),
    ],
)
def test_text_is_plain(tmp_path: Path, name: str, fault: str, data: bytes, becomes: bytes | None) -> None:
    cause = CAUSE.get(name, "python/version-file-invalid")
    assert mended(tmp_path, {name: data}, found(cause, name, fault=fault)).get(name) == becomes


def test_a_script_gets_line_ends_that_its_shell_knows(tmp_path: Path) -> None:
    files = {"bin/start.sh": "#!/bin/sh\r\nexec x\r\n"}
    diagnosis = found("procfile/bad-encoding", "bin/start.sh:1", script="bin/start.sh")
    assert mended(tmp_path, files, diagnosis) == {"bin/start.sh": b"#!/bin/sh\nexec x\n"}


@pytest.mark.parametrize("name", [".python_version", "python-version", ".Python-version"])
def test_python_version_gets_its_name(tmp_path: Path, name: str) -> None:
    diagnosis = found("python/version-file-invalid", name, misspelt=name)
    assert mended(tmp_path, {name: "python-3.12\n"}, diagnosis) == {
        name: b"(gone)",
        ".python-version": b"3.12\n",
    }
    files = {name: "3.12\n", ".python-version": "3.11\n"}
    assert fixes(tmp_path, files, diagnosis).edits == ()


@pytest.mark.parametrize(
    ("said", "becomes"),
    [("python-3.11.9\n", b"3.11\n"), ("python-3.12", b"3.12\n"), ("python-2.7.18\n", None), ("3.11\n", None)],
)
def test_runtime_txt_becomes_python_version(tmp_path: Path, said: str, becomes: bytes | None) -> None:
    after = mended(tmp_path, {"runtime.txt": said}, found("python/runtime-txt-deprecated", "runtime.txt:1"))
    assert after == ({} if becomes is None else {"runtime.txt": b"(gone)", ".python-version": becomes})


def test_a_version_file_that_git_would_ignore_is_not_made(tmp_path: Path) -> None:
    files = {"runtime.txt": "python-3.11.9\n", ".gitignore": "# pyenv\n.python-version\n"}
    made = fixes(tmp_path, files, found("python/runtime-txt-deprecated", "runtime.txt"))
    assert made.edits == ()
    assert made.told == (
        ".gitignore keeps .python-version out of git: take that line out, then mend runtime.txt.",
    )


def test_beside_the_same_python_version_runtime_txt_just_goes(tmp_path: Path) -> None:
    files = {"runtime.txt": "python-3.11.9\n", ".python-version": "3.11.4\n"}
    assert mended(tmp_path, files, found("python/runtime-txt-deprecated", "runtime.txt")) == {
        "runtime.txt": b"(gone)"
    }


@pytest.mark.parametrize("other", ["3.12\n", "3.1\n", ""])
def test_which_of_two_versions_is_right_is_for_the_reader(tmp_path: Path, other: str) -> None:
    files = {"runtime.txt": "python-3.11.9\n", ".python-version": other}
    made = fixes(tmp_path, files, found("python/runtime-txt-deprecated", "runtime.txt"))
    assert made.edits == ()
    assert "3.11" in made.told[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, b"/venv/\n"), ("*.pyc", b"*.pyc\n/venv/\n"), ("/venv/\n", None), ("venv\n", None)],
)
def test_an_installed_python_is_kept_out_of_git(
    tmp_path: Path, before: str | None, after: bytes | None
) -> None:
    files = {"app.py": "", "venv/pyvenv.cfg": ""} | ({} if before is None else {".gitignore": before})
    diagnosis = found("build/venv-committed", "venv/pyvenv.cfg", folder="venv")
    made = fixes(tmp_path, files, diagnosis)
    assert [edit.after for edit in made.edits] == ([] if after is None else [after])
    assert "git rm -r --cached venv" in made.told[0]


def test_a_dotenv_is_kept_out_of_git_and_its_contents_count_as_known(tmp_path: Path) -> None:
    made = fixes(tmp_path, {"web/.env": "A=b\n"}, found("config/secret-committed", "web/.env:3"))
    assert [(edit.path, edit.after) for edit in made.edits] == [(".gitignore", b".env\n")]
    assert "git rm --cached web/.env" in made.told[0]
    assert fixes(tmp_path, {}, found("config/secret-committed", "settings.py:3")) == fixes(tmp_path, {})
    assert fixes(tmp_path, {}, found("config/secret-committed", "$(rm x)/.env")) == fixes(tmp_path, {})


def test_what_git_does_not_track_it_need_not_forget(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, timeout=20)
    diagnosis = found("build/venv-committed", "venv/pyvenv.cfg", folder="venv")
    made = fixes(tmp_path, {"venv/pyvenv.cfg": ""}, diagnosis)
    assert [edit.path for edit in made.edits] == [".gitignore"]
    assert made.told == ()
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True, timeout=20)
    assert fixes(tmp_path, {}, diagnosis).told[0].startswith("git rm -r --cached venv && git commit")


def test_what_is_only_possible_is_not_mended(tmp_path: Path) -> None:
    diagnosis = found("procfile/misnamed", "procfile", Confidence.POSSIBLE)
    assert fixes(tmp_path, {"procfile": WEB}, diagnosis).edits == ()


@pytest.mark.parametrize(
    "where", ["", "gone.py:3", "Procfile:99999", "/etc/passwd:1", "../x:1", "a\0b:1", ":", "1"]
)
def test_evidence_of_no_file_mends_nothing(tmp_path: Path, where: str) -> None:
    from diag.fixes.fixers import FIXERS

    everything = [found(cause, where) for cause in FIXERS]
    assert fixes(tmp_path, {"Procfile": "worker: x\n", "app.py": "x = 1\n"}, *everything).edits == ()


def test_a_procfile_under_its_new_name_is_one_that_will_be_read(tmp_path: Path) -> None:
    files = {"Procfile.txt": "web:gunicorn app:app\r\nworker: python -m http:x\r\n"}
    after = mended(tmp_path, files, found("procfile/misnamed", "Procfile.txt"))
    assert after["Procfile"] == b"web: gunicorn app:app\nworker: python -m http:x\n"
