"""Credentials in the app's own lines: said when beyond doubt, and only then."""

from __future__ import annotations

import pytest

from checks.evidence import Level, Result
from checks.facts import Fact
from diag.causes.log import LOG
from diag.collect.logs.exposed import AWS, DATABASE, FOLLOWED, PASSWORD, PRIVATE_KEY, Secrets, exposed
from diag.collect.logs.line import Line
from diag.diagnose import diagnose

GITHUB = "ghp_" + "abcdefGHIJ0123456789" * 2
TELEGRAM = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
KEY_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

SHOWN = [
    ("DATABASE_URL is postgres://anna:h7Xq0pL2@ec2-54-1-2-3.compute-1.amazonaws.com:5432/d1", DATABASE),
    ('pymongo: "mongodb+srv://anna:h7Xq0pL2@cluster0.example.net/shop"', DATABASE),
    ("redis.connect rediss://:p8f0a1b2c3@ec2-1-2-3-4.compute-1.amazonaws.com:6380", DATABASE),
    (f"cloning with {GITHUB}", "a GitHub token"),
    ("stripe.api_key = sk_live_" + "a1B2" * 6, "a live Stripe key"),
    (
        f'INFO:httpx:HTTP Request: POST https://api.telegram.org/bot{TELEGRAM}/getMe "HTTP/1.1 200 OK"',
        "a Telegram bot's token",
    ),
    ("AKIAIOSFODNN7EXAMPLE / wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", AWS),
    ("{'AWS_SECRET_ACCESS_KEY': 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'}", AWS),
    (r'"private_key": "-----BEGIN PRIVATE KEY-----\n' + KEY_LINE + r"\n", PRIVATE_KEY),
    ("login with user=anna password=h7Xq0pL2", PASSWORD),
    ("{'username': 'anna', 'password': 'h7Xq!0pL2'}", PASSWORD),
    ("PGPASSWORD=h7Xq0pL2", PASSWORD),
]

NOT_SHOWN = [
    "Try postgres://USER:PASSWORD@HOST:PORT/NAME",
    "postgres://user:***@db.example.net/d1",
    "Connected to redis://:**@ec2-1-2-3-4.compute-1.amazonaws.com:6380//",
    "postgres://postgres:postgres@localhost:5432/dev",
    "postgresql://anna@db.example.net/d1",
    "https://example.net/?mail=bob@example.com",
    "{'password': ['This password is too short.']}",
    '{"password": "This field is required."}',
    '{"password": "string", "username": "string"}',
    "password=*** password=<hidden> password=[FILTERED] password=None password= ",
    "password=********",
    '    conn = connect(user=user, password=os.environ["DB_PASSWORD"])',
    "    super().__init__(password=self.password, **kwargs)",
    "    return authenticate(username=username, password=password1)",
    "password=make_password(raw)",
    "password = pbkdf2_sha256$870000$abc123$def456=",
    '10.1.2.3 - - [20/Nov/2026:14:02:11 +0000] "GET /login.cgi?user=admin&password=Admin123! HTTP/1.1" 404 9',
    '10.1.2.3 - - [20/Nov/2026:14:02:11] "GET /?next=postgres://admin:admin123@203.0.113.9/x HTTP/1.1" 200 2',
    'FATAL:  password authentication failed for user "anna"',
    "Invalid API Key provided: sk_live_*********************4242",
    "Could not deserialize key data: it should begin with -----BEGIN PRIVATE KEY-----",
    "key id AKIAIOSFODNN7EXAMPLE is not valid",
    "AKIAIOSFODNN7EXAMPLE at commit 9a46c255a5ca4c0a846bcbc89b9107d43f1cc567",
    "mail bob@example.com from 203.0.113.7",
    "KeyError: 'AWS_SECRET_ACCESS_KEY'",
    "https://github.com/x/y.git ghp_short",
]


def _line(text: str, number: int = 7, process: str = "web.1") -> Line:
    return Line(number, 1795183331.0, "app", process, text)


@pytest.mark.parametrize(("text", "kind"), SHOWN)
def test_what_is_a_credential_beyond_doubt_is_named(text: str, kind: str) -> None:
    secrets = Secrets()

    assert exposed(text) == kind
    assert secrets.read(_line(text))
    assert [e.values["kind"] for e in secrets.evidence()] == [kind]


@pytest.mark.parametrize("text", NOT_SHOWN)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    secrets = Secrets()

    assert exposed(text) is None
    assert not secrets.read(_line(text))
    assert secrets.evidence() == []


def test_a_private_key_of_several_lines_is_seen_among_the_lines_of_another_dyno() -> None:
    secrets = Secrets()
    secrets.read(_line("-----BEGIN RSA PRIVATE KEY-----", 1))
    secrets.read(_line("hello", 2, "web.2"))
    assert secrets.evidence() == []

    assert secrets.read(_line(KEY_LINE, 3))

    assert [e.values["kind"] for e in secrets.evidence()] == [PRIVATE_KEY]


def test_the_first_line_of_a_private_key_alone_is_none() -> None:
    secrets = Secrets()
    secrets.read(_line("-----BEGIN PRIVATE KEY-----", 1))

    assert not secrets.read(_line("is what the variable must begin with", 2))
    assert secrets.evidence() == []


def test_many_processes_that_begin_a_key_are_not_all_remembered() -> None:
    secrets = Secrets()
    for number in range(3 * FOLLOWED):
        secrets.read(_line("-----BEGIN PRIVATE KEY-----", number, f"web.{number}"))

    assert secrets.read(_line(KEY_LINE, 900, "web.0"))
    assert not secrets.read(_line(KEY_LINE, 901, f"web.{3 * FOLLOWED - 1}"))


def test_evidence_counts_and_never_quotes() -> None:
    secrets = Secrets()
    for number in (41, 50, 902):
        secrets.read(_line("login with user=anna password=h7Xq0pL2", number))

    (evidence,) = secrets.evidence()

    assert (evidence.fact, evidence.level, evidence.where) == (Fact.LOG_SECRET, Level.WARN, "line 41")
    assert (evidence.values["count"], evidence.values["last"]) == (3, 902)
    assert evidence.text == "A line of web.1 shows a password in clear, and 2 more do."
    assert "h7Xq0pL2" not in repr(secrets.evidence())


@pytest.mark.parametrize(
    ("text", "first_step"),
    [
        (SHOWN[0][0], "heroku pg:credentials:rotate"),
        (SHOWN[9][0], "heroku config:set"),
    ],
)
def test_the_advice_begins_with_a_new_credential(text: str, first_step: str) -> None:
    secrets = Secrets()
    secrets.read(_line(text))

    (diagnosis,) = diagnose([Result("logs", tuple(secrets.evidence()), 0.0)], LOG, "logs", "").diagnoses

    assert diagnosis.cause == "log/secrets-exposed"
    assert diagnosis.level is Level.WARN
    assert diagnosis.fix[0].startswith(first_step)
    assert len(diagnosis.title) <= 200
