"""Log lines: one event, one line, of bounded length, in the form that was asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.servers import PLAIN_ENV


def printed(call: str, **env: str) -> str:
    program = f"from checks.evidence import Level\nfrom diag.log import emit\n{call}\n"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**PLAIN_ENV, **env}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "", "standard output is not ours"
    return done.stderr


@pytest.mark.parametrize(
    ("level", "at"),
    [("OK", "info"), ("INFO", "info"), ("WARN", "warning"), ("UNKNOWN", "warning"), ("FAIL", "error")],
)
def test_at_comes_first_in_herokus_words(level: str, at: str) -> None:
    assert printed(f"emit('boot', Level.{level}, n=1)") == f"at={at} event=boot n=1\n"


def test_values_are_quoted_where_they_must_be() -> None:
    line = printed("emit('check', Level.OK, text='a \"b\" = c\\nd', none=None, codes=('R10', 'H10'))")
    assert line == 'at=info event=check codes=R10,H10 text="a \\"b\\" = c d"\n'


@pytest.mark.parametrize("form", ["logfmt", "json"])
@pytest.mark.parametrize("piece", ["x", "é", "\\\\", "\\n", '\\"', "🙂"])
def test_no_line_is_longer_than_4000_bytes(form: str, piece: str) -> None:
    fields = ", ".join(f"f{n}='{piece}' * 5000" for n in range(12))
    line = printed(f"emit('diagnosis', Level.FAIL, {fields})", LOG_FORMAT=form)
    assert len(line.encode()) <= 4001, "4,000 and the line end"
    assert line.count("\n") == 1


def test_json_on_request() -> None:
    line = printed("emit('boot', Level.FAIL, codes=('R10',), text='é')", LOG_FORMAT="json")
    assert json.loads(line) == {"event": "boot", "at": "error", "codes": "R10", "text": "é"}


def test_an_app_that_configures_structlog_is_left_alone() -> None:
    call = (
        "import structlog, sys\n"
        "structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))\n"
        "before = structlog.get_config()\nemit('boot', Level.OK)\nassert structlog.get_config() == before"
    )
    assert "event=boot" in printed(call)


def test_rich_is_not_imported_for_a_log_line() -> None:
    call = "emit('boot', Level.OK)\nimport sys\nassert 'rich' not in sys.modules\nimport rich"
    assert printed(call)
