from __future__ import annotations

import json

import pytest

from diag.collect.logs.line import Line
from tests.diag.collect.logs.raised.reading import MISSING, one, read


def test_json_that_holds_the_text_of_a_traceback() -> None:
    record = {"levelname": "ERROR", "message": "no token", "exc_info": MISSING}

    raised = one([Line(7, 5.0, "app", "web.1", json.dumps(record))])

    assert raised.chain == (("KeyError", "'SECRET_KEY'"),)
    assert (raised.first, raised.last, raised.at) == (7, 7, 5.0)


def test_json_of_structlog() -> None:
    # The form of structlog's dict_tracebacks, version 26.
    frames = [
        {
            "filename": "/app/.heroku/python/lib/python3.12/site-packages/gunicorn/util.py",
            "lineno": 370,
            "name": "import_app",
        },
        {"filename": "/app/app.py", "lineno": 5, "name": "<module>"},
    ]
    missing = "No module named 'flask_cors'"
    stacks = [
        {"exc_type": "RuntimeError", "exc_value": "no cors", "is_cause": False, "frames": frames},
        {"exc_type": "ModuleNotFoundError", "exc_value": missing, "is_cause": True, "frames": frames[1:]},
    ]

    raised = one(json.dumps({"event": "startup failed", "level": "error", "exception": stacks}))

    assert raised.chain == (("RuntimeError", "no cors"), ("ModuleNotFoundError", missing))
    assert raised.direct == (True,)
    assert raised.context == "boot"


@pytest.mark.parametrize("text", ["{", '{"exc_type"', '{"exc_type": 1, "exception": [1]}', "{" * 5000])
def test_json_that_is_none(text: str) -> None:
    assert read(f"{text}\n{text} Traceback (most recent call last):") == []


def test_newlines_that_were_escaped() -> None:
    escaped = MISSING.replace("\n", "\\n")

    assert one(f"worker failed: {escaped}").chain == (("KeyError", "'SECRET_KEY'"),)
