"""Lines about memory, in the forms of Heroku, of the Python buildpack and of gunicorn 19 to 27."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Evidence, Level, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.cause import Confidence
from diag.collect.logs.line import Line
from diag.collect.logs.memory import Memory
from diag.diagnose import diagnose
from diag.report import Diagnosis

BEGAN = 1795183331.0  # 2026-11-20T14:02:11Z
R14 = "Error R14 (Memory quota exceeded)"
R15 = "Error R15 (Memory quota vastly exceeded)"
UUID = "heroku.331204567.0d1f6c1e-5a52-4c8e-9f0e-6f7f8f1f3a10"


class Log:
    """A log in the making: `clock` counts seconds from BEGAN."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.clock = 0.0
        self.number = 0

    def say(self, text: str, dyno: str = "web.1", *, stamped: bool = True, source: str = "heroku") -> bool:
        self.number += 1
        at = BEGAN + self.clock if stamped else None
        return self.memory.read(Line(self.number, at, source, dyno, text))

    def launch(self, command: str = "gunicorn app:app", dyno: str = "web.1", release: str = "v1") -> None:
        text = f"Starting process with command `{command}`"
        self.say(text, dyno)  # the reader of launches sees it first
        self.memory.started(dyno, BEGAN + self.clock, self.number, release)
        self.memory.read(Line(self.number, BEGAN + self.clock, "heroku", dyno, text))

    def over(self, *sizes: int, dyno: str = "web.1", quota: int = 512, stamped: bool = True) -> None:
        """R14 for each, 20 s apart; R15 from twice the quota on."""
        for mb in sizes:
            self.clock += 20
            self.say(f"Process running mem={mb}M({100 * mb / quota:.1f}%)", dyno, stamped=stamped)
            self.say(R15 if mb > 2 * quota else R14, dyno, stamped=stamped)

    def metrics(
        self, *sizes: float, cache: float = 2.0, dyno: str = "web.1", quota: int = 512, uuid: str = UUID
    ) -> None:
        for held in sizes:
            self.clock += 20
            rss = min(held, quota)
            self.say(
                f"source={dyno} dyno={uuid} sample#memory_total={held + cache:.2f}MB "
                f"sample#memory_rss={rss:.2f}MB "
                f"sample#memory_cache={cache:.2f}MB sample#memory_swap={held - rss:.2f}MB "
                f"sample#memory_pgpgin=120000pages sample#memory_pgpgout=71000pages "
                f"sample#memory_quota={quota}.00MB",
                dyno,
            )

    def wait(self, seconds: float) -> None:
        """Time in which the log goes on."""
        self.clock += seconds
        self.say("State changed from up to up")

    @property
    def evidence(self) -> list[Evidence]:
        return self.memory.evidence()

    @property
    def series(self) -> Evidence:
        (found,) = [e for e in self.evidence if e.fact is Fact.MEMORY_SERIES]
        return found

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        return diagnose([Result("logs", tuple(self.evidence), 0.0)], CATALOGUE, "logs", "").diagnoses

    @property
    def diagnosis(self) -> Diagnosis:
        (found,) = self.diagnoses
        return found


# What is read.


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


# R14 and R15 alone.


def test_one_r14_leaves_everything_possible() -> None:
    log = Log()
    log.over(590)

    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.confidence is Confidence.POSSIBLE
    assert log.diagnosis.title == "The dyno needs 590 MB of memory and has 512 MB (115.2 %)."
    assert {r.cause for r in log.diagnosis.rivals} >= {
        "memory/too-many-workers",
        "memory/leak",
        "memory/spike",
    }
    assert any("log-runtime-metrics" in step for step in log.diagnosis.fix)
    assert log.evidence[0].text == "Error R14 (Memory quota exceeded), mem=590M(115.2%)"
    assert log.evidence[0].where == "line 2"


def test_an_r14_without_its_mem_line_is_told_without_numbers() -> None:
    log = Log()
    log.say(R14)
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.confidence is Confidence.POSSIBLE


def test_a_climb_to_r15_within_minutes_is_a_load() -> None:
    log = Log()
    log.over(576, 690, 807, 1022, 1189, dyno="worker.1")

    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/spike", Confidence.LIKELY)
    assert "heroku ps:resize worker=performance-m   (2.5 GB)" in log.diagnosis.fix
    assert "web" not in log.diagnosis.title + log.series.text
    assert [e.fact for e in log.diagnosis.evidence] == [Fact.LOG_R14, Fact.LOG_R15, Fact.MEMORY_SERIES]


def test_a_lone_r15_is_a_kill() -> None:
    log = Log()
    log.over(1280)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/killed", Confidence.CERTAIN)
    assert log.diagnosis.title == "web.1 at 1280 MB of 512 MB (250.0 %) was ended by SIGKILL for its memory."


def test_flat_and_slightly_over_from_the_start_is_the_footprint() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.over(*[521, 522, 521] * 10)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/over-quota", Confidence.LIKELY)


def test_without_the_number_of_workers_a_footprint_is_only_possible() -> None:
    log = Log()
    log.launch()
    log.over(*[560] * 30)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/over-quota", Confidence.POSSIBLE)


def test_growth_for_hours_over_the_quota_is_a_leak() -> None:
    log = Log()
    log.over(*[520 + i // 4 for i in range(600)])
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/leak", Confidence.LIKELY)
    assert log.series.values["slope_mb_per_hour"] == pytest.approx(45, abs=2)


def test_jumps_that_fall_back_are_spikes() -> None:
    log = Log()
    for _ in range(3):
        log.over(640, 700, 610)
        log.wait(900)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/spike", Confidence.LIKELY)


def test_a_bare_log_without_stamps_is_read_too() -> None:
    log = Log()
    log.over(576, 690, 807, 1022, 1189, stamped=False)
    assert log.diagnosis.cause == "memory/spike"


# Workers.


def test_two_workers_by_default_of_which_one_would_fit() -> None:
    log = Log()
    log.launch()
    log.say("Python buildpack: Detected 512 MB available memory and 8 CPU cores.", source="app")
    log.say("Python buildpack: Defaulting WEB_CONCURRENCY to 2 based on the available memory.", source="app")
    log.over(*[600] * 20)

    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/too-many-workers", Confidence.LIKELY)
    assert log.diagnosis.title.startswith("2 workers hold 600 MB of a 512 MB dyno")
    assert log.series.values["one_worker_mb"] == pytest.approx(310)
    assert log.diagnosis.fix[0].startswith("heroku config:set WEB_CONCURRENCY=1   (2 now")


@pytest.mark.parametrize(
    ("command", "workers"),
    [
        ("gunicorn app:app --workers 3", 3),
        ("gunicorn app:app --workers=3", 3),
        ("gunicorn -w 3 app:app", 3),
        ("gunicorn -w3 app:app", 3),
        ("WEB_CONCURRENCY=3 gunicorn app:app", 3),
        ("uvicorn main:app --host 0.0.0.0 --workers 3", 3),
        ("celery -A tasks worker --concurrency=3", 3),
        ("celery -A tasks worker", None),
        ("gunicorn app:app --workers $WEB_CONCURRENCY", None),
        ("gunicorn app:app", None),
        ("python main.py", 1),
        ("streamlit run app.py --server.port $PORT", 1),
        ("bash start.sh", None),
        ("python main.py -c 3", 1),
    ],
)
def test_the_command_tells_how_many_workers_there_are(command: str, workers: int | None) -> None:
    log = Log()
    log.launch(command)
    log.over(*[800] * 20)
    assert log.series.values.get("workers") == workers
    told = {3: "memory/too-many-workers"}.get(workers or 0, "memory/over-quota")
    assert log.diagnosis.cause == told


def test_workers_that_boot_are_counted_and_those_that_end_are_not() -> None:
    log = Log()
    log.launch()
    log.say("[2026-11-20 14:02:12 +0000] [2] [INFO] Starting gunicorn 27.0.1", source="app")
    for pid in (9, 10):
        log.say(f"[2026-11-20 14:02:13 +0000] [{pid}] [INFO] Booting worker with pid: {pid}", source="app")
    for pid in range(11, 40):  # --max-requests
        log.say(f"[2026-11-20 14:02:14 +0000] [{pid}] [INFO] Worker exiting (pid: {pid - 2})", source="app")
        log.say(f"[2026-11-20 14:02:15 +0000] [{pid}] [INFO] Booting worker with pid: {pid}", source="app")
    log.over(*[600] * 20)
    assert log.series.values["workers"] == 2


def test_a_worker_that_would_not_fit_alone_is_too_big() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 2")
    log.metrics(*[1010.0] * 30)
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.confidence is Confidence.POSSIBLE, "one alone would be just about the quota"

    log = Log()
    log.launch("gunicorn app:app --workers 2")
    log.metrics(*[1500.0] * 30, quota=700)
    assert log.diagnosis.cause == "memory/over-quota"


def test_what_preloaded_workers_share_is_not_known() -> None:
    log = Log()
    log.launch("gunicorn app:app --preload --workers 3")
    log.metrics(*[600.0] * 30)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/too-many-workers", Confidence.POSSIBLE)


def test_the_dyno_itself_may_have_said_what_a_worker_takes() -> None:
    log = Log()
    log.launch("gunicorn app:app --preload --workers 3")
    log.say("at=info event=boot phase=ready total_s=4.20 anonymous_mb=180.4 file_mb=337.0", source="app")
    log.metrics(*[600.0] * 30)
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/too-many-workers", Confidence.LIKELY)


# The whole series.


def test_a_dyno_that_is_fairly_full_is_healthy() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 2")
    log.metrics(60, 180, 300, *[430 + i % 7 for i in range(500)])
    assert log.evidence == []


def test_page_cache_alone_is_no_fault() -> None:
    log = Log()
    log.launch()
    log.metrics(*[206.0] * 30, cache=452.0)
    log.over(658)
    log.metrics(*[206.0] * 5, cache=452.0)

    assert (log.diagnosis.cause, log.diagnosis.level) == ("memory/page-cache-counted", Level.INFO)
    assert log.diagnosis.confidence is Confidence.CERTAIN
    assert max(e.level for e in log.evidence) is Level.INFO
    assert log.diagnosis.title == "The dyno's total is 128.5 % of its quota, but only by page cache."


def test_a_total_without_its_parts_does_not_tell_what_it_is() -> None:
    log = Log()
    for _ in range(30):
        log.clock += 20
        log.say("source=web.1 dyno=heroku.1.a sample#memory_total=600.00MB sample#memory_quota=512.00MB")
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.diagnosis.level is Level.FAIL


def test_swap_counts_as_held() -> None:
    log = Log()
    log.launch("python bot.py", "worker.1")
    log.metrics(*[590.0] * 40, dyno="worker.1")

    assert log.series.values["swap_mb"] == 78.0
    assert log.series.values["rss_mb"] == 512.0
    assert log.diagnosis.cause == "memory/over-quota"


def test_a_warm_up_that_flattens_below_the_quota_is_no_leak() -> None:
    log = Log()
    log.launch()
    log.metrics(*[470 - 250 * 0.98**i for i in range(700)])
    assert log.evidence == []


def test_growth_in_steps_that_never_falls_back_is_a_leak() -> None:
    log = Log()
    log.launch()
    log.metrics(*[200 + 40 * (i // 60) for i in range(600)])
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/leak", Confidence.LIKELY)
    assert "after" in log.diagnosis.title


def test_metrics_in_the_log_need_not_be_asked_for() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[590.0] * 40)
    assert not any("labs:enable" in step for step in log.diagnosis.fix)


# Launches.


def test_a_series_does_not_run_over_a_restart() -> None:
    """Each launch flat, each at another level: nothing grows."""
    log = Log()
    for level in range(5):
        log.launch("gunicorn app:app --workers 1")
        log.metrics(*[300.0 + 40 * level] * 60)
    assert log.evidence == []


def test_a_launch_is_known_by_its_uuid_where_its_first_line_is_missing() -> None:
    log = Log()
    for level in range(5):
        log.metrics(*[300.0 + 40 * level] * 60, uuid=f"heroku.1.{level}")
    assert log.evidence == []


def test_late_samples_of_the_launch_before_are_left_out() -> None:
    log = Log()
    log.launch()
    log.metrics(*[900.0] * 60, uuid="heroku.1.a")
    first = log.series.values["launches"]
    log.launch(release="v2")
    for _ in range(3):
        log.metrics(900.0, uuid="heroku.1.a")
        log.metrics(200.0, uuid="heroku.1.b")
    log.metrics(*[200.0] * 30, uuid="heroku.1.b")
    assert log.series.values["launches"] == first == 1


def test_the_verdict_on_an_earlier_launch_is_kept() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[590.0] * 40)
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[590.0] * 2)
    assert log.diagnosis.cause == "memory/over-quota"
    assert log.series.values["resolved"] is False


def test_a_release_that_runs_well_for_longer_has_resolved_it() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 3", release="v7")
    log.metrics(*[590.0] * 40)
    log.over(590)
    log.launch("gunicorn app:app --workers 1", release="v8")
    log.metrics(*[210.0] * 10, uuid="heroku.1.b")
    assert log.series.values["resolved"] is False, "too early to tell"
    log.metrics(*[210.0] * 60, uuid="heroku.1.b")
    assert log.series.values["resolved"] is True


def test_evidence_may_be_asked_for_at_any_time() -> None:
    whole, asked = Log(), Log()
    for log in (whole, asked):
        log.launch("gunicorn app:app --workers 1")
        for _ in range(30):
            log.over(570)
            if log is asked:
                log.evidence  # noqa: B018
    assert asked.evidence == asked.evidence == whole.evidence


def test_a_formation_with_one_fault_has_one_diagnosis() -> None:
    log = Log()
    for number in range(1, 101):
        log.launch("gunicorn app:app --workers 1", f"web.{number}")
    for _ in range(10):
        for number in range(1, 101):
            log.over(570, dyno=f"web.{number}")
            log.clock -= 20
        log.clock += 20

    assert len(log.diagnoses) == 1
    assert [e.fact for e in log.evidence] == [Fact.LOG_R14, Fact.MEMORY_SERIES]
    assert (log.series.values["dynos"], log.series.values["dyno"]) == (100, "")
    assert "100 dynos" in log.series.text
    assert log.evidence[0].values["count"] == 1000


def test_each_process_type_has_a_story_of_its_own() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 3")
    log.launch("python bot.py", "worker.1")
    for _ in range(30):
        log.over(700)
        log.over(1100, dyno="worker.1", quota=1024)
    series = {e.values["process_type"]: e.values for e in log.evidence if e.fact is Fact.MEMORY_SERIES}
    assert {name: values["fault"] for name, values in series.items()} == {
        "web": "too-many-workers",
        "worker": "over-quota",
    }
    assert {name: values["quota_mb"] for name, values in series.items()} == {"web": 512, "worker": 1024}


def test_what_is_kept_is_bounded() -> None:
    log = Log()
    for number in range(3000):
        log.launch(dyno=f"run.{number}", release=f"v{number}")
        log.over(600, 610, dyno=f"run.{number}")
        log.say(f"Process running mem=600M({100 + number % 50}.0%)", f"type{number}.1")
        log.say(R14, f"type{number}.1")
    assert len(log.memory._runs) <= 260
    assert len(log.memory._told) <= 50
    assert len(log.evidence) <= 200


def test_a_long_series_is_kept_small_and_told_with_its_extremes() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 1")
    log.metrics(*[300.0] * 20_000)
    log.metrics(777.0)
    log.metrics(*[300.0] * 20_000)
    (run,) = log.memory._runs.values()
    assert len(run.held.points()) <= 600
    assert log.diagnosis.cause == "memory/spike"
    assert log.series.values["peak_mb"] == 777.0
    assert log.series.values["samples"] == 40_001


# Workers that were killed.

KILLED = "[2026-11-20 14:02:44 +0000] [2] [ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?"
OLD_KILLED = "[2026-11-20 14:02:44 +0000] [2] [WARNING] Worker with pid 9 was terminated due to signal 9"
TIMEOUT = "[2026-11-20 14:02:43 +0000] [2] [CRITICAL] WORKER TIMEOUT (pid:9)"


@pytest.mark.parametrize("line", [KILLED, OLD_KILLED])
def test_a_worker_that_the_kernel_ended(line: str) -> None:
    log = Log()
    log.launch()
    log.say(line, source="app")

    (evidence,) = log.evidence
    assert evidence.fact is Fact.WORKER_EXIT
    assert {k: evidence.values[k] for k in ("fault", "pid", "during", "signal", "dyno")} == {
        "fault": "oom",
        "pid": 9,
        "during": "A worker",
        "signal": "SIGKILL",
        "dyno": "web.1",
    }
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/killed", Confidence.LIKELY)


@pytest.mark.parametrize("line", [KILLED, OLD_KILLED])
@pytest.mark.parametrize(
    "before",
    [
        TIMEOUT,
        TIMEOUT.replace("pid:9", "pid: 9"),
        "[2026-11-20 14:02:43 +0000] [2] [INFO] Handling signal: term",
    ],
)
def test_gunicorns_own_kill_is_no_memory_evidence(line: str, before: str) -> None:
    log = Log()
    log.launch()
    log.say(before, source="app")
    log.say(line, source="app")
    assert log.evidence == []


def test_the_time_out_of_another_worker_excuses_nothing() -> None:
    log = Log()
    log.say(TIMEOUT.replace("pid:9", "pid:10"), source="app")
    log.say(KILLED, source="app")
    assert log.diagnosis.cause == "memory/killed"


def test_a_kill_at_a_stop_that_heroku_asked_for_is_none() -> None:
    log = Log()
    log.launch()
    log.say("Stopping all processes with SIGTERM")
    log.say(KILLED, source="app")
    assert log.evidence == []
    log.launch()
    log.say(KILLED, source="app")
    assert log.diagnosis.cause == "memory/killed", "the next launch is another one"


@pytest.mark.parametrize("signal", ["SIGTERM", "SIGHUP", "SIGABRT", "SIGSEGV"])
def test_other_signals_are_not_memorys(signal: str) -> None:
    log = Log()
    log.say(f"[2026-11-20 14:02:44 +0000] [2] [ERROR] Worker (pid:9) was sent {signal}!", source="app")
    assert log.evidence == []


def test_a_kill_with_r14_before_it_is_one_problem() -> None:
    log = Log()
    log.launch("gunicorn app:app --workers 3")
    log.over(*[700] * 20)
    log.say(KILLED, source="app")

    assert log.diagnosis.cause == "memory/too-many-workers"
    assert log.diagnosis.evidence[-1].fact is Fact.WORKER_EXIT


def test_a_kill_after_a_lone_r14_is_a_kill_for_memory() -> None:
    log = Log()
    log.over(590)
    log.say(KILLED, source="app")
    assert (log.diagnosis.cause, log.diagnosis.confidence) == ("memory/killed", Confidence.LIKELY)
