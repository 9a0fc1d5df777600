from __future__ import annotations

import pytest

from diag.collect.logs.tracebacks import Frame
from tests.diag.collect.logs.raised.reading import MISSING, one, prefixed


@pytest.mark.parametrize("prefix", ["    ", "> ", "       ", "web_1  | "])
def test_what_stands_before_each_line(prefix: str) -> None:
    raised = one(f"{prefixed(prefix, MISSING)}\n")

    assert raised.chain == (("KeyError", "'SECRET_KEY'"),)
    assert raised.own is not None
    assert raised.own.code == 'app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]'


@pytest.mark.parametrize(
    "prefix",
    ["ERROR:root:", "2026-11-20 14:02:11,123 ERROR root ", "[2026-11-20 14:02:11 +0000] [7] [ERROR] "],
)
def test_where_each_line_is_a_record_the_next_record_is_no_message(prefix: str) -> None:
    raised = one(f"{prefixed(prefix, MISSING)}\n{prefix}\n{prefix}Something else happened")

    assert raised.chain == (("KeyError", "'SECRET_KEY'"),)


def test_what_stands_before_each_line_may_tell_the_time() -> None:
    text = "\n".join(
        f"2026-11-20 14:02:11,{100 + n} ERROR root {each}" for n, each in enumerate(MISSING.split("\n"))
    )

    assert one(f"{text}\n2026-11-20 14:02:12,001 ERROR root giving up").chain == (
        ("KeyError", "'SECRET_KEY'"),
    )


def test_what_stands_before_the_first_line_only() -> None:
    # uvicorn logs a failing lifespan so.
    raised = one(f"ERROR:    {MISSING}\n\nERROR:    Application startup failed. Exiting.")

    assert raised.chain == (("KeyError", "'SECRET_KEY'"),)


def test_an_exception_group() -> None:
    # Printed by CPython 3.12.
    raised = one(
        """\
  + Exception Group Traceback (most recent call last):
  |   File "/app/group.py", line 10, in <module>
  |     raise ExceptionGroup("several", errs)
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/group.py", line 8, in <module>
    |     try: f()
    |          ^^^
    |   File "/app/group.py", line 2, in a
    |     raise ValueError("one")
    | ValueError: one
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/app/group.py", line 4, in b
    |     raise KeyError("two")
    | KeyError: 'two'
    +------------------------------------

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/group.py", line 12, in <module>
    raise RuntimeError("outer") from g
RuntimeError: outer"""
    )

    assert raised.chain == (
        ("RuntimeError", "outer"),
        ("ExceptionGroup", "several (2 sub-exceptions)"),
        ("ValueError", "one"),
    )
    assert raised.direct == (True, True)
    assert raised.own is not None
    assert raised.own.function == "a"


def test_a_box_of_rich() -> None:
    # Printed by rich 15 on CPython 3.12.
    raised = one(
        """\
╭───────────────────── Traceback (most recent call last) ──────────────────────╮
│ /app/app.py:6 in <module>                                                    │
│                                                                              │
│   3 import os                                                                │
│ ❱ 6 settings()                                                               │
│   7                                                                          │
│                                                                              │
│ /app/app.py:5 in settings                                                    │
│                                                                              │
│ ❱ 5 │   return os.environ["API_TOKEN"]                                       │
│   6 settings()                                                               │
│ in __getitem__:685                                                           │
╰──────────────────────────────────────────────────────────────────────────────╯
KeyError: 'API_TOKEN'"""
    )

    assert raised.chain == (("KeyError", "'API_TOKEN'"),)
    assert raised.own == Frame("/app/app.py", 5, "settings", 'return os.environ["API_TOKEN"]')


def test_loguru_shows_values_which_are_not_kept() -> None:
    # Printed by loguru 0.7 on CPython 3.12.
    raised = one(
        """\
2026-11-20 14:02:11.383 | ERROR    | __main__:<module>:6 - An error has been caught in function '<module>':
Traceback (most recent call last):

> File "/app/app.py", line 6, in <module>
    main()
    └ <function main at 0x7fafb2087f60>

  File "/app/app.py", line 5, in main
    return os.environ["API_TOKEN"]
           │  └ environ({'SECRET': 'swordfish'})
           └ <module 'os' (frozen)>

  File "<frozen os>", line 685, in __getitem__

KeyError: 'API_TOKEN'"""
    )

    assert raised.chain == (("KeyError", "'API_TOKEN'"),)
    assert raised.frames[-1].function == "__getitem__"
    assert "swordfish" not in repr(raised)
