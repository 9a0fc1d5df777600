"""The small Flask app with py-healthcheck: ``GET /healthz``, one empty check, its answer cached 27 s."""

from __future__ import annotations

from healthcheck import HealthCheck

from bench.servers.small_flask import app


def empty() -> tuple[bool, str]:
    return True, "ok"


app.add_url_rule("/healthz", "healthz", view_func=HealthCheck(checkers=[empty]).run)
