"""What pip, Pipenv, Poetry and uv say when they can't install what is required.

Their words, not the buildpack's "Unable to install dependencies", are the cause. The texts were seen in
runs of pip 19 to 25, Pipenv 2026, Poetry 2 and uv 0.13.
"""

from __future__ import annotations

import re
from dataclasses import replace

from checks.evidence import Value
from checks.secrets import mask
from diag.collect.logs.build.finding import EXACT, TEXT, TOOL, VAGUE, Finding
from diag.collect.logs.build.packages import version as numbers
from diag.collect.logs.build.sentences import NETWORK, NETWORK_WORDS, SENTENCES
from diag.collect.logs.build.unmatched import Unmatched

_CANNOT = re.compile(
    r"Cannot install (?P<what>.{1,400}?) because these package versions have conflicting dependencies"
)
_SIDE = re.compile(
    r"The user requested (?P<asked>\S.{0,100})|(?P<needing>[A-Za-z0-9][\w.-]* \d[\w.!+]*) depends on "
)
_REASONS = 6
WRAPPED = 200  # lines that one may be broken into
LONGEST = 10_000  # characters of a joined line
TERMINAL = 120  # columns at which Pipenv may break a line
JOINS = 20  # lines of one build that are put together
_MAY_BE_WRAPPED = (
    "ERROR: Could not find a version that satisfies",
    "Your Pipfile.lock",
    "ERROR: Ignored the following versions",
)
_LAST_WORDS = (")", ".")  # of a line that is whole
_WHOLE = re.compile(
    r"\(from versions: [^)]*\)|Your Pipfile\.lock .{0,200}out of date"
    r"|Ignored the following versions that require a "
    r"different python version: .*Requires-Python \S+"
)
_DECODING = re.compile(r"^UnicodeDecodeError: '(?P<codec>[\w-]+)' codec can't decode")
_GONE_PATH = re.compile(
    r"(?:Could not install packages due to an \w+Error"
    r"|No such file or directory).*No such file or directory: "
    r"'(?P<what>[^']{1,200})'"
)
_INVALID_METADATA = re.compile(
    r"Ignoring version (?P<version>\S{1,60}) of (?P<package>[\w.-]{1,80}) since it has invalid metadata"
)
_TAG = re.compile(r"-cp(\d)(\d{1,2})-")
_GIT = re.compile(
    r"git (?:clone|checkout|fetch|submodule) .*did not run successfully"
    r"|exit status 128: git |Git operation failed|HangupException"
)


def _q(text: str) -> str:
    return mask(text.strip()[:TEXT], {})


class Installing:
    """Reads the lines of pip, Pipenv, Poetry and uv."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._network: Finding | None = None
        self._decoding: Finding | None = None
        self._git: Finding | None = None
        self._metadata: dict[str, Finding] = {}
        self._reasons: list[str] = []
        self._what = ""
        self._reasoning = False
        self._unmatched = Unmatched()
        self._index = False
        self._installer: dict[str, str] = {}
        self.reading = False  # of the requirements: pip has not collected anything yet
        self._uninstalled: list[Finding] = []
        self._wrapped: list[str] = []
        self._joins = 0

    def read(self, text: str, number: int, at: float | None) -> bool:
        """One line, without indentation and prefix. Whether it told something."""
        if text.startswith(("Collecting ", "Downloading ", "Using cached ")):
            self.reading = False
            if text.startswith("Collecting "):
                self._network = None
            return True
        if self._wrapped and text.startswith(("ERROR: ", "WARNING: ")):
            whole, self._wrapped = " ".join(self._wrapped), []
            self._told(whole, number, at)
        if self._wrapped or self._may_be_wrapped(text):
            text = self._joined(text)
            if not text:
                return True
        return self._told(text, number, at)

    def _may_be_wrapped(self, text: str) -> bool:
        return (
            len(text) < TERMINAL
            and self._joins < JOINS
            and text.startswith(_MAY_BE_WRAPPED)
            and not _WHOLE.search(text)
        )

    def _told(self, text: str, number: int, at: float | None) -> bool:
        """A line that is whole."""
        if self._reasoning and self._reason(text):
            return True
        if text.startswith(("Looking in indexes:", "Looking in links:")):
            self._index = True
            return True
        return (
            self._installers(text, number, at)
            or self._unmatched_line(text, number, at)
            or self._one_line(text, number, at)
            or self._weak(text, number, at)
        )

    @property
    def waiting(self) -> bool:
        """Whether the next line is wanted: the requirements are being read, or a line is broken."""
        return self.reading or bool(self._wrapped)

    def _joined(self, text: str) -> str:
        """Pipenv breaks pip's lines at the width of a terminal; empty while the end is still missing."""
        self._wrapped.append(text)
        whole = " ".join(self._wrapped)
        if (
            (text.endswith(_LAST_WORDS) and _WHOLE.search(whole))
            or len(self._wrapped) >= WRAPPED
            or len(whole) > LONGEST
        ):
            self._wrapped = []
            self._joins += 1
            return whole
        return ""

    def _unmatched_line(self, text: str, number: int, at: float | None) -> bool:
        found = self._unmatched.read(text, number, at)
        if isinstance(found, Finding):
            self._add(found)
        return found is not False

    def _one_line(self, text: str, number: int, at: float | None) -> bool:
        for word, fault, pattern, fixed in SENTENCES:
            if word in text and (match := pattern.search(text)):
                values: dict[str, Value] = {k: _q(v) for k, v in match.groupdict().items() if v is not None}
                summary = fault == "package-metadata" and not fixed
                # Pipenv only warns of it, and refuses in some of its versions.
                rank = VAGUE if summary or fixed.get("manifest") == "Pipfile" else TOOL
                if fault == "wheel":
                    self._add(_wheel(match["file"], number, at, _q(text)))
                    return True
                if fault == "requirements" and "\\x00" in text:
                    values = {"reason": "encoding", "utf16": "UTF-16"}  # each other byte is a zero
                self._add(Finding(fault, number, at, _q(text), fixed | values, rank=rank))
                return True
        if "Cannot install " in text and (match := _CANNOT.search(text)):
            self._what, self._reasoning = _q(match["what"]), True
            self._add(Finding("conflict", number, at, _q(text), {"what": self._what}))
            return True
        if "The conflict is caused by" in text or "No solution found when resolving" in text:
            self._reasoning = True
            if "No solution" in text:
                self._add(Finding("conflict", number, at, _q(text)))
            return True
        if text.startswith("Because "):
            self._reasoning = True
            return self._reason(text)
        return False

    def _reason(self, text: str) -> bool:
        """The lines that say which requirement wants what."""
        text = text.removeprefix("cause: ")
        if "solving failed" in text:
            return False
        if (
            text.startswith(
                ("The user requested ", "Because ", "And because ", "and ", "So, because", "we can conclude")
            )
            or " depends on " in text
        ):
            if len(self._reasons) < _REASONS:
                self._reasons.append(_q(text))
            return True
        if text.startswith(("To fix this", "ERROR: ResolutionImpossible", "Error:")):
            self._reasoning = False
        return False

    def _installers(self, text: str, number: int, at: float | None) -> bool:
        """pip, setuptools or wheel replaced by what the requirements pin."""
        if text.startswith("Found existing installation: "):
            name, _, version = text[29:].partition(" ")
            if name in ("pip", "setuptools", "wheel"):
                self._installer[name] = version
            return True
        if text.startswith("Successfully installed ") and self._installer:
            for name, before in sorted(self._installer.items()):
                match = re.search(rf"(?<!\S){name}-(\d[\w.]*)", text)
                if match and _older(match[1], before):
                    values: dict[str, Value] = {"package": name, "version": match[1], "before": before}
                    told = f"The requirements replaced {name} {before} by {match[1]}"
                    self._uninstalled.append(Finding("installer-pinned", number, at, told, values))
            return True
        return False

    def _weak(  # noqa: PLR0911  one answer a kind of line
        self, text: str, number: int, at: float | None
    ) -> bool:
        """What a build may survive, and what explains a vaguer line after it."""
        if any(word in text for word in NETWORK_WORDS) and NETWORK.search(text):
            self._network = Finding(
                "download",
                number,
                at,
                _q(text),
                {"index": "yes" if self._index else None},
                rank=TOOL,
                final=False,
            )
            return True
        if self.reading and (match := _DECODING.match(text)):
            self._decoding = Finding(
                "requirements", number, at, _q(text), {"reason": "encoding", "tried": match["codec"]}
            )
            return True
        if "No such file" in text and (gone := _GONE_PATH.search(text)):
            self._add(
                Finding(
                    "requirements", number, at, _q(text), {"reason": "local-path", "what": _q(gone["what"])}
                )
            )
            return True
        if "invalid metadata" in text and (match := _INVALID_METADATA.search(text)):
            package = match["package"]
            self._metadata[package.lower()] = Finding(
                "package-metadata",
                number,
                at,
                _q(text),
                {"package": package, "version": match["version"], "reason": "metadata"},
                rank=EXACT,
            )
            return True
        if (
            text.startswith("fatal: ")
            or "Permission denied (publickey)" in text
            or "Host key verification" in text
        ):
            self._git = Finding("requirements", number, at, _q(text), {"reason": "git", "what": _q(text)})
            return True
        if "git" in text.lower() and _GIT.search(text):
            self._add(
                self._git or Finding("requirements", number, at, _q(text), {"reason": "git", "what": None})
            )
            return True
        return False

    def _add(self, finding: Finding) -> None:
        package = str(finding.values.get("package") or "").lower()
        if (
            finding.fault in ("unmatched", "tensorflow", "platform-only")
            and finding.values.get("reason") != "url"
        ):
            if package in self._metadata:
                finding = self._metadata[package]
            elif self._network is not None and not finding.values.get("versions"):
                finding = replace(self._network, final=True)
        if len(self._found) < 20:
            self._found.append(finding)

    def findings(self, failed: bool) -> list[Finding]:
        """All that was said; what a build survives only when it `failed`."""
        found = [self._with_reasons(f) if f.fault == "conflict" else f for f in self._found]
        if self._decoding is not None:
            found.insert(0, self._decoding)
        if failed and self._network is not None:
            found.append(self._network)
        return found

    def _with_reasons(self, finding: Finding) -> Finding:
        if not self._reasons:
            return finding
        sides = tuple(
            dict.fromkeys(m["asked"] or m["needing"] for r in self._reasons if (m := _SIDE.match(r)))
        )
        values = finding.values | {
            "reasons": tuple(self._reasons),
            "what": ", ".join(sides) or finding.values.get("what") or self._what or None,
        }
        return Finding("conflict", finding.number, finding.at, finding.text, values)

    @property
    def pinned(self) -> list[Finding]:
        """Installers the requirements replaced by older ones."""
        return self._uninstalled


def _older(version: str, before: str) -> bool:
    return bool(numbers(version)) and numbers(version) < numbers(before)


def _wheel(file: str, number: int, at: float | None, text: str) -> Finding:
    """A file that was named by itself and is for another system or another Python."""
    name = file.rpartition("/")[2]
    values: dict[str, Value] = {"package": name.partition("-")[0], "wanted": name}
    if "-win" in name or "macosx" in name:
        system = "Windows" if "-win" in name else "macOS"
        return Finding("platform-only", number, at, text, values | {"system": system})
    tag = _TAG.search(name)
    values |= {"reason": "wheel", "file": name, "tagged": ".".join(tag.groups()) if tag else None}
    return Finding("unmatched", number, at, text, values)
