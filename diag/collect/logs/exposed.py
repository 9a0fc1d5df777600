"""Credentials that the app prints into its own log, where every reader of the log has them.

Only what is one beyond doubt: a placeholder, an example of an error message and what a scanner asks for
are none. The value itself goes nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.logs.line import Line
from diag.collect.logs.tokens import AWS_SECRET, TOKENS

PRIVATE_KEY = "a private key"
AWS = "an AWS secret access key"
DATABASE = "the password of a database's URL"
PASSWORD = "a password"  # noqa: S105  a name of one
LONGEST = 4_000  # characters of a line that are searched
FOLLOWED = 50  # processes whose private keys are followed from line to line

_RENEW = {
    **{token.named: token.renew for token in TOKENS if token.named},
    AWS: "aws iam create-access-key && aws iam delete-access-key --access-key-id …   (the one in the log)",
    DATABASE: "heroku pg:credentials:rotate   (Heroku Postgres; of others: where the database was made)",
}
_SURE = tuple(token for token in TOKENS if token.named)
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----")
_KEY_ON_ONE_LINE = re.compile(rf"{_KEY_BEGINS.pattern}(?:\\+[nr]|\s){{1,4}}[A-Za-z0-9+/]{{40}}")
_KEY_GOES_ON = re.compile(r"\s*[A-Za-z0-9+/]{40,76}={0,2}\s*")
_AWS_SECRET = re.compile(
    r"""(?:AKIA[A-Z0-9]{16}\b.{0,80}?|(?i:secret_access_key)\\?["']?\s?[:=]\s?\\?["']?)""" + AWS_SECRET
)
_DATABASE = re.compile(
    r"""\b(?:postgres(?:ql)?|mysql|mariadb|rediss?|mongodb|amqps?)(?:\+\w{1,20})?://"""
    r"""(?P<user>[^/\s'"<>@:]{0,200}):(?P<password>[^/\s'"<>@]{4,200})@(?P<host>[\w.-]{4,200})"""
)
_PASSWORD = re.compile(
    r"""(?:password|passwd|PASSWORD)(?:\\?["']: ?\\?["']|=\\?["']?)"""
    r"""(?P<password>[^\s"'\\,;&()\[\]{}<>]{6,200}+)(?![(\[])"""
)
# What a client asked for is the client's: scanners try passwords of their own.
_REQUEST = re.compile(r'"(?:GET|POST|HEAD|PUT) [^"]{0,4000}HTTP/\d')
# What stands where a password would: in help texts, in validation, in source lines (any identifier), or
# already hidden or hashed.
_PLACEHOLDER = re.compile(
    r"[A-Za-z_.-]+|[*x•.…#-]+|[$%].*|.*(?:\*\*|…|\.\.\.|xxxx).*"
    r"|(?:user|pass|password|passwd|pw|secret|changeme|example|test|admin|guest)[-_]?\d{1,4}"
    r"|(?:pbkdf2|argon2|bcrypt|scrypt|sha\d|\$2).*",
    re.IGNORECASE,
)
_LOCAL = frozenset({"localhost", "127.0.0.1", "example.com", "hostname", "host"})


def exposed(text: str) -> str | None:
    """What kind of credential a line of the app shows in clear, or None."""
    text = text[:LONGEST]
    if "://" in text and _has_database(text) and not _REQUEST.search(text):
        return DATABASE
    if _KEY_ON_ONE_LINE.search(text):
        return PRIVATE_KEY
    if _AWS_SECRET.search(text):
        return AWS
    for token in _SURE:
        if token.form.search(text):
            return token.named
    return PASSWORD if _has_password(text) else None


def _has_database(text: str) -> bool:
    for match in _DATABASE.finditer(text):
        user, password, host = match["user"], match["password"], match["host"].lower()
        if password != user and not _PLACEHOLDER.fullmatch(password) and host not in _LOCAL:
            return True
    return False


def _has_password(text: str) -> bool:
    match = _PASSWORD.search(text)
    return match is not None and not _PLACEHOLDER.fullmatch(match["password"]) and not _REQUEST.search(text)


@dataclass(slots=True)
class _Seen:
    first: Line
    last: int
    count: int = 1


class Secrets:
    """Counts the credentials in lines of the app, by their kind."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._in_key: set[str] = set()  # processes that began to print a private key in the line before

    def read(self, line: Line) -> bool:
        """Whether the line shows a credential."""
        text = line.text
        # Asked of each line of the app, so 0.3 µs at most: single characters first, which are found ten
        # times as fast as words.
        if not (
            "@" in text
            or ("w" in text and "password" in text)
            or ("W" in text and "PASSWORD" in text)
            or ("Y" in text and ("PRIVATE KEY" in text or "ACCESS_KEY" in text))
            or ("K" in text and "AKIA" in text)
            or ("_" in text and ("_live_" in text or "ghp_" in text or "github_pat_" in text))
            or ("A" in text and "telegram.org/bot" in text)
            or self._in_key
        ):
            return False
        text = text[:LONGEST]
        kind = exposed(text)
        if line.process in self._in_key:
            self._in_key.discard(line.process)
            if kind is None and _KEY_GOES_ON.fullmatch(text):
                kind = PRIVATE_KEY
        elif _KEY_BEGINS.fullmatch(text.strip()) and len(self._in_key) < FOLLOWED:
            self._in_key.add(line.process)
        if kind is not None:
            self._count(kind, line)
        return kind is not None

    def _count(self, kind: str, line: Line) -> None:
        seen = self._seen.get(kind)
        if seen is None:
            self._seen[kind] = _Seen(line, line.number)
        else:
            seen.count += 1
            seen.last = line.number

    def evidence(self) -> list[Evidence]:
        """One piece for each kind, without the value."""
        return [
            Evidence(
                Fact.LOG_SECRET,
                Level.WARN,
                f"A line of {seen.first.process or 'the app'} shows {kind} in clear"
                + (f", and {seen.count - 1:,} more do." if seen.count > 1 else "."),
                seen.first.where,
                seen.first.at,
                {
                    "dyno": seen.first.process,
                    "number": seen.first.number,
                    "last": seen.last,
                    "fault": "secret",
                    "kind": kind,
                    "count": seen.count,
                    "renew": _RENEW.get(kind),
                },
            )
            for kind, seen in self._seen.items()
        ]
