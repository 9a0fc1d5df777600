"""One build: from the source that arrives to the slug, the image or the refusal."""

from __future__ import annotations

import copy
import re
from collections import deque
from dataclasses import dataclass, field

from diag.collect.logs.build.block import Block
from diag.collect.logs.build.compiling import Compiling
from diag.collect.logs.build.finding import TEXT, Finding
from diag.collect.logs.build.installing import Installing
from diag.collect.logs.build.release import Release
from diag.collect.logs.line import Line
from diag.collect.logs.tracebacks import Raised, Tracebacks

KEPT_FINDINGS = 40
KEPT_WORDS = 4

_USES = re.compile(
    r"(?:Using|Installing|Using cached install of) (?:Python"
    r"|python)(?: version)?[- ](?P<python>3\.\d+(?:\.\d+)?)\b"
    r"|buildpack default: (?:Python |python-)(?P<default>3\.\d+(?:\.\d+)?)"
    r"|same (?:major )?version as the last build: (?:Python |python-)(?P<cached>3\.\d+(?:\.\d+)?)"
)
_STACK = re.compile(r"Building on the (?P<stack>[\w-]+) stack")
_LANGUAGE = re.compile(r"(?P<language>[\w.+#/ -]{1,40}?) app detected$")
_NOT_COMPATIBLE = re.compile(
    r"(?:App not compatible with buildpack:|Failed to detect set buildpack|Failed to detect app matching) "
    r"(?P<url>\S+)"
)
_HOOK = re.compile(r"Running (?P<hook>bin/(?:pre|post)_compile|(?:pre|post)-compile) (?:hook|script)")
EXCEPTION = re.compile(
    r"(?:[A-Za-z_]\w*\.){0,6}[A-Z]\w*(?:Error|Exception|Configured|NotFound|Exit|DoesNotExist)(?:: |$)"
)
_OUTSIDE = ("Traceback (", "During handling of", "The above exception")


@dataclass(slots=True)
class Attempt:
    """What is known of one build. `ended` is ``failed``, ``done``, or empty while nobody said."""

    number: int
    at: float | None
    marked: bool = False  # by the platform or a buildpack; else it is an installer's output alone
    ended: str = ""
    last: int = 0
    python: str = ""
    stack: str = ""
    languages: list[str] = field(default_factory=list)
    detected: tuple[str, ...] = ()  # when several buildpacks would take the app
    refused: str = ""  # the buildpack that did not detect the app
    step: str = ""
    step_name: str = ""
    hook: str = ""
    opening: bool = True
    block: Block | None = None
    findings: list[Finding] = field(default_factory=list)
    installing: Installing = field(default_factory=Installing)
    compiling: Compiling = field(default_factory=Compiling)
    tracebacks: Tracebacks = field(default_factory=Tracebacks)
    raised: Raised | None = None
    exception: str = ""  # the last line that looks like one, where no whole traceback is left
    words: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_WORDS))
    types: Finding | None = None
    release: Release | None = None

    def found(self, finding: Finding | None) -> None:
        """Keep a finding; of a flood the first ones."""
        if finding is not None and len(self.findings) < KEPT_FINDINGS:
            self.findings.append(finding)

    @property
    def crashes(self) -> bool:
        """Whether the installer just said that what follows is its own exception."""
        return bool(self.words) and self.words[-1].endswith("Exception:")

    def stepped(self, name: str) -> None:  # noqa: C901  a flat list of the steps there are
        """A step of the build begins."""
        self.opening = False
        self.step_name = name
        self.step = ""
        self.raised, self.exception = None, ""
        match = _USES.search(name)
        if match:
            self.python = match["python"] or match["default"] or match["cached"]
        if match := _STACK.search(name):
            self.stack, self.opening = match["stack"].lower(), True
        elif match := _LANGUAGE.match(name):
            if len(self.languages) < 10:
                self.languages.append(match["language"].strip())
        elif match := _NOT_COMPATIBLE.match(name):
            self.refused = match["url"]
        elif "collectstatic" in name or name == "Generating Django static files":
            self.step = "collectstatic"
        elif match := _HOOK.match(name):
            self.step, self.hook = "hook", match["hook"].replace("-", "_")
            if not self.hook.startswith("bin/"):
                self.hook = f"bin/{self.hook}"
        elif name.startswith(("Installing dependencies", "Installing requirements")):
            self.step = "install"
            self.installing.reading = True
        elif name.startswith("Downloading NLTK"):
            self.step = "nltk"

    def traced(self, line: Line) -> bool:
        """Whether a line of what Django, a hook or the installer prints is part of a traceback."""
        text = _straight(line.text)
        if EXCEPTION.match(text):
            self.exception = text[:TEXT]
        mine = self.tracebacks.read(line._replace(text=text, source="", process="build"))
        for raised in self.tracebacks.finished():
            self.raised = raised
        return mine

    @property
    def last_raised(self) -> Raised | None:
        """The last exception, also when the log ends with it."""
        if not self.tracebacks.are_open:
            return self.raised
        return next(reversed(copy.deepcopy(self.tracebacks).flush()), self.raised)

    def flush(self) -> None:
        """The step is over, and so is a traceback in it."""
        for raised in self.tracebacks.flush():
            self.raised = raised


def _straight(text: str) -> str:
    """A line of a traceback with the indentation it had: buildpacks and pastes add some."""
    stripped = text.lstrip()
    if stripped.startswith('File "'):
        return f"  {stripped}"
    if stripped == text or stripped.startswith(_OUTSIDE) or EXCEPTION.match(stripped):
        return stripped
    return f"    {stripped}"
