"""Logs as people paste them."""

from __future__ import annotations

import textwrap

import pytest

from checks.evidence import Level
from diag.logs import examine_blocks
from diag.report import Report

STAMP = "2026-11-20T14:02:{:02}.123456+00:00 "
LINES = [
    "heroku[web.1]: Starting process with command `gunicorn shop.wsgi --log-file - --workers 2`",
    "app[web.1]: Traceback (most recent call last):",
    'app[web.1]:   File "/app/shop/wsgi.py", line 3, in <module>',
    "app[web.1]:     import cv2",
    "app[web.1]: ModuleNotFoundError: No module named 'cv2'",
    "heroku[web.1]: Process exited with status 3",
    "heroku[web.1]: State changed from starting to crashed",
    'heroku[router]: at=error code=H10 desc="App crashed" method=GET path="/" host=x.example.com status=503',
]
LOG = [STAMP.format(n) + line for n, line in enumerate(LINES)]


def report(lines: list[str]) -> Report:
    return examine_blocks(["".join(f"{line}\n" for line in lines).encode()])


def at_the_width(line: str, width: int) -> list[str]:
    """A terminal's way to break a line: anywhere."""
    return [line[n : n + width] for n in range(0, len(line), width)]


def between_words(line: str) -> list[str]:
    """An editor's way: behind a blank, which stays."""
    parts = textwrap.wrap(line, 79, break_long_words=False)
    return [f"{part} " for part in parts[:-1]] + parts[-1:]


@pytest.mark.parametrize(
    "pasted",
    [
        LOG,
        [f"> {line}" for line in LOG],
        [f"    {line}" for line in LOG],
        [f"`{line}`" for line in LOG],
        [f"# {line}" for line in LOG],
        [part for line in LOG for part in at_the_width(line, 80)],
        [part for line in LOG for part in at_the_width(line, 120)],
        [part for line in LOG for part in (line, "")],
        [" ".join(LOG)],
        [line.replace("]:   File", "]: File").replace("]:     import", "]: import") for line in LOG],
        [*LOG[:1], *LOG[5:], *LOG[1:5]],
        [line.removeprefix(STAMP.format(n)) for n, line in enumerate(LOG)],
    ],
    ids=[
        "as it is",
        "quoted",
        "indented",
        "as code",
        "as a comment",
        "80 columns",
        "120 columns",
        "blank lines",
        "on one line",
        "without indentation",
        "out of order",
        "without stamps",
    ],
)
def test_the_cause_is_found_however_it_was_pasted(pasted: list[str]) -> None:
    first = report(pasted).diagnoses[0]
    assert (first.cause, first.title) == (
        "dependency/module-not-found",
        "The module cv2 is imported, and nothing that is installed provides it.",
    )


def test_lines_that_an_editor_has_broken() -> None:
    wrapped = [part for line in LOG for part in between_words(line)]
    assert report(wrapped).diagnoses[0].cause == "dependency/module-not-found"


def test_of_an_excerpt_one_line_is_enough() -> None:
    (diagnosis,) = report(["OSError: [Errno 28] No space left on device"]).diagnoses
    assert diagnosis.cause == "storage/disk-full"


def test_of_a_whole_log_it_is_not() -> None:
    lines = [f"line {n} of an app that prints ValueError: sometimes" for n in range(30)]
    assert report([*lines, "ValueError: handled", *lines]).diagnoses == ()


RAISED = [
    "app[web.1]: Traceback (most recent call last):",
    'app[web.1]:   File "/app/views.py", line 3, in show',
    "app[web.1]:     return 1 / 0",
    "app[web.1]: ZeroDivisionError: division by zero",
]


def test_what_was_raised_just_before_an_answer_of_500_was_raised_by_it() -> None:
    answer = 'app[web.1]: 10.1.2.3 - - [20/Nov/2026:14:02:04 +0000] "GET / HTTP/1.1" 500 0 "-" "curl/8"'
    lines = [STAMP.format(4) + line for line in (*RAISED, answer)]
    (diagnosis,) = report(lines).diagnoses
    assert (diagnosis.cause, diagnosis.level) == ("request/unhandled-exception", Level.FAIL)


def test_what_was_raised_and_answered_well_is_no_failure() -> None:
    answer = 'app[web.1]: 10.1.2.3 - - [20/Nov/2026:14:02:04 +0000] "GET / HTTP/1.1" 200 9 "-" "curl/8"'
    up = "heroku[web.1]: State changed from starting to up"
    lines = [STAMP.format(n) + line for n, line in enumerate((up, *RAISED, answer))]
    assert [d for d in report(lines).diagnoses if d.level is Level.FAIL] == []


def test_an_app_that_prints_the_words_of_the_platform_is_not_the_platform() -> None:
    up = "heroku[web.1]: State changed from starting to up"
    said = [
        "app[web.1]: Process exited with status 1",
        "app[web.1]: State changed from up to crashed",
        "app[web.1]: Error R14 (Memory quota exceeded)",
        "app[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT",
    ]
    lines = [STAMP.format(n) + line for n, line in enumerate((up, *said))]
    assert [d for d in report(lines).diagnoses if d.level is Level.FAIL] == []
