from __future__ import annotations

import pytest

from checks.facts import Fact
from tests.diag.collect.logs.raised.frames import FLASK, cause, own


@pytest.mark.parametrize(
    ("frames", "end", "fact", "expected"),
    [
        (
            (own("open('labels.txt')"),),
            "FileNotFoundError: [Errno 2] No such file or directory: 'labels.txt'",
            Fact.BOOT_IMPORT,
            ("boot/missing-file", "certain"),
        ),
        (
            (own("open('labels.txt')"),),
            "FileNotFoundError: [Errno 2] No such file or directory: '/app/labels.txt'",
            Fact.RELEASE_PHASE,
            ("boot/missing-file", "certain"),
        ),
        (
            (FLASK, own("open('labels.txt')")),
            "FileNotFoundError: [Errno 2] No such file or directory: 'labels.txt'",
            Fact.REQUEST_EXCEPTION,
            ("boot/missing-file", "likely"),
        ),
        (
            (FLASK, own("open(path)")),
            "FileNotFoundError: [Errno 2] No such file or directory: 'static/uploads/kim.jpg'",
            Fact.REQUEST_EXCEPTION,
            ("storage/ephemeral-filesystem", "likely"),
        ),
        (
            (FLASK, own("render_template('a.html')")),
            "jinja2.exceptions.TemplateNotFound: a.html",
            Fact.REQUEST_EXCEPTION,
            ("boot/missing-file", "likely"),
        ),
        (
            (own("load_model('m.h5')"),),
            "OSError: No file or directory found at m.h5",
            Fact.BOOT_IMPORT,
            ("boot/missing-file", "certain"),
        ),
        (
            (own("load_model('m.keras')"),),
            (
                "ValueError: File not found: filepath=m.keras. Please ensure the file is an "
                "accessible `.keras` zip file."
            ),
            Fact.BOOT_IMPORT,
            ("boot/missing-file", "likely"),
        ),
        (
            (
                own("run(['dot'])"),
                (
                    '  File "/app/.heroku/python/lib/python3.12/subprocess.py", line 1950, in '
                    "_execute_child\n    raise child_exception_type(errno_num, err_msg, "
                    "err_filename)\n"
                ),
            ),
            "FileNotFoundError: [Errno 2] No such file or directory: 'dot'",
            Fact.BOOT_IMPORT,
            ("boot/program-missing", "certain"),
        ),
        (
            (own("open('/tmp/x.lock')"),),
            "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/x.lock'",
            Fact.BOOT_IMPORT,
            ("boot/import-error", "likely"),
        ),
        (
            (
                own("run(['ls'], cwd='data')"),
                '  File "/app/.heroku/python/lib/python3.12/subprocess.py", line 1950, in _execute_child\n',
            ),
            "FileNotFoundError: [Errno 2] No such file or directory: 'data'",
            Fact.BOOT_IMPORT,
            ("boot/import-error", "likely"),
        ),
        (
            (own("ctypes.CDLL('x')"),),
            "OSError: libgomp.so.1: cannot open shared object file: No such file or directory",
            Fact.BOOT_IMPORT,
            ("dependency/shared-library-missing", "certain"),
        ),
        (
            (own("spacy.load('en_core_web_sm')"),),
            "OSError: [E050] Can't find model 'en_core_web_sm'. It doesn't seem to be a Python package",
            Fact.BOOT_IMPORT,
            ("dependency/module-not-found", "likely"),
        ),
    ],
)
def test_files_programs_and_libraries_that_are_not_there(
    frames: tuple[str, ...], end: str, fact: Fact, expected: tuple[str, str]
) -> None:
    assert cause(*frames, end=end, fact=fact) == expected
