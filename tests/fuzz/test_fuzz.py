"""A few seconds of what ``python -m tests.fuzz`` does for as long as one likes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.logs.talkative import talkative
from checks.evidence import Level
from tests.fuzz.hostile import hostile_logs, seeds
from tests.fuzz.properties import check, check_in_pieces
from tests.logs import CASES, report_on

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(hostile_logs())
def test_any_log_gives_a_report_that_holds_what_it_promises(data: bytes) -> None:
    check(data)


@FEW
@given(hostile_logs())
def test_a_log_that_comes_in_pieces_is_read_as_one_that_comes_at_once(data: bytes) -> None:
    check_in_pieces(data)


HEALTHY = [path for path in CASES if path.suffix == ".log" and path.parent.parent.name == "healthy"]
TALK = [line.partition("]: ")[2] for line in talkative(3_000) if " app[" in line]
ORDINARY = (
    "the",
    "model",
    "user",
    "price",
    "error",
    "warning",
    "failed",
    "0",
    "ms",
    "=",
    ":",
    "(",
    "]",
    "'a'",
    "None",
)
WORDS = st.one_of(
    st.sampled_from(TALK),
    st.text(
        st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\x85"), max_size=80
    ),
    st.lists(st.sampled_from(ORDINARY)).map(" ".join),
)


NOISE = st.lists(st.tuples(st.integers(0, 86_400), st.integers(0, 200), WORDS), min_size=1, max_size=30)


@FEW
@given(st.integers(0, len(HEALTHY) - 1), NOISE)
def test_what_a_healthy_app_says_is_no_failure(number: int, noise: list[tuple[int, int, str]]) -> None:
    """A healthy log, and between its lines what its app may say on any day."""
    lines = HEALTHY[number].read_bytes().splitlines(keepends=True)
    for second, place, words in noise:
        stamp = datetime.fromtimestamp(1795183331 + second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        lines.insert(min(place, len(lines)), f"{stamp}.120000+00:00 app[web.1]: {words}\n".encode())
    report = check(b"".join(lines))

    assert report is not None
    assert report.level < Level.FAIL, [d.title for d in report.diagnoses]


def test_the_seeds_are_there_and_hold() -> None:
    assert len(seeds()) > 100
    assert HEALTHY
    assert all(report_on(path).level < Level.FAIL for path in HEALTHY)
    for lines in seeds()[-2:]:
        check(b"".join(lines))


@pytest.mark.parametrize("mask", [b"password=", b"postgres://shop:", b'{"token": "', b"Bearer "])
def test_a_secret_in_a_line_that_is_quoted_stands_in_no_report(mask: bytes) -> None:
    secret = b"h7Xq0pL2rTz9"
    stamp = b"2026-11-20T14:02:11.123456+00:00 app[web.1]: "
    log = (
        b"".join(
            stamp + text + b"\n"
            for text in (
                b"Traceback (most recent call last):",
                b'  File "/app/app.py", line 3, in <module>',
                b"    go()",
                b"RuntimeError: can't reach " + mask + secret + b"@db.example.com/x",
            )
        )
        + b"2026-11-20T14:02:12.123456+00:00 heroku[web.1]: Process exited with status 1\n"
    )
    report = check(log)

    assert report is not None
    assert report.level is Level.FAIL
    assert secret.decode() not in repr(report)
