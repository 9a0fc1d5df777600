"""The small Flask app with flask-healthz: ``GET /healthz/live`` calls one empty check."""

from __future__ import annotations

from flask_healthz import Healthz

from bench.servers.small_flask import app


def live() -> None:
    """Nothing to find fault with."""


app.config["HEALTHZ"] = {"live": live}
Healthz(app)
