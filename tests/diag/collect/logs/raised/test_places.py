from __future__ import annotations

import pytest

from tests.diag.collect.logs.raised.reading import MISSING, lines, one, prefixed


@pytest.mark.parametrize(
    ("heading", "context"),
    [
        ("[2026-11-20 14:02:11,123] ERROR in app: Exception on /predict [POST]", "request"),
        ("Internal Server Error: /checkout", "request"),
        ("ERROR:    Exception in ASGI application", "request"),
        ("[2026-11-20 14:02:11 +0000] [7] [ERROR] Error handling request /x", "request"),
        ("[2026-11-20 14:02:11 +0000] [7] [ERROR] Exception in worker process", "boot"),
        ("Exception in thread Thread-1 (work):", "background"),
        ("Task exception was never retrieved", "background"),
        ("--- Logging error ---", "background"),
        ("[2026-11-20 14:02:11 +0000] [7] [INFO] Booting worker with pid: 7", ""),
        ('10.1.2.3 - - [20/Nov/2026:14:02:11 +0000] "GET /error HTTP/1.1" 200 2 "-" "curl"', ""),
        ("WARNING: This is a development server. Do not use it in a production deployment.", ""),
        ("starting", ""),
    ],
)
def test_the_line_above_may_say_what_was_going_on(heading: str, context: str) -> None:
    raised = one(f"{heading}\n{MISSING}")

    assert raised.context == context
    assert raised.heading == (heading if context else "")


def test_what_a_function_caught_and_logged_is_no_crash() -> None:
    caught = MISSING.replace("<module>", "settings")

    assert one(f"WARNING:cache:the cache is away\n{caught}").context == "background"
    assert one(f"ERROR:cache:the cache is away\n{caught}").heading == "ERROR:cache:the cache is away"


@pytest.mark.parametrize(
    ("file", "function", "context"),
    [
        ("gunicorn/util.py", "import_app", "boot"),
        ("gunicorn/workers/base.py", "load_wsgi", "boot"),
        ("gunicorn/workers/base.py", "init_process", ""),
        ("gunicorn/workers/sync.py", "handle_request", "request"),
        ("django/core/wsgi.py", "get_wsgi_application", "boot"),
        ("django/core/handlers/exception.py", "inner", "request"),
        ("flask/app.py", "full_dispatch_request", "request"),
        ("flask/app.py", "__init__", ""),
        ("uvicorn/importer.py", "import_from_string", "boot"),
        ("starlette/routing.py", "lifespan", "boot"),
        ("celery/app/trace.py", "trace_task", "background"),
    ],
)
def test_frames_say_what_was_going_on(file: str, function: str, context: str) -> None:
    frame = f'  File "/app/.heroku/python/lib/python3.12/site-packages/{file}", line 3, in {function}'
    text = MISSING.split("\n")

    assert one("\n".join([text[0], frame, *text[1:]])).context == context


def test_a_request_is_answered_within_a_boot_and_not_the_other_way_round() -> None:
    folder = '  File "/app/.heroku/python/lib/python3.12/site-packages/gunicorn'
    text = MISSING.split("\n")
    text.insert(1, f'{folder}/workers/sync.py", line 3, in handle_request')
    text.insert(1, f'{folder}/app/wsgiapp.py", line 3, in load')

    assert one("\n".join(text)).context == "request"


@pytest.mark.parametrize(("process", "context"), [("release.4512", "release"), ("web.1", "")])
def test_the_dyno_says_what_was_going_on(process: str, context: str) -> None:
    assert one(lines(MISSING, process)).context == context


def test_a_traceback_of_the_build() -> None:
    assert one(lines(prefixed("       ", MISSING), "", "build")).context == "build"
