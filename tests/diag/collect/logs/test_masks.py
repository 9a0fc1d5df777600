"""Masking quoted lines: no secret may stand, and nothing that a diagnosis needs may go."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from diag.catalogue import CATALOGUE
from diag.cause import Cause
from diag.collect.logs.masks import _NOTHING, KNOWN, Masks

GITHUB = "ghp_" + "abcdefGHIJ0123456789" * 2
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

SECRETS = [
    ("postgres://anna:hunter2@db.example.com:5432/shop", ["anna", "hunter2"]),
    ("could not connect to redis://:hunter2@h1.example.com:6379: refused", ["hunter2"]),
    ("postgres://anna:pa/ss#w@rd@db.example.com/shop", ["anna", "pa/ss", "w@rd"]),
    (f"Collecting git+https://{GITHUB}@github.com/x/y.git", [GITHUB]),
    (
        "HTTP Request: POST https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/getMe",
        ["AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"],
    ),
    (
        "aws AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ["IOSFODNN", "wJalr", "EXAMPLEKEY"],
    ),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ["wJalr"]),
    (f"Authorization: Bearer {JWT}", ["eyJ", "dozj"]),
    ("headers={'Authorization': 'Basic YW5uYTpodW50ZXIy'}", ["YW5u"]),
    ("[('Authorization', 'Bearer abc123def456'), ('Host', 'example.com')]", ["abc123"]),
    ('{"password": "hunter2", "secret": "a\\"b-tail"}', ["hunter2", "tail"]),
    ("{'api_key': 'hunter2', b'token': b'other-7'}", ["hunter2", "other-7"]),
    ('body={\\"password\\": \\"hunter2\\"}', ["hunter2"]),
    ("level=info password=hunter2 user=7", ["hunter2"]),
    ("api_key: hunter2", ["hunter2"]),
    ("GET /reset?token=hunter2&page=3 HTTP/1.1", ["hunter2"]),
    ("https://b.s3.amazonaws.com/m?X-Amz-Signature=0a1b2c3d&X-Amz-Expires=60", ["0a1b2c3d"]),
    ("DB_PASS=hunter2", ["hunter2"]),
    ("SECRET_KEY=django-insecure-a(b#c$d&e*f=", ["insecure", "a(b", "c$d", "e*f"]),
    ("STRIPE_KEY = 'rk_abcdefGHIJ1234567890xx'", ["rk_abc"]),
    ("celery flower --basic_auth=anna:hunter2", ["hunter2"]),
    ("mysqldump --password hunter2 shop", ["hunter2"]),
    ("Set-Cookie: session=eyJ1c2VyIjo3fQ.Zx; HttpOnly; Path=/", ["eyJ1"]),
    ("Cookie: a=first-1; sessionid=second-2", ["first-1", "second-2"]),
    ("-----BEGIN RSA PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA7\\n-----END RSA PRIVATE KEY-----", ["MIIE"]),
    ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", ["MIIE"]),
    ("SENTRY_DSN=https://0a1b2c3d4e5f@o12.ingest.sentry.example.com/4", ["0a1b"]),
    ("mail to Bob.Builder+x@mail.example.co.uk failed", ["Builder", "mail.example"]),
    ('fwd="203.0.113.7, 10.1.2.3" dyno=web.1', ["203.0.113.7"]),
    ('connection to server at "db" (203.0.113.9), port 5432 failed', ["203.0.113.9"]),
    ("http://203.0.113.9:8000/", ["203.0.113.9"]),
    ("client 2001:db8:85a3::8a2e:370:7334 gone", ["85a3", "7334"]),
    ("sk_live_" + "a1B2" * 6, ["a1B2"]),
    ("xoxb-1234567890-abcdefghij", ["abcdefghij"]),
    ("SG.abcdefghijklmnopqrst.abcdefghijklmnopqrst", ["abcdefghij"]),
    ("sk-proj-abcdefghijklmnopqrstuvwx", ["abcdefghij"]),
    ("AIza" + "SyA1234567890abcdefghijklmnopqrstuv", ["SyA12"]),
    ("HRKU-AA1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f", ["AA1b2"]),
    ("glpat-abcdefghij0123456789", ["abcdefghij"]),
]

INNOCENT = [
    "Listening at: http://127.0.0.1:8000 (2)",
    "Listening at: http://0.0.0.0:5000 and [::]:5000 and [::1]:5000",
    '10.1.254.112 - - [23/Nov/2026:21:24:04 +0000] "GET / HTTP/1.1" 200 5 "-" "Chrome/142.0.0.0"',
    "tensorflow 2.21.0.1, tensorflow==2.21.0.1, tensorflow-2.21.0.1-cp312-cp312-linux_x86_64.whl",
    "ERROR: No matching distribution (from versions: 1.0.0.1, 1.0.0.2, 2.3.4.5)",
    "Found existing installation: opencv-python 4.10.0.84",
    "Installing collected packages: opencv-python (4.10.0.84)",
    "KeyError: 'SECRET_KEY'",
    "decouple.UndefinedValueError: DB_PASSWORD not found. Declare it as envvar or define a default value.",
    '    password=os.environ["DB_PASSWORD"], token=request.args.get("token"), secret=settings.SECRET)',
    'FATAL:  password authentication failed for user "shop"',
    "Basic authentication is required; Bearer authentication failed",
    "request_id=8601b555-6a83-4c12-8269-97c8e32cdb22 dyno=heroku.1451.00000000-0000-4000-8000-00000000a001",
    "max_tokens=512 n_tokens: 128 pad_token_id=0 tokenizer=bert token=7 eos_token='</s>'",
    "Deploy 3f2a9c1d by user …; commit 9a46c255a5ca4c0a846bcbc89b9107d43f1cc567",
    "S3_MODEL_KEY=models/v3/digits.keras",
    "heroku config:set SECRET_KEY=… AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY",
    "password=*** token=[FILTERED] secret=<hidden> api_key=None",
    "jinja2.exceptions.TemplateSyntaxError: unexpected token: }",
    "InvalidToken: invalid token: expired",
    "git+ssh://git@github.com/x/y.git and git@github.com:x/y.git",
    "Cloning ssh://****@git.example.com/acme/private.git; connected to redis://:**@redis.example.com:6380/0",
    "at 14:02:11 2026-11-20T14:02:11.123456+00:00 aa:bb:cc:dd:ee:ff",
    'File "/app/.heroku/python/lib/python3.12/site-packages/flask/app.py", line 1511, in wsgi_app',
    "host=prediction-service.herokuapp.com connect to ec2-54-1-2-3.compute-1.amazonaws.com:5432",
    "@app.route('/') a @ b celery@worker-1 ready",
    "std::vector<int> x[::2] y[2000:3000]",
]


@pytest.mark.parametrize(("text", "secrets"), SECRETS)
def test_secrets_do_not_stand(text: str, secrets: list[str]) -> None:
    masked = Masks().mask(text)

    assert not [secret for secret in secrets if secret in masked], masked
    assert Masks().mask(masked) == masked


@pytest.mark.parametrize("text", INNOCENT)
def test_what_a_diagnosis_needs_stays(text: str) -> None:
    assert Masks().mask(text) == text


@pytest.mark.parametrize("cause", CATALOGUE, ids=lambda cause: cause.id)
def test_what_we_advise_stays(cause: Cause) -> None:
    for text in (cause.title, cause.why, *cause.fix, *(rival.would_tell for rival in cause.rivals)):
        assert Masks().mask(text) == text


def test_the_host_and_the_name_of_a_database_stay() -> None:
    masked = Masks().mask("postgres://anna:hunter2@db.example.com:5432/shop")

    assert masked == "postgres://[secret-1]@db.example.com:5432/shop"


def test_the_same_secret_has_the_same_mask_wherever_it_stands() -> None:
    masks = Masks()

    first = masks.mask("password=hunter2 and token='other-7' of bob@example.com from 203.0.113.7")
    second = masks.mask('{"api_key": "other-7", "secret": "hunter2"} ann@example.com bob@example.com')

    assert first == "password=[secret-1] and token='[secret-2]' of [email-1] from [address-1]"
    assert second == '{"api_key": "[secret-2]", "secret": "[secret-1]"} [email-2] [email-1]'


def test_after_many_secrets_they_are_not_told_apart() -> None:
    masks = Masks()
    for number in range(KNOWN):
        assert masks.mask(f"password=hunter-{number}") == f"password=[secret-{number + 1}]"

    assert masks.mask("password=one-too-many") == "password=[secret]"
    assert masks.mask("password=hunter-3") == "password=[secret-4]"
    assert masks.mask("password=[secret]") == "password=[secret]"


PIECES = st.sampled_from(
    [text for text, _ in SECRETS]
    + INNOCENT
    + [
        "password=",
        "token: ",
        '"',
        "'",
        "\\",
        "@",
        "://",
        "[secret-1]",
        "[email]",
        ", ",
        "1.2.3.4",
        "v ",
        "::",
        "=",
        "&",
    ]
)


@example(["://"] * 6 + ["anna:hunter2@db.example.com"])
@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=8))
def test_masking_twice_changes_nothing(pieces: list[str]) -> None:
    masks = Masks()
    once = masks.mask("".join(pieces))

    assert masks.mask(once) == once


@example("app.0000")  # in quotes it is no attribute
@given(st.text(st.characters(exclude_characters=" \"'\\,;&<>[](){}\n\r\t"), min_size=8, max_size=40))
def test_a_password_in_quotes_never_stands(password: str) -> None:
    assume(not re.fullmatch(_NOTHING, password))  # what looks hidden already, and "required"

    assert password not in Masks().mask(f'login {{"password": "{password}"}}').replace("password", "")


HOSTILE = [
    "a",
    "[",
    '"',
    "a=",
    'password="',
    "token:",
    "--a",
    "://",
    "a://b:",
    "a@b.",
    "1.1.1.1 ",
    "2001::",
    "cookie:a=",
    "&sig",
    "eyJaaaaaaaaa.",
    "Bearer aaaaaaaa",
    "-----BEGIN PRIVATE KEY-----",
    '\\"',
    "AKIA",
    "ab cd 1.1.1.1",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = 1e9
        for _ in range(3):
            began = time.process_time()
            Masks().mask(text)
            best = min(best, time.process_time() - began)
        return best

    small, large = seconds(5_000), seconds(40_000)

    assert large < 0.1 + 8 * 3 * small  # quadratic: 64 times
