"""A long log is skimmed; what is wrong in it must be found all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Level
from diag.catalogue import CATALOGUE
from diag.collect.logs import scan
from diag.logs import examine_blocks
from diag.report import Report
from tests.logs import CASES, name_of, report_on

STAMP = "2026-11-20T13:{:02}:{:02}.000000+00:00"
ORDINARY = (
    'heroku[router]: at=info method=GET path="/" host=x.example.com dyno=web.1 service=1ms status=200',
    'app[web.1]: 10.1.2.3 - - [20/Nov/2026:13:00:00 +0000] "GET / HTTP/1.1" 200 10 "-" "curl/8"',
    "app[web.1]: INFO:shop:order 4711 took 12 ms",
)
REQUEST = {cause.id for cause in CATALOGUE if cause.id.startswith("request/")}
PLAIN = [p for p in CASES if p.suffix == ".log" and p.read_bytes()[:33].endswith(b"+00:00 ")]


def skimmed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> Report:
    monkeypatch.setattr(scan, "WHOLE", 0)
    monkeypatch.setattr(scan, "SAMPLE", 0)
    monkeypatch.setattr(scan, "METRICS", 1)
    return examine_blocks([data])


def failing(report: Report) -> set[str]:
    return {d.cause for d in report.diagnoses if d.level is Level.FAIL}


@pytest.mark.parametrize("path", PLAIN, ids=name_of)
def test_a_skimmed_log_has_the_same_failures(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, data = report_on(path), path.read_bytes()
    report = skimmed(monkeypatch, data if data.endswith(b"\n") else data + b"\n")
    assert failing(report) - REQUEST == failing(whole) - REQUEST
    # Without the requests that went well it is less sure what the others mean, but they are told.
    assert bool(failing(report) & REQUEST) == bool(failing(whole) & REQUEST)


def test_every_line_is_counted_though_it_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"{STAMP.format(n // 60 % 60, n % 60)} {ORDINARY[n % 3]}\n" for n in range(3000)]
    report = skimmed(monkeypatch, "".join(lines).encode())
    assert report.notes[0].startswith("3,000 lines read")
    assert report.diagnoses == ()


def test_the_number_of_a_line_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = STAMP.format(0, 0)
    ordinary = f"{stamp} {ORDINARY[0]}\n" * 1000
    gone = (
        f"{stamp} heroku[web.1]: Starting process with command `gunicorn app:app`\n"
        f"{stamp} app[web.1]: bash: gunicorn: command not found\n"
    )
    (diagnosis,) = skimmed(monkeypatch, (ordinary + gone + ordinary).encode()).diagnoses
    assert (diagnosis.cause, diagnosis.evidence[0].where) == ("dependency/server-missing", "line 1002")


def test_a_word_that_differs_in_digits_only_is_judged_once() -> None:
    assert not scan._says_something(b"INFO:shop:order took ms")
    assert scan._says_something(b"INFO:shop:an error")
