"""Router lines of both generations, whole, reordered and cut, and lines that only look like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.collect.logs.router import ANSWERED, looks_routed, parse, route
from tests.diag.collect.logs.simulated import router

LEGACY = (
    'at=error code=H12 desc="Request timeout" method=POST path="/predict" host=shop.example.com '
    'request_id=8601b555-6a83-4c12-8269-97c8e32cdb22 fwd="203.0.113.7" dyno=web.1 connect=6ms '
    "service=30001ms status=503 bytes=0 protocol=https"
)


def test_a_legacy_line_tells_all_its_fields() -> None:
    request = parse(LEGACY)

    assert request is not None
    assert (request.level, request.code, request.desc) == ("error", "H12", "Request timeout")
    assert (request.method, request.path, request.dyno) == ("POST", "/predict", "web.1")
    assert (request.connect, request.service, request.status) == (6, 30001, 503)
    assert not request.modern


@pytest.mark.parametrize(
    "protocol",
    ["http1.1 tls=true tls_version=tls1.3", "http2.0 tls=true tls_version=unknown", "http1.1 tls=false"],
)
def test_router_2_is_known_by_its_protocol(protocol: str) -> None:
    request = parse(LEGACY.replace("protocol=https", f"protocol={protocol}"))

    assert request is not None
    assert request.modern


def test_the_side_that_broke_stands_before_the_level() -> None:
    request = parse(router(code="H18", method="POST", service=710, status="200", size=0))

    assert request is not None
    assert (request.sock, request.code, request.status) == ("backend", "H18", 200)


def test_empty_fields_are_none() -> None:
    request = parse(router(code="H10", dyno="", connect=None, service=None, status="503", size=None))

    assert request is not None
    assert (request.dyno, request.connect, request.service, request.status) == ("", None, None, 503)


@pytest.mark.parametrize(
    "line",
    [
        # No request_id, no protocol, unquoted fwd: 2011 to 2014, and the documentation's samples.
        (
            'at=error code=H12 desc="Request timeout" method=GET path="/" host=shop.example.com '
            "fwd=203.0.113.7 dyno=web.1 connect=6ms service=30001ms status=503 bytes=0"
        ),
        (
            'at=error code=H12 desc="Request timeout" method=GET path=/ host=shop.example.com '
            "fwd=203.0.113.7 dyno=web.1 connect=6ms service=30001ms status=503 bytes=0"
        ),
        # 2013: the router told how long a request had waited.
        (
            'at=error code=H12 desc="Request timeout" method=GET path=/ host=shop.example.com '
            "fwd=203.0.113.7 dyno=web.1 queue=0ms wait=0ms connect=6ms service=30001ms status=503 bytes=0"
        ),
        # A private space has the TLS fields elsewhere.
        (
            'tls_version=tls1.2 at=error code=H12 desc="Request timeout" tls=true method=GET path="/" '
            'host=shop.example.com dyno=web.1 fwd="203.0.113.7" service=30001ms connect=6ms '
            "status=503 bytes=0"
        ),
        # Keys that somebody's filter has removed.
        (
            'at=error code=H12 desc="Request timeout" method=GET path="/" dyno=web.1 connect=6ms '
            "service=30001ms status=503"
        ),
    ],
)
def test_other_orders_and_missing_keys_tell_the_same(line: str) -> None:
    request = parse(line)

    assert request is not None
    assert (request.code, request.method, request.path, request.dyno) == ("H12", "GET", "/", "web.1")
    assert (request.connect, request.service, request.status) == (6, 30001, 503)


def test_a_line_cut_within_its_path_still_tells_its_code() -> None:
    request = parse(LEGACY[: LEGACY.index("/predict") + 4])

    assert request is not None
    assert (request.code, request.path, request.service) == ("H12", "/pre", None)


@pytest.mark.parametrize(
    "line",
    [
        "at=info event=boot seconds=3.2",
        'at=info method=GET path="/items" status=200 duration=12.3',  # an app's own logfmt
        'method=GET path="/" host=shop.example.com',
        "at=",
        "",
        "State changed from starting to up",
        '10.1.2.3 - - [20/Nov/2026:14:02:11 +0000] "GET /?at=error&code=H12 HTTP/1.1" 200 12 "-" "curl"',
    ],
)
def test_other_lines_are_no_requests(line: str) -> None:
    assert parse(line) is None


def test_a_code_in_a_path_or_of_a_success_is_no_code() -> None:
    asked = parse(router(path="/?x= code=H12 at=error"))
    odd = parse(f"tls=true {router()} code=H12")

    assert asked is not None
    assert asked.code == ""
    assert odd is not None
    assert odd.code == ""


def test_the_quick_pattern_knows_answers_and_nothing_else() -> None:
    assert ANSWERED.match(router())
    assert ANSWERED.match(router(modern=False))
    assert not ANSWERED.match(router(code="H12"))
    assert not ANSWERED.match(router(code="H80", dyno="", connect=None, service=None))
    assert not ANSWERED.match(router(dyno="", connect=None, service=None))


def test_a_bare_line_is_routed_when_it_has_what_all_router_lines_have() -> None:
    assert looks_routed(LEGACY)
    assert looks_routed(router(code="H27"))
    assert not looks_routed('at=info method=GET path="/items" status=200')


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("/items?token=s3cr3t-s3cr3t", "/items"),
        ("/users/12/orders/9f8e7d6c-1111-2222-3333-444455556666", "/users/<id>/orders/<id>"),
        ("/reset/3kTMd0xqQ2VbGm9wYzFhNzRl/", "/reset/<id>/"),
        ("/unsubscribe/ann@example.com", "/unsubscribe/<id>"),
        ("/api/v2/predictions", "/api/v2/predictions"),
        ("/static/css/site.css", "/static/css/site.css"),
    ],
)
def test_a_route_has_no_query_and_no_particulars(path: str, expected: str) -> None:
    assert route(path) == expected


@given(st.text(max_size=300))
def test_no_text_raises_and_a_route_is_short(text: str) -> None:
    parse(text)
    parse(f"at=error code=H12 path={text}")
    looks_routed(text)

    assert len(route(text)) <= 80


def test_a_path_of_a_megabyte_is_read_in_no_time() -> None:
    line = LEGACY.replace("/predict", "/a=" * 400_000)

    request = parse(line)

    assert request is not None
    assert request.code == "H12"
    assert len(route(request.path)) <= 80
