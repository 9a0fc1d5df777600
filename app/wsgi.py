"""The service: `create_app()`, and `app` for the web server.

It adopts diag as any other app would: one line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from app import open_inference
from app.http import json_response, most_bytes, problem, read_body
from app.loader import Loader
from app.predict import answer, parse
from app.runtimes.signature import BadInput, Model
from checks.evidence import Dyno
from checks.ledger import BOOT
from checks.wsgi import RETRY_FAILED, RETRY_LOADING, WSGIApp
from diag.adopt import adopt, worn

_KEPT_HEADERS = ("Allow", "Retry-After")


def create_app(env: Mapping[str, str] | None = None, root: Path | None = None) -> Flask:
    """The Flask app; the model begins to load in the background."""
    dyno = Dyno(env=dict(os.environ if env is None else env), root=root or Path.cwd(), boot=BOOT)
    loader = Loader(dyno, BOOT)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = most_bytes(dyno)
    name = dyno.var("MODEL_NAME") or "model"

    def model() -> Model:
        if loader.model is None:
            raise _not_ready()
        return loader.model

    @app.get("/")
    def index() -> dict[str, Any]:
        return {
            "predict": "POST /predict",
            "infer": f"POST /v2/models/{name}/infer",
            "health": ["/livez", "/readyz", "/healthz"],
        }

    @app.post("/predict")
    def predict() -> Response:
        asked = model()
        batch = parse(read_body(), asked.inputs)
        return json_response(answer(batch.key, asked.predict(batch.samples)))

    _handle_errors(app)
    health = adopt(app.wsgi_app, dict(dyno.env), dyno.root)
    app.register_blueprint(open_inference.blueprint(name, model, lambda: _is_ready(health)))
    app.wsgi_app = health  # type: ignore[method-assign]
    monitor = worn()
    loader.start(only_in_forks=monitor is not None and monitor.only_in_forks)
    return app


def _handle_errors(app: Flask) -> None:
    """Every error as JSON, in the form of the path's own protocol."""

    def told(status: HTTPStatus, detail: str) -> Response:
        is_open_inference = request.path.startswith(open_inference.PREFIX)
        return (open_inference.error if is_open_inference else problem)(status, detail)

    @app.errorhandler(BadInput)
    def bad_input(error: BadInput) -> Response:
        return told(HTTPStatus.BAD_REQUEST, str(error))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or 500)
        detail = error.description or status.phrase
        if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            detail = f"the body is larger than {app.config['MAX_CONTENT_LENGTH']} bytes"
        response = told(status, detail)
        response.headers.extend((k, v) for k, v in error.get_headers() if k in _KEPT_HEADERS)
        return response

    @app.errorhandler(Exception)
    def unhandled(error: Exception) -> Response:
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return told(HTTPStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says why")


def _is_ready(health: WSGIApp) -> bool:
    """What ``/readyz`` says: of all workers, and of this one's end."""
    told: list[str] = []
    health({"REQUEST_METHOD": "HEAD", "PATH_INFO": "/readyz"}, lambda status, headers: told.append(status))
    return told[0].startswith("200")


def _not_ready() -> ServiceUnavailable:
    return ServiceUnavailable(
        f"the model is not ready (phase {BOOT.phase}, {BOOT.elapsed():.0f} s after launch); see /readyz",
        retry_after=int(RETRY_FAILED if BOOT.failed else RETRY_LOADING),
    )


def __getattr__(name: str) -> Flask:
    """`app.wsgi:app` makes the app when the web server asks for it, not on import of the module."""
    if name == "app":
        globals()["app"] = create_app()
        return globals()["app"]  # type: ignore[no-any-return]
    raise AttributeError(name)
