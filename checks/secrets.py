"""Keep values of config vars out of everything that is printed.

Texts that other code wrote (exception messages, a child's last words) may quote a secret. Any value
of a variable whose name or form says "secret" is replaced by the variable's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import unquote

MIN_LENGTH = 6  # shorter values ("true", "5000") are no secrets and stand in ordinary words
MIN_LINE = 16  # of a value of several lines, such as a private key
_SECRET_NAME = re.compile(
    r"KEY|SECRET|TOKEN|PASS|PWD|CREDENTIAL|AUTH|PRIVATE|DSN|SALT|SIGNATURE|BASE64|COOKIE|_UR[LI]$|^URL$"
)
_NOT_SECRET = re.compile(r"^(AWS_ENDPOINT_URL(_S3)?|S3_MODEL_KEY|MODEL_URI|SSH_AUTH_SOCK)$|^GPG_KEY$")
# Up to the last @: a password that should have been percent-encoded may hold one itself.
_URL_USER = re.compile(r"(?<=://)[^/\s'\"]+(?=@)")
# A parameter of a query whose name says secret, and its value. Linear, whatever the query holds.
SIGNED_QUERY = re.compile(
    r"(?<=[?&])(?=[\w-]{0,60}?(?:sig|token|key|secret|credential|password))([\w-]++=)([^&\s'\"]++)",
    re.IGNORECASE,
)
AWS_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")


def mask(text: str, env: Mapping[str, str]) -> str:
    """The text with secrets replaced: ``[DATABASE_URL]`` for a value, ``***`` for what looks like one."""
    found = sorted(_secrets(env).items(), key=lambda pair: -len(pair[0]))
    for value, name in found:
        if value in text:
            text = text.replace(value, f"[{name}]")
    text = _URL_USER.sub("***", text)
    text = SIGNED_QUERY.sub(r"\1***", text)
    return AWS_KEY_ID.sub("***", text)


def _secrets(env: Mapping[str, str]) -> dict[str, str]:
    """Secret values, and the passwords within them, by the name of their variable."""
    found = {}
    for name, value in env.items():
        if not _SECRET_NAME.search(name.upper()) or _NOT_SECRET.match(name):
            continue
        for part in {value.strip(), value.strip("\"' \n"), *_passwords(value)}:
            for form in (part, *_quoted_forms(part)):
                if len(form) >= MIN_LENGTH:
                    found[form] = name
    return found


def _quoted_forms(value: str) -> set[str]:
    """A value as other code may print it: escaped by repr or JSON, line by line, on one line."""
    escaped = {repr(value)[1:-1], json.dumps(value)[1:-1]}
    lines = {line for line in value.split("\n") if len(line) >= MIN_LINE}
    return escaped | lines | {" ".join(value.split())}


def _passwords(url: str) -> set[str]:
    userinfo = _URL_USER.search(url)
    password = userinfo.group().partition(":")[2] if userinfo else ""
    return {password, unquote(password)}
