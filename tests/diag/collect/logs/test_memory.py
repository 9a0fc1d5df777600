"""Lines about memory, in the forms of Heroku, of the Python buildpack and of gunicorn 19 to 27."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Level, Result
from diag.catalogue import CATALOGUE
from diag.collect.logs.line import Line
from diag.collect.logs.memory import Memory
from diag.diagnose import diagnose
from tests.diag.collect.logs.memory_log import R14, R15, UUID, Log


@pytest.mark.parametrize(
    "text",
    [
        (
            f"source=web.1 dyno={UUID} sample#memory_total=201.50MB sample#memory_rss=190.00MB "
            "sample#memory_cache=11.50MB sample#memory_swap=0.00MB sample#memory_pgpgin=120000pages "
            "sample#memory_pgpgout=71000pages"
        ),
        "source=web.1 dyno=heroku.123.abc sample#memory_total=298.00MB sample#memory_quota=512.00MB",
        f"source=web.1 dyno={UUID} sample#load_avg_1m=0.42",
        f"source=heroku.2808254.web.1.{UUID} measure=memory_total val=21.22 units=MB",
        "source=web.1 measure=memory_total val=21.22",
        "Process running mem=590M(115.2%)",
        "Process running mem=590MB(115.2%)",
        R14,
        R15,
        "Python buildpack: Detected 512 MB available memory and 8 CPU cores.",
        "Python buildpack: Defaulting WEB_CONCURRENCY to 2 based on the available memory.",
        "Python buildpack: Skipping automatic configuration of WEB_CONCURRENCY since it's already set.",
        "[2026-11-20 14:02:13 +0000] [9] [INFO] Booting worker with pid: 9",
        "[2026-11-20 14:02:43 +0000] [2] [CRITICAL] WORKER TIMEOUT (pid:9)",
        "[2026-11-20 14:02:44 +0000] [2] [ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?",
        "2015-03-01 12:00:00 [3] [WARNING] Worker with pid 9 was terminated due to signal 9",
    ],
)
def test_a_line_about_memory_is_ones_own(text: str) -> None:
    assert Log().say(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "source=DATABASE addon=postgresql-flat-1 sample#memory-total=8173588kB sample#memory-free=1kB",
        "source=REDIS addon=redis-solid-1 sample#memory-total=15618144kB sample#memory-redis=415544bytes",
        "source=web.1 dyno=heroku.1.a sample#memory_total=lots",
        "source=google utm_medium=mem",
        "Process running mem=many(115.2%)",
        "Process running",
        "Process exited with status 137",
        "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch",
        "Error R148 (No such code)",
        "Error reading R14",
        "[2026-11-20 14:02:13 +0000] [9] [INFO] Autorestarting worker after current request.",
        "Python 3.14.0",
        "State changed from up to crashed",
        "Starting process with command `gunicorn app:app`",
        "Scaled to web@2:Standard-1X worker@1:Standard-2X by user dev@example.com",
    ],
)
def test_a_line_of_others_is_left_to_them(text: str) -> None:
    log = Log()
    assert not log.say(text)
    assert log.evidence == []


@pytest.mark.parametrize(
    "text",
    [
        "source=" + "a" * 1_000_000,
        "source=web.1 dyno=x sample#memory_total=1.0MB " + "sample#memory_pgpgin=1pages " * 40_000,
        "source=web.1 measure=memory_total val=" + "1" * 1_000_000,
        "Process running mem=" + "9" * 1_000_000 + "M(115.2%)",
        "[" + "Worker (pid: " * 80_000,
        "Scaled to " + "a@1:b " * 160_000,
        "Starting process with command " + "`" * 1_000_000,
        "at=info event=boot " + "anonymous_mb=" * 80_000,
    ],
    ids=lambda text: text[:30],
)
def test_a_line_of_a_megabyte_costs_little(text: str) -> None:
    log = Log()
    log.launch()
    began = time.process_time()
    for _ in range(10):
        log.say(text)
    assert time.process_time() - began < 1.0
    log.evidence  # noqa: B018  it does not raise


PIECES = st.sampled_from(
    [
        *(
            "source=web.1 ",
            f"dyno={UUID} ",
            "sample#memory_total=",
            "sample#memory_rss=",
            "sample#memory_cache=",
        ),
        *(
            "sample#memory_swap=",
            "sample#memory_quota=",
            "590.00MB ",
            "0.00MB ",
            "Process running mem=",
            "590M",
        ),
        *(
            "(115.2%)",
            "(0.0%)",
            "Error R14 ",
            "Error R15 ",
            "(Memory quota exceeded)",
            "WORKER TIMEOUT (pid:9)",
        ),
        *(
            "[2026",
            "Booting worker with pid: 9",
            "Worker (pid:9) was sent SIGKILL!",
            "Scaled to web@1:Eco",
            "²",
        ),
        *(
            "Starting process with command `gunicorn -w 0 a:b`",
            "Python buildpack: Detected 0 MB available memory",
        ),
        *(
            "at=info event=boot anonymous_mb=0",
            "measure=memory_total val=0",
            "State changed from up to crashed",
        ),
    ]
)
SAID = st.lists(PIECES | st.text(max_size=5), max_size=9).map("".join)
WHEN = st.none() | st.floats(-1e12, 1e12)


@given(
    st.lists(
        st.tuples(WHEN, st.sampled_from(["web.1", "worker-a-b", "", "api"]), SAID, st.booleans()), max_size=40
    )
)
def test_no_line_is_an_error(lines: list[tuple[float | None, str, str, bool]]) -> None:
    memory = Memory()
    for number, (at, dyno, text, launches) in enumerate(lines):
        memory.read(Line(number, at, "heroku", dyno, text))
        if launches:
            memory.started(dyno, at, number, "v1")
    diagnose([Result("logs", tuple(memory.evidence()), 0.0)], CATALOGUE, "logs", "")


def test_absurd_numbers_are_no_error() -> None:
    log = Log()
    log.say("Process running mem=0M(0.0%)")
    log.say(R14)
    log.say("Process running mem=999999999M(999999.9%)")
    log.say(R15)
    assert log.diagnosis.level is Level.FAIL


# The quota.


def test_mem_and_its_percentage_tell_the_quota() -> None:
    for mem, quota in (
        ("590M(115.2%)", 512),
        ("1280M(250.0%)", 512),
        ("529M(103.4%)", 512),
        ("1067M(104.2%)", 1024),
    ):
        log = Log()
        log.say(f"Process running mem={mem}")
        assert log.memory.quota("web.1") == quota


def test_a_percentage_that_is_a_little_off_is_still_that_size() -> None:
    log = Log()
    log.say("Process running mem=688M(133.6%)")  # 515, as recorded
    assert log.memory.quota() == 512


def test_other_lines_tell_it_too() -> None:
    log = Log()
    assert log.memory.quota() is None
    log.say("Scaled to web@2:Standard-2X worker@1:Performance-M by user dev@example.com", "api", source="app")
    assert log.memory.quota("web.7") == 1024
    assert log.memory.quota("worker.1") == 2560
    log.say("Python buildpack: Detected 512 MB available memory and 8 CPU cores.", source="app")
    assert log.memory.quota("web.1") == 512
    log.metrics(100, quota=2560)
    assert log.memory.quota("web.1") == 2560


def test_a_new_size_is_a_new_quota() -> None:
    log = Log()
    log.over(530)
    log.say("Scaled to web@1:Standard-2X by user dev@example.com", "api", source="app")
    log.launch()
    assert log.memory.quota("web.1") == 1024
    log.over(1100, quota=1024)
    assert log.memory.quota("web.1") == 1024
