"""Credentials that show by their form alone, whatever stands around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.secrets import AWS_KEY_ID


@dataclass(frozen=True, slots=True)
class Token:
    """One form of credential.

    `named` says what it is where it opens an account by itself, and `renew` how it is made void; both are
    empty where the form may be harmless (a key of a test account, one that pages show to everybody).
    """

    form: re.Pattern[str]
    named: str = ""
    renew: str = ""


# An AWS secret access key; other base64 looks the same, so it shows only beside a name or a key id.
AWS_SECRET = r"(?<![\w+/=-])(?=[^a-z]{0,39}[a-z])(?=[^A-Z]{0,39}[A-Z])[A-Za-z0-9+/]{40}(?![\w+/=-])"  # noqa: S105  the form of one

# All runs are possessive or bounded: a line of a megabyte costs no more a character than a short one.
TOKENS = (
    Token(
        re.compile(r"\b(?:gh[pousr]_|github_pat_)\w{30,}+"),
        "a GitHub token",
        "https://github.com/settings/tokens   (delete this one, and make another)",
    ),
    Token(
        re.compile(r"\b[rs]k_live_\w{16,}+"),
        "a live Stripe key",
        "https://dashboard.stripe.com/apikeys   (roll the key)",
    ),
    Token(
        re.compile(r"(?<!\d)\d{8,10}:A[\w-]{34}(?![\w-])"),
        "a Telegram bot's token",
        "Tell @BotFather /revoke, which gives the bot another token.",
    ),
    Token(re.compile(r"\b(?:[rs]k_test|whsec)_\w{16,}+")),
    Token(AWS_KEY_ID),
    Token(re.compile(r"\b(?:glpat|gldt|glrt)-[\w-]{20,}+")),  # GitLab
    Token(re.compile(r"\bxox[a-z]-[\w-]{10,}+|(?<=hooks\.slack\.com/services/)[\w/]{20,}+")),
    Token(re.compile(r"\bSG\.[\w-]{16,64}\.[\w-]{16,}+")),  # SendGrid
    Token(re.compile(r"\bsk-[\w-]{20,}+")),  # OpenAI, Anthropic
    Token(re.compile(r"\bhf_\w{30,}+")),  # Hugging Face
    Token(re.compile(r"\b(?:AIza|ya29\.|GOCSPX-)[\w.-]{20,}+")),  # Google
    Token(re.compile(r"\bHRKU-[\w-]{30,}+")),  # Heroku's API
    Token(re.compile(r"\b(?:pypi-AgE|npm_)[\w-]{30,}+")),
    Token(re.compile(r"\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}+")),  # Discord
    Token(re.compile(r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)?")),  # JWT
)
