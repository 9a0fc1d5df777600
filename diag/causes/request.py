"""Causes that show while requests are served."""

from checks.evidence import Level
from checks.facts import Fact
from diag.cause import Cause, Seen

REQUEST = (
    Cause(
        id="request/worker-timeout",
        level=Level.FAIL,
        codes=("H13",),
        title="gunicorn killed a worker that gave no sign of life for {seconds} s (pid {pid}).",
        when=(Seen(Fact.WORKER_EXIT, fault="timeout"),),
        why="A sync worker that works longer than --timeout on one request, or hangs in native code, is "
        'aborted. The line "Perhaps out of memory?" that may follow is no sign of memory here.',
        fix=(
            "Find the slow request: heroku logs --tail --dyno router   (service= is its time)",
            "In Procfile: web: gunicorn … --threads 4 --timeout 25",
            "Work that needs more than 25 s belongs into a worker dyno with a queue.",
        ),
        docs="https://devcenter.heroku.com/articles/error-codes#h13-connection-closed-without-response",
    ),
)
