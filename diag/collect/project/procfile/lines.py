"""The lines of a Procfile, by the grammars of both generations.

Cedar goes by an expression, and passes over in silence what it does not match. Fir has a grammar, and stops
the build at what does not fit. heroku/buildpacks-procfile, SPEC.md and src/procfile.rs, 4.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

MOST_LINES = 1000
_CEDAR = re.compile(r"[ \t\r\v\f]*(?P<type>[A-Za-z0-9_-]+):?[ \t\r\v\f]+(?P<command>.*)", re.DOTALL)
_FIR = re.compile(r"[ \t]*(?P<type>[^:]*):[ \t]*(?P<command>\S.*)", re.DOTALL)
_FIR_TYPE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# What was meant, where neither reads it so: web=…, web - …, "web": …
_MEANT = re.compile(r"[ \t]*[\"']?(?P<type>[A-Za-z0-9_-]{1,63})[\"']?[ \t]*[:=][ \t]*(?P<command>\S.*)")


class Reading(NamedTuple):
    """What a generation makes of a line: a process type and its command."""

    type: str
    command: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the Procfile; None where the generation reads nothing from it."""

    number: int
    text: str
    cedar: Reading | None
    fir: Reading | None
    meant: Reading | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it is blank or a comment, which no generation minds."""
        return not self.text.strip() or self.text.lstrip(" \t").startswith("#")

    def read(self, generation: str) -> Reading | None:
        """What that generation reads: ``cedar`` or ``fir``."""
        return self.fir if generation == "fir" else self.cedar


class Process(NamedTuple):
    """A process type as the Procfile declares it."""

    type: str
    command: str
    where: str  # ``Procfile:1``


@dataclass(frozen=True, slots=True)
class Procfile:
    """What a Procfile declares; without lines where there is none.

    `is_certain` is False where something else may decide what is started: heroku.yml, or two lines
    for one type.
    """

    generation: str = "cedar"
    path: str = ""
    lines: tuple[Line, ...] = ()
    is_certain: bool = True

    @property
    def processes(self) -> Mapping[str, Process]:
        """By type what the platform reads; of two lines for one type the last."""
        read = ((line, line.read(self.generation)) for line in self.lines if not line.is_silent)
        return {each.type: self._process(line, each) for line, each in read if each is not None}

    @property
    def web(self) -> Process | None:
        """The web process: as it is read, or as it was meant to be."""
        read = self.processes.get("web")
        if read is not None and not read.command.startswith(":"):  # of `web : command`
            return read._replace(command=self._joined(read))
        for line in self.lines:
            for each in (line.meant, line.cedar, line.fir):
                if each is not None and not line.is_silent and each.type.lower() == "web":
                    return self._process(line, each)
        return read

    @property
    def continued(self) -> tuple[Line, ...]:
        """The lines that were meant to go on with web's, which ends with a backslash."""
        read = self.processes.get("web")
        if read is None or not read.command.endswith("\\"):
            return ()
        number = int(read.where.rpartition(":")[2])
        found = []
        for line in self.lines[number:]:
            found.append(line)
            if not line.text.rstrip().endswith("\\"):
                break
        return tuple(found)

    def _joined(self, process: Process) -> str:
        parts = [process.command, *(line.text for line in self.continued)]
        return (
            " ".join(part.strip().removesuffix("\\").strip() for part in parts)
            if parts[1:]
            else process.command
        )

    def _process(self, line: Line, reading: Reading) -> Process:
        return Process(reading.type, reading.command, f"{self.path}:{line.number}")


def lines_of(text: str) -> tuple[Line, ...]:
    """The lines of a Procfile's text, at most 1,000."""
    return tuple(_line(number, text) for number, text in enumerate(text.split("\n")[:MOST_LINES], 1))


def _line(number: int, text: str) -> Line:
    return Line(number, text.rstrip("\r"), _cedar(text), _fir(text), _meant(text))


def _cedar(text: str) -> Reading | None:
    match = _CEDAR.match(text)
    command = match["command"].strip() if match else ""
    return Reading(match["type"], command) if match and command else None


def _fir(text: str) -> Reading | None:
    match = _FIR.match(text.rstrip("\r"))
    if match is None:
        return None
    name = match["type"].replace("_", "-").lower()  # both are mended, with a warning
    return Reading(name, match["command"].strip()) if _FIR_TYPE.fullmatch(name) else None


def _meant(text: str) -> Reading | None:
    match = _MEANT.match(text.lstrip("\ufeff"))
    return Reading(match["type"], match["command"].strip()) if match else None
