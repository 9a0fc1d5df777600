"""Requirements for which no file exists: pip's list of versions, Poetry's and uv's words for the same."""

from __future__ import annotations

import re
from typing import NamedTuple

from checks.evidence import Value
from checks.secrets import mask
from diag.collect.logs.build.finding import TEXT, Finding
from diag.collect.logs.build.packages import (
    is_standard,
    is_tensorflow,
    meant,
    normal,
    other_system,
    python_for_tensorflow,
    version,
)

_PIP = re.compile(
    r"Could not find a version that (?:satisfies the requirement|matches) "
    r"(?P<package>[A-Za-z0-9][\w.-]{0,100})"
    r"(?:\[[^\]]{0,100}\])?(?P<spec>[^(]{0,200})(?P<listed>\()?"
)
_NO_MATCH = re.compile(
    r"(?:No matching distribution found|No distributions at all found|Could not find any downloads that "
    r"satisfy the requirement|No distributions matching the version) (?:for )?"
    r"(?P<package>[A-Za-z0-9][\w.-]{0,100})(?:\[[^\]]{0,100}\])?(?P<spec>[^(]{0,200})"
)
_POETRY = re.compile(
    r"Unable to find installation candidates for (?P<package>[\w.-]{1,100}) \((?P<version>[^)]{1,60})\)"
)
_UV = re.compile(
    r"(?:Distribution `|error: "
    r")?(?P<package>[A-Za-z0-9][\w.-]{0,100}?)==(?P<version>[\w.!+]{1,60}) @ "
    r"\S+ can't be installed because"
)
_UV_ABSENT = re.compile(
    r"[Bb]ecause (?P<package>[A-Za-z0-9][\w.-]{0,100}) was not found in the package registry"
)
_UV_HINT = re.compile(r"only has wheels for the following platforms?: (?P<platforms>.{1,300})")
_VERSION_OF = re.compile(r"(?:===?|~=|<=|>=|<|>) ?(?P<version>\d[\w.!+]{0,40})")
_IGNORED = "Ignored the following versions that require a different python version:"


class _Wanted(NamedTuple):
    """A requirement: its name, the version it pins or bounds, and the specifier as it is written."""

    package: str
    pinned: str
    spec: str


class Unmatched:
    """Reads the lines that name a requirement without a file."""

    def __init__(self) -> None:
        self._ignored = ""
        self._last: Finding | None = None

    def read(  # noqa: C901, PLR0911  one answer a kind of line
        self, text: str, number: int, at: float | None
    ) -> Finding | bool:
        """A finding, True for a line that belongs to it, False for any other."""
        if _IGNORED in text:
            self._ignored = text.partition(_IGNORED)[2][:20_000]
            return True
        if "Could not find a version" in text and (match := _PIP.search(text)):
            listed = text.partition("(from versions: ")[2].rstrip(") ")
            versions: list[str] | None = [] if listed in ("", "none") else listed.split(", ")[:5_000]
            if not match["listed"]:
                versions = None  # Pipenv names what it tried on the next line
            self._last = self._of_pip(match, versions, text, number, at)
            return self._last
        if ("istribution" in text or "downloads" in text) and (match := _NO_MATCH.search(text)):
            before = self._last
            if before is not None and before.values["package"] == match["package"]:
                return True
            return self._of_pip(match, None, text, number, at)
        if "installation candidates" in text and (match := _POETRY.search(text)):
            return self._of_pin(match, text, number, at)
        if "can't be installed because" in text and (match := _UV.search(text)):
            return self._of_pin(match, text, number, at)
        if "not found in the package registry" in text and (match := _UV_ABSENT.search(text)):
            return self._finding(_Wanted(match["package"], "", ""), [], text, number, at)
        if "only has wheels for" in text and (match := _UV_HINT.search(text)) and self._last is not None:
            platforms = match["platforms"]
            if "manylinux" not in platforms and "linux" not in platforms:
                system = "Windows" if "win" in platforms.replace("darwin", "") else "macOS"
                values = self._last.values | {"system": system}
                return Finding("platform-only", self._last.number, at, self._last.text, values, rank=0)
            return True
        return False

    def _of_pip(
        self, match: re.Match[str], versions: list[str] | None, text: str, number: int, at: float | None
    ) -> Finding:
        pin = _VERSION_OF.search(match["spec"])
        wanted = _Wanted(match["package"], pin["version"] if pin else "", match["spec"].strip())
        return self._finding(wanted, versions, text, number, at)

    def _of_pin(self, match: re.Match[str], text: str, number: int, at: float | None) -> Finding:
        wanted = _Wanted(match["package"], match["version"], f"=={match['version']}")
        self._last = self._finding(wanted, None, text, number, at)
        return self._last

    def _finding(
        self, wanted: _Wanted, versions: list[str] | None, text: str, number: int, at: float | None
    ) -> Finding:
        """`versions` are those the index has for this Python, None when the line doesn't tell."""
        package, pinned, spec = wanted
        values: dict[str, Value] = {
            "package": package,
            "version": pinned or None,
            "wanted": package + spec,
        }
        if versions:
            values |= {
                "versions": len(versions),
                "oldest": versions[0][:40],
                "newest": _stable(versions)[:40],
            }
        quoted = mask(text.strip()[:TEXT], {})
        system = other_system(package)
        if system:
            return Finding("platform-only", number, at, quoted, values | {"system": system})
        fault, reason, more = self._reason(package, pinned, versions)
        return Finding(fault, number, at, quoted, values | {"reason": reason} | more)

    def _reason(  # noqa: PLR0911  from the most exact to the vaguest
        self, package: str, pinned: str, versions: list[str] | None
    ) -> tuple[str, str, dict[str, Value]]:
        needs = self._needs(pinned)
        if needs:
            return _fault(package), "python", {"needs": needs}
        if versions is None:
            return _fault(package), "no-wheel", _python_for(package, pinned)
        if not versions:
            if is_tensorflow(package):
                return (
                    "tensorflow",
                    "no-wheel",
                    _python_for(package, pinned) | {"meant": meant(package) or None},
                )
            if normal(package) == "pkg-resources":
                return "unmatched", "ubuntu", {"nonsense": package}
            if is_standard(package):
                return "unmatched", "standard", {"standard": package}
            return "unmatched", "none", {"meant": meant(package) or None}
        have = [v for v in map(version, versions) if v]
        pin = version(pinned)
        if pin and have and pin < min(have):
            return _fault(package), "too-old", _python_for(package, pinned)
        if pin and have and pin > max(have):
            return "unmatched", "not-released", {}
        return "unmatched", "no-such-version", {}

    def _needs(self, pinned: str) -> str:
        """The Python that this very release asks for, where pip says it left it out for that."""
        if not pinned or not self._ignored:
            return ""
        match = re.search(
            rf"(?<![\w.]){re.escape(pinned)} Requires-Python (?P<needs>[^;]{{1,60}})", self._ignored
        )
        return match["needs"].strip() if match else ""


def _fault(package: str) -> str:
    return "tensorflow" if is_tensorflow(package) else "unmatched"


def _python_for(package: str, pinned: str) -> dict[str, Value]:
    return {"fits": python_for_tensorflow(pinned) or None} if is_tensorflow(package) and pinned else {}


def _stable(versions: list[str]) -> str:
    return next((v for v in reversed(versions) if re.fullmatch(r"[\d.]+(?:\.?post\d+)?", v)), versions[-1])
