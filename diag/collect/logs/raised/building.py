"""A traceback that is being read: its parts so far, and what may come next."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from diag.collect.logs.raised import places
from diag.collect.logs.raised.lines import ENDS
from diag.collect.logs.raised.record import Frame, Raised, root_index

FIRST_FRAMES = 4
LAST_FRAMES = 20
MESSAGE_LINES = 400  # of one message; the first and the last ones are kept
MESSAGE_FIRST, MESSAGE_LAST = 30, 10
PARTS = 8
MEANWHILE = 40  # lines of others that may stand within a traceback


_WORKER_CLASS = re.compile(r"class uri '[^']{1,100}' invalid or not found")


# Python's own, whose messages are of one line: what follows was said by somebody else.
_ONE_LINE = frozenset(
    [
        "AttributeError",
        "ConnectionRefusedError",
        "FileNotFoundError",
        "IndexError",
        "KeyError",
        "ModuleNotFoundError",
        "NameError",
        "PermissionError",
        "RecursionError",
        "StopIteration",
        "UnboundLocalError",
        "ZeroDivisionError",
    ]
)


class Expects(Enum):
    """What the next line of this traceback can be."""

    FRAMES = auto()  # frames, code, or the exception's own line
    MESSAGE = auto()  # more of the message, or a link to the next traceback of the chain
    HEAD = auto()  # the next traceback of the chain
    SIBLINGS = auto()  # other exceptions of a group, which are not looked at


@dataclass(slots=True)
class _Part:
    """One traceback of a chain."""

    first: list[Frame] = field(default_factory=list)
    last: deque[Frame] = field(default_factory=lambda: deque(maxlen=LAST_FRAMES))
    count: int = 0
    own: Frame | None = None
    context: str = ""
    type: str = ""
    message: list[str] = field(default_factory=list)
    message_end: deque[str] = field(default_factory=lambda: deque(maxlen=MESSAGE_LAST))
    message_lines: int = 0
    weak: bool = False

    def add(self, frame: Frame) -> None:
        self.count += 1
        if places.is_apps(frame):
            self.own = frame
        if len(self.first) < FIRST_FRAMES:
            self.first.append(frame)
        else:
            self.last.append(frame)

    def with_code(self, code: str) -> None:
        held = self.last or self.first
        if held:
            frame = replace(held[-1], code=code)
            if self.own is held[-1]:
                self.own = frame
            held[-1] = frame

    def frame(self, index: int) -> Frame | None:
        """The frame at this place, if it is still held."""
        if index < len(self.first):
            return self.first[index]
        back = self.count - index
        return self.last[-back] if 0 < back <= len(self.last) else None

    @property
    def frames(self) -> tuple[Frame, ...]:
        return (*self.first, *self.last)


class Building:
    """A traceback that began and has not ended. `prefix` stands before each of its lines, or not."""

    def __init__(self, number: int, process: str, source: str, prefix: str, before: str) -> None:
        self.prefix = prefix
        self.expects = Expects.FRAMES
        self.needs_code = False
        self.boxed = "╭" in prefix or "┏" in prefix
        self.mixed = False
        self.flat = False  # its lines have lost their indentation, as pastes do
        self.at: float | None = None
        self.last = number
        self._first = number
        self._process = process
        self._source = source
        self._before = before
        self._bracketed = prefix.endswith("[")  # as gunicorn puts it into a message of its own
        self._above: list[
            tuple[list[_Part], list[bool], int]
        ] = []  # exception groups it is in, and their column
        self._parts = [_Part()]
        self._links: list[bool] = []
        self._meanwhile = 0

    @property
    def frames(self) -> int:
        """How many frames its present part has."""
        return self._parts[-1].count

    @property
    def is_group(self) -> bool:
        """Whether it is in an exception group."""
        return "|" in self.prefix or bool(self._above)

    def has(self, index: int, frame: Frame) -> bool:
        """Whether its frame at this place is the same."""
        mine = self._parts[-1].frame(index)
        return (
            mine is not None
            and mine.line == frame.line
            and mine.file == frame.file
            and mine.function == frame.function
        )

    def add_frame(self, frame: Frame, number: int) -> None:
        """One more frame of the present part."""
        part = self._parts[-1]
        part.add(frame)
        part.context = places.stronger(part.context, places.doing(frame))
        self.needs_code = True
        self._took(number)

    def add_code(self, code: str, number: int) -> None:
        """The line of code below a frame; what marks columns in it is not kept."""
        if self.needs_code:
            self._parts[-1].with_code(code[:300])
        self.needs_code = False
        self._took(number)

    def end_part(self, name: str, message: str, weak: bool, at: float | None, number: int) -> None:
        """The exception's own line."""
        part = self._parts[-1]
        part.type, part.weak = name, weak
        part.message.append(message)
        self.expects = Expects.MESSAGE
        self.at = at
        self.needs_code = False
        self._took(number)

    def more(self, text: str, number: int) -> bool:
        """One more line of the message; whether there is room for it."""
        part = self._parts[-1]
        if part.type in _ONE_LINE and text[:1].strip() and text != part.message[0]:
            return False
        part.message_lines += 1
        if part.message_lines > MESSAGE_LINES:
            return False
        if len(part.message) < MESSAGE_FIRST:
            part.message.append(text)
        else:
            part.message_end.append(text)
        if text:
            self._took(number)
        return True

    def reopen(self) -> bool:
        """What looked like the exception's line was another's, if it could be: frames follow."""
        part = self._parts[-1]
        if not part.weak:
            return False
        part.type, part.message, part.message_lines, part.weak = "", [], 0, False
        part.message_end.clear()
        self.expects = Expects.FRAMES
        return True

    def link(self, direct: bool, number: int) -> None:
        """Another traceback of the chain follows."""
        self._links.append(direct)
        self.expects = Expects.HEAD
        self._took(number)

    def next_part(self, prefix: str, number: int) -> None:
        """The next traceback of the chain begins."""
        if len(self._parts) > PARTS:  # a chain without end: keep where it began and where it is
            del self._parts[1], self._links[1]
        self._parts.append(_Part())
        self.prefix = prefix
        self.expects = Expects.FRAMES
        self._took(number)

    def group_part(self, which: int, column: int, number: int) -> None:
        """The first exception of a group is looked at as its cause; the others only tell of themselves."""
        self._took(number)
        if self.expects is Expects.SIBLINGS and self._above and column > self._above[-1][2]:
            return  # of a group within another
        if which == 1 and len(self._above) < PARTS:
            self._above.append((self._parts, self._links, column))
            self._parts, self._links = [], []
            self.expects = Expects.HEAD
        elif which == ENDS and self._above:
            self._leave_group()
            self.expects = Expects.MESSAGE
        else:
            self.expects = Expects.SIBLINGS

    def _leave_group(self) -> None:
        parts, links, _ = self._above.pop()
        self._links += [True, *links] if self._parts else links
        self._parts += parts

    def meanwhile(self) -> bool:
        """A line of someone else; False when it has been too many."""
        self._meanwhile += 1
        return self._meanwhile <= MEANWHILE

    def _took(self, number: int) -> None:
        self.last = number
        self._meanwhile = 0

    def raised(self) -> Raised | None:
        """What was read, if there is an exception's line in it."""
        while self._above:
            self._leave_group()
        parts = [p for p in reversed(self._parts) if p.type]
        links = list(reversed(self._links))[len(self._parts) - len(parts) :]
        if not parts:
            return None
        chain = tuple((p.type, self._message(p)) for p in parts)
        if (worker_class := _WORKER_CLASS.search(self._before)) is not None:
            # gunicorn prints its own exception's text with the traceback inside of it.
            chain = (("RuntimeError", worker_class[0]), *chain)
            links = [True, *links]
            parts = [parts[0], *parts]
        direct = tuple(links[: len(chain) - 1])
        root = parts[root_index(chain, direct)]
        context = ""
        for part in parts:
            context = places.stronger(context, part.context)
        own = root.own or next((p.own for p in parts if p.own), None)
        heading = places.heading_of(self._before, parts[0].frames, context)
        doing = places.context_of(heading, context)
        if doing != "background" and self._process.startswith("release"):
            doing = "release"
        elif self._source == "build":
            doing = "build"
        return Raised(
            first=self._first,
            last=self.last,
            at=self.at,
            process=self._process,
            chain=chain,
            direct=direct,
            frames=root.frames,
            own=own,
            heading=heading,
            context=doing,
        )

    def _message(self, part: _Part) -> str:
        message = "\n".join(_once([line.rstrip() for line in (*part.message, *part.message_end)])).strip()
        return message.removesuffix("]").rstrip() if self._bracketed else message


def _once(message: list[str]) -> list[str]:
    """The lines of a message; gunicorn 27 writes it once more below its traceback."""
    while message and not message[-1]:
        message = message[:-1]
    half = len(message) // 2
    return message[:half] if half and message[:half] == message[half:] else message
