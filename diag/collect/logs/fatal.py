"""How a launch ended, and which of its exceptions ended it."""

from __future__ import annotations

from checks.limits import BOOT_SECONDS
from diag.collect.logs.launches import Launch, Place
from diag.collect.logs.tracebacks import Raised

_OF_IMPORT = frozenset({"ModuleNotFoundError", "ImportError", "SyntaxError", "IndentationError", "TabError"})


def ended_badly(launch: Launch) -> bool:
    """Whether the launch crashed, or ended in a way nobody asked for."""
    if launch.asked_to_stop and launch.status in ("", "0", "143", "137"):
        return "R12" in launch.codes
    if launch.crashed is not None:
        return True
    if launch.exited is not None:
        return launch.status not in ("", "0", "143") or (
            launch.process_type == "web" and launch.status == "0"
        )
    return launch.reason is not None or "R10" in launch.codes


def is_fatal(launch: Launch, raised: Raised, bad: bool) -> bool:
    """Whether this exception is what ended the launch, as far as the log goes."""
    if raised.context in ("request", "background", "build"):
        return False
    if raised.context in ("boot", "release"):
        return bad or launch.exited is None
    end = launch.exited or launch.crashed
    if end is None:
        return not launch.dyno or bad or (launch.up is None and at_import(raised))
    return bad and _near(Place(raised.last, raised.at), end)


def at_import(raised: Raised) -> bool:
    """Whether it was raised while modules were imported, which a process that serves has behind it."""
    importing = raised.type in _OF_IMPORT
    own = raised.own is not None and raised.own.function == "<module>"
    return importing or own or any(f.function == "<module>" and "import " in f.code for f in raised.frames)


def died_young(launch: Launch) -> bool:
    """Whether it ended while it started, as far as the log goes back."""
    if launch.began is None or launch.exited is None:
        return launch.up is None
    began, ended = launch.began.at, launch.exited.at
    return began is not None and ended is not None and ended - began < BOOT_SECONDS


def _near(place: Place, end: Place) -> bool:
    """Just before the end; lines of a dyno and of the platform may come in another order than they were."""
    if place.at is None or end.at is None:
        return place.number <= end.number
    return -2 < end.at - place.at < 15


def fatal_of(launch: Launch, bad: bool) -> list[Raised]:
    """What ended it: the last word counts, and each reason once."""
    fatal = [r for r in launch.raised if is_fatal(launch, r, bad)]
    said = [r for r in fatal if r.type not in ("HaltServer", "SystemExit")]
    fatal = said or fatal
    seen: dict[object, Raised] = {}
    for raised in fatal:
        seen[raised.chain] = raised
    return list(seen.values())[-2:]
