"""The service: `create_app()`, and `app` for the web server.

It adopts diag as any other app would: one line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, json, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.loader import Loader
from app.predict import BadInput, parse, to_json
from checks.evidence import Dyno
from checks.ledger import BOOT
from diag.adopt import adopt, worn

MAX_BODY_BYTES = 1 << 20


def create_app(env: Mapping[str, str] | None = None, root: Path | None = None) -> Flask:
    """The Flask app; the model begins to load in the background."""
    dyno = Dyno(env=dict(os.environ if env is None else env), root=root or Path.cwd(), boot=BOOT)
    loader = Loader(dyno, BOOT)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _most_bytes(dyno)

    @app.get("/")
    def index() -> dict[str, Any]:
        return {"predict": "POST /predict", "health": ["/livez", "/readyz", "/healthz"]}

    @app.post("/predict")
    def predict() -> Response:
        model = loader.model
        if model is None:
            return _not_ready()
        batch = parse(_body(app.config["MAX_CONTENT_LENGTH"]), model.input_shape, model.input_type)
        return _json({batch.answer_as: to_json(model.predict(batch.samples))})

    @app.errorhandler(BadInput)
    def bad_input(error: BadInput) -> Response:
        return _problem(HTTPStatus.BAD_REQUEST, str(error))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or 500)
        detail = error.description or status.phrase
        if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            detail = f"the body is larger than {app.config['MAX_CONTENT_LENGTH']} bytes"
        response = _problem(status, detail)
        response.headers.extend((k, v) for k, v in error.get_headers() if k == "Allow")
        return response

    @app.errorhandler(Exception)
    def unhandled(error: Exception) -> Response:
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the server failed; its log says why")

    app.wsgi_app = adopt(app.wsgi_app, dict(dyno.env), dyno.root)  # type: ignore[method-assign]
    monitor = worn()
    loader.start(only_in_forks=monitor is not None and monitor.only_in_forks)
    return app


def _most_bytes(dyno: Dyno) -> int:
    limit = dyno.var("MAX_BODY_BYTES")
    return int(limit) if re.fullmatch("[1-9][0-9]{0,17}", limit) else MAX_BODY_BYTES


def _body(limit: int) -> bytes:
    """The request's body; Werkzeug cuts one of unannounced length off at the limit in silence."""
    body = request.get_data(cache=False)
    if len(body) >= limit and request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def _not_ready() -> Response:
    response = _problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"the model is not ready (phase {BOOT.phase}, {BOOT.elapsed():.0f} s after launch); see /readyz",
    )
    response.headers["Retry-After"] = "30" if BOOT.failed else "2"
    return response


def _problem(status: HTTPStatus, detail: str) -> Response:
    """RFC 9457 problem details."""
    content = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    response = _json(content, status)
    response.mimetype = "application/problem+json"
    return response


def _json(content: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(json.dumps(content) + "\n", status, mimetype="application/json")


def __getattr__(name: str) -> Flask:
    """`app.wsgi:app` makes the app when the web server asks for it, not on import of the module."""
    if name == "app":
        globals()["app"] = create_app()
        return globals()["app"]  # type: ignore[no-any-return]
    raise AttributeError(name)
