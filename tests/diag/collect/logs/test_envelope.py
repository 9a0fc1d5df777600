from __future__ import annotations

import pytest

from diag.collect.logs.envelope import LONGEST, entries, seconds
from diag.collect.logs.line import Line

AT = 1_793_515_529.0  # 2026-11-01T06:45:29Z
UP = "State changed from starting to up"


def only(raw: str) -> Line:
    (line,) = entries(7, raw)
    return line


@pytest.mark.parametrize(
    "raw",
    [
        f"2026-11-01T06:45:29.000000+00:00 heroku[web.3]: {UP}",
        f"2026-11-01T06:45:29+00:00 heroku[web.3]: {UP}\r",
        f"2026-11-01T06:45:29Z heroku[web.3]: {UP}   ",
        f"2026-11-01 06:45:29.000 +0000 heroku[web.3]: {UP}",
        f"2026-11-01T08:45:29+02:00 heroku[web.3]: {UP}",
        f"\x1b[36m2026-11-01T06:45:29.000000+00:00 heroku[web.3]:\x1b[0m {UP}",
        f"> 2026-11-01T06:45:29.000000+00:00 heroku[web.3]: {UP}",
        f"    2026-11-01T06:45:29.000000+00:00 heroku[web.3]: {UP}",
        f"83 <40>1 2026-11-01T06:45:29+00:00 host heroku web.3 - {UP}",
        f"<40>1 2026-11-01T06:45:29+00:00 host heroku web.3 - - {UP}",
        f"<134>1 2026-11-01T06:45:29+00:00 d.1a2b heroku web.3 - {UP}",
        (
            "7001\t2026-11-01T06:45:29Z\t2026-11-01T06:45:30Z\t12\tmy-app\t203.0.113.7\tLocal3\tInfo"
            f"\theroku/web.3\t{UP}"
        ),
        f'{{"timestamp": "2026-11-01T06:45:29Z", "source": "heroku", "dyno": "web.3", "message": "{UP}"}}',
        (
            f'{{"dt": "2026-11-01T06:45:29Z", "message": "{UP}", '
            '"syslog": {"appname": "heroku", "procid": "web.3"}}'
        ),
        f'{{"message": "2026-11-01T06:45:29+00:00 heroku[web.3]: {UP}"}}',
    ],
)
def test_the_same_line_in_the_forms_it_comes_in(raw: str) -> None:
    assert only(raw)._replace(source="heroku") == Line(7, AT, "heroku", "web.3", UP)


def test_the_sender_of_a_frame_is_not_always_heroku() -> None:
    # The documented sample of a drain has the app's name before a line of the platform.
    line = only(f"83 <40>1 2026-11-01T06:45:29+00:00 host app web.3 - {UP}")
    assert (line.source, line.process, line.text) == ("heroku", "web.3", UP)
    of_app = only(
        "90 <190>1 2026-11-01T06:45:29+00:00 host app web.3 - Process exited with status 0 (a game)"
    )
    assert of_app.source == "app"


def test_frames_follow_each_other_with_nothing_between() -> None:
    first = f"<40>1 2026-11-01T06:45:29+00:00 host heroku web.3 - {UP}"
    second = "<158>1 2026-11-01T06:45:30+00:00 host heroku router - at=info status=200"
    lines = list(entries(1, f"{len(first)} {first}{len(second)} {second}"))
    assert [(x.process, x.text) for x in lines] == [("web.3", UP), ("router", "at=info status=200")]


def test_an_octet_count_that_lies_costs_nothing() -> None:
    (line,) = entries(1, f"999999 <40>1 2026-11-01T06:45:29+00:00 host heroku web.3 - {UP}")
    assert line.text == UP


def test_a_paste_that_lost_its_newlines() -> None:
    raw = (
        f"2026-11-01T06:45:29+00:00 heroku[web.1]: {UP} 2026-11-01T06:45:30+00:00 app[web.1]: hello "
        "2026-11-01T06:45:31+00:00 heroku[router]: at=info"
    )
    assert [x.text for x in entries(1, raw)] == [UP, "hello", "at=info"]


@pytest.mark.parametrize(
    ("raw", "process", "text"),
    [
        (
            '2026-11-01T06:45:29+00:00 app[web.1]:   File "/app/app.py", line 3',
            "web.1",
            '  File "/app/app.py", line 3',
        ),
        ("2026-11-01T06:45:29+00:00 app[web-5f6d-x1]: on Fir", "web-5f6d-x1", "on Fir"),
        ("2026-11-01T06:45:29+00:00 app[web.1]: ", "web.1", ""),
        ("app[web.1]: stamps were cut off", "web.1", "stamps were cut off"),
        ("Nov  1 06:45:29 my-app app/web.1: Papertrail's viewer", "web.1", "Papertrail's viewer"),
        ("06:45:29 web.1   |  heroku local", "web.1", " heroku local"),
    ],
)
def test_lines_of_the_app(raw: str, process: str, text: str) -> None:
    line = only(raw)
    assert (line.source, line.process, line.text) == ("app", process, text)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("remote: -----> Building on the Heroku-24 stack", "-----> Building on the Heroku-24 stack"),
        (
            "remote:  !     Push rejected, failed to compile Python app.",
            " !     Push rejected, failed to compile Python app.",
        ),
        ("remote:        ERROR: No matching distribution", "       ERROR: No matching distribution"),
        ("remote:", ""),
        ("\x1b[1;31mremote:  !     Push failed\x1b[0m", " !     Push failed"),
    ],
)
def test_git_push(raw: str, text: str) -> None:
    assert only(raw) == Line(7, None, "build", "", text)


@pytest.mark.parametrize(
    "raw",
    [
        "Traceback (most recent call last):",
        '  File "/app/app.py", line 3, in <module>',
        "[2026-11-20 14:02:11 +0000] [4] [INFO] Booting worker with pid: 9",
        '{"level": "error", "message": "the app\'s own JSON"}',
        "{not json}",
        "a\tb\tc\td\te\tf\tg\th\ti\tj\tk",
        "2026-11-20 14:02:11 a line with a stamp of its own",
        "<b>1 no frame",
    ],
)
def test_bare_output_stays_as_it_is(raw: str) -> None:
    line = only(raw)
    assert (line.source, line.process, line.text) == ("", "", raw)


def test_control_characters_do_not_get_through() -> None:
    line = only("2026-11-01T06:45:29+00:00 app[web.1]: a\x00b\x07c\x1b]0;title\x07d\x1b[2Je")
    assert line.text == "abcde"


def test_of_a_progress_bar_the_last_state_counts() -> None:
    assert only("10%\r50%\r100%").text == "100%"


def test_of_a_very_long_line_the_beginning_is_read() -> None:
    line = only("2026-11-01T06:45:29+00:00 app[web.1]: " + "x" * 1_000_000)
    assert len(line.text) < LONGEST


@pytest.mark.parametrize(
    "stamp", ["", "x", "2026-13-45T00:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_a_stamp_that_is_none(stamp: str) -> None:
    assert seconds(stamp) is None or stamp.startswith("9999")
