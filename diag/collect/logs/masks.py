"""Quoted lines without what is nobody else's business: secrets, e-mail addresses, IP addresses.

The same secret has the same mask throughout a report, so that a reader still sees what belongs together.
What a diagnosis needs stays: names of modules, variables and hosts, paths, numbers, versions, request ids,
commits, and addresses that lead nowhere from outside (127.0.0.1, 0.0.0.0, 10.1.2.3).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from checks.secrets import SIGNED_QUERY
from diag.collect.logs.tokens import AWS_SECRET, TOKENS

KNOWN = 500  # secrets of a kind that are told apart; all further ones have one mask
MOST_TIMES = 4  # what hung together with a secret may show to be one itself when that is masked

_MASK = re.compile(r"\[(?:secret|email|address)(?:-\d{1,3})?\]")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----(?!\[)(.*?)(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_COOKIE = re.compile(
    r"""\b((?:set-)?cookie\\?["']?\s{0,3}[:=,]\s{0,3}b?\\?["']?)([^\s"'\\=]{1,256}=[^"'\\\n]++)""",
    re.IGNORECASE,
)
_SCHEME = re.compile(
    r"""\b((?:Bearer|Basic|Token|Digest)\s{1,3}["']?)([\w.~+/=:-]{8,}+)(?!\[)""", re.IGNORECASE
)
_ENCODED = re.compile(r"\d|=\Z|[a-z][A-Z]")
# To the last @ that may belong to it: a password that is not percent-encoded holds what it likes.
_URL_USER = re.compile(
    r"""(://)((?:[^/\s'"<>@:]*+:(?!//|\d{1,5}(?:[/?#]|\Z))(?:(?!://)[^\s'"<>]){0,256}|[^/\s'"<>?#:@]++)(?=@))"""
)
_FLAG = re.compile(
    r"((?<![\w-])--(?=[a-z-]{0,30}?(?:password|passwd|token|secret|key|auth)[ =])[a-z-]++[ =])"
    r"""["']?([^\s"'$]++)"""
)
_NAMED = re.compile(
    r"""(?:(?P<sure>pass(?:word|wd|phrase|code)|(?<=[_-])pass|pwd|secret|token|credentials?|authorization
        |(?:api|access|secret|private|signing|encryption|account|auth|master|shared|client|storage)[_-]?key
        |secret[_-]?key[_-]?base|basic[_-]?auth|sess(?:ion)?[_-]?id|(?<![a-z])sid|csrf[_-]?token)
      |(?P<maybe>key|salt|auth|dsn|signature))
    (?:_?\d{1,2})?(?![A-Za-z0-9_-])
    \\?["']?\s{0,3}(?P<by>=>|[:=,])\s{0,3}
    (?:[bru]?"(?P<double>(?:[^"\\\n]|\\.)++)|[bru]?'(?P<single>(?:[^'\\\n]|\\.)++)
      |\\"(?P<escaped>[^"\\\n]++)|(?P<plain>(?:[^\s,;&"'<>\\]|&(?![\w.-]{1,40}=))++))""",
    re.IGNORECASE | re.VERBOSE,
)
_NOTHING = re.compile(
    r"[*x•.…_-]+|(?:none|null|nil|undefined|true|false|yes|no|unset|required|missing|invalid|expired|empty"
    r"|wrong|incorrect|unknown|unauthorized|denied|not|is|was|has|str|string|bytes|int|bool|optional|any"
    r"|bearer|basic|digest|token)\W?|\$(?:\w+|[{(].*)|%[\w(].*|[<{\[(].*",
    re.IGNORECASE | re.DOTALL,
)
# A source line of a traceback: what is called, or an attribute of what is no text.
_CODE = re.compile(
    r"[A-Za-z_][\w.]*[(\[].*"
    r"|(?:os|sys|self|cls|settings|config|conf|app|env|environ|request|args|kwargs|options)\.[\w.]+\W*"
)
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,6})?")
_RANDOM = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[\w+=~-]{20,}+|[0-9a-f]{32,}+")
_BASE64_LINE = re.compile(r"\s*((?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9+/]{60,76}={0,2})\s*")
_AWS_SECRET = re.compile(AWS_SECRET)
# All that hangs together around an @, so that one address next to another is no rest of it.
_AROUND_AT = re.compile(r"(?<![\w.+%@-])[\w.+%-]++@[\w.+%@-]++")
_EMAIL = re.compile(r"@(?:[A-Za-z0-9-]++\.)+[A-Za-z]{2,24}\b")
_IPV6 = re.compile(r"(?<![\w:.])[23][0-9a-f]{3}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.+-])(?<![=<>~!]=)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w+-]|\.\d)")
# A word before four numbers that makes them an address, not a version.
_ADDRESS_WORD = re.compile(
    r"(?:from|to|at|by|for|on|via|with|and|or|host|client|server|peer|addr|address|ip|user|remote|proxy|get|post|is)"
    r"(?:\W{1,3})?",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"([A-Za-z][\w.-]{0,60})[ (]{1,2}\Z")
_VERSION_BEFORE = re.compile(r"versions?\W{1,6}\Z|/\Z|\bv\Z", re.IGNORECASE)
_SMALL = 30  # no version begins with more, and few networks with less


class Masks:
    """Masks, numbered in the order in which secrets are met. Memory is bounded by `KNOWN`."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, int]] = {"secret": {}, "email": {}, "address": {}}

    def mask(self, text: str) -> str:
        """The text with a mask for each secret. Masking what is masked changes nothing."""
        for _ in range(MOST_TIMES):
            before, text = text, self._once(text)
            if text == before:
                break
        return text

    def _once(self, text: str) -> str:
        text = _PRIVATE_KEY.sub(self._at(1), text)
        text = _COOKIE.sub(self._at(2), text)
        text = _URL_USER.sub(self._user, text)
        has_aws_key = "AKIA" in text or "ASIA" in text
        for token in TOKENS:
            text = token.form.sub(self._at(0), text)
        text = _SCHEME.sub(self._scheme, text)
        text = _FLAG.sub(self._at(2), text)
        text = SIGNED_QUERY.sub(self._at(2), text)
        text = _NAMED.sub(self._named, text)
        if has_aws_key:
            text = _AWS_SECRET.sub(self._at(0), text)
        if line := _BASE64_LINE.fullmatch(text):
            text = text.replace(line[1], self._put("secret", line[1]))
        text = _AROUND_AT.sub(self._email, text)
        text = _IPV6.sub(self._ipv6, text)
        return self._ipv4(text)

    def _put(self, kind: str, value: str) -> str:
        if not value or _MASK.fullmatch(value):
            return value
        known = self._known[kind]
        # The hash and not the value, which may be long.
        number = known.get(hash(value))
        if number is None:
            if len(known) >= KNOWN:
                return f"[{kind}]"
            number = known[hash(value)] = len(known) + 1
        return f"[{kind}-{number}]"

    def _at(self, group: int) -> Callable[[re.Match[str]], str]:
        """A group of a match, or all of it, is a secret."""

        def put(match: re.Match[str]) -> str:
            start, end = match.start(group) - match.start(), match.end(group) - match.start()
            whole = match.group()
            return whole[:start] + self._put("secret", match[group]) + whole[end:]

        return put

    def _user(self, match: re.Match[str]) -> str:
        # git@ is the same for all, and pip's lines about a private repository need it. pip writes ****@.
        known = match[2] == "git" or all(not p or _NOTHING.fullmatch(p) for p in match[2].split(":"))
        return match.group() if known else match[1] + self._put("secret", match[2])

    def _scheme(self, match: re.Match[str]) -> str:
        # "Basic authentication failed" holds none.
        return match[1] + self._put("secret", match[2]) if _ENCODED.search(match[2]) else match.group()

    def _named(self, match: re.Match[str]) -> str:
        group = match.lastgroup or "plain"
        value = match[group]
        if group == "plain":
            value = _without_closers(value)
            if match["by"] == "," or _CODE.fullmatch(value):
                return match.group()
        if _NOTHING.fullmatch(value):
            return match.group()
        if match["maybe"] and not _RANDOM.fullmatch(value):
            return match.group()
        if match["sure"] and not match["sure"].lower().startswith("pass") and _NUMBER.fullmatch(value):
            return match.group()
        start = match.start(group) - match.start()
        return match.group()[:start] + self._put("secret", value) + match.group()[start + len(value) :]

    def _email(self, match: re.Match[str]) -> str:
        whole = match.group()
        value = whole.rstrip(".-")
        if value.startswith("git@") or _EMAIL.search(value) is None:
            return whole
        return self._put("email", value) + whole[len(value) :]

    def _ipv6(self, match: re.Match[str]) -> str:
        groups = match.group().split(":")
        is_whole = len(groups) == 8 and "" not in groups
        is_short = match.group().count("::") == 1 and ":::" not in match.group()
        return self._put("address", match.group()) if is_whole or is_short else match.group()

    def _ipv4(self, text: str) -> str:
        version_until = -1  # where the version before ended: versions come in lists

        def put(match: re.Match[str]) -> str:
            nonlocal version_until
            octets = [int(each) for each in match.group().split(".")]
            if max(octets) > 255 or _leads_nowhere(octets):
                return match.group()
            begin = match.start()
            in_list = version_until >= 0 and text[version_until:begin] in (", ", ",", " ", " -> ")
            if in_list or _is_version(text[max(0, begin - 70) : begin], octets[0]):
                version_until = match.end()
                return match.group()
            return self._put("address", match.group())

        return _IPV4.sub(put, text)


def _without_closers(value: str) -> str:
    """A value without the brackets that close what it stands in."""
    if "(" in value or "[" in value or "{" in value:
        return value
    return value.rstrip(")]}")


def _leads_nowhere(octets: list[int]) -> bool:
    """Whether an address says nothing about who it belongs to: this machine, a private network, none."""
    first, second = octets[0], octets[1]
    return (
        first in (0, 10, 127)
        or first >= 224
        or (first, second) in ((192, 168), (169, 254))
        or (first == 172 and 16 <= second < 32)
    )


def _is_version(before: str, first: int) -> bool:
    """Whether four numbers after this text are a version: ``tensorflow 2.21.0.1``."""
    if _VERSION_BEFORE.search(before):
        return not before.endswith("//")
    word = _WORD_BEFORE.search(before)
    return word is not None and first < _SMALL and _ADDRESS_WORD.fullmatch(word[1]) is None
