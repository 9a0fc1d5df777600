"""gunicorn's settings; where a value differs from gunicorn's own, the reason stands beside it."""

from typing import Any

from diag import gunicorn as diag_hooks
from diag.gunicorn import on_starting, post_worker_init  # noqa: F401

worker_class = "gthread"  # health is answered while a prediction runs
threads = 2  # one for a prediction, one for health; more would only contend for the interpreter lock
timeout = 25  # below the router's 30 s (H12), so that the log names the worker first
graceful_timeout = 25  # below the 30 s Heroku waits after SIGTERM (R12)
keepalive = 95  # above the router's 90 s, or it reuses a connection that is being closed (H13, H18)
control_socket_disable = True  # a thread and a file for `gunicornc`, which no dyno uses


def when_ready(server: Any) -> None:
    """In the master, when the port is bound and no worker is forked yet."""
    from app import workers

    diag_hooks.when_ready(server)
    workers.prepare(server.cfg.workers)


def post_fork(server: Any, worker: Any) -> None:
    """In the worker, before the app is loaded."""
    from app import workers

    diag_hooks.post_fork(server, worker)
    workers.enter()


def on_exit(server: Any) -> None:  # noqa: ARG001  gunicorn passes it
    """In the master, at its end."""
    from app import workers

    workers.leave()
