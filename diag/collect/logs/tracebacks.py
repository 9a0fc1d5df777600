"""Tracebacks put together from their lines.

In a log each line stands alone, with its own envelope: several dynos write at once, and so do the
workers of one dyno, whose lines bear no pid. Two tracebacks that mix are taken apart when they are the
same one, as of workers that fail alike; else only what one line says by itself is kept.
"""

from __future__ import annotations

from diag.collect.logs.line import Line
from diag.collect.logs.raised import lines
from diag.collect.logs.raised.alone import exception_alone, may_stand_alone
from diag.collect.logs.raised.building import Building, Expects
from diag.collect.logs.raised.record import Frame, Raised
from diag.collect.logs.raised.structured import lines_within, raised_in

__all__ = ["Frame", "Raised", "Tracebacks"]

PROCESSES = 500  # whose last line is kept, as it may be a heading, and whose tracebacks may be open
AT_ONCE = 4  # tracebacks of one process that mix
UNCLAIMED = 1_000  # that `finished` was not asked for
STRUCTURED = "{"
SECONDS = 2.0  # after which a message has no further lines

# How someone stops a process by hand or by signal, and how gunicorn passes on a worker's end.
_NO_FAULT = frozenset(["KeyboardInterrupt", "CancelledError", "GeneratorExit", "HaltServer"])


class Tracebacks:
    """Reads lines, gives whole tracebacks."""

    def __init__(self) -> None:
        self._open: dict[str, list[Building]] = {}
        self._mixed: dict[str, list[Raised]] = {}
        self._before: dict[str, str] = {}
        self._finished: list[Raised] = []

    def read(self, line: Line) -> bool:
        """Whether the line is part of a traceback, or an exception that stands alone."""
        process, text = line.process, line.text
        if process in self._open:
            if line.source == "heroku":
                self._close(process)
                return False
            if self._goes_on(line):
                return True
        elif not _may_begin(text):
            if text:
                if len(self._before) > PROCESSES:
                    self._before.clear()
                self._before[process] = text
            return may_stand_alone(text) and self._stands_alone(line)
        return self._begins(line) or self._stands_alone(line)

    @property
    def are_open(self) -> bool:
        """Whether a traceback waits for its next line."""
        return bool(self._open)

    def finished(self) -> list[Raised]:
        """Those completed since the last call."""
        finished, self._finished = self._finished, []
        return finished

    def settle(self, process: str | None = None) -> list[Raised]:
        """Those that have their exception's line, of one process or of all: their message is whole."""
        for name in list(self._open) if process is None else [process]:
            for building in list(self._open.get(name, [])):
                if building.expects is Expects.MESSAGE:
                    self._finish(name, building)
        return self.finished()

    def flush(self) -> list[Raised]:
        """At the end of the log: those still open that have their exception, after the finished ones."""
        for process in list(self._open):
            self._close(process)
        return self.finished()

    def _begins(self, line: Line) -> bool:
        text = line.text
        if text.startswith(STRUCTURED) and '"exc_type"' in text:
            return self._all_in_one(line)
        if lines.HEAD in text:
            if text.startswith(STRUCTURED) or '\\n  File "' in text:
                return self._all_in_one(line)
            self._new(line, lines.prefix_of(text))
            return True
        frame = lines.frame_in(text) if text.startswith(lines.FRAME_STARTS) else None
        if frame is None:
            return False
        building = self._new(line, "")  # a log may begin in the midst of a traceback
        building.add_frame(frame, line.number)
        building.flat = text.startswith("F")
        return True

    def _new(self, line: Line, prefix: str) -> Building:
        process = line.process
        building = Building(line.number, process, line.source, prefix, self._before.pop(process, ""))
        together = self._open.setdefault(process, [])
        for other in list(together):
            if other.expects in (Expects.MESSAGE, Expects.SIBLINGS):
                self._finish(process, other)
        # Finishing the last one forgets the process.
        together = self._open.setdefault(process, together)
        together.append(building)
        if len(together) > 1:
            for each in together:
                each.mixed = True
        if len(together) > AT_ONCE:
            self._finish(process, together[0])
        if len(self._open) > PROCESSES:
            self._close(next(iter(self._open)))
        return building

    def _goes_on(self, line: Line) -> bool:
        """Whether the line belongs to a traceback that is open."""
        process = line.process
        for building in list(self._open[process]):
            if (
                building.expects is Expects.MESSAGE
                and line.at is not None
                and building.at is not None
                and line.at - building.at > SECONDS
            ):
                self._finish(process, building)
        together = self._open.get(process, [])
        if lines.HEAD in line.text and '\\n  File "' not in line.text:
            return self._heads(together, line) or _quotes_another(together, line)
        for expected in (Expects.FRAMES, Expects.HEAD, Expects.MESSAGE, Expects.SIBLINGS):
            there = [b for b in together if b.expects is expected]
            if there and self._takes(expected, there, line):
                return True
        for building in list(together):
            if building.expects is Expects.MESSAGE or not building.meanwhile():
                self._finish(process, building)
        return False

    def _heads(self, together: list[Building], line: Line) -> bool:
        """Whether this ``Traceback`` is the next of a chain."""
        for building in together:
            if building.expects is Expects.SIBLINGS:
                return True
            if building.expects is Expects.HEAD:
                building.next_part(lines.prefix_of(line.text), line.number)
                return True
        return False

    def _takes(self, expected: Expects, there: list[Building], line: Line) -> bool:
        match expected:
            case Expects.FRAMES:
                return _takes_frame(there, line) or _takes_exception(there, line)
            case Expects.MESSAGE:
                return _takes_message(there, line)
            case _:
                return _takes_group(there, line) or not line.text

    def _stands_alone(self, line: Line) -> bool:
        raised = exception_alone(line)
        if raised is None:
            return False
        self._give(raised)
        return True

    def _all_in_one(self, line: Line) -> bool:
        """A traceback whose lines are in one line: a value in JSON, or newlines written as such."""
        found = raised_in(line)
        inside = lines_within(line) if found is None else []
        if found is not None:
            self._give(found)
        if inside:
            reader = Tracebacks()
            for each in inside:
                reader.read(each)
            for raised in reader.flush():
                self._give(raised)
        return found is not None or bool(inside)

    def _close(self, process: str) -> None:
        for building in list(self._open.get(process, [])):
            self._finish(process, building)

    def _finish(self, process: str, building: Building) -> None:
        together = self._open[process]
        together.remove(building)
        raised = building.raised()
        if raised is not None and not building.mixed:
            self._give(raised)
        elif raised is not None:
            self._mixed.setdefault(process, []).append(raised)
        if not any(b.mixed for b in together):
            for each in _taken_apart(self._mixed.pop(process, [])):
                self._give(each)
        if not together:
            del self._open[process]

    def _give(self, raised: Raised) -> None:
        if raised.type not in _NO_FAULT and len(self._finished) < UNCLAIMED:
            self._finished.append(raised)


def _may_begin(text: str) -> bool:
    """Asked of every line of a log."""
    if "Traceback" in text:
        return True
    start = text[:1]
    if start in (" ", ">", "F"):
        return text.startswith(lines.FRAME_STARTS) and ", line " in text
    return start == STRUCTURED and '"exc_type"' in text


def _takes_frame(there: list[Building], line: Line) -> bool:
    """A frame or what stands below one. Of several the one takes it that is catching up with another."""
    for building in there:
        if not building.frames and line.text.startswith(lines.FRAME_STARTS):
            building.prefix = ""  # it was the first line's alone
        text = lines.without(building.prefix, line.text)
        if building.boxed:
            if _takes_boxed(building, text, line.number):
                return True
            continue
        if text.startswith(lines.FRAME_STARTS):
            frame = lines.frame_in(text)
            if frame is None:
                continue
            taker = building
            if len(there) > 1:
                leader = max(there, key=lambda b: b.frames)
                behind = (b for b in there if b is not leader and leader.has(b.frames, frame))
                taker = next(behind, leader)
            taker.add_frame(frame, line.number)
            taker.flat = text.startswith("F")
            return True
        if building.flat and building.frames and _is_code(building, text):
            building.add_code(text.strip(), line.number)
            return True
        if text.startswith(("    ", "  [Previous line repeated", "\t")) and building.frames:
            taker = next((b for b in there if b.needs_code), building)
            taker.add_code(text.strip(), line.number)
            return True
    return False


def _is_code(building: Building, text: str) -> bool:
    """Whether a line below a frame without indentation can be its code."""
    if text.startswith("[Previous line repeated") or (text and lines.marks_columns(text)):
        return True
    return building.needs_code and bool(text) and lines.exception_in(text) is None and lines.HEAD not in text


def _takes_boxed(building: Building, text: str, number: int) -> bool:
    if not text.startswith(("│", "┃", "╰", "┗", "╭")):
        return False
    frame = lines.boxed_frame_in(text)
    if frame:
        building.add_frame(frame, number)
    elif code := lines.boxed_code_in(text):
        building.add_code(code, number)
    elif text.startswith(("╰", "┗")):
        building.boxed, building.prefix = False, ""
    return True


def _takes_exception(there: list[Building], line: Line) -> bool:
    for building in there:
        if not building.frames:
            continue
        words = lines.exception_in(lines.without(building.prefix, line.text))
        if words is not None:
            building.end_part(words.type, words.message, words.weak, line.at, line.number)
            return True
    return False


def _quotes_another(together: list[Building], line: Line) -> bool:
    """An exception whose message is the text of another's traceback, as TensorFlow's on its import."""
    return not line.text.startswith(lines.HEAD) and _takes_exception(
        [b for b in together if b.expects is Expects.FRAMES], line
    )


def _takes_message(there: list[Building], line: Line) -> bool:
    for building in there:
        text = lines.without(building.prefix, line.text)
        direct = lines.link_in(text)
        if direct is not None:
            building.link(direct, line.number)
            return True
        if _takes_group([building], line):
            return True
        if text.startswith('  File "'):
            frame = lines.frame_in(text)
            if frame and building.reopen():
                building.add_frame(frame, line.number)
                return True
        # Where each line is a record of its own, the next record looks like the message's next line.
        ends = lines.begins_a_record(text) or (text and lines.begins_a_record(building.prefix))
        if not ends and building.more(text[: lines.LINE_CHARS], line.number):
            return True
    return False


def _takes_group(there: list[Building], line: Line) -> bool:
    for building in there:
        which = lines.group_part_in(line.text) if building.is_group else 0
        if which:
            building.group_part(which, line.text.rfind("+"), line.number)
            return True
        if building.expects is Expects.SIBLINGS:
            return True
    return False


def _taken_apart(mixed: list[Raised]) -> list[Raised]:
    """Tracebacks whose lines stood between each other's: whole if they are alike, else only their ends."""
    if len({(r.chain, r.direct, r.frames) for r in mixed}) <= 1:
        return mixed
    return [_only_its_line(r) for r in mixed]


def _only_its_line(raised: Raised) -> Raised:
    return Raised(
        first=raised.last,
        last=raised.last,
        at=raised.at,
        process=raised.process,
        chain=raised.chain[:1],
        context=raised.context,
    )
