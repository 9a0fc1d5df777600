"""Router lines of both routers: success in its variety, and the codes that a busy app sees."""

from __future__ import annotations

from dataclasses import dataclass

from bench.logs.life import Life

HOST = "prediction-service-8f2a1c9d4e7b.herokuapp.com"
ERRORS = {
    "H12": ('at=error code=H12 desc="Request timeout"', "connect=1ms service=30001ms status=503 bytes=0"),
    "H18": (
        'sock=backend at=error code=H18 desc="Server Request Interrupted"',
        "connect=0ms service=710ms status=200 bytes=0",
    ),
    "H27": (
        'sock=client at=warning code=H27 desc="Client Request Interrupted"',
        "connect=1ms service=2451ms status=499 bytes=0",
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What came in, and how it was answered: status, bytes, milliseconds."""

    dyno: str
    method: str
    path: str
    status: int = 200
    size: int = 0
    service: int = 0


def success(life: Life, request: Request, *, modern: bool) -> str:
    """A request that was answered, whatever the answer."""
    return _line(
        life,
        request,
        "at=info",
        f"connect={life.chance.randrange(3)}ms service={request.service}ms "
        f"status={request.status} bytes={request.size}",
        modern,
    )


def error(life: Life, code: str, request: Request, *, modern: bool) -> str:
    """A request that ended with a code."""
    return _line(life, request, *ERRORS[code], modern)


def _line(life: Life, request: Request, head: str, tail: str, modern: bool) -> str:
    protocol = "http1.1 tls=true tls_version=unknown" if modern else "https"
    return life.line(
        "heroku",
        "router",
        f'{head} method={request.method} path="{request.path}" host={HOST} request_id={life.uuid()} '
        f'fwd="{life.address()}" dyno={request.dyno} {tail} protocol={protocol}',
    )
