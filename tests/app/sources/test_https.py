"""Files from a web server: what it may answer, and what is told of it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import socket
import ssl
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.sources.https import host_of
from checks.facts import Fact
from checks.model_source import HttpUrl
from tests.bad_network import Connection, Request, bad_server, says, silence, whole
from tests.fetching import STALLING, content_of, dyno, failure, http
from tests.servers import PLAIN_ENV, free_port

CONTENT = bytes(range(256)) * 1200
EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


def test_pythons_own_server_gives_the_file(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(CONTENT)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/model.keras"
        assert content_of(HttpUrl(url, "MODEL_URL"), tmp_path / "to") == CONTENT
        server.shutdown()
        thread.join()


def test_user_and_query_are_sent_and_encodings_are_not_wanted(tmp_path: Path) -> None:
    with bad_server(whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    (request,) = server.requests
    assert request.path == "/models/model.keras?X-Sig=SIGNATURE"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"user:pass-word").decode()
    assert request.headers["accept-encoding"] == "identity"


def test_what_is_in_netrc_stays_there(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password of-netrc\n")
    (tmp_path / ".netrc").chmod(0o600)
    with bad_server(whole(CONTENT)) as server:
        source = HttpUrl(f"{server.url}/model.keras", "MODEL_URL")
        content_of(source, tmp_path / "to", dyno(HOME=str(tmp_path)))

    assert "authorization" not in server.requests[0].headers


def test_a_proxy_of_the_environment_is_asked(tmp_path: Path) -> None:
    with bad_server(whole(CONTENT)) as proxy:
        at = dyno(http_proxy=proxy.url, no_proxy="")
        assert content_of(HttpUrl("http://models.invalid/m.keras", "MODEL_URL"), tmp_path, at) == CONTENT

    assert proxy.requests[0].path == "http://models.invalid/m.keras"


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    with bad_server(whole(b"")) as server:
        assert content_of(http(server.url), tmp_path) == b""


def test_a_chunked_answer_has_no_size_and_an_end(tmp_path: Path) -> None:
    def chunked(_: Request, connection: Connection) -> None:
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (CONTENT[:70_000], CONTENT[70_000:]))
        connection.send(200, {"Transfer-Encoding": "chunked"}, body + b"0\r\n\r\n")

    def cut_short(_: Request, connection: Connection) -> None:
        connection.send(200, {"Transfer-Encoding": "chunked"}, b"%x\r\n" % len(CONTENT) + CONTENT[:5])

    with bad_server(cut_short, chunked) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT
    with bad_server(cut_short) as server:
        found = failure(http(server.url), tmp_path / "cut")
    assert (found.values["fault"], found.values["expected_bytes"]) == ("cut", None)
    assert "was cut off at 5 bytes" in found.text


def test_an_encoding_is_left_as_it_came(tmp_path: Path) -> None:
    packed = gzip.compress(CONTENT)
    digest = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    with bad_server(whole(packed, Content_Encoding="gzip", Content_MD5=digest)) as server:
        assert content_of(http(server.url), tmp_path) == packed


@pytest.mark.parametrize(
    ("status", "words", "fault", "passing"),
    [
        (404, "404 Not Found", "http-status", False),
        (403, "403 Forbidden", "http-status", False),
        (401, "401 Unauthorized", "http-status", False),
        (204, "204 No Content", "http-status", False),
        (304, "304 Not Modified", "http-status", False),
        (302, "302 Found", "http-status", False),  # to nowhere
        (599, "599", "server-error", True),
        (501, "501 Not Implemented", "http-status", False),
        (500, "500 Internal Server Error", "server-error", True),
        (429, "429 Too Many Requests", "server-error", True),
    ],
)
def test_a_status_is_told_and_tried_again_where_it_may_pass(
    status: int, words: str, fault: str, passing: bool, tmp_path: Path
) -> None:
    with bad_server(says(status)) as server:
        found = failure(http(server.url), tmp_path)

    assert found.fact is Fact.MODEL_DOWNLOAD
    assert found.text == f"{server.url}/models/model.keras answered {words}."
    values = found.values
    assert (values["fault"], values["status"], values["passing"]) == (fault, status, passing)
    assert (values["host"], values["variable"]) == (server.host, "MODEL_URL")
    assert len(server.requests) == (5 if passing else 1)


def test_a_signed_url_that_has_expired_says_so(tmp_path: Path) -> None:
    with bad_server(says(403, EXPIRED)) as server:
        assert failure(http(server.url), tmp_path).values["code"] == "expired"
    with bad_server(says(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")) as server:
        assert failure(http(server.url), tmp_path).values["code"] == "SignatureDoesNotMatch"


def test_what_passes_within_the_tries_is_no_failure(tmp_path: Path) -> None:
    with bad_server(says(503, retry_after="0"), says(500), whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT


def test_a_long_retry_after_is_left_to_the_next_load(tmp_path: Path) -> None:
    late = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    for told in ("3600", late):
        with bad_server(says(503, retry_after=told)) as server:
            assert failure(http(server.url), tmp_path).values["passing"]
            assert len(server.requests) == 1


def test_redirects_are_followed_without_the_password(tmp_path: Path) -> None:
    with bad_server(whole(CONTENT)) as other:
        to = f"{other.url}/elsewhere?token=SIGNATURE"
        with bad_server(says(302, location="/next"), says(307, location=to)) as server:
            assert content_of(http(server.url), tmp_path) == CONTENT

    assert [request.path for request in server.requests] == ["/models/model.keras?X-Sig=SIGNATURE", "/next"]
    assert other.requests[0].path == "/elsewhere?token=SIGNATURE"
    assert "authorization" not in other.requests[0].headers


def test_a_redirect_to_the_same_server_keeps_the_password(tmp_path: Path) -> None:
    def absolute(_: Request, connection: Connection) -> None:
        connection.send(302, {"Location": f"{server.url}/there", "Content-Length": "0"})

    with bad_server(absolute, says(302, location="/here"), whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert all("authorization" in request.headers for request in server.requests)


def test_an_error_behind_redirects_names_the_last_host(tmp_path: Path) -> None:
    with bad_server(says(404)) as other, bad_server(says(302, location=f"{other.url}/x?SIGNATURE")) as server:
        found = failure(http(server.url), tmp_path)

    assert found.text.endswith(f"answered 404 Not Found after 1 redirect, at {other.host}.")
    assert found.values["host"] == other.host


@pytest.mark.parametrize("location", ["/models/model.keras?X-Sig=SIGNATURE", "/other?SIGNATURE"])
def test_a_redirect_loop_ends(location: str, tmp_path: Path) -> None:
    with bad_server(says(302, location=location)) as server:
        found = failure(http(server.url), tmp_path)

    assert (found.values["fault"], found.values["passing"]) == ("redirect-loop", False)
    assert len(server.requests) <= 3


def test_the_body_of_a_redirect_is_not_read(tmp_path: Path) -> None:
    def endless(_: Request, connection: Connection) -> None:
        connection.send(302, {"Location": "/there", "Content-Length": str(10**12)}, b"x" * 1000)
        connection.stall()

    with bad_server(endless, whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT


def test_redirects_without_end_end(tmp_path: Path) -> None:
    def further(_: Request, connection: Connection) -> None:
        connection.send(302, {"Location": f"/{len(server.requests)}", "Content-Length": "0"})

    with bad_server(further) as server:
        found = failure(http(server.url), tmp_path)

    assert found.values["fault"] == "redirect-loop"
    assert len(server.requests) == 11


def test_a_redirect_to_itself_that_sets_a_cookie_is_no_loop(tmp_path: Path) -> None:
    back = says(302, location="/models/model.keras?X-Sig=SIGNATURE", set_cookie="seen=1; Path=/")
    with bad_server(back, whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert server.requests[1].headers["cookie"] == "seen=1"


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://h/SIGNATURE", "http://[x"])
def test_a_redirect_leads_nowhere_but_to_the_web(location: str, tmp_path: Path) -> None:
    with bad_server(says(302, location=location)) as server:
        found = failure(http(server.url), tmp_path)

    assert (found.values["fault"], len(server.requests)) == ("redirect-target", 1)
    assert "passwd" not in found.text


def test_a_host_that_refuses(tmp_path: Path) -> None:
    port = free_port()

    found = failure(http(f"http://127.0.0.1:{port}"), tmp_path)

    assert (found.values["fault"], found.values["passing"]) == ("unreachable", True)
    assert found.text.endswith("model.keras can't be reached: connection refused.")
    assert found.values["host"] == f"127.0.0.1:{port}"


def test_a_name_without_an_address(tmp_path: Path) -> None:
    found = failure(http("http://no-such-host.invalid"), tmp_path)

    assert found.values["reason"] == "its name has no address (DNS)"


def test_a_host_that_says_nothing(tmp_path: Path) -> None:
    with bad_server(silence) as server:
        found = failure(http(server.url), tmp_path, limits=STALLING)

    assert found.values["reason"] == "no answer within 0.8 s"


def test_what_does_not_speak_http(tmp_path: Path) -> None:
    def greeting(_: Request, connection: Connection) -> None:
        connection.socket.sendall(b"220 mail.example ESMTP\r\n")

    with bad_server(greeting) as server:
        found = failure(http(server.url), tmp_path)

    assert (found.values["reason"], len(server.requests)) == ("what answers does not speak HTTP", 1)


def test_what_does_not_speak_tls(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with closing(connection):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        found = failure(http(f"https://127.0.0.1:{listener.getsockname()[1]}"), tmp_path)
        thread.join()

    assert found.values["fault"] == "unreachable"
    assert "does not speak TLS" in found.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody else has signed."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "models")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_certificate_that_nobody_vouches_for(certificate: Path, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with bad_server(whole(CONTENT), tls=context) as server:
        found = failure(http(server.url), tmp_path)
        own = dyno(REQUESTS_CA_BUNDLE=str(certificate))
        assert content_of(http(server.url), tmp_path / "trusted", own) == CONTENT

    assert (found.values["fault"], found.values["passing"]) == ("certificate", False)
    assert "has no valid certificate: self-signed certificate" in found.text


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:pass@example.com:8443/a?b", "example.com:8443"),
        ("http://[::1]:80/", "::1:80"),
        ("http://a b/", "(no host's name)"),
        ("http://[x", ""),
    ],
)
def test_a_host_is_named_without_the_user(url: str, host: str) -> None:
    assert host_of(url) == host


def test_without_requests_the_missing_module_is_told(tmp_path: Path) -> None:
    stand_in = 'raise ModuleNotFoundError("No module named \'requests\'", name="requests")'
    (tmp_path / "requests.py").write_text(stand_in)
    path = os.pathsep.join((str(tmp_path), PLAIN_ENV["PYTHONPATH"]))

    found = failure(http("http://127.0.0.1:1"), tmp_path / "to", dyno(PYTHONPATH=path))

    assert found.fact is Fact.MODEL_LOAD
    assert "ModuleNotFoundError: No module named 'requests'" in found.text
