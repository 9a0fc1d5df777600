"""What the search has found, each once, so that it stays mended."""

from __future__ import annotations

import pytest

from tests.fuzz.properties import check, check_in_pieces

STAMP = "2026-11-20T14:02:11.123456+00:00"
RELEASE = "app[api]: Release v23 created by user kim@example.com"
R14 = "Error R14 (Memory quota exceeded)"
FOUND = {
    "a stamp before the first year": f"0001-01-01T00:00:00+23:59 {RELEASE}\n"
    f"{STAMP} heroku[web.1]: State changed from starting to crashed\n",
    "a stamp after the last year": f"9999-12-31T23:59:59.999999-23:59 heroku[web.1]: {R14}\n",
    "a code in digits of another script": f"{STAMP} heroku[web.1]: Error R1٣ (Memory quota exceeded)\n",
    "a dyno with a name of twelve thousand characters": f"<134>1 {STAMP} host heroku {'[' * 12_000} - "
    "Starting process with command `gunicorn app:app`\n"
    f"<134>1 {STAMP} host heroku {'[' * 12_000} - Process exited with status 1\n",
}


@pytest.mark.parametrize("what", FOUND)
def test_what_broke_it_once(what: str) -> None:
    check(FOUND[what].encode())
    check_in_pieces(FOUND[what].encode())
