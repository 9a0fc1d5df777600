"""What went wrong while a package was built from source: the header, the setup script, the compiler.

pip, Poetry and uv print the whole output of the package's own build between lines that name the
package. The particulars are collected in between and judged when the tool says that it failed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from checks.evidence import Value
from diag.collect.logs.build.finding import TEXT, Finding
from diag.collect.logs.build.native import missing
from diag.collect.logs.build.packages import other_system

KEPT = 8  # packages that failed, of one build
LONGEST = 2_000  # characters of a line that are looked at

_NAME = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?"
_COLLECTING = re.compile(
    rf"(?:Collecting|Processing) (?P<name>{_NAME})(?:\[[^\]]*\])?(?:==(?P<version>[\w.!+]+))?"
)
_WHEEL = re.compile(
    rf"(?:Building wheel for|Running setup\.py install for) (?P<name>{_NAME}) \S.*?(?P<end>: started)?$"
)
_FINISHED = re.compile(
    rf"(?:Building wheel for|Running setup\.py install for) (?P<name>{_NAME})\b.*"
    r"finished with status '(?P<how>\w+)'"
)
_FAILED = re.compile(
    rf"(?:ERROR: |error: )?(?:Failed building wheel for (?P<wheel>{_NAME})"
    rf"|Failed to build [`'](?P<built>{_NAME})(?:==(?P<version>[\w.!+]+))?(?: @ [^`']*)?[`']"
    rf"|Could not build wheels for (?P<wheels>{_NAME})"
    rf"|.*one of the following issues with (?P<poetry>{_NAME}) \((?P<poetry_version>[\w.!+]+)\)"
    rf"|Unable to install using legacy installer for (?P<legacy>{_NAME})"
    rf"|error in (?P<setup>{_NAME}) setup command: .*)"
)
# How pip 1 to 19 ended: the command, shortened or not, with the folder of the package.
_COMMAND = re.compile(
    r"Command \"?\S*python.*(?:failed with error code|setup\.py['\" ].* install |setup\.py egg_info)"
)
_FOLDER = re.compile(
    rf"/pip-(?:install|build)-\w{{6,10}}/(?P<name>{_NAME}?)(?:_[0-9a-f]{{32}})?(?:/|$|['\"])"
)
# Before there is metadata nothing can be tried instead: pip gives up, or takes another release.
_METADATA = ("metadata", "egg_info", "Getting requirements to build wheel", "setup command: ")
_NAMES = ("wheel", "built", "wheels", "poetry", "legacy", "setup")
_ENDS = (
    "error: subprocess-exited-with-error",
    "error: metadata-generation-failed",
    "error: legacy-install-failure",
)
_OLD_END = "ERROR: Command errored out with exit status "
_COMPILER = re.compile(
    r"(?:^|\s)(?:error: (?![a-z]+(?:-[a-z]+)+$|[Cc]ommand )|fatal error: "
    r"|\S+:\d+(?::\d+)?: error: )(?P<what>\S.*)"
)
_EXCEPTION = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit|Unavailable|Interrupt)(?::|$)"
)
_NO_MODULE = re.compile(r"No module named '?(?P<module>[\w.]+)'?")
_TOO_NEW = re.compile(
    r"No module named '(?:distutils|imp|asynchat|asyncore)\b"
    r"|No module named '(?:ConfigParser|urllib2|Queue|StringIO|cPickle|__builtin__|httplib|urlparse)'"
    r"|Missing parentheses in call to 'print'|'pkgutil' has no attribute 'ImpImporter'"
    r"|Cannot import 'setuptools\.build_meta'|KeyError: '__version__'"
    r"|‘?_PyLong_One|_PyErr_StackItem|fatal error: code\.h"
    r"|has no attribute '(?:SafeConfigParser|readfp|getargspec|formatargspec)'|longintrepr\.h"
    r"|has no attribute '(?:CCompiler_spawn|suffix_map)'"
    r"|'(?:PyThreadState|PyFrameObject|struct _ts|CFrame|PyCodeObject"
    r"|PyUnicodeObject)'.{0,20} has no member named"
    r"|too (?:few|many) arguments to function .(?:_PyLong_AsByteArray|PyCode_New|_PyInterpreterState)"
    r"|(?:implicit declaration of function|unknown type name) .(?:_PyGen_Send"
    r"|_Py_TPFLAGS|PyUnicode_(?:AS|GET)_"
    r"|_PyUnicode_|PyEval_(?:CallObject|ReleaseLock|AcquireLock)|_PyGen_SetStopIteration|tstate)"
)
_RANGE = re.compile(
    r"Cannot install on Python version (?P<python>[\d.]+); only versions (?P<needs>\S+?) are supported"
    r"|Python version (?P<needs_2>[<>=!~]+ ?[\d.]+) required"
)
_RETIRED = re.compile(r"The '(?P<name>[\w-]+)' PyPI package is deprecated, use '(?P<meant>[\w-]+)'")
# The setup script asks for what the installed setuptools or pip took away.
_SETUP = re.compile(
    r"(?P<setup>use_2to3 is invalid|cannot import name 'Feature' from 'setuptools'"
    r"|No module named '(?:pkg_resources|setuptools\.command\.test"
    r"|setuptools\.extern|setuptools\.command\.build_clib)'"
    r"|invalid command 'bdist_wheel'|Invalid dash-separated key|invalid command 'test'"
    r"|Invalid version: '[^']{0,60}'|cannot import name 'msvccompiler'"
    r"|got an unexpected keyword argument 'strip_trailing_zero'|has no attribute 'install_layout'"
    r"|inconsistent (?:name|version)|'(?:extras_require|install_requires|python_requires)' must be )"
)
_OTHER_SYSTEM = re.compile(
    r"(?P<mac>requires macOS to build|only (?:works|supported|runs"
    r"|available) on (?:macOS|Mac OS X|Darwin)|Cocoa/Cocoa\.h)"
    r"|requires Windows|only (?:works|supported|runs|available) on Windows"
    r"|[\"<\s](?:windows|Windows|winsock2)\.h\b"
    r"|Microsoft Visual C\+\+ \d"
)


@dataclass(slots=True)
class _Source:
    """One package that is built, and what its build said."""

    package: str = ""
    version: str = ""
    number: int = 0
    at: float | None = None
    failed: bool = False
    final: bool = False  # nothing else was tried
    native: Finding | None = None
    said: dict[str, Finding] = field(default_factory=dict)


class Compiling:
    """Reads the lines of an installer that builds packages."""

    def __init__(self) -> None:
        self._now = _Source()
        self._failed: list[_Source] = []

    def read(self, text: str, number: int, at: float | None) -> bool:
        """One line, without its indentation. Whether it told something."""
        text = text[:LONGEST]
        if text.startswith(("Collecting ", "Processing ")):
            match = _COLLECTING.match(text)
            if match:
                self._begin(match["name"], match["version"] or "")
            return True
        if text.startswith(("Building wheel for ", "Running setup.py install for ")):
            self._wheel(text, number, at)
            return True
        if text.startswith("WARNING: Discarding "):
            self._failed.clear()  # the resolver tries another release
            self._now = _Source()
            return True
        if self._is_end(text, number, at):
            return True
        found = self._clue(text, number, at)
        if not self._now.package and "pip-" in text:
            self._folder(text)
        if "BackendUnavailable: " in text:
            self._end(number, at)
        return found

    def _is_end(self, text: str, number: int, at: float | None) -> bool:
        """Whether the tool says that the package failed to build."""
        if "rror" in text or "ailed" in text or "build wheels" in text or "issues with" in text:
            match = _FAILED.match(text)
            if match or text.startswith((*_ENDS, _OLD_END)):
                if match and match["setup"]:
                    self._clue(text, number, at)
                self._fail(match, number, at)
                self._now.final |= any(word in text for word in _METADATA)
                return True
        if text.startswith("Command ") and _COMMAND.match(text):
            self._folder(text)
            self._end(number, at)
            self._now.final = True
            return True
        if "did not run successfully" in text and self._now.failed:
            self._now.final |= any(word in text for word in _METADATA)
            return True
        return False

    def _begin(self, name: str, version: str) -> None:
        self._now = _Source(name, version)

    def _wheel(self, text: str, number: int, at: float | None) -> None:
        finished = _FINISHED.match(text)
        if finished:
            if finished["how"] == "error":
                self._name(finished["name"])
                self._end(number, at)
            elif text.startswith("Running setup.py"):
                self._failed = [s for s in self._failed if s.package != finished["name"]]
            return
        match = _WHEEL.match(text)
        if match and match["name"] != self._now.package:
            version = next((s.version for s in self._failed if s.package == match["name"]), "")
            self._begin(match["name"], version)

    def _folder(self, text: str) -> None:
        """The package by the folder it is built in."""
        match = _FOLDER.search(text)
        if match and not self._now.package:
            self._now.package = match["name"]

    def _name(self, name: str, version: str = "") -> None:
        if self._now.package != name:
            self._now.package, self._now.version = name, version
        elif version:
            self._now.version = version

    def _fail(self, match: re.Match[str] | None, number: int, at: float | None) -> None:
        if match:
            name = next((match[g] for g in _NAMES if match[g]), "")
            if match["setup"] and self._now.package:
                name = self._now.package  # as the index calls it
            known = next((s for s in self._failed if s.package == name), None)
            if known is not None and known is not self._now:
                known.version = known.version or match["version"] or ""
                return
            self._name(name, match["version"] or match["poetry_version"] or self._now.version)
        self._end(number, at)

    def _end(self, number: int, at: float | None) -> None:
        source = self._now
        if not source.failed:
            source.failed, source.number, source.at = True, number, at
            if len(self._failed) < KEPT:
                self._failed.append(source)

    def _clue(self, text: str, number: int, at: float | None) -> bool:
        source = self._now
        found = False
        native = missing(text)
        if native is not None:
            known = source.native
            if known is None or known.values.get("library") == "pkg-config":  # which asks for a library
                source.native = Finding("native", number, at, text[:TEXT], native)
            found = True
        for name, pattern in _CLUES:
            if name not in source.said and (match := pattern.search(text)):
                values: dict[str, Value] = {k: v for k, v in match.groupdict().items() if v}
                source.said[name] = Finding(name, number, at, text[:TEXT], values)
                found = True
        if ("rror" in text or "xception" in text or "Exit" in text) and _EXCEPTION.match(text):
            source.said["exception"] = Finding("exception", number, at, text[:TEXT])
            found = True
        return found

    def name_last(self, text: str) -> None:
        """The line after ``Encountered error``: pip names the package there."""
        if re.fullmatch(_NAME, text):
            self._name(text, self._now.version if self._now.package == text else "")

    def findings(self) -> list[Finding]:
        """What the failed builds come to, in their order."""
        return [_judged(source) for source in islice(self._failed, KEPT)]

    @property
    def failed(self) -> bool:
        """Whether any package failed to build."""
        return bool(self._failed)


_CLUES = (
    ("retired", _RETIRED),
    ("other-system", _OTHER_SYSTEM),
    ("setup", _SETUP),
    ("range", _RANGE),
    ("too-new", _TOO_NEW),
    ("module", _NO_MODULE),
    ("compiler", _COMPILER),
)


def _judged(source: _Source) -> Finding:  # noqa: PLR0911  from the most exact to the vaguest
    """The most exact thing a failed build said. A header that only Python's own changes took is none."""
    said = source.said
    values: dict[str, Value] = {"package": source.package or None, "version": source.version or None}
    values["compiled"] = source.package if "retired" not in said and source.package else None
    system = other_system(source.package) if source.package else ""
    other = said.get("other-system")
    if system or other:
        seen = other or said.get("compiler") or said.get("module")
        system = system or ("macOS" if other and other.values.get("mac") else "Windows")
        return _finding(source, "platform-only", seen, values | {"system": system})
    if "retired" in said:
        return _finding(
            source, "source-build", said["retired"], values | said["retired"].values | {"reason": "retired"}
        )
    if source.native is not None and "too-new" not in said:
        own = {k: v for k, v in source.native.values.items() if k != "newest" or v == source.package}
        return _finding(source, "native", source.native, values | own)
    for reason in ("range", "too-new"):
        if reason in said:
            needs = said[reason].values.get("needs") or said[reason].values.get("needs_2")
            return _finding(
                source, "source-build", said[reason], values | {"reason": "python", "needs": needs}
            )
    if "setup" in said:
        return _finding(source, "package-metadata", said["setup"], values | {"reason": "setup"})
    module = said.get("module")
    if module is not None:
        more: dict[str, Value] = {"reason": "module", "module": module.values["module"]}
        return _finding(source, "source-build", module, values | more)
    if "compiler" in said:
        return _finding(source, "source-build", said["compiler"], values | {"reason": "compiler"})
    return _finding(source, "source-build", said.get("exception"), values | {"reason": "exception"})


def _finding(source: _Source, fault: str, seen: Finding | None, values: dict[str, Value]) -> Finding:
    if seen is None:
        text = f"{source.package or 'A package'} failed to build from source"
        return Finding(
            fault,
            source.number,
            source.at,
            text,
            values | {"reason": "untold", "said": "the log does not show why"},
            final=source.final,
        )
    return Finding(fault, seen.number, seen.at, seen.text, values | {"said": seen.text}, final=source.final)
