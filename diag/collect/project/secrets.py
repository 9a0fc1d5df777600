"""Secrets in files that are pushed. Their values are never told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.logs.tokens import TOKENS
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.tree import Tree

_ENV_FILES = (".env", ".env.local", ".env.production", ".env.prod", ".envrc")
_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE|ACCESS_KEY|DATABASE_URL|_DSN|CREDENTIAL", re.IGNORECASE
)
_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w{0,80})\s*=\s*['\"]?([^'\"\s#]{4,})")
_PLACEHOLDER = re.compile(
    r"^(?:<.*|your|xxx|change|example|dummy|test|todo|replace|\.\.\.|\$\{|secret$|password$)", re.IGNORECASE
)
_LOCAL_URL = re.compile(
    r"@(?:localhost|127\.0\.0\.1|db|postgres|redis|mysql|host\.docker\.internal)[:/]|^sqlite|//(?:localhost|127\.0\.0\.1)"
)
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s]|\\[nr]){100,}")
_TEXT = (
    ".py",
    ".json",
    ".yml",
    ".yaml",
    ".toml",
    ".ini",
    ".cfg",
    ".pem",
    ".key",
    ".txt",
    ".sh",
    ".env",
    ".js",
)
_OF_TESTS = re.compile(
    r"(?:^|/)(?:tests?|fixtures|docs|examples?|node_modules|vendor|static)(?:/|$)|(?:^|/)test_\w+\.py$|package-lock\.json$"
)
_OF_TOKENS = ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "k_live_", ":A")
MOST_BYTES = 256 << 10  # of a file that is searched
MOST_FILES = 2000


def find_secrets(tree: Tree) -> Iterator[Evidence]:
    """A .env with secrets, keys and tokens in the sources: one finding each file, ten at most."""
    told = 0
    for path in _ENV_FILES:
        names = _names_in(tree, path) if path in tree else []
        if names:
            told += 1
            line, name = names[0]
            yield finding(
                Fact.PROJECT_SECRET,
                "secret",
                Level.WARN,
                SURE,
                f"{path} is pushed with {', '.join(n for _, n in names[:4])} in it",
                f"{path}:{line}",
                file=path,
                env_file=path,
                variable=name,
            )
    searched = 0
    for path, size in tree.files.items():
        if told >= 10 or searched >= MOST_FILES:
            return
        if not path.endswith(_TEXT) or path in _ENV_FILES or size > MOST_BYTES or _OF_TESTS.search(path):
            continue
        searched += 1
        text = tree.text(path)
        found = _in_text(text) if text else None
        if found is not None:
            told += 1
            line, what = found
            yield finding(
                Fact.PROJECT_SECRET,
                "secret",
                Level.WARN,
                LIKELY,
                f"{path} holds {what}",
                f"{path}:{line}",
                file=path,
            )


def _names_in(tree: Tree, path: str) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(tree.lines(path)[:500], 1):
        match = _ASSIGNED.match(line)
        if (
            match
            and _SECRET_NAME.search(match[1])
            and not _PLACEHOLDER.match(match[2])
            and not _LOCAL_URL.search(match[2])
        ):
            found.append((number, match[1]))
    return found


def _in_text(text: str) -> tuple[int, str] | None:
    """The line of the first secret and what it is. Words are looked for first: most files have none."""
    if "PRIVATE KEY" in text and (block := _KEY_BLOCK.search(text)) is not None:
        return text.count("\n", 0, block.start()) + 1, "a private key"
    if any(word in text for word in _OF_TOKENS):
        for token in TOKENS:
            if token.named and (match := token.form.search(text)) is not None:
                return text.count("\n", 0, match.start()) + 1, token.named
    if "AKIA" in text and (match := re.search(r"\bAKIA[A-Z2-7]{16}\b", text)) and "EXAMPLE" not in match[0]:
        return text.count("\n", 0, match.start()) + 1, "an AWS access key"
    return None
