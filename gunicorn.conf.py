"""gunicorn's settings; where a value differs from gunicorn's own, the reason stands beside it."""

from diag.gunicorn import on_starting, post_fork, post_worker_init, when_ready  # noqa: F401

worker_class = "gthread"  # health is answered while a prediction runs
threads = 2  # one for a prediction, one for health; more would only contend for the interpreter lock
timeout = 25  # below the router's 30 s (H12), so that the log names the worker first
graceful_timeout = 25  # below the 30 s Heroku waits after SIGTERM (R12)
keepalive = 95  # above the router's 90 s, or it reuses a connection that is being closed (H13, H18)
control_socket_disable = True  # a thread and a file for `gunicornc`, which no dyno uses
