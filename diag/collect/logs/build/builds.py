"""The builds of a log: which line belongs to which, and what each came to."""

from __future__ import annotations

import re
from collections import deque

from checks.evidence import Evidence
from diag.collect.logs.build import bare
from diag.collect.logs.build.attempt import EXCEPTION, Attempt
from diag.collect.logs.build.block import Block
from diag.collect.logs.build.ending import evidence_of
from diag.collect.logs.build.finding import TEXT, Finding
from diag.collect.logs.build.headlines import of_block
from diag.collect.logs.build.refusals import refused
from diag.collect.logs.build.release import Release
from diag.collect.logs.line import Line

KEPT_BUILDS = 30
LONGEST = 20_000  # characters of a line that are looked at: pip lists all versions on one
USUAL = 2_000  # of any other line
EXAMINED = 100_000  # lines of one build; who prints more repeats itself

_MARK = re.compile(r"^ {0,2}!(?: {1,20}|\t{1,3}|$)(?P<text>.*)$")
_CNB_ERROR = re.compile(r"^\[(?P<kind>Error|Warning): (?P<text>[^\]]{1,200})\]?$")
_CNB_STEP = re.compile(r"^\[(?P<step>[A-Z][^\]:]{3,80})\]$|^- (?P<bullet>[A-Z][\w .'/-]{3,80})$")
_STARTS = (
    "Compressing source files",
    "Building source:",
    "-----> Building on the",
    "===> ANALYZING",
    "===> DETECTING",
)
_TYPES = re.compile(r"Procfile declares types +-> (?P<types>.{1,400})$")
_DEFAULTS = re.compile(r"Default types for .{1,60}? +-> (?P<types>.{1,400})$")
_HEADLINES = ("Error:", "ERROR:", "Warning:", "Note:", "Hello!", "Requested runtime", "The latest version of")
_PREFIX = re.compile(r"^\[[\w.]{3,60}\]:? ")
_ORNAMENT = " \t|│├╰┤─▶>×·•✗⠋⠙⠹"


class Builds:
    """All builds of one log; see `Build`."""

    def __init__(self, before: deque[Line]) -> None:
        """`before` holds the last lines without envelope that were nobody's."""
        self._before = before
        self._builds: list[Attempt] = []
        self._now: Attempt | None = None
        self._count = 0

    def read(self, line: Line) -> bool:
        """One line. Whether it is build output."""
        text = line.text
        if len(text) > USUAL:
            text = text[: LONGEST if "versions" in text[:300] else USUAL]
        if line.source != "build":
            text = bare.plain(text)
            if not self._is_build(text):
                return False
        if text.startswith("remote:"):
            text = text[7:].removeprefix(" ")
        self._count += 1
        if self._count > EXAMINED and not text.startswith(("---", " !", "Building")):
            return True
        self._read(text, line)
        return True

    def _is_build(self, text: str) -> bool:
        """Whether a line without an envelope is build output; it is `bare.plain`."""
        now = self._now
        if now is not None:
            if not now.ended or (now.release is not None and not now.release.ended):
                if not now.marked and text.startswith("Traceback ") and not now.crashes:
                    now.ended = "left"  # an installer's own output is indented
                    return False
                if now.tracebacks.are_open and EXCEPTION.match(text):
                    return True
                return (
                    (now.marked and not bare.is_of_app(text)) or now.installing.waiting or bare.goes_on(text)
                )
            if bare.comes_after(text):
                return True
        return bare.begins(text)

    def _read(self, text: str, line: Line) -> None:
        stripped = text.strip()
        if text.startswith(_STARTS) and self._is_new(text):
            self._begin(line, marked=True)
        now = self._now
        if now is not None and now.release is not None and not now.release.ended:
            now.release.read(line._replace(text=text))
            return
        if stripped.startswith("Running release command"):
            now = now or self._begin(line, marked=True)
            now.ended = now.ended or "done"
            now.release = Release(line.number, line.at)
            return
        if now is None or (now.ended and self._opens(stripped)):
            if not stripped:
                return
            now = self._begin(
                line,
                marked=text.startswith(("----->", " !", "===>", "[Error", "remote", "Enumerating"))
                or line.source == "build",
            )
            if not line.source and text.startswith(" !"):
                self._replay(now, line)
        now.last = line.number
        self._line(now, text, stripped, line)

    def _is_new(self, text: str) -> bool:
        """Whether a line that opens a push opens another one than the one just opened."""
        now = self._now
        if now is None:
            return True
        return bool(now.ended) or not now.opening or bool(now.stack and "Building on" in text)

    @staticmethod
    def _opens(stripped: str) -> bool:
        """Whether a line after the end of a build belongs to another one."""
        return stripped.startswith(("-----> ", "Collecting ", "===> ", "[Determining"))

    def _begin(self, line: Line, *, marked: bool) -> Attempt:
        if self._now is not None:
            self._close(self._now)
        self._now = Attempt(line.number, line.at, marked=marked, last=line.number)
        self._builds.append(self._now)
        if len(self._builds) > KEPT_BUILDS:
            del self._builds[KEPT_BUILDS // 2]
        return self._now

    def _replay(self, now: Attempt, line: Line) -> None:
        """The log begins within a step of the build, as excerpts do."""
        for earlier in self._before:
            text = earlier.text[:USUAL]
            if line.number - earlier.number <= 2 * len(self._before) and text.strip():
                self._output(now, text, text.strip(), earlier)
        self._before.clear()

    def _line(self, now: Attempt, text: str, stripped: str, line: Line) -> None:
        if text.startswith("-----> "):
            self._close(now)
            now.marked = True
            self._step(now, text[7:].strip(), line)
            return
        mark = _MARK.match(text)
        if mark:
            self._marked(now, mark["text"].strip(), line)
            return
        cnb = _CNB_ERROR.match(stripped) if stripped.startswith("[") else None
        if cnb:
            self._close(now)
            now.marked = True
            now.block = Block(line.number, line.at, [f"{cnb['kind']}: {cnb['text']}"], cnb=True)
            return
        if stripped.startswith("ERROR: failed to build"):
            self._close(now)
            now.flush()
            now.ended = "failed"
            return
        if (
            now.block is not None
            and now.block.lines
            and not text.startswith(" " * 6)
            and self._is_cnb(now, stripped)
        ):
            now.block.add(stripped)
            if stripped.startswith("This indicates there is a problem"):
                now.flush()
            else:
                now.traced(line._replace(text=text))
            return
        self._close(now)
        if not stripped:
            return
        self._output(now, text, stripped, line)

    @staticmethod
    def _is_cnb(now: Attempt, stripped: str) -> bool:
        """Whether a line goes on with an error of a Cloud Native Buildpack, which has no marks."""
        return now.block is not None and now.block.cnb and not stripped.startswith(("ERROR:", "[", "===>"))

    def _step(self, now: Attempt, name: str, line: Line) -> None:
        now.flush()
        if name.startswith("Timed out"):
            now.found(of_block(Block(line.number, line.at, [name])))
            now.ended = "failed"
            return
        now.stepped(name)
        if name.startswith("No Python version was specified"):
            found = of_block(Block(line.number, line.at, [f"Warning: {name.partition('.')[0]}."]))
            now.found(found)
        elif name.startswith("Launching"):
            now.ended = now.ended or "done"
        elif now.refused and now.refused in name:
            now.found(refused(now.refused, name, line.number, line.at))

    def _marked(self, now: Attempt, text: str, line: Line) -> None:
        """A line with an exclamation mark: a block of the buildpack or the platform, or the end."""
        now.flush()
        if text.startswith(("Push rejected", "Push failed")) or "Push rejected" in text[:40]:
            block = of_block(Block(line.number, line.at, [text]))
            self._close(now)
            now.found(block)
            if "failed to detect" in text:
                now.found(refused(text, text, line.number, line.at))
            now.ended = "failed"
            return
        if text.startswith("App not compatible with buildpack: "):
            now.found(refused(text, text, line.number, line.at))
            return
        if text.startswith(("Timed out", "Compiled slug size", "Error while running")):
            self._close(now)
            now.found(of_block(Block(line.number, line.at, [text])))
            return
        if text.startswith(_HEADLINES):
            self._close(now)
        if now.block is None:
            now.block = Block(line.number, line.at)
        now.block.add(text)

    def _close(self, now: Attempt) -> None:
        """A block is over."""
        if now.block is not None:
            now.found(of_block(now.block))
            now.block = None

    def _output(self, now: Attempt, text: str, stripped: str, line: Line) -> None:
        """What a tool prints within a step."""
        if stripped.startswith("["):
            step = _CNB_STEP.match(stripped)
            if step:
                now.flush()
                now.stepped(step["step"])
                return
            stripped = _PREFIX.sub("", stripped)
        if self._told(now, stripped, line):
            return
        if not now.python and stripped.startswith(("Using Python", "Installing Python")):
            name = now.step
            now.stepped(stripped)
            now.step = name
        if bare.comes_after(stripped):
            if stripped.startswith(("Released", "http", "Verifying deploy... done")):
                now.ended = now.ended or "done"
            return
        if now.step in ("collectstatic", "hook", "install", "nltk", "") and now.traced(
            line._replace(text=text)
        ):
            now.installing.read(stripped, line.number, line.at)
        plain = stripped.strip(_ORNAMENT)
        plain = _PREFIX.sub("", plain) if plain.startswith("[") else plain
        if not now.installing.read(plain, line.number, line.at) or plain.startswith("Collecting "):
            now.compiling.read(plain, line.number, line.at)
            if stripped.startswith("╰─>"):
                now.compiling.name_last(plain)
        now.words.append(stripped[:TEXT])

    def _told(self, now: Attempt, stripped: str, line: Line) -> bool:
        """A line of the platform, or a command that the buildpack shows."""
        if stripped.startswith("Detected buildpacks: "):
            now.detected = tuple(stripped[21:].replace(" ", "").split(",")[:10])
            return True
        if stripped.startswith("$ python") and "collectstatic" in stripped:
            now.stepped(stripped)
            return True
        if stripped.startswith("$ "):
            now.flush()
            return True
        if stripped.startswith("Collectstatic configuration error"):  # until 2015 it ended no build
            now.found(Finding("collectstatic", line.number, line.at, stripped[:TEXT], final=False))
            return True
        return "types" in stripped and self._types(now, stripped, line)

    @staticmethod
    def _types(now: Attempt, stripped: str, line: Line) -> bool:
        match = _TYPES.match(stripped)
        if match:
            types = match["types"].strip()
            names = [t.strip() for t in types.split(",")]
            if types == "(none)":
                text = "The build found no Procfile, or none of its lines names a process"
                now.types = Finding(
                    "procfile-none", line.number, line.at, text, {"types": types}, final=False
                )
            elif "web" not in names:
                text = f"Procfile declares types -> {types}"
                now.types = Finding(
                    "procfile-no-web", line.number, line.at, text, {"types": types}, final=False
                )
            return True
        match = _DEFAULTS.match(stripped)
        if match and "web" in (t.strip() for t in match["types"].split(",")):
            now.types = None
        return match is not None

    def evidence(self) -> list[Evidence]:
        """What each build came to, in their order; one that a later build mended is resolved."""
        found: list[Evidence] = []
        for index, build in enumerate(self._builds):
            resolved = any(later.ended == "done" for later in self._builds[index + 1 :])
            found += evidence_of(build, resolved=resolved)
        return found
