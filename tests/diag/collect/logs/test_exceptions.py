from __future__ import annotations

import pytest

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.logs.exceptions import evidence_of
from tests.diag.collect.logs.raised.frames import (
    ENVIRON,
    FLASK,
    GUNICORN,
    SITE,
    cause,
    diagnoses,
    evidence,
    installed,
    own,
    raised,
    raised_in,
)


def test_the_values_are_those_of_a_live_exception() -> None:
    found = evidence(own("KEY = os.environ['KEY']", 11), ENVIRON, end="KeyError: 'KEY'", target="app:app")

    assert found.text == "The import of app:app raised KeyError: 'KEY'"
    assert found.where == "lines 1-5"
    assert found.values == {
        "dyno": "web.1",
        "number": 1,
        "last": 5,
        "type": "KeyError",
        "message": "'KEY'",
        "chain": ("KeyError: 'KEY'",),
        "root": "KeyError: 'KEY'",
        "during": "The import of app:app",
        "fault": "variable",
        "variable": "KEY",
        "file": "app.py",
        "line": 11,
        "target": "app:app",
    }


@pytest.mark.parametrize(
    "message",
    [
        "OperationalError: connection to postgres://u:swordfish@db.example.com/d failed",
        "IntegrityError: no\n[SQL: x]\n[parameters: ('swordfish',)]\n(Background on this error)",
        "ValueError: no model at https://models.example.com/v3.keras?X-Amz-Signature=swordfish",
    ],
)
def test_no_secret_comes_along(message: str) -> None:
    assert "swordfish" not in repr(evidence(own(), end=message))


def test_a_syntax_error_is_where_the_file_says() -> None:
    place = '  File "/app/views.py", line 4\n    match kind:\n          ^\n'

    (diagnosis,) = diagnoses(evidence(own("import views"), place, end="SyntaxError: invalid syntax"))

    assert diagnosis.title == "views.py, line 4, is no valid code for Python 3."


def test_a_packages_own_syntax_error_is_not_the_apps() -> None:
    place = f'  File "{SITE}/acme/core.py", line 4\n    async = 1\n          ^\n'

    assert cause(own("import acme"), place, end="SyntaxError: invalid syntax")[0] == "boot/import-error"


def test_the_python_of_the_log_is_named() -> None:
    place = '  File "/app/views.py", line 4\n    match kind:\n'

    found = evidence_of(raised(place, end="SyntaxError: x"), Fact.BOOT_IMPORT, "x", python="3.8")

    assert found.values["python"] == "3.8"
    assert evidence(GUNICORN, place, end="SyntaxError: x").values["python"] == "3.12"


def test_a_worker_that_was_ended_hung_somewhere_and_raised_nothing() -> None:
    abort = installed("gunicorn/workers/base.py", "sys.exit(1)", "handle_abort")

    found = evidence(
        FLASK,
        own("return model.predict(rows)", 42, function="predict"),
        installed("keras/src/trainer.py"),
        abort,
        end="SystemExit: 1",
    )

    assert (found.values["fault"], found.values["hung_in"]) == ("aborted", "app.py, line 42, in predict")
    assert diagnoses(found) == []


@pytest.mark.parametrize(
    ("heading", "fact", "level"),
    [
        ("WARNING:cache:the cache is away", Fact.PROCESS_EXCEPTION, Level.WARN),
        ("ERROR:cache:the cache is away", Fact.PROCESS_EXCEPTION, Level.WARN),
        ("ERROR:cache:the cache is away", Fact.BOOT_IMPORT, Level.FAIL),
        ("Exception in thread Thread-1 (work):", Fact.PROCESS_EXCEPTION, Level.WARN),
        ("[2026-11-20 14:02:11,123] ERROR in app: Exception on / [GET]", Fact.REQUEST_EXCEPTION, Level.FAIL),
        ("starting", Fact.PROCESS_EXCEPTION, Level.FAIL),
    ],
)
def test_what_was_caught_and_logged_is_no_crash(heading: str, fact: Fact, level: Level) -> None:
    frame = own(function="prices")
    found = raised_in(f"{heading}\nTraceback (most recent call last):\n{frame}redis.ConnectionError: away")

    assert evidence_of(found, fact, "x").level is level


DIRECT = "The above exception was the direct cause of the following exception:"
DURING = "During handling of the above exception, another exception occurred:"


def test_django_names_the_engine_and_not_the_module_behind_it() -> None:
    found = chained(
        "ModuleNotFoundError: No module named 'django.db.backends.x'",
        DIRECT,
        "django.core.exceptions.ImproperlyConfigured: 'x' isn't an available database backend",
    )

    assert [d.cause for d in diagnoses(found)] == ["config/django-settings"]


def test_of_two_causes_for_one_exception_the_exact_one_is_told() -> None:
    # `Error loading psycopg2` is Django's answer to what was missing.
    found = chained(
        "ModuleNotFoundError: No module named 'psycopg2'",
        DURING,
        "django.core.exceptions.ImproperlyConfigured: Error loading psycopg2 or psycopg module",
    )

    (diagnosis,) = diagnoses(found)

    assert diagnosis.cause == "dependency/module-not-found"
    assert any("psycopg2-binary" in step for step in diagnosis.fix)


def chained(first: str, link: str, second: str) -> Evidence:
    head = "Traceback (most recent call last):"
    return evidence_of(
        raised_in(f"{head}\n{own()}{first}\n\n{link}\n\n{head}\n{own()}{second}"), Fact.BOOT_IMPORT, "x"
    )
