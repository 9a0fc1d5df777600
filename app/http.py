"""What every route of the service shares: the body of a request, answers in JSON, and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from checks.evidence import Dyno

MAX_BODY_BYTES = 1 << 20


def most_bytes(dyno: Dyno) -> int:
    """The largest body that is read: ``MAX_BODY_BYTES``, or 1 MB."""
    limit = dyno.var("MAX_BODY_BYTES")
    return int(limit) if re.fullmatch("[1-9][0-9]{0,17}", limit) else MAX_BODY_BYTES


def read_body() -> bytes:
    """The request's body. Raises RequestEntityTooLarge and UnsupportedMediaType.

    Werkzeug refuses one that is announced as too long, and cuts one of unannounced length off at the
    limit in silence.
    """
    if request.environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise UnsupportedMediaType("send the body as it is; a compressed one is not read")
    body = request.get_data(cache=False)
    if (
        request.content_length is None
        and len(body) >= current_app.config["MAX_CONTENT_LENGTH"]
        and request.environ["wsgi.input"].read(1)
    ):
        raise RequestEntityTooLarge
    return body


def json_response(
    content: Mapping[str, Any], status: int = HTTPStatus.OK, content_type: str = "application/json"
) -> Response:
    """Content as JSON. Flask's own way sorts keys and makes an encoder for each answer."""
    return Response(json.dumps(content) + "\n", status, content_type=content_type)


def problem(status: HTTPStatus, detail: str) -> Response:
    """An error as RFC 9457 problem details."""
    content = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return json_response(content, status, "application/problem+json")
